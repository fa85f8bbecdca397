//! Sealing on a real PostgreSQL: in the order of transactions, once, by one at a time, and after a restore.

use std::sync::Arc;
use std::time::Instant;

use adapter_postgres::audit::{PgAuditTrail, PgChains, PgSealer};
use audit::ports::{AuditTrail, Chains, Sealer, Unsealed};
use audit::{Finding, Link, SealAudit, VerifyAudit, Violation};
use kernel::access::{Actor, Identity};
use kernel::audit::AuditEntry;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::WriteContext;
use secrets::signing::SigningKeys;
use testkit::race;
use uuid::Uuid;

use crate::support::{Store, at, block_on};

fn insert(team: TeamId, id: u128) -> String {
    format!(
        "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id, after)
         VALUES ('{team}', '{}', now(), 'system:tests', 'request', 'thing.made', 'thing', '{}', '{{}}')",
        Uuid::from_u128(id),
        Uuid::nil()
    )
}

fn links(store: &Store, team: TeamId) -> Vec<Link> {
    block_on(PgChains::new(store.db.clone()).links(team, None, 100_000)).expect("the chain is read")
}

/// The ids of a team's entries in the order of their seals, without the first: the founding of the team.
fn order(store: &Store, team: TeamId) -> Vec<u128> {
    links(store, team).iter().skip(1).map(|link| link.seal.entry.uuid().as_u128()).collect()
}

fn seal(store: &Store) -> u64 {
    block_on(PgSealer::new(store.db.clone()).seal()).expect("sealing works").sealed
}

fn unsealed(store: &Store, team: TeamId) -> Unsealed {
    block_on(PgChains::new(store.db.clone()).unsealed(team)).expect("it is counted")
}

fn faults(store: &Store) -> Vec<Violation> {
    let mut faults = Vec::new();
    let keys = Arc::new(SigningKeys::new([1; 32], None));
    let verify = VerifyAudit::new(Arc::new(PgChains::new(store.db.clone())), keys);
    let mut tell = |finding| {
        if let Finding::Violation(_, violation) = finding {
            faults.push(violation);
        }
    };
    block_on(verify.run(None, Box::new(std::iter::empty()), &mut tell)).expect("it is verified");
    faults
}

/// A team whose founding is sealed.
fn sealed_team(store: &Store) -> TeamId {
    let team = store.team();
    store.seal([team]);
    team
}

#[test]
fn an_entry_waits_for_transactions_that_began_to_write_before_it() {
    let store = Store::own();
    let team = sealed_team(&store);
    // the first to write has the highest id, and commits last
    let held = store.database.hold(&insert(team, 9));
    store.database.execute(&insert(team, 5));
    store.database.execute(&insert(team, 1));
    assert_eq!(seal(&store), 0, "what is still open may come before them");
    assert_eq!(unsealed(&store, team), Unsealed { waiting: 2, ..Unsealed::default() });
    held.commit();
    store.seal([team]);
    assert_eq!(order(&store, team), [9, 5, 1], "in the order of transactions, not of ids");
    assert_eq!(faults(&store), []);
}

#[test]
fn what_is_rolled_back_leaves_no_gap() {
    let store = Store::own();
    let team = sealed_team(&store);
    let held = store.database.hold(&insert(team, 9));
    store.database.execute(&insert(team, 5));
    drop(held);
    store.seal([team]);
    assert_eq!(order(&store, team), [5]);
    let sequences: Vec<_> = links(&store, team).iter().map(|link| link.seal.sequence).collect();
    assert_eq!(sequences, [1, 2]);
}

