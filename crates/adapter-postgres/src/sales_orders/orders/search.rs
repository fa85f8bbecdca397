//! Lists of orders: found by SQL functions that may use every index, then read beneath row-level security.

use std::collections::HashMap;

use chrono::SecondsFormat;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb};
use diesel::{QueryableByName, sql_query};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::Window;
use kernel::text::folded;
use sales_orders::order::SalesOrder;
use sales_orders::ports::OrderFilter;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::table::{with_ids, with_lines};

/// A filter as `find_sales_orders` and `count_sales_orders` take it.
pub(super) fn conditions(filter: &OrderFilter) -> Value {
    let moment = |moment: chrono::DateTime<chrono::Utc>| moment.to_rfc3339_opts(SecondsFormat::Micros, true);
    let set = [
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("pos_status", filter.pos_status.map(|status| status.as_str().to_owned())),
        ("payment_status", filter.payment_status.map(|status| status.as_str().to_owned())),
        ("order_number", filter.order_number.clone()),
        ("customer_name", filter.customer_name.as_deref().map(containing)),
        ("customer_phone", filter.customer_phone.as_deref().map(containing)),
        ("name_part", filter.customer_name.as_deref().and_then(part)),
        ("phone_part", filter.customer_phone.as_deref().and_then(part)),
        ("customer_number", filter.customer_number.map(|number| number.to_string())),
        ("from", filter.created.from.map(moment)),
        ("before", filter.created.before.map(moment)),
        ("vendor", filter.vendor.map(|vendor| vendor.to_string())),
        ("min_total", filter.min_total.map(|total| total.to_string())),
        ("max_total", filter.max_total.map(|total| total.to_string())),
    ];
    let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    Value::Object(set.collect::<Map<_, _>>())
}

/// A folded text that is long enough to be found by its trigrams.
fn part(text: &str) -> Option<String> {
    Some(folded(text)).filter(|text| text.chars().count() >= 3)
}

/// A pattern for folded texts that contain this one.
fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in folded(text).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A page of the orders that fit, the latest first.
pub(super) fn page(
    connection: &mut PgConnection,
    team: TeamId,
    conditions: &Value,
    window: Window,
) -> QueryResult<Result<Vec<SalesOrder>, StoreError>> {
    let found: Vec<IdRow> = sql_query("SELECT found AS id FROM find_sales_orders($1, $2, $3) found")
        .bind::<Jsonb, _>(conditions)
        .bind::<Integer, _>(i32::try_from(window.limit()).unwrap_or(i32::MAX))
        .bind::<BigInt, _>(i64::from(window.offset()))
        .load(connection)?;
    let ids: Vec<_> = found.into_iter().map(|row| row.id).collect();
    let mut rows: HashMap<_, _> =
        with_ids(connection, team, &ids)?.into_iter().map(|row| (row.id, row)).collect();
    let rows = ids.iter().filter_map(|id| rows.remove(id)).collect();
    with_lines(connection, team, rows)
}

/// How many orders fit.
pub(super) fn total(connection: &mut PgConnection, conditions: &Value) -> QueryResult<i64> {
    let counted: CountRow = sql_query("SELECT count_sales_orders($1) AS count")
        .bind::<Jsonb, _>(conditions)
        .get_result(connection)?;
    Ok(counted.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(containing("50%_Off\\"), "%50\\%\\_off\\\\%");
    }
}
