use std::process::ExitCode;

use super::CommandError;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// import, mes or oms
    name: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let names = adapter_http::document_names().join(", ");
    let document = adapter_http::document(&arguments.name).ok_or_else(|| {
        CommandError::Message(format!("there is no document `{}`; there are {names}", arguments.name))
    })?;
    println!("{document}");
    Ok(ExitCode::SUCCESS)
}
