//! The texts of a verification.

use kernel::text::FilledText;

/// What whoever verifies says of a receipt or an item: free text of 1 to 2,000 characters.
pub type Remarks = FilledText<2_000>;
/// How goods are damaged: free text of 1 to 2,000 characters.
pub type DamageDescription = FilledText<2_000>;
