//! The access log: batches across teams, and what is too old.

use adapter_postgres::audit::PgAccessLog;
use adapter_postgres::sweeper::sweep_access_log;
use audit::AccessRecord;
use audit::ports::{AccessFilter, AccessLog};
use chrono::TimeDelta;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::id::Id;
use kernel::page::Window;

use crate::support::{Store, accessed, at, block_on};

#[test]
fn a_batch_of_many_teams_is_one_and_a_part_of_it_never_stays() {
    let store = Store::own();
    let teams = [store.team(), store.team()];
    let log = PgAccessLog::new(store.db.clone());
    let mut batch: Vec<_> = (0..6_000).map(|n| accessed(teams[n % 2], at())).collect();
    block_on(log.record(batch.clone())).expect("more than one statement's worth is kept");
    assert_eq!(store.number("SELECT count(*) FROM access_log"), 6_000);
    for record in &mut batch {
        record.id = SystemIds.uuid();
    }
    let nobody = Id::new(SystemIds.uuid());
    batch.push(AccessRecord { team: nobody, ..accessed(nobody, at()) });
    let refused = block_on(log.record(batch));
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
    block_on(log.record(batch.chain(teams.map(|team| accessed(team, at()))).collect()))
        .expect("records are kept");
    assert_eq!(block_on(sweep_access_log(&store.db, at())).expect("it is swept"), 11_000);
    assert_eq!(block_on(sweep_access_log(&store.db, at())).expect("it is swept"), 0);
    for team in teams {
        let window = Window::try_new(0, 10, 10).expect("a window");
        let left = block_on(log.list(team, AccessFilter::default(), window)).expect("the log is read");
        assert_eq!((left.total, left.items[0].at), (1, at()));
    }
}
