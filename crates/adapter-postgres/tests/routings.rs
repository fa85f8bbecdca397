//! Routings: what a change leaves beside them, and what comes of several at once.

use adapter_postgres::production_ops::{PgDepartments, PgRoutings};
use diesel::connection::SimpleConnection;
use kernel::audit::Audited;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use kernel::master_data::Register;
use kernel::write::Written;
use production_ops::department::DepartmentChange;
use production_ops::ports::Routings;
use production_ops::routing::{Routing, RoutingError, RoutingVersion, Unusable, UnusableReference};
use serde_json::{Value, json};
use testkit::race;

use crate::support::{Store, block_on, context, done, lines, runtime, until_blocked};

fn revised(store: &Store, team: TeamId, routing: &Routing, operations: &[Value]) -> Routing {
    let content = store.routing_content(team, routing.name.as_str(), operations);
    done(block_on(PgRoutings::new(store.db.clone()).revise(context(team), routing.id, content)))
}

/// A team's audit entries about a routing: action, before and after, in the order of their writing.
fn entries(store: &Store, team: TeamId) -> Vec<Value> {
    let entries = format!(
        "SELECT jsonb_build_array(action, before, after)::text AS line FROM audit_entries
         WHERE team_id = '{team}' AND subject_kind = 'routing' ORDER BY xid, id"
    );
    let entries = lines(&mut store.superuser(), &entries);
    entries.iter().map(|line| serde_json::from_str(line).expect("an entry")).collect()
}

#[test]
fn what_is_done_to_a_routing_is_audited_with_what_it_was_and_became() {
    let store = Store::shared();
    let team = store.plant();
    let created = store.routing(team, "Widget", &[json!({"runTimeMinutes": 12.5})]);
    let second = revised(&store, team, &created, &[json!({}), json!({"requiredSkills": ["milling"]})]);
    assert_eq!(revised(&store, team, &created, &[json!({}), json!({"requiredSkills": ["milling"]})]), second);
    let routings = PgRoutings::new(store.db.clone());
    let closed = done(block_on(routings.set_active(context(team), created.id, false)));
    assert_eq!(done(block_on(routings.set_active(context(team), created.id, false))), closed);

    let snapshot =
        |routing: &Routing| serde_json::from_str::<Value>(&routing.snapshot()).expect("a snapshot");
    let expected = [
        json!(["routing.created", null, snapshot(&created)]),
        json!(["routing.revised", snapshot(&created), snapshot(&second)]),
        json!(["routing.changed", snapshot(&second), snapshot(&closed)]),
    ];
    assert_eq!(entries(&store, team), expected, "and where nothing differs, nothing is");
}

#[test]
fn revisions_at_once_each_make_a_version_and_none_is_lost() {
    const RACERS: usize = 8;
    let store = Store::shared();
    let team = store.plant();
    let first = store.routing(team, "Widget", &[json!({})]);
    let made = race(RACERS, |racer| {
        revised(&store, team, &first, &[json!({"operationName": format!("Racer {racer}")})])
    });
    let mut versions: Vec<_> = made.iter().map(|routing| routing.version.number()).collect();
    versions.sort_unstable();
    assert_eq!(versions, Vec::from_iter(2..=9));
    let routings = PgRoutings::new(store.db.clone());
    for routing in &made {
        let found = block_on(routings.find(team, first.id, Some(routing.version))).expect("it is read");
        let operations = found.expect("each version is there").operations;
        assert_eq!(operations, routing.operations, "{}", routing.version);
    }
    let latest = block_on(routings.find(team, first.id, None)).expect("it is read").expect("it is there");
    assert_eq!((latest.version.number(), latest.revision), (9, 9));
    assert_eq!(entries(&store, team).len(), 1 + RACERS);
}

#[test]
fn the_same_revision_at_once_makes_one_version() {
    let store = Store::shared();
    let team = store.plant();
    let first = store.routing(team, "Widget", &[json!({})]);
    let made = race(6, |_| revised(&store, team, &first, &[json!({"operationName": "Cut"})]));
    assert!(made.iter().all(|routing| *routing == made[0] && routing.version.number() == 2), "{made:?}");
    let versions = format!("SELECT count(*) FROM routing_versions WHERE team_id = '{team}'");
    assert_eq!(store.number(&versions), 2);
}

