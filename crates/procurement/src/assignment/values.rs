//! The texts of assignments and dispatches.

use kernel::text::{FilledText, Line};

/// Why a vendor confirms less than it was asked for: free text of 1 to 1,000 characters.
pub type Reason = FilledText<1_000>;
/// What a vendor says of a dispatch: free text of 1 to 10,000 characters.
pub type Remarks = FilledText<10_000>;
/// The carrier's number of a dispatch, such as an air waybill: 1 to 100 characters on one line.
pub type TrackingReference = Line<100>;
