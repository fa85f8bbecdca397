//! Accounting connections and their sealed keys, as they lie in the table.

use std::sync::Arc;

use adapter_postgres::invoicing::PgConnections;
use invoicing::accounting::{
    AccountingConnection, AuditedConnection, ConnectionError, PaymentTerm, StoredConnection,
};
use invoicing::contract::connection;
use invoicing::ports::Connections;
use kernel::audit::Audited;
use kernel::clock::SystemIds;
use kernel::error::StoreError;
use kernel::id::TeamId;
use secrets::sealing::SealingKeys;
use serde_json::{Value, json};
use testkit::race;

use crate::support::{Store, block_on, connections, context, done, lines};

/// The connections under a key that replaced another.
fn rotated(store: &Store, current: u8, previous: u8) -> PgConnections {
    let keys = SealingKeys::new([current; 32], Some([previous; 32]));
    PgConnections::new(store.db.clone(), Arc::new(keys), Arc::new(SystemIds))
}

fn of_company(team: TeamId, company: &str) -> AccountingConnection {
    AccountingConnection { team, ..connection(company) }
}

fn set(connections: &PgConnections, ours: AccountingConnection) -> StoredConnection {
    let seen = match block_on(connections.find(ours.team)) {
        Ok(stored) => stored.map(|stored| stored.updated_at),
        Err(ConnectionError::Sealed(sealed)) => Some(sealed.updated_at),
        Err(error) => panic!("it is read: {error:?}"),
    };
    done(block_on(connections.set(context(ours.team), ours, seen)))
}

fn found(connections: &PgConnections, team: TeamId) -> AccountingConnection {
    block_on(connections.find(team)).expect("it is read").expect("the team has one").connection
}

/// Asserts that the keys do not open, and that all else is read.
fn stays_shut(connections: &PgConnections, team: TeamId) {
    match block_on(connections.find(team)) {
        Err(ConnectionError::Sealed(sealed)) => {
            let expected = connection("1");
            let found = (sealed.zone, sealed.payment_method, sealed.payment_term, sealed.prices);
            assert_eq!(
                found,
                (expected.zone, expected.payment_method, expected.payment_term, expected.prices)
            );
        }
        other => panic!("they do not open: {other:?}"),
    }
}

#[test]
fn what_is_stored_of_a_connection_holds_none_of_its_keys() {
    let store = Store::shared();
    let team = store.team();
    let ours = of_company(team, "77");
    set(&connections(&store, 1), ours.clone());
    let stored = format!(
        "SELECT concat(t::text, ' ', encode(secrets, 'escape')) AS line FROM accounting_connections t
         WHERE team_id = '{team}'
         UNION ALL SELECT t::text FROM audit_entries t WHERE team_id = '{team}'"
    );
    let stored = lines(&mut store.superuser(), &stored).join("\n");
    assert!(stored.contains("77,") && stored.contains("accounting_connection.set"), "{stored}");
    for key in [&ours.keys.access, &ours.keys.secret, &ours.keys.app] {
        let hex: String = key.expose().bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!stored.contains(key.expose()) && !stored.contains(&hex), "{stored}");
    }
}

#[test]
fn keys_that_are_copied_to_another_team_do_not_open_there() {
    let store = Store::shared();
    let (team, other) = (store.team(), store.team());
    let connections = connections(&store, 1);
    for (team, company) in [(team, "1"), (other, "2")] {
        set(&connections, of_company(team, company));
    }
    store.database.execute(&format!(
        "UPDATE accounting_connections SET secrets =
             (SELECT secrets FROM accounting_connections WHERE team_id = '{other}')
         WHERE team_id = '{team}'"
    ));
    stays_shut(&connections, team);
    assert_eq!(found(&connections, other), of_company(other, "2"));
}

#[test]
fn an_old_key_opens_what_it_sealed_and_the_new_one_seals() {
    let store = Store::shared();
    let team = store.team();
    set(&connections(&store, 1), of_company(team, "1"));
    let rotated = rotated(&store, 2, 1);
    assert_eq!(found(&rotated, team), of_company(team, "1"));
    stays_shut(&connections(&store, 2), team);
    set(&rotated, of_company(team, "2"));
    assert_eq!(found(&connections(&store, 2), team), of_company(team, "2"));
    stays_shut(&connections(&store, 1), team);
}

