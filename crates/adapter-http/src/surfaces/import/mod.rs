//! The import API (`docs/spec/import.md`).

mod answer;
mod dto;
pub(crate) mod history;

mod multipart;
pub(crate) mod orders;

use crate::routes::Route;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[orders::ROUTES, history::ROUTES];
