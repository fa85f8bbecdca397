//! Plans of accounting: the reconciler reads open invoices, a history its own steps, a page of exchanges itself.

use std::cell::Cell;
use std::sync::Arc;

use adapter_postgres::Db;
use adapter_postgres::invoicing::{PgExchanges, PgInvoiceLedger};
use adapter_postgres::sweeper::sweep_accounting_exchanges;
use chrono::{DateTime, TimeDelta, Utc};
use invoicing::accounting::InvoiceId;
use invoicing::ports::{ExchangeFilter, Exchanges, InvoiceHistory, InvoiceLedger, LookupSchedule};
use kernel::clock::SystemIds;
use kernel::id::{Id, TeamId};

use super::{IMPORTS, OTHERS, first_page, reading, reads_at_most};
use crate::support::{Store, at, block_on, invoice_id, minute};

/// Invoices of each of four teams that are made, and of all teams that are open.
const SETTLED: i64 = 25_000;
const OPEN: u16 = 20;
/// One exchange in so many is about one invoice.
const RARE: i64 = 20;

/// Four teams with invoices, each with its history, and the first of them, which has one with a long history.
fn full_of_invoices() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    for team in teams {
        store.database.execute(&format!(
            "INSERT INTO accounting_invoices (team_id, invoice_id, payload, contractor, company, gross, state, wfirma_id,
                 number, total, made_at, version, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), sha256(n::text::bytea), '152158328', '1', 1, 'created', n::text,
                    'FV ' || n, 1, now(), 3, now(), now()
             FROM generate_series(1, {SETTLED}) n;
             INSERT INTO accounting_invoice_history
             SELECT team_id, invoice_id, 3, now(), 'user:1', 'req_1', 'created', '{{}}'
             FROM accounting_invoices WHERE team_id = '{team}'"
        ));
    }
    for (number, team) in (1..=OPEN).zip(teams.into_iter().cycle()) {
        store.sent_invoice(team, number);
    }
    let team = teams[0];
    store.database.execute(&format!(
        "INSERT INTO accounting_invoice_history
         SELECT team_id, invoice_id, n, at, actor, request_id, state, detail
         FROM accounting_invoice_history, generate_series(3, 2000) n
         WHERE team_id = '{team}' AND invoice_id = '{long}' AND version = 1;
         UPDATE accounting_invoices SET version = 2000 WHERE team_id = '{team}' AND invoice_id = '{long}'",
        long = long(team)
    ));
    store.database.execute("VACUUM ANALYZE accounting_invoices, accounting_invoice_history");
    (store, team)
}

/// The invoice with the long history.
fn long(team: TeamId) -> InvoiceId {
    invoice_id(team, 1)
}

fn due(db: &Db, at: DateTime<Utc>) -> usize {
    let (min_interval, max_interval) = (TimeDelta::minutes(1), TimeDelta::minutes(60));
    let schedule = LookupSchedule { batch_size: 100, min_interval, max_interval, timeout: min_interval };
    block_on(PgInvoiceLedger::new(db.clone()).due(at, schedule)).expect("what is due is read").len()
}

#[test]
fn the_reconciler_reads_no_settled_invoice() {
    let (store, _) = full_of_invoices();
    let days = Cell::new(0);
    // each is found in one index and changed by another, and what a round leaves behind the next ones pass over
    let store = reads_at_most(store, &[("accounting_invoices", 10 * i64::from(OPEN))], |db| {
        days.set(days.get() + 1);
        assert_eq!(due(db, at() + TimeDelta::days(days.get())), usize::from(OPEN));
    });
    reads_at_most(store, &[("accounting_invoices", 0)], |db| assert_eq!(due(db, minute(0)), 0));
}

