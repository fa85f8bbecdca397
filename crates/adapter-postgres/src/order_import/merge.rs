//! The set-based merge: three statements for any number of rows, repeated only where another import raced; one more
//! where orders get operations, or lose them.

use chrono::{DateTime, Utc};
use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Numeric, SmallInt, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderStatus, Priority, Sku};
use kernel::quantity::Quantity;
use order_import::import::PreparedImport;
use order_import::import::policy::{Fact, PreviousOrder, changes_operations};
use order_import::import::values::{OnExisting, OrderImage, WorkCentreNumber};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::lookups::routing;
use super::stage;
use crate::production_ops::orders::plan_operations;
use crate::write_error::{WriteError, unreadable};

type Merged<T> = Result<T, WriteError<StoreError>>;

/// How often the merge is repeated where other imports insert the same orders.
const PASSES: usize = 10;

/// Merges an import's good rows into the team's orders. Returns each row's fact, by its index.
pub(super) fn merge(
    connection: &mut PgConnection,
    team: TeamId,
    at: DateTime<Utc>,
    import: &PreparedImport,
) -> Merged<Vec<Option<Fact>>> {
    let mut merge = Merge {
        team: team.uuid(),
        at,
        updates: import.options.on_existing == OnExisting::Update,
        facts: vec![None; import.rows.len()],
    };
    let staged = stage::fill(connection, import)?;
    let mut settled = 0;
    for _ in 0..PASSES {
        settled += merge.pass(connection, staged - settled)?;
        if settled == staged {
            for (index, _) in import.candidates() {
                merge.settle(index, Fact::Inserted);
            }
            merge.plan_operations(connection, import)?;
            return Ok(merge.facts);
        }
    }
    Err(WriteError::store(StoreError::Unavailable(
        "other imports of the same orders kept getting in between".into(),
    )))
}

struct Merge {
    team: Uuid,
    at: DateTime<Utc>,
    updates: bool,
    facts: Vec<Option<Fact>>,
}

impl Merge {
    /// One pass of change, insert and, unless that was all, look-up. Returns how many rows it settled.
    ///
    /// Locks are taken in the order of order numbers, so two imports wait for each other instead of dying.
    fn pass(&mut self, connection: &mut PgConnection, open: usize) -> Merged<usize> {
        let changed = if self.updates { self.change(connection)? } else { 0 };
        let inserted = self.insert(connection)?;
        let existing = if changed + inserted < open { self.look(connection)? } else { 0 };
        Ok(changed + inserted + existing)
    }

    /// Locks, in order, the orders that differ and have not started, changes them, and records their former values.
    fn change(&mut self, connection: &mut PgConnection) -> Merged<usize> {
        let query = sql_query(change_sql())
            .bind::<diesel::sql_types::Uuid, _>(self.team)
            .bind::<Timestamptz, _>(self.at);
        let mut changed = 0;
        for row in query.load_iter::<BeforeRow, PgRowByRowLoadingMode>(connection)? {
            let row = row?;
            let position = row.position;
            let before = row.before().map_err(WriteError::store)?;
            changed += usize::from(self.settle_changed(index(position), before));
        }
        Ok(changed)
    }

    /// Inserts, in order, the orders that don't exist. One that another import is inserting is waited for.
    fn insert(&mut self, connection: &mut PgConnection) -> Merged<usize> {
        let query =
            sql_query(INSERT).bind::<diesel::sql_types::Uuid, _>(self.team).bind::<Timestamptz, _>(self.at);
        Ok(query.execute(connection)?)
    }

