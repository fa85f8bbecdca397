//! The gepard API (`docs/spec/gepard.md`): invoices that an order system has created in the accounting system.

pub(crate) mod invoices;
pub(crate) mod orders;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::response::error_bodies::GepardErrorResponse;
use crate::routes::Route;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[orders::ROUTES, invoices::ROUTES];

/// A moment in the documented form: `2025-08-30T13:00:44.764575+00:00`.
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_the_documented_form() {
        let at = "2025-08-30T13:00:44.764575Z".parse().unwrap();
        assert_eq!(moment(at), "2025-08-30T13:00:44.764575+00:00");
    }
}