#[test]
fn an_invoice_and_its_history_read_themselves() {
    let (store, team) = full_of_invoices();
    let most = i64::from(InvoiceHistory::MAX_STEPS);
    let reads = [("accounting_invoices", 2), ("accounting_invoice_history", most)];
    let store = reads_at_most(store, &reads, |db| {
        let found = block_on(PgInvoiceLedger::new(db.clone()).history(team, long(team)));
        let history = found.expect("it is read").expect("it is known");
        assert_eq!(history.steps.len(), usize::from(InvoiceHistory::MAX_STEPS));
    });
    let ids: Vec<_> = (1..=20).map(|number| invoice_id(team, number)).collect();
    reads_at_most(store, &[("accounting_invoices", 20)], |db| {
        let found = block_on(PgInvoiceLedger::new(db.clone()).find_all(team, ids.clone()));
        assert_eq!(found.expect("they are read").len(), usize::from(OPEN) / 4);
    });
}

/// A team with `IMPORTS` exchanges a minute apart, some of them about one invoice, among three with many more; all
/// lie in the order of their times.
fn full_of_exchanges() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    let each = teams.into_iter().zip([IMPORTS, OTHERS, OTHERS, OTHERS]);
    let each = each.map(|(team, count)| format!("('{team}', '{}', {count})", invoice_id(team, 1)));
    store.database.execute(&format!(
        "INSERT INTO accounting_exchanges (team_id, id, invoice_id, action, at, took_microseconds, request, status, answer)
         SELECT team::uuid, lpad(n::text, 32, '0')::uuid,
                CASE WHEN n % {RARE} = 0 THEN invoice::uuid WHEN n % 2 = 0 THEN gen_random_uuid() END,
                'invoices/' || CASE WHEN n % 2 = 0 THEN 'add' ELSE 'find' END,
                timestamptz '{at}' + n * interval '1 minute', 200000, body, 200, body
         FROM (VALUES {each}) teams (team, invoice, count) CROSS JOIN LATERAL generate_series(1, count) n
         CROSS JOIN LATERAL (SELECT convert_to(repeat(md5(n::text), 10), 'UTF8') AS body) bodies
         ORDER BY n",
        each = each.collect::<Vec<_>>().join(", "),
        at = at().to_rfc3339(),
    ));
    store.database.execute("VACUUM ANALYZE accounting_exchanges");
    (store, teams[0])
}

#[test]
fn a_page_of_exchanges_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team) = full_of_exchanges();
    let all = ExchangeFilter::default;
    let few = IMPORTS / RARE;
    let (from, to) = (Some(minute(500)), Some(minute(600)));
    for (filter, total, most) in [
        (all(), IMPORTS, IMPORTS + 20),
        (ExchangeFilter { invoice: Some(invoice_id(team, 1)), ..all() }, few, few + 20),
        (ExchangeFilter { from, to, ..all() }, 100, 120),
        (ExchangeFilter { invoice: Some(invoice_id(team, 2)), ..all() }, 0, 0),
    ] {
        store = reads_at_most(store, &[("accounting_exchanges", most)], |db| {
            let exchanges = PgExchanges::new(db.clone(), Arc::new(SystemIds));
            let page = block_on(exchanges.list(team, filter.clone(), first_page())).expect("they are read");
            let expected = (total.min(20) as usize, total.unsigned_abs());
            assert_eq!((page.items.len(), page.total), expected, "{filter:?}");
        });
    }
    reads_at_most(store, &[("accounting_exchanges", 1)], |db| {
        let exchanges = PgExchanges::new(db.clone(), Arc::new(SystemIds));
        let id = Id::new("00000000-0000-0000-0000-000000000077".parse().expect("an id"));
        let found = block_on(exchanges.find(team, id)).expect("it is read");
        assert_eq!(found.map(|stored| stored.exchange.at), Some(minute(77)));
    });
}

#[test]
fn a_sweep_of_exchanges_looks_at_the_old_ones_alone() {
    let (store, _) = full_of_exchanges();
    let (store, read) = reading(store, "accounting_exchanges", |db| {
        assert_eq!(block_on(sweep_accounting_exchanges(db, minute(50))).expect("they are swept"), 4 * 49);
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    let by_age = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'accounting_exchanges_age'";
    assert_eq!(store.number(by_age), 1, "the order in which they lie tells which are old");
}
