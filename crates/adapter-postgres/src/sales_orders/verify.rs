//! Stock against its ledger, over all teams.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Numeric};
use diesel::{QueryableByName, sql_query};
use kernel::error::StoreError;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::db::{Db, Scope};

/// A product whose stock is not the sum of its movements, or whose ledger has a gap.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct StockFault {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub team: Uuid,
    /// The product's number.
    #[diesel(sql_type = BigInt)]
    pub product: i64,
    /// As the product has it.
    #[diesel(sql_type = Numeric)]
    pub stock: Decimal,
    /// Of its movements.
    #[diesel(sql_type = Numeric)]
    pub sum: Decimal,
    /// How many movements the product says it has.
    #[diesel(sql_type = BigInt)]
    pub said: i64,
    /// How many it really has.
    #[diesel(sql_type = BigInt)]
    pub movements: i64,
}

/// Products whose stock and ledger disagree, 100 at most, and how many products were checked.
pub async fn verify_stock(db: &Db) -> Result<(Vec<StockFault>, i64), StoreError> {
    db.read(Scope::System, |connection| {
        let faults = sql_query(
            "SELECT p.team_id AS team, p.number AS product, p.stock, coalesce(m.sum, 0) AS sum, p.movements AS said,
                    coalesce(m.count, 0) AS movements
             FROM products p
             LEFT JOIN (SELECT team_id, product_id, sum(quantity) AS sum, count(*) AS count FROM stock_movements
                        GROUP BY team_id, product_id) m
               ON m.team_id = p.team_id AND m.product_id = p.id
             WHERE p.stock <> coalesce(m.sum, 0) OR p.movements <> coalesce(m.count, 0)
             ORDER BY p.team_id, p.number LIMIT 100",
        )
        .load(connection)?;
        let products = crate::schema::products::table.count().get_result(connection)?;
        Ok((faults, products))
    })
    .await
}
