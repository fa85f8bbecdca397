use std::fmt::Display;
use std::io::{Read, stdin};
use std::process::ExitCode;

use identity::api_key::KeyName;
use identity::{BootstrapRequest, Email, Password, TeamName};
use kernel::zone::TimeZone;
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
    let request = request(&arguments, password.trim_end_matches(['\r', '\n']))?;
    let database = Database::reach(config)?;
    let db = database.open()?;
    let founded = block_on(async { wiring::bootstrap(&db).run(request).await })?;
    let founded = founded.map_err(|error| CommandError::of(&error))?;
    println!(
        "{}",
        json!({
            "teamId": founded.team.to_string(),
            "userId": founded.user.to_string(),
            "apiKey": founded.api_key.as_str(),
        })
    );
    drop(db);
    database.close()?;
    Ok(ExitCode::SUCCESS)
}

/// The team to found, or every fault of what was given, in one line.
fn request(arguments: &Arguments, password: &str) -> Result<BootstrapRequest, CommandError> {
    let mut faults = Vec::new();
    let team = checked("team", TeamName::try_new(&arguments.team), &mut faults);
    let email = checked("email", Email::try_new(&arguments.email), &mut faults);
    let time_zone = arguments.time_zone.as_deref().map_or(Ok(TimeZone::UTC), str::parse);
    let time_zone = checked("time_zone", time_zone, &mut faults);
    let password = checked("password", Password::try_new(password), &mut faults);
    let key_name = checked("api_key", KeyName::try_new("bootstrap"), &mut faults);
    match (team, email, time_zone, password, key_name) {
        (Some(team), Some(email), Some(time_zone), Some(password), Some(key_name)) => {
            Ok(BootstrapRequest { team, time_zone, email, password, key_name })
        }
        _ => Err(CommandError::Message(format!("the team can't be made: {}", faults.join("; ")))),
    }
}

fn checked<T, E: Display>(name: &str, value: Result<T, E>, faults: &mut Vec<String>) -> Option<T> {
    value.map_err(|fault| faults.push(format!("{name} {fault}"))).ok()
}
