//! What every implementation of the ports must show. Call [`products()`] and [`sales_orders()`] with stores and two teams
//! that exist and have nothing to sell.

mod products;
mod sales_orders;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::products::products;
pub use self::sales_orders::{OrderStores, sales_orders};

/// A moment so many minutes after the first.
fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}
