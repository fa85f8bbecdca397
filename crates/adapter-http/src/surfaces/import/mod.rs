//! The import surface (seed 000).

mod answer;
pub(crate) mod history;

use crate::routes::Route;
mod multipart;
pub(crate) mod orders;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[orders::ROUTES, history::ROUTES];
