//! Teams full of orders, operations, time and data, as years of work leave them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use kernel::id::{Id, TeamId};
use serde_json::json;
use testkit::Database;

use crate::support::Store;

/// In each of four teams.
pub(super) const ORDERS: i64 = 20_000;
/// The entries of a first page.
pub(super) const PAGE: i64 = 20;
/// What planning looks up at the ends of indexes, and where a page ends.
pub(super) const BESIDE: i64 = 10;

/// Orders, one every ten minutes from 2024 on, each planned for about two days later. The
/// older they are the further: up to the 18,000th they are completed, then in progress, from the 19,000th on pending;
/// every fiftieth was cancelled, and 20 are on hold. Each fifth has the four operations of the routing, with the time
/// spent on them and two collections of data each.
const FULL: &str = "
    SET session_replication_role = replica; -- the foreign keys hold by construction
    SET synchronous_commit = on; -- else the vacuum that follows finds nothing that all can see
    INSERT INTO manufacturing_orders (team_id, id, order_number, erp_reference, sku, description, quantity, priority,
        status, routing_id, routing_version, scheduled_start, version, created_at, updated_at)
    SELECT r.team_id, uuid_v7(m.made), 'A' || n, 'ERP-' || n, 'STK' || n % 100, '', 10, 1 + n % 5,
           CASE WHEN n % 1000 = 7 THEN 'on_hold' WHEN n % 50 = 3 THEN 'cancelled' WHEN n > 19000 THEN 'pending'
                WHEN n > 18000 THEN 'in_progress' ELSE 'completed' END,
           r.id, 1, CASE WHEN n % 10 <> 1 THEN m.made + interval '2 days' + n * 7919 % 1440 * interval '1 minute' END,
           1, m.made, m.made
    FROM routings r, generate_series(1, 20000) n,
         LATERAL (SELECT timestamptz '2024-01-01 00:00Z' + n * interval '10 minutes') m (made);
    INSERT INTO work_order_operations (team_id, id, order_id, operation_number, name, department_id,
        routing_operation_id, status, operator_id, target_seconds, ready_at, actual_start, actual_end, good, rejected,
        reworked, segments, active_micros, running_since, version, created_at, updated_at)
    SELECT o.team_id, uuid_v7(o.created_at), o.id, r.operation_number, r.name, r.department_id, r.id, s.status,
           p.id, 3600, CASE WHEN s.status <> 'waiting' THEN o.created_at END, t.begun,
           CASE s.status WHEN 'completed' THEN t.begun + interval '1 hour' END, 0, 0, 0,
           CASE WHEN t.begun IS NULL THEN 0 ELSE 1 END, CASE s.status WHEN 'in_progress' THEN 0 ELSE 3600000000 END,
           CASE s.status WHEN 'in_progress' THEN t.begun END, 1, o.created_at, o.created_at
    FROM manufacturing_orders o
    JOIN routing_operations r USING (team_id, routing_id)
    CROSS JOIN LATERAL (SELECT substr(o.order_number, 2)::integer) n (n)
    CROSS JOIN LATERAL (SELECT CASE
        WHEN o.status = 'completed' OR o.status = 'in_progress' AND r.operation_number = 1 THEN 'completed'
        WHEN o.status = 'in_progress' AND r.operation_number = 2
            THEN CASE n % 4 WHEN 0 THEN 'paused' ELSE 'in_progress' END
        WHEN r.operation_number = 1 THEN 'pending' ELSE 'waiting' END) s (status)
    CROSS JOIN LATERAL (SELECT CASE WHEN s.status IN ('completed', 'in_progress', 'paused')
        THEN o.created_at + interval '2 days' + r.operation_number * interval '1 hour' END) t (begun)
    LEFT JOIN operators p
      ON p.team_id = o.team_id AND p.badge = 'B' || (n + r.operation_number) % 16 AND t.begun IS NOT NULL
    WHERE n % 5 = 0;
    INSERT INTO operation_segments
    SELECT team_id, id, 1, operator_id, actual_start,
           CASE WHEN running_since IS NULL THEN actual_start + interval '1 hour' END,
           CASE status WHEN 'completed' THEN 'complete' WHEN 'paused' THEN 'hold' END, NULL
    FROM work_order_operations WHERE actual_start IS NOT NULL ORDER BY id;
    INSERT INTO data_collections
    SELECT w.team_id, gen_random_uuid(), w.id, a.id, operator_id, '{}', actual_start, actual_start, true, '[]'
    FROM work_order_operations w JOIN data_collection_activities a USING (team_id), generate_series(1, 2)
    WHERE actual_start IS NOT NULL";

/// Whoever has it is alone with the database that is full of work: what others read would count too.
pub(super) type Alone = MutexGuard<'static, Option<(Arc<Database>, TeamId)>>;

/// Four teams full of work, and the first of them: made once, and given to one test at a time.
pub(super) fn full_of_work() -> (Store, TeamId, Alone) {
    static FULL: Mutex<Option<(Arc<Database>, TeamId)>> = Mutex::new(None);
    let mut full = FULL.lock().unwrap_or_else(PoisonError::into_inner);
    let (database, team) = full.get_or_insert_with(fill).clone();
    (Store { db: database.db(), database }, team, full)
}

fn fill() -> (Arc<Database>, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.plant());
    for team in teams {
        works(&store, team);
    }
    store.database.execute(FULL);
    for table in ["manufacturing_orders", "work_order_operations", "operation_segments", "data_collections"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    let team = teams.first().copied().expect("four teams");
    (store.database, team)
}

/// Gives a team halls, operators, an activity and a routing with a step in each hall.
fn works(store: &Store, team: TeamId) {
    store.database.execute(&format!(
        "INSERT INTO departments
         SELECT team_id, gen_random_uuid(), 'Hall ' || n, 'hall ' || n, true, 1, now(), now()
         FROM departments, generate_series(2, 4) n WHERE team_id = '{team}'"
    ));
    for operator in 0..16 {
        store.operator(team, &format!("B{operator}"), &[], None);
    }
    let activity = store.activity(team, "Torque");
    let steps = [(); 4].map(|()| json!({"dataCollectionActivities": [{"id": activity.uuid()}]}));
    store.routing(team, "Widget", &steps);
    store.database.execute(&format!(
        "UPDATE routing_operations r SET department_id = d.id
         FROM (SELECT id, row_number() OVER (ORDER BY name) AS place FROM departments WHERE team_id = '{team}') d
         WHERE r.team_id = '{team}' AND r.operation_number = d.place"
    ));
}

/// How many rows of the team a condition holds for.
pub(super) fn count(store: &Store, team: TeamId, table: &str, condition: &str) -> i64 {
    store.number(&format!("SELECT count(*) FROM {table} WHERE team_id = '{team}' AND {condition}"))
}

/// The id of the team's one row that a condition holds for.
pub(super) fn id<K>(store: &Store, team: TeamId, table: &str, condition: &str) -> Id<K> {
    let id = format!("SELECT id FROM {table} WHERE team_id = '{team}' AND {condition}");
    Id::new(store.database.scalar(&id).parse().expect("an id"))
}

/// The first moment of a day, UTC.
pub(super) fn moment(day: &str) -> DateTime<Utc> {
    format!("{day}T00:00:00Z").parse().expect("a day")
}
