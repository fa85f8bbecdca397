pub(crate) mod manage_goods_receipts;
pub(crate) mod manage_tickets;
pub(crate) mod verify_goods_receipt;

#[cfg(test)]
mod tests;