    /// Reads the orders that exist and were not made by this import.
    fn look(&mut self, connection: &mut PgConnection) -> Merged<usize> {
        let query = sql_query(look_sql()).bind::<diesel::sql_types::Uuid, _>(self.team);
        let mut settled = 0;
        for row in query.load_iter::<ExistingRow, PgRowByRowLoadingMode>(connection)? {
            let row = row?;
            let status: OrderStatus = row.status.parse().map_err(WriteError::internal)?;
            let fact = match status {
                // it appeared, or went back to not started, after the change: the next pass changes it
                OrderStatus::Pending if self.updates && row.differs => continue,
                OrderStatus::Pending if self.updates => Fact::Unchanged,
                status => Fact::Blocked(status),
            };
            settled += usize::from(self.settle(index(row.position), fact));
        }
        Ok(settled)
    }

    /// Plans the operations of orders that got, lost or changed their routing: one statement, or none.
    fn plan_operations(&self, connection: &mut PgConnection, import: &PreparedImport) -> Merged<()> {
        let to_plan =
            import.candidates().filter_map(|(index, order)| match self.facts.get(index)?.as_ref()? {
                Fact::Inserted => changes_operations(None, order).then_some(order.id.uuid()),
                Fact::Changed(before) => {
                    changes_operations(Some(&before.image), order).then_some(before.id.uuid())
                }
                Fact::Unchanged | Fact::Blocked(_) => None,
            });
        let to_plan: Vec<_> = to_plan.collect();
        if !to_plan.is_empty() {
            plan_operations(connection, Id::new(self.team), &to_plan, self.at)?;
        }
        Ok(())
    }

    /// Records that a row's order was changed, whatever an earlier pass saw. Returns whether none saw it.
    fn settle_changed(&mut self, index: usize, before: PreviousOrder) -> bool {
        match self.facts.get_mut(index) {
            Some(fact) => fact.replace(Fact::Changed(Box::new(before))).is_none(),
            None => false,
        }
    }

    /// Records a row's fact, unless it has one. Returns whether it was recorded.
    fn settle(&mut self, index: usize, fact: Fact) -> bool {
        match self.facts.get_mut(index) {
            Some(open @ None) => {
                *open = Some(fact);
                true
            }
            _ => false,
        }
    }
}

fn index(position: i32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// The order after a staged row: `order_import::import::policy::merge` as SQL.
/// A test holds the two together on random rows.
const NEXT: &str = "
    LATERAL (SELECT
        CASE WHEN s.priority IS NULL OR sign(s.priority - 3) = sign(o.priority - 3)
             THEN o.priority ELSE s.priority END AS priority,
        coalesce(s.status, o.status) AS status,
        CASE WHEN s.clears & 1 <> 0 THEN NULL
             ELSE coalesce(s.work_centre_number, o.work_centre_number) END AS work_centre_number,
        CASE WHEN s.clears & 2 <> 0 THEN NULL
             WHEN s.due_until IS NULL
               OR o.scheduled_end >= s.due_from AND o.scheduled_end < s.due_until + interval '1 second'
             THEN o.scheduled_end ELSE s.due_until END AS scheduled_end,
        CASE WHEN s.clears & 8 <> 0 THEN NULL ELSE coalesce(s.routing_id, o.routing_id) END AS routing_id,
        CASE WHEN s.clears & 8 <> 0 THEN NULL
             WHEN s.routing_id IS NULL OR s.routing_id = o.routing_id THEN o.routing_version
             ELSE s.routing_version END AS routing_version,
        CASE WHEN s.clears & 4 <> 0 THEN NULL ELSE coalesce(s.notes, o.notes) END AS notes
    ) n";

/// Whether the order would be another afterwards.
const DIFFERS: &str = "
    (s.sku, s.description, s.quantity, n.priority, n.status, n.work_centre_number, n.scheduled_end, n.routing_id,
     n.notes)
    IS DISTINCT FROM
    (o.sku, o.description, o.quantity, o.priority, o.status, o.work_centre_number, o.scheduled_end, o.routing_id,
     o.notes)";

fn change_sql() -> String {
    format!(
        "WITH next AS MATERIALIZED (
             SELECT s.position, s.sku AS new_sku, s.description AS new_description, s.quantity AS new_quantity,
                    n.priority AS new_priority, n.status AS new_status,
                    n.work_centre_number AS new_work_centre_number, n.scheduled_end AS new_scheduled_end,
                    n.routing_id AS new_routing_id, n.routing_version AS new_routing_version, n.notes AS new_notes,
                    o.id, o.version, o.sku, o.description, o.quantity, o.priority, o.status,
                    o.work_centre_number, o.scheduled_end, o.routing_id, o.routing_version, o.notes
             FROM order_import_stage s
             JOIN manufacturing_orders o ON o.team_id = $1 AND o.order_number = s.order_number
             CROSS JOIN {NEXT}
             WHERE o.status = 'pending' AND {DIFFERS}
             ORDER BY o.order_number
             FOR UPDATE OF o
         ), written AS (
             UPDATE manufacturing_orders o
             SET sku = next.new_sku, description = next.new_description, quantity = next.new_quantity,
                 priority = next.new_priority, status = next.new_status,
                 work_centre_number = next.new_work_centre_number, scheduled_end = next.new_scheduled_end,
                 routing_id = next.new_routing_id, routing_version = next.new_routing_version,
                 notes = next.new_notes, version = o.version + 1, updated_at = $2
             FROM next
             WHERE o.team_id = $1 AND o.id = next.id AND o.status = 'pending'
         )
         SELECT position, id, version, sku, description, quantity, priority, status, work_centre_number,
                scheduled_end, routing_id, routing_version, notes
         FROM next"
    )
}

