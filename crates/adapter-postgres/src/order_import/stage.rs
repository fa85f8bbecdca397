//! Copies rows into a temporary table, in PostgreSQL's binary COPY format.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use order_import::import::PreparedImport;
use order_import::import::values::ImportedOrder;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::schema::order_import_stage;

/// Created once a session and emptied by every commit, so that imports leave no dead catalogue rows.
const TABLE: &str = "
    CREATE TEMPORARY TABLE IF NOT EXISTS order_import_stage (
        position           integer NOT NULL,
        id                 uuid NOT NULL,
        order_number       text COLLATE \"C\" NOT NULL,
        sku                text COLLATE \"C\" NOT NULL,
        description        text NOT NULL,
        quantity           numeric(15, 3) NOT NULL,
        priority           smallint,
        status             text,
        work_centre_number integer,
        due_from           timestamptz,
        due_until          timestamptz,
        routing_id         uuid,
        routing_version    integer,
        notes              text,
        clears             smallint NOT NULL
    ) ON COMMIT DELETE ROWS";

/// Rows a COPY statement carries: diesel holds that many insertables at once.
const BATCH: usize = 4_096;

/// Bits of `clears`: the optional fields that a row empties.
pub(super) const CLEARS_WORK_CENTRE: i16 = 1;
pub(super) const CLEARS_DUE_DATE: i16 = 2;
pub(super) const CLEARS_NOTES: i16 = 4;
pub(super) const CLEARS_ROUTING: i16 = 8;

#[derive(Insertable)]
#[diesel(table_name = order_import_stage, treat_none_as_default_value = false)]
struct StageRow<'a> {
    position: i32,
    id: Uuid,
    order_number: &'a str,
    sku: &'a str,
    description: &'a str,
    quantity: Decimal,
    priority: Option<i16>,
    status: Option<&'static str>,
    work_centre_number: Option<i32>,
    due_from: Option<DateTime<Utc>>,
    due_until: Option<DateTime<Utc>>,
    routing_id: Option<Uuid>,
    routing_version: Option<i32>,
    notes: Option<&'a str>,
    clears: i16,
}

impl<'a> StageRow<'a> {
    fn new(index: usize, order: &'a ImportedOrder) -> Self {
        Self {
            position: i32::try_from(index).unwrap_or(i32::MAX),
            id: order.id.uuid(),
            order_number: order.number.as_str(),
            sku: order.sku.as_str(),
            description: order.description.as_str(),
            quantity: order.quantity.value(),
            priority: order.priority.map(|priority| priority.value().into()),
            status: order.status.map(|status| status.as_str()),
            work_centre_number: order.work_centre.value().map(|number| number.get()),
            due_from: order.due.value().map(|due| due.from),
            due_until: order.due.value().map(|due| due.until),
            routing_id: order.routing.value().map(|routing| routing.id.uuid()),
            routing_version: order.routing.value().map(|routing| routing.version.cast_signed()),
            notes: order.notes.value().map(|notes| notes.as_str()),
            clears: clears(order),
        }
    }
}

fn clears(order: &ImportedOrder) -> i16 {
    let bits = [
        (order.work_centre.clears(), CLEARS_WORK_CENTRE),
        (order.due.clears(), CLEARS_DUE_DATE),
        (order.notes.clears(), CLEARS_NOTES),
        (order.routing.clears(), CLEARS_ROUTING),
    ];
    bits.into_iter().filter_map(|(clears, bit)| clears.then_some(bit)).sum()
}

/// Fills the session's staging table with an import's good rows. Returns how many.
pub(super) fn fill(connection: &mut PgConnection, import: &PreparedImport) -> QueryResult<usize> {
    connection.batch_execute(TABLE)?;
    let mut candidates = import.candidates().map(|(index, order)| StageRow::new(index, order));
    let mut staged = 0;
    loop {
        let batch: Vec<_> = candidates.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        staged += batch.len();
        diesel::copy_from(order_import_stage::table).from_insertable(batch).execute(connection)?;
    }
    // a temporary table is never analysed by itself, and a bad guess makes the joins quadratic
    connection.batch_execute("ANALYZE order_import_stage (order_number)")?;
    Ok(staged)
}
