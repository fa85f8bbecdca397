pub(crate) mod change_vendor;
pub(crate) mod create_vendor;
pub(crate) mod get_vendor;
pub(crate) mod list_vendors;
#[cfg(test)]
mod tests;
