//! wFirma's API v2, as far as it is publicly known: everything uncertain about it stands here, so that a correction
//! touches nothing else. Read tolerantly, written in one way.

mod answer;
mod errors;
mod request;
mod status;

pub(crate) use self::answer::{Reply, VatCode, booked, found, refusal, vat_codes};
pub(crate) use self::request::{Action, HEADERS, add, find, formats, list_vat_codes};
pub(crate) use self::status::Status;

/// The records of an answer or a request a page long.
pub(crate) const PAGE: usize = 100;
