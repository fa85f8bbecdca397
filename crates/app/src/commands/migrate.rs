use std::process::ExitCode;

use super::CommandError;
use crate::config::Config;
use crate::database::Database;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Print the SQL with which an administrator makes the database roles, and stop
    #[arg(long)]
    print_roles: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<ExitCode, CommandError> {
    if arguments.print_roles {
        print!("{}", adapter_postgres::roles::ROLES);
        return Ok(ExitCode::SUCCESS);
    }
    let database = Database::reach(config)?;
    let run = database.migrate()?;
    for migration in &run {
        println!("{migration}");
    }
    println!("{} migrations run; the database is up to date", run.len());
    database.close()?;
    Ok(ExitCode::SUCCESS)
}
