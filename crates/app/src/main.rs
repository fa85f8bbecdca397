//! `throughline`: one binary that serves, migrates, bootstraps, imports and verifies.

use std::process::ExitCode;

fn main() -> ExitCode {
    throughline_app::main()
}
