//! The gepard surface (seed 002): invoices that an order system has made in the accounting system.

pub(crate) mod invoices;
pub(crate) mod orders;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::response::error_bodies::GepardErrorResponse;
use crate::routes::Route;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[orders::ROUTES, invoices::ROUTES];

/// A moment as seed 002 writes it: `2025-08-30T13:00:44.764575+00:00`.
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_the_document_does() {
        let at = "2025-08-30T13:00:44.764575Z".parse().unwrap();
        assert_eq!(moment(at), "2025-08-30T13:00:44.764575+00:00");
    }
}
