//! wFirma's API v2, as far as it is publicly known: everything uncertain about it is in this module, so that a correction
//! touches nothing else. Responses are read tolerantly, requests written in one way.

mod answer;
mod errors;
mod request;
mod status;

pub(crate) use self::answer::{Reply, VatCode, booked, failure, found, vat_codes};
pub(crate) use self::request::{Action, HEADERS, add, find, formats, list_vat_codes};
pub(crate) use self::status::Status;

/// The number of records of a page.
pub(crate) const PAGE: usize = 100;
