//! The oms surface: people, and what they do about orders (`docs/spec/oms.md`).

pub(crate) mod accounting_connection;
pub(crate) mod accounting_exchanges;
pub(crate) mod assignments;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod dispatches;
pub(crate) mod goods_receipts;
pub(crate) mod orders;
pub(crate) mod purchase_orders;
mod references;
pub(crate) mod team;
pub(crate) mod tickets;
pub(crate) mod users;
pub(crate) mod vendors;

use kernel::page::{Listing, Page, Window};
use kernel::period::EmptyPeriod;

use crate::prelude::*;
use crate::response::error_bodies::OmsErrorResponse;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[
    accounting_connection::ROUTES,
    accounting_exchanges::ROUTES,
    assignments::ROUTES,
    audit::ROUTES,
    auth::ROUTES,
    dispatches::ROUTES,
    orders::ROUTES,
    purchase_orders::ROUTES,
    // before the goods receipts, whose ids stand where `tickets` does
    tickets::ROUTES,
    goods_receipts::ROUTES,
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

/// Where a page is in a list that is counted only if that is wanted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"currentPage": 1, "totalPages": 5, "totalItems": 100, "itemsPerPage": 20}))]
pub(crate) struct CountablePagination {
    current_page: u32,
    /// `null` with `total=false`.
    #[schema(required)]
    total_pages: Option<u64>,
    /// All that fit, counted exactly; `null` with `total=false`.
    #[schema(required)]
    total_items: Option<u64>,
    items_per_page: u32,
}

impl CountablePagination {
    /// Page `page` of a list.
    pub(crate) fn of<T>(found: &Page<T>, page: u32, window: Window) -> Self {
        Self {
            current_page: page,
            total_pages: found.total.map(|total| total.div_ceil(window.limit().into())),
            total_items: found.total,
            items_per_page: window.limit(),
        }
    }
}

/// Reads which part of a list is wanted, and whether the list is counted: `page`, `limit` and `total`.
pub(crate) fn countable_page(mut query: Query) -> Result<(u32, Window, bool), ApiError> {
    let counted = query.flag("total", true);
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    Ok((page, window, counted))
}

/// The fault of a list's period that ends before it begins.
pub(crate) fn empty_period() -> Fault {
    Fault::new("endDate", "OUT_OF_RANGE", EmptyPeriod.to_string())
}
