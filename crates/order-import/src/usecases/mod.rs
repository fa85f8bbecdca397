pub(crate) mod get_import;
pub(crate) mod import_orders;
pub(crate) mod list_imports;
