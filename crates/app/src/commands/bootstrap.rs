use std::io::{Read, stdin};
use std::process::ExitCode;

use identity::BootstrapRequest;
use serde_json::json;

use super::{CommandError, block_on};
use crate::config::Config;
use crate::database::Database;
use crate::wiring;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The team's name
    #[arg(long, value_name = "NAME")]
    team: String,
    /// The e-mail of the team's ADMIN
    #[arg(long, value_name = "E")]
    email: String,
    /// Read the ADMIN's password from standard input (8 to 256 characters; a final line end is not part of it)
    #[arg(long, required = true)]
    password_stdin: bool,
    /// The team's IANA time zone, such as Europe/Warsaw
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

pub(super) fn run(arguments: Arguments, config: &Config) -> Result<ExitCode, CommandError> {
    let mut password = String::new();
    stdin().take(4_096).read_to_string(&mut password).map_err(|error| CommandError::of(&error))?;
    let request = BootstrapRequest {
        team: arguments.team,
        email: arguments.email,
        password: password.trim_end_matches(['\r', '\n']).to_owned(),
        time_zone: arguments.time_zone,
    };
    let database = Database::reach(config)?;
    let db = database.open()?;
    let made = block_on(async { wiring::bootstrap(&db).run(&request).await })?;
    let made = made.map_err(|error| CommandError::of(&error))?;
    println!(
        "{}",
        json!({
            "teamId": made.team.to_string(),
            "userId": made.user.to_string(),
            "apiKey": made.api_key.as_str(),
        })
    );
    drop(db);
    database.close()?;
    Ok(ExitCode::SUCCESS)
}