#[test]
fn of_those_that_take_one_name_at_once_one_gets_it_and_the_others_leave_nothing() {
    let store = Store::shared();
    let team = store.plant();
    let outcomes = race(6, |racer| {
        let name = if racer % 2 == 0 { "Widget" } else { "WIDGET" };
        let content = store.routing_content(team, name, &[json!({})]);
        let routings = PgRoutings::new(store.db.clone());
        block_on(routings.create(context(team), Id::new(SystemIds.uuid()), content))
    });
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Written::Done(_)))).count();
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Err(RoutingError::NameTaken))).count();
    assert_eq!((done, taken), (1, 5), "{outcomes:?}");
    for table in ["routings", "routing_versions", "routing_operations"] {
        let count = format!("SELECT count(*) FROM {table} WHERE team_id = '{team}'");
        assert_eq!(store.number(&count), 1, "{table}");
    }
    assert_eq!(entries(&store, team).len(), 1);
}

#[test]
fn a_department_going_out_of_use_meanwhile_is_not_missed() {
    let store = Store::own();
    let team = store.plant();
    let content = store.routing_content(team, "Widget", &[json!({})]);
    let mut closing = store.superuser();
    let close = format!("BEGIN; UPDATE departments SET is_active = false WHERE team_id = '{team}'");
    closing.batch_execute(&close).expect("the department is being closed");
    let routings = PgRoutings::new(store.db.clone());
    let creating = runtime()
        .spawn(async move { routings.create(context(team), Id::new(SystemIds.uuid()), content).await });
    until_blocked(&store.database);
    closing.batch_execute("COMMIT").expect("the department is closed");
    let refused = block_on(creating).expect("creating ends");
    let Err(RoutingError::Unusable(found)) = refused else { panic!("it names no more: {refused:?}") };
    assert_eq!(found, [UnusableReference { operation: 0, activity: None, why: Unusable::Inactive }]);
}

#[test]
fn a_department_stays_in_use_until_the_routing_that_names_it_is_there() {
    let store = Store::own();
    let team = store.plant();
    // holds up the routing after it has looked at the department
    let mut busy = store.superuser();
    busy.batch_execute("BEGIN; LOCK TABLE routings IN SHARE MODE").expect("the table is locked");
    let (routings, content) =
        (PgRoutings::new(store.db.clone()), store.routing_content(team, "Widget", &[json!({})]));
    let creating = runtime()
        .spawn(async move { routings.create(context(team), Id::new(SystemIds.uuid()), content).await });
    until_blocked(&store.database);
    let department = format!("SELECT id FROM departments WHERE team_id = '{team}'");
    let department = Id::new(store.database.scalar(&department).parse().expect("an id"));
    let departments = PgDepartments::new(store.db.clone());
    let closing = runtime().spawn(async move {
        let change = DepartmentChange { is_active: Some(false), name: None };
        departments.change(context(team), department, change).await
    });
    testkit::eventually("both to wait", || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                       AND application_name = 'throughline' AND wait_event_type = 'Lock'";
        (store.database.scalar(waiting) == "2").then_some(())
    });
    busy.batch_execute("COMMIT").expect("the table is free");
    let made = done(block_on(creating).expect("creating ends"));
    done(block_on(closing).expect("closing ends"));
    assert_eq!(made.version, RoutingVersion::FIRST);
    let closed = "SELECT count(*) FROM departments WHERE NOT is_active";
    assert_eq!(store.number(closed), 1);
}

#[test]
fn the_largest_routing_is_stored_and_found_whole() {
    let store = Store::shared();
    let team = store.plant();
    store.database.execute(&format!(
        "INSERT INTO data_collection_activities
             (team_id, id, name, name_key, fields, on_violation, is_active, version, created_at, updated_at)
         SELECT '{team}', gen_random_uuid(), 'Activity ' || n, 'activity ' || n, '[]', 'reject', true, 1, now(), now()
         FROM generate_series(1, 100) n"
    ));
    let ids = format!("SELECT id::text AS line FROM data_collection_activities WHERE team_id = '{team}'");
    let ids = lines(&mut store.superuser(), &ids);
    let activities: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    let operation = json!({"dataCollectionActivities": activities, "instructions": "x".repeat(10_000)});
    let made = store.routing(team, "Widget", &vec![operation; 200]);
    let found = block_on(PgRoutings::new(store.db.clone()).find(team, made.id, None)).expect("it is read");
    assert_eq!(found.as_ref(), Some(&made));
    let activities = made.operations.iter().map(|operation| operation.activities.len()).sum::<usize>();
    assert_eq!((made.operations.len(), activities), (200, 20_000));
}
