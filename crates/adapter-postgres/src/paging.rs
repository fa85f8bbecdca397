//! Pages of lists that are found by their ids first: the filter decides on indexed columns alone, and what is shown is read
//! for the rows of the page.

use std::collections::HashMap;

use kernel::error::StoreError;
use kernel::page::Page;
use uuid::Uuid;

/// The things of a page in the order of their ids.
pub(crate) fn page<T>(
    ids: &[Uuid],
    found: impl IntoIterator<Item = Result<(Uuid, T), StoreError>>,
    total: Option<i64>,
) -> Result<Page<T>, StoreError> {
    let mut found: HashMap<Uuid, T> = found.into_iter().collect::<Result<_, _>>()?;
    let items = ids.iter().filter_map(|id| found.remove(id)).collect();
    Ok(Page { items, total: total.map(i64::unsigned_abs) })
}

/// Adds to a boxed query of a table what narrows it, where that is set.
macro_rules! narrowed {
    ($query:expr, $($column:expr => $value:expr),+ $(,)?) => {{
        let mut query = $query;
        $(if let Some(value) = $value {
            query = query.filter($column.eq(value));
        })+
        query
    }};
}

/// Adds to a boxed query of a table that a moment lies in a period.
macro_rules! within {
    ($query:expr, $column:expr, $period:expr) => {{
        let mut query = $query;
        if let Some(from) = $period.from {
            query = query.filter($column.ge(from));
        }
        if let Some(before) = $period.before {
            query = query.filter($column.lt(before));
        }
        query
    }};
}

/// Adds to a boxed query what a caller may see of the rows of a vendor.
macro_rules! seen {
    ($query:expr, $vendor:expr, $visibility:expr) => {
        match $visibility {
            kernel::access::Visibility::All => $query,
            kernel::access::Visibility::Own(vendor) => $query.filter($vendor.eq(vendor.uuid())),
            kernel::access::Visibility::Nothing => {
                $query.filter(diesel::IntoSql::into_sql::<diesel::sql_types::Bool>(false))
            }
        }
    };
}

pub(crate) use {narrowed, seen, within};