#[test]
fn a_transaction_of_more_entries_than_a_turn_is_sealed_in_several() {
    let store = Store::own();
    let team = sealed_team(&store);
    store.database.execute(&(1..=7).map(|id| insert(team, id)).collect::<Vec<_>>().join(";"));
    store.database.execute(&insert(team, 8));
    let sealer = PgSealer::new(store.db.clone()).in_turns_of(3);
    let mut turns = Vec::new();
    testkit::eventually("everything to be sealed", || {
        turns.push(block_on(sealer.seal()).expect("sealing works").sealed);
        (turns.iter().sum::<u64>() == 8).then_some(())
    });
    turns.retain(|sealed| *sealed > 0);
    assert!(turns.iter().all(|sealed| *sealed <= 3) && turns.len() >= 3, "{turns:?}");
    assert_eq!(order(&store, team), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(faults(&store), []);
}

#[test]
fn a_turn_that_fails_at_its_end_leaves_nothing_and_is_done_again() {
    let store = Store::own();
    let team = sealed_team(&store);
    store.database.execute(&insert(team, 5));
    store.database.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON audit_chains FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let sealer = PgSealer::new(store.db.clone());
    testkit::eventually("a turn to come to its end", || match block_on(sealer.seal()) {
        Ok(turn) => {
            assert_eq!(turn.sealed, 0, "held up by a transaction elsewhere");
            None
        }
        Err(error) => {
            assert!(matches!(error, StoreError::Internal(_)), "{error:?}");
            Some(())
        }
    });
    assert_eq!(order(&store, team), [0; 0]);
    store.database.execute("DROP TRIGGER refuse ON audit_chains");
    store.seal([team]);
    assert_eq!(order(&store, team), [5]);
}

#[test]
fn a_sealer_that_finds_another_at_work_leaves_it_alone() {
    let store = Store::own();
    let team = sealed_team(&store);
    store.database.execute(&insert(team, 5));
    let other = store.database.hold("SELECT pg_advisory_xact_lock(x'7365616c'::int)");
    assert_eq!(seal(&store), 0);
    drop(other);
    store.seal([team]);
    assert_eq!(order(&store, team), [5]);
}

#[test]
fn writers_and_sealers_at_once_leave_one_chain_without_a_fault() {
    const WRITERS: usize = 6;
    const EACH: usize = 40;
    let store = Store::own();
    let teams = [sealed_team(&store), sealed_team(&store)];
    let dbs: Vec<_> = (0..3).map(|_| store.database.db()).collect();
    race(WRITERS + 3, |racer| {
        if let Some(db) = racer.checked_sub(WRITERS).and_then(|sealer| dbs.get(sealer)) {
            let sealer = PgSealer::new(db.clone()).in_turns_of(7);
            for _ in 0..60 {
                block_on(sealer.seal()).expect("sealing works");
            }
            return;
        }
        let trail = PgAuditTrail::new(dbs[racer % 2].clone());
        for n in 0..EACH {
            let actor = Actor { team: teams[(racer + n) % 2], identity: Identity::System { part: "tests" } };
            let entry = AuditEntry {
                action: "thing.made".into(),
                subject_kind: "thing",
                subject: SystemIds.uuid(),
                before: None,
                after: Some(format!("{{\"n\": {n}}}")),
            };
            let context = WriteContext::unclaimed(&actor, format!("request-{racer}-{n}"), at());
            // a busy pool turns a writer away before anything was done
            testkit::eventually("a connection", || {
                let added = block_on(trail.append(clone(&context), entry.clone()));
                match added {
                    Err(StoreError::Unavailable(_)) => None,
                    added => Some(added.expect("an entry is added")),
                }
            });
        }
    });
    store.seal(teams);
    let sealed: usize = teams.iter().map(|team| links(&store, *team).len()).sum();
    assert_eq!(sealed, 2 + WRITERS * EACH, "each entry once");
    assert_eq!(faults(&store), []);
}

fn clone(context: &WriteContext<()>) -> WriteContext<()> {
    let WriteContext { team, actor, request_id, at, .. } = context;
    WriteContext { team: *team, actor: *actor, request_id: request_id.clone(), at: *at, claim: None }
}

#[test]
fn an_entry_put_in_behind_the_sealer_is_told_and_never_sealed() {
    let store = Store::own();
    let team = sealed_team(&store);
    store.database.execute(&insert(team, 5));
    store.seal([team]);
    store.database.execute(&insert(team, 7).replace("after)", "after, xid)").replace("'{}')", "'{}', '3')"));
    store.database.execute(&insert(team, 8));
    testkit::eventually("what came after to be sealed", || {
        seal(&store);
        (unsealed(&store, team).waiting == 0).then_some(())
    });
    assert_eq!(order(&store, team), [5, 8]);
    let entry = kernel::id::Id::new(Uuid::from_u128(7));
    assert_eq!(faults(&store), [Violation::InsertedBehind { count: 1, entries: vec![entry] }]);
}

/// What a dump restored into another cluster looks like: its transactions are numbered from 3 on again, so the
/// entries in it are of transactions that are yet to come, or of some that were others here.
#[test]
fn after_a_restore_into_another_cluster_everything_is_sealed_in_the_same_chain() {
    for restored_xid in ["900000000", "3"] {
        let store = Store::own();
        let team = sealed_team(&store);
        store.database.execute(&insert(team, 9));
        store.seal([team]);
        // not sealed yet when the dump was made
        store.database.execute(&insert(team, 5));
        store.database.execute(&format!(
            "UPDATE audit_entries SET xid = '{restored_xid}';
             UPDATE audit_chains SET cluster = 1, sealed_to = '{restored_xid}'"
        ));
        store.database.execute(&insert(team, 2));
        assert_eq!(unsealed(&store, team), Unsealed { waiting: 2, ..Unsealed::default() });
        store.seal([team]);
        assert_eq!(order(&store, team), [9, 5, 2], "what was restored comes first");
        testkit::eventually("transactions to count from here", || {
            seal(&store);
            (store.database.scalar("SELECT count(*) FROM audit_chains WHERE cluster = 1") == "0")
                .then_some(())
        });
        store.database.execute(&insert(team, 1));
        store.seal([team]);
        assert_eq!(order(&store, team), [9, 5, 2, 1]);
        assert_eq!(unsealed(&store, team), Unsealed::default());
        assert_eq!(faults(&store), []);
    }
}

#[test]
fn ten_thousand_entries_are_sealed_in_well_under_a_second() {
    let store = Store::own();
    let teams = [sealed_team(&store), sealed_team(&store)];
    for team in teams {
        store.database.execute(&format!(
            "INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id, after)
             SELECT '{team}', gen_random_uuid(), now(), 'user:x', 'req_' || n, 'thing.made', 'thing',
                    gen_random_uuid(), jsonb_build_object('name', 'Assembly ' || n, 'isActive', true)
             FROM generate_series(1, 5000) n"
        ));
    }
    let use_case = SealAudit::new(Arc::new(PgSealer::new(store.db.clone())));
    let begun = Instant::now();
    let sealed = testkit::eventually("the horizon to pass", || {
        Some(block_on(use_case.run()).expect("sealing works")).filter(|sealed| *sealed > 0)
    });
    println!("{sealed} entries sealed in {:?}", begun.elapsed());
    store.seal(teams);
    assert_eq!(store.number("SELECT count(*) FROM audit_seals"), 10_002);
    let begun = Instant::now();
    assert_eq!(faults(&store), []);
    println!("and verified in {:?}", begun.elapsed());
}
