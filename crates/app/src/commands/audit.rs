use std::process::ExitCode;
use std::sync::Arc;

use adapter_postgres::Db;
use audit::{Finding, TeamSummary};
use secrets::signing::SigningKeys;

use super::{CommandError, block_on};
use crate::config::Config;
use crate::database::Database;
use crate::heads::HeadFiles;
use crate::keys::signing_keys;
use crate::wiring;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Walk the hash chains and compare them with their entries and the signed heads
    ///
    /// Finds entries altered, deleted or put in past the service, and chains cut or computed anew since a head was
    /// signed. Heads are read from $DATA_DIR/audit. Ends with 0 if there is no fault, 1 if there is one, 2 if
    /// the trail could not be verified.
    Verify(VerifyArguments),
}

#[derive(clap::Args)]
struct VerifyArguments {
    /// Only this team's chain; every team's by default
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<ExitCode, CommandError> {
    let Command::Verify(arguments) = &arguments.command;
    let keys = signing_keys(config.signing_key.as_ref(), &config.data_dir)?;
    let database = Database::reach(config)?;
    let db = database.open()?;
    let faults = block_on(verify(arguments, config, &db, keys))?;
    drop(db);
    database.close()?;
    Ok(if faults? == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn verify(
    arguments: &VerifyArguments,
    config: &Config,
    db: &Db,
    keys: Arc<SigningKeys>,
) -> Result<u64, CommandError> {
    let only = match &arguments.team {
        Some(name) => {
            Some(wiring::team(db).find_by_name(name).await.map_err(|error| CommandError::of(&error))?)
        }
        None => None,
    };
    let files = HeadFiles::new(&config.data_dir);
    let lines = files.lines();
    let lines = lines.map_err(|error| {
        CommandError::Message(format!("the heads in {} can't be read: {error}", files.folder().display()))
    })?;
    let mut heads = 0;
    let mut print = |finding: Finding| match finding {
        Finding::Violation(team, violation) => println!("FAULT team {team}: {violation}"),
        Finding::Warning(warning) => println!("WARNING {warning}"),
        Finding::TeamVerified(team) => {
            heads += team.heads;
            println!("{}", summary(&team));
        }
    };
    let faults = wiring::verify_audit(db, keys).run(only, lines, &mut print).await;
    let faults = faults.map_err(|error| CommandError::of(&error))?;
    if heads == 0 {
        println!(
            "WARNING no signed head was found in {}: a tail that was cut does not show",
            files.folder().display()
        );
    }
    println!("{faults} faults found");
    Ok(faults)
}

fn summary(summary: &TeamSummary) -> String {
    let TeamSummary { team, sealed, waiting, heads, violations } = summary;
    let name = team.name.as_deref().unwrap_or("(not in the database)");
    format!(
        "team {} {name}: {sealed} entries sealed, {waiting} not sealed yet, {heads} heads checked, {violations} faults",
        team.id
    )
}
