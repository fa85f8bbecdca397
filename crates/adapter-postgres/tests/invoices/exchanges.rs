//! Exchanges with accounting systems: what a list reads, and the deletion of old ones.

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::invoicing::PgExchanges;
use adapter_postgres::sweeper::{BATCH, sweep_accounting_exchanges};
use chrono::{DateTime, TimeDelta, Utc};
use invoicing::ports::{Exchange, ExchangeAnswer, ExchangeFilter, Exchanges};
use kernel::clock::SystemIds;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::Window;

use crate::support::{Store, at, block_on};

fn exchanges(store: &Store) -> PgExchanges {
    PgExchanges::new(store.db.clone(), Arc::new(SystemIds))
}

fn exchange(team: TeamId, at: DateTime<Utc>, answer: Result<&str, &str>) -> Exchange {
    Exchange {
        team,
        invoice: None,
        action: "invoices/find".into(),
        at,
        took: Duration::from_micros(7),
        request: "{}".to_owned(),
        answer: answer
            .map(|body| ExchangeAnswer { status: 200, body: body.to_owned() })
            .map_err(str::to_owned),
    }
}

#[test]
fn a_list_does_not_read_bodies() {
    let store = Store::own();
    let team = store.team();
    let exchanges = exchanges(&store);
    block_on(exchanges.record(exchange(team, at(), Ok("{}")))).expect("it is stored");
    store.database.execute(
        "REVOKE SELECT ON accounting_exchanges FROM throughline_team;
         GRANT SELECT (team_id, id, invoice_id, action, at, took_microseconds, status, error)
         ON accounting_exchanges TO throughline_team",
    );
    let window = Window::try_new(0, 10, 10).expect("a window");
    let listed = block_on(exchanges.list(team, ExchangeFilter::default(), window)).expect("it is listed");
    let [summary] = listed.items.as_slice() else { panic!("there is one: {listed:?}") };
    let whole = block_on(exchanges.find(team, summary.id));
    assert!(matches!(whole, Err(StoreError::Internal(_))), "the whole needs them: {whole:?}");
}

#[test]
fn an_error_that_holds_nul_is_stored_without_it() {
    let store = Store::shared();
    let team = store.team();
    let exchanges = exchanges(&store);
    block_on(exchanges.record(exchange(team, at(), Err("odd byte \0 in it")))).expect("it is stored");
    let window = Window::try_new(0, 10, 10).expect("a window");
    let listed = block_on(exchanges.list(team, ExchangeFilter::default(), window)).expect("it is listed");
    let answers: Vec<_> = listed.items.into_iter().map(|item| item.answer).collect();
    assert_eq!(answers, [Err("odd byte \u{fffd} in it".to_owned())]);
}

#[test]
fn old_exchanges_of_every_team_are_deleted_and_no_others() {
    let store = Store::own();
    let teams = [store.team(), store.team()];
    let exchanges = exchanges(&store);
    for team in teams {
        block_on(exchanges.record(exchange(team, at(), Ok("")))).expect("it is stored");
        store.database.execute(&format!(
            "INSERT INTO accounting_exchanges
             SELECT team_id, gen_random_uuid(), NULL, action, at - interval '1 microsecond', 1, request, 200, answer, NULL
             FROM accounting_exchanges, generate_series(1, {BATCH}) WHERE team_id = '{team}'"
        ));
    }
    let sweep = || block_on(sweep_accounting_exchanges(&store.db, at())).expect("they are swept");
    assert_eq!((sweep(), sweep()), (2 * BATCH, 0));
    for team in teams {
        let window = Window::try_new(0, 10, 10).expect("a window");
        let left = block_on(exchanges.list(team, ExchangeFilter::default(), window)).expect("it is listed");
        assert_eq!(left.items.iter().map(|item| item.at).collect::<Vec<_>>(), [at()]);
    }
    let later = block_on(sweep_accounting_exchanges(&store.db, at() + TimeDelta::microseconds(1)));
    assert_eq!(later.expect("they are swept"), 2);
}
