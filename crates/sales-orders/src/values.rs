//! The texts of orders and products.

use kernel::text::FilledText;
pub use kernel::text::Line;

pub type ProductName = Line<200>;
pub type CustomerName = Line<200>;
/// A telephone number, as it was given.
pub type Phone = Line<50>;
/// Such as `Cash`.
pub type PaymentMethod = Line<50>;
/// Where an order came from, in the caller's words, such as `API`.
pub type Source = Line<50>;
/// A line of an address.
pub type AddressLine = Line<200>;
/// Why stock was adjusted, such as `broken`.
pub type AdjustmentReason = Line<100>;

/// Free text of 1 to 10,000 characters.
pub type Notes = FilledText<10_000>;
