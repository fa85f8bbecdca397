mod store;
mod table;

pub use self::store::PgInvoiceLedger;
