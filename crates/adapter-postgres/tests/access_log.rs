//! The access log: batches across teams, and what is too old.

use std::sync::Arc;

use adapter_postgres::audit::PgAccessLog;
use adapter_postgres::sweeper::sweep_access_log;
use audit::AccessRecord;
use audit::ports::{AccessFilter, AccessLog};
use chrono::TimeDelta;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::page::Window;

use crate::support::{Store, accessed, at, block_on};

#[test]
fn a_batch_of_many_teams_is_one_and_a_part_of_it_never_stays() {
    let store = Store::own();
    let teams = [store.team(), store.team()];
    let log = PgAccessLog::new(store.db.clone());
    let mut batch: Vec<_> = (0..6_000).map(|n| accessed(teams[n % 2], at())).collect();
    block_on(log.record(Arc::new(batch.clone()))).expect("records of two teams are kept");
    assert_eq!(store.number("SELECT count(*) FROM access_log"), 6_000);
    for record in &mut batch {
        record.id = SystemIds.uuid();
    }
    batch.push(AccessRecord { microseconds: -1, ..accessed(teams[0], at()) });
    let refused = block_on(log.record(Arc::new(batch)));
    assert!(matches!(refused, Err(StoreError::Internal(_))), "{refused:?}");
    assert_eq!(store.number("SELECT count(*) FROM access_log"), 6_000);
}

#[test]
fn what_is_too_old_is_deleted_of_every_team_and_nothing_else() {
    let store = Store::own();
    let teams = [store.team(), store.team()];
    let log = PgAccessLog::new(store.db.clone());
    let old = at() - TimeDelta::microseconds(1);
    let batch = (0..11_000).map(|n| accessed(teams[n % 2], old));
    let batch = batch.chain(teams.map(|team| accessed(team, at()))).collect();
    block_on(log.record(Arc::new(batch))).expect("records are kept");
    assert_eq!(block_on(sweep_access_log(&store.db, at())).expect("it is swept"), 11_000);
    assert_eq!(block_on(sweep_access_log(&store.db, at())).expect("it is swept"), 0);
    for team in teams {
        let window = Window::try_new(0, 10, 10).expect("a window");
        let left = block_on(log.list(team, AccessFilter::default(), window)).expect("the log is read");
        assert_eq!((left.total, left.items[0].at), (1, at()));
    }
}

#[test]
fn a_key_notes_its_last_use_of_a_batch_and_again_after_a_while() {
    let store = Store::own();
    let (team, other) = (store.team(), store.team());
    let log = PgAccessLog::new(store.db.clone());
    let key = store.database.scalar(&format!("SELECT id FROM api_keys WHERE team_id = '{team}'"));
    let used = |team, seconds| AccessRecord {
        actor: format!("api_key:{key}"),
        ..accessed(team, at() + TimeDelta::seconds(seconds))
    };
    let noted = || store.number("SELECT count(*) FROM api_keys WHERE last_used_at IS NOT NULL");
    let last = |seconds: i64| {
        let at = (at() + TimeDelta::seconds(seconds)).to_rfc3339();
        store.number(&format!("SELECT count(*) FROM api_keys WHERE id = '{key}' AND last_used_at = '{at}'"))
            == 1
    };
    let record =
        |records: Vec<AccessRecord>| block_on(log.record(Arc::new(records))).expect("records are kept");
    record(vec![used(other, 0), accessed(team, at())]);
    assert_eq!(noted(), 0, "neither another team's key nor another caller's");
    record(vec![used(team, 2), used(team, 3), used(team, 1)]);
    assert!(last(3) && noted() == 1, "the latest use of a batch counts");
    record(vec![used(team, 8)]);
    assert!(last(3), "a use within five seconds is not worth a new row");
    record(vec![used(team, 9)]);
    assert!(last(9), "a later one is");
}
