//! The mes API (`docs/spec/mes.md`).

pub(crate) mod activities;
pub(crate) mod api_keys;
pub(crate) mod collections;
pub(crate) mod departments;
pub(crate) mod equipment;
mod fields;
pub(crate) mod files;
pub(crate) mod operations;
pub(crate) mod operators;
pub(crate) mod orders;
pub(crate) mod pause_reasons;
pub(crate) mod routings;
pub(crate) mod work_centres;

use kernel::page::{Listing, Window};
use production_ops::{DepartmentId, Name};
use serde::Serialize;
use utoipa::ToSchema;

use crate::response::error_bodies::MesErrorResponse;
use crate::routes::Route;

/// The surface's routes, resource by resource.
pub(crate) const TABLES: &[&[Route]] = &[
    api_keys::ROUTES,
    departments::ROUTES,
    files::ROUTES,
    activities::ROUTES,
    collections::ROUTES,
    operations::ROUTES,
    orders::ROUTES,
    equipment::ROUTES,
    operators::ROUTES,
    pause_reasons::ROUTES,
    routings::ROUTES,
    work_centres::ROUTES,
];

/// The most entries of a list at once.
const MAX_LIMIT: u32 = 500;

/// Where a part of a list stands.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"total": 150, "limit": 50, "offset": 0, "hasMore": true}))]
#[serde(rename_all = "camelCase")]
struct Pagination {
    total: u64,
    limit: u32,
    offset: u32,
    has_more: bool,
}

impl Pagination {
    fn of<T>(listing: &Listing<T>, window: Window) -> Self {
        Self {
            total: listing.total,
            limit: window.limit(),
            offset: window.offset(),
            has_more: listing.has_more(window),
        }
    }
}

/// A department, as what is done there shows it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "Assembly"}))]
struct DepartmentRef {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
}

impl DepartmentRef {
    fn of(id: DepartmentId, name: Option<&Name>) -> Self {
        Self { id: id.to_string(), name: name.map(|name| name.as_str().to_owned()).unwrap_or_default() }
    }
}
