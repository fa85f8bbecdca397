//! The oms surface: people, and what they do about orders (`docs/spec/oms.md`).

pub(crate) mod accounting_connection;
pub(crate) mod accounting_exchanges;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod orders;
pub(crate) mod team;
pub(crate) mod users;
pub(crate) mod vendors;

use kernel::page::{Listing, Window};

use crate::prelude::*;
use crate::response::error_bodies::OmsErrorResponse;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[
    accounting_connection::ROUTES,
    accounting_exchanges::ROUTES,
    audit::ROUTES,
    auth::ROUTES,
    orders::ROUTES,
    users::ROUTES,
    team::ROUTES,
    vendors::ROUTES,
];

/// The most entries of a page.
pub(crate) const MAX_LIMIT: u32 = 100;

/// Where a page is in its list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"currentPage": 1, "totalPages": 5, "totalItems": 100, "itemsPerPage": 20}))]
pub(crate) struct Pagination {
    current_page: u32,
    total_pages: u64,
    total_items: u64,
    items_per_page: u32,
}

impl Pagination {
    /// Page `page` of a list.
    pub(crate) fn of<T>(listing: &Listing<T>, page: u32, window: Window) -> Self {
        Self {
            current_page: page,
            total_pages: listing.total.div_ceil(window.limit().into()),
            total_items: listing.total,
            items_per_page: window.limit(),
        }
    }
}