const INSERT: &str = "
    INSERT INTO manufacturing_orders
        (team_id, id, order_number, sku, description, quantity, priority, status, work_centre_number,
         scheduled_end, routing_id, routing_version, notes, version, created_at, updated_at)
    SELECT $1, s.id, s.order_number, s.sku, s.description, s.quantity, coalesce(s.priority, 3),
           coalesce(s.status, 'pending'), s.work_centre_number, s.due_until, s.routing_id,
           s.routing_version, s.notes, 1, $2, $2
    FROM order_import_stage s
    WHERE NOT EXISTS (
        SELECT FROM manufacturing_orders o WHERE o.team_id = $1 AND o.order_number = s.order_number)
    ORDER BY s.order_number
    ON CONFLICT (team_id, order_number) DO NOTHING";

fn look_sql() -> String {
    format!(
        "SELECT s.position, o.status, {DIFFERS} AS differs
         FROM order_import_stage s
         JOIN manufacturing_orders o ON o.team_id = $1 AND o.order_number = s.order_number
         CROSS JOIN {NEXT}
         WHERE o.id <> s.id"
    )
}

#[derive(QueryableByName)]
struct ExistingRow {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Bool)]
    differs: bool,
}

#[derive(QueryableByName)]
struct BeforeRow {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    sku: String,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Numeric)]
    quantity: Decimal,
    #[diesel(sql_type = SmallInt)]
    priority: i16,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Integer>)]
    work_centre_number: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    scheduled_end: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    routing_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    routing_version: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    notes: Option<String>,
}

impl BeforeRow {
    fn before(self) -> Result<PreviousOrder, StoreError> {
        let image = OrderImage {
            version: self.version,
            sku: Sku::try_new(&self.sku).map_err(unreadable)?,
            description: self.description.into(),
            quantity: Quantity::try_new(self.quantity).map_err(unreadable)?,
            priority: Priority::try_new(u8::try_from(self.priority).unwrap_or(0)).map_err(unreadable)?,
            status: self.status.parse().map_err(unreadable)?,
            work_centre: self
                .work_centre_number
                .map(|number| WorkCentreNumber::try_new(number.into()))
                .transpose()
                .map_err(unreadable)?,
            scheduled_end: self.scheduled_end,
            routing: self.routing_id.zip(self.routing_version).map(|(id, version)| routing(id, version)),
            notes: self.notes.map(Into::into),
        };
        Ok(PreviousOrder { id: Id::new(self.id), image })
    }
}
