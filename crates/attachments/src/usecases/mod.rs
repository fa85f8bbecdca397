pub(crate) mod manage_attachments;
pub(crate) mod sweep_attachments;
#[cfg(test)]
mod tests;
