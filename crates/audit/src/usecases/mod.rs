pub(crate) mod list_access;
pub(crate) mod list_audit;
pub(crate) mod record_refusal;
pub(crate) mod seal_audit;
pub(crate) mod sign_heads;
pub(crate) mod verify_audit;

#[cfg(test)]
mod tests;
