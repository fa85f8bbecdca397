//! The AdventureWorks data set in `tests/data`.

use std::path::PathBuf;

/// The path of a file of the data set.
pub(crate) fn dataset(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/adventureworks").join(name)
}

/// 20,000 manufacturing orders as CSV.
pub(crate) fn orders_csv() -> String {
    std::fs::read_to_string(dataset("manufacturing-orders.csv")).unwrap()
}
