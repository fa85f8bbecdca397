use std::process::ExitCode;

use adapter_postgres::sales_orders::{StockFault, verify_stock};

use super::{CommandError, block_on};
use crate::config::Config;
use crate::database::Database;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Add up every product's movements and compare the sum with its stock
    ///
    /// Ends with 0 if they agree in every team, 1 if they don't, 2 if they could not be compared.
    Stock,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<ExitCode, CommandError> {
    let What::Stock = arguments.what;
    let database = Database::reach(config)?;
    let db = database.open()?;
    let verified = block_on(verify_stock(&db))?;
    drop(db);
    database.close()?;
    let (faults, products) = verified.map_err(|error| CommandError::of(&error))?;
    for fault in &faults {
        let StockFault { team, product, stock, sum, said, movements } = fault;
        println!(
            "FAULT team {team}: product {product} has {stock} in stock after {said} movements, its ledger {sum} after {movements}"
        );
    }
    println!("{products} products, {} faults found", faults.len());
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