#[test]
fn a_connection_whose_keys_do_not_open_is_set_anew_and_audited_as_it_was() {
    let store = Store::shared();
    let team = store.team();
    set(&connections(&store, 1), of_company(team, "1"));
    let other = connections(&store, 2);
    stays_shut(&other, team);
    assert_eq!(set(&other, of_company(team, "2")).connection, of_company(team, "2"));
    assert_eq!(found(&other, team), of_company(team, "2"));
    let audited = format!(
        "SELECT before ->> 'companyId' || ' ' || (after ->> 'companyId') || ' ' || (after ->> 'keysChanged') AS line
         FROM audit_entries WHERE team_id = '{team}' AND before IS NOT NULL"
    );
    assert_eq!(lines(&mut store.superuser(), &audited), ["1 2 true"]);
}

#[test]
fn a_connection_is_audited_without_its_keys_and_with_whether_they_changed() {
    let store = Store::shared();
    let team = store.team();
    let connections = connections(&store, 1);
    let first = of_company(team, "1");
    let later = PaymentTerm::try_new(30).expect("a term");
    let second = AccountingConnection { payment_term: later, ..first.clone() };
    let third = AccountingConnection { keys: connection("3").keys, ..second.clone() };
    for ours in [&first, &second, &third] {
        set(&connections, ours.clone());
    }
    let audited = format!(
        "SELECT jsonb_build_array(action, subject_kind, subject_id, before, after)::text AS line FROM audit_entries
         WHERE team_id = '{team}' AND action LIKE 'accounting%' ORDER BY id"
    );
    let audited = lines(&mut store.superuser(), &audited);
    let audited: Vec<Value> =
        audited.iter().map(|line| serde_json::from_str(line).expect("an entry")).collect();
    let snapshot = |connection: &AccountingConnection, keys_changed: Option<bool>| -> Value {
        let audited = AuditedConnection { connection, keys_changed };
        serde_json::from_str(&audited.snapshot()).expect("it is JSON")
    };
    let (set, kind) = ("accounting_connection.set", "accounting_connection");
    let expected = [
        json!([set, kind, team.uuid(), null, snapshot(&first, Some(true))]),
        json!([set, kind, team.uuid(), snapshot(&first, None), snapshot(&second, Some(false))]),
        json!([set, kind, team.uuid(), snapshot(&second, None), snapshot(&third, Some(true))]),
    ];
    assert_eq!(audited, expected);
}

#[test]
fn of_many_who_set_a_first_connection_at_once_one_is_let_in() {
    const CROWD: usize = 8;
    let store = Store::shared().crowded(CROWD as u32);
    let team = store.team();
    let answers = race(CROWD, |racer| {
        let ours = of_company(team, &(racer + 1).to_string());
        block_on(connections(&store, 1).set(context(team), ours, None))
    });
    let overtaken = answers.iter().filter(|it| matches!(it, Err(ConnectionError::Overtaken))).count();
    assert_eq!(overtaken, CROWD - 1);
    let audited =
        format!("SELECT count(*) FROM audit_entries WHERE team_id = '{team}' AND action LIKE 'accounting%'");
    assert_eq!(store.number(&audited), 1);
    let stored = answers.into_iter().find_map(Result::ok).expect("one is let in");
    assert_eq!(found(&connections(&store, 1), team), done(Ok::<_, StoreError>(stored)).connection);
}

#[test]
fn a_connection_is_set_for_the_team_that_sets_it_alone() {
    let store = Store::shared();
    let (team, other) = (store.team(), store.team());
    let connections = connections(&store, 1);
    let foreign = block_on(connections.set(context(team), of_company(other, "1"), None));
    let refused = matches!(foreign, Err(ConnectionError::Store(StoreError::Internal(_))));
    assert!(refused, "{foreign:?}");
    assert_eq!(block_on(connections.find(other)).expect("it is read"), None);
}
