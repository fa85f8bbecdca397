//! Limits on concurrent calls, and deadlines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::future::join_all;
use invoicing::accounting::LookupResult;
use invoicing::contract;
use invoicing::memory::InMemoryExchanges;
use invoicing::ports::{
    AccountingGateway, Exchange, ExchangeFilter, ExchangeId, ExchangeSummary, Exchanges, StoredExchange,
};
use kernel::clock::Clock;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::{
    RunningClock, VALID, Wfirma, client, client_with_clock, connection, error_code, invoice, later, now,
};

#[tokio::test]
async fn no_more_calls_are_in_flight_than_the_process_may_have() {
    let wfirma = Wfirma::with(|settings| settings.concurrency = 4).await;
    wfirma.fault(json!({"fault": "delay", "delay": "30ms"})).await;
    let invoices: Vec<_> = (1..=24).map(|number| invoice(number, VALID)).collect();
    let adds = join_all(invoices.iter().map(|invoice| wfirma.add(invoice)));
    let finds = join_all(invoices.iter().map(|invoice| wfirma.find(invoice.id())));
    let (added, found) = tokio::join!(adds, finds);
    assert!(added.iter().all(Result::is_ok) && found.iter().all(Result::is_ok), "{added:?} {found:?}");
    let ledger = wfirma.ledger().await;
    assert_eq!((&ledger["mostCallsInFlight"], &ledger["callsInFlight"]), (&json!(4), &json!(0)));
    assert_eq!((wfirma.invoice_count().await, wfirma.calls("invoices/add").await), (24, 24));
    wfirma.stop().await;
}

#[tokio::test]
async fn refused_keys_are_not_sent_again_and_new_ones_are() {
    let wfirma = Wfirma::start().await;
    wfirma.fault(json!({"fault": "status", "status": "AUTH", "calls": 1})).await;
    let id = invoice(1, VALID).id();
    assert_eq!(error_code(wfirma.find(id).await), ("refused", "SERVICE_UNAVAILABLE"));
    for _ in 0..3 {
        assert_eq!(error_code(wfirma.find(id).await), ("not sent", "SERVICE_UNAVAILABLE"));
        assert_eq!(error_code(wfirma.add(&invoice(1, VALID)).await), ("not sent", "SERVICE_UNAVAILABLE"));
    }
    let calls = async || (wfirma.calls("invoices/find").await, wfirma.calls("vat_codes/find").await);
    assert_eq!(calls().await, (1, 0));
    let mut mended = connection();
    mended.keys = contract::connection("78").keys;
    assert!(wfirma.client.find(&mended, id, later()).await.is_ok());
    assert_eq!(calls().await, (2, 0));
    wfirma.stop().await;
}

#[tokio::test]
async fn what_waited_for_its_turn_too_long_is_not_sent() {
    let wfirma = Arc::new(Wfirma::with(|settings| settings.concurrency = 1).await.warmed_up().await);
    wfirma.fault(json!({"fault": "hang", "contractorId": VALID, "calls": 1})).await;
    let first = tokio::spawn({
        let wfirma = wfirma.clone();
        async move { error_code(wfirma.add(&invoice(1, VALID)).await) }
    });
    wfirma.until_in_flight(1).await;
    let second = tokio::spawn({
        let wfirma = wfirma.clone();
        async move { error_code(wfirma.add_until(&invoice(2, VALID), now() + TimeDelta::minutes(1)).await) }
    });
    // the only turn is taken, so the second can't be sent before its time is up
    wfirma.clock.advance(TimeDelta::minutes(1));
    wfirma.clear_faults().await;
    assert_eq!(first.await.unwrap(), ("unknown", "OUTCOME_UNKNOWN"));
    assert_eq!(second.await.unwrap(), ("not sent", "SERVICE_UNAVAILABLE"));
    assert_eq!((wfirma.calls("invoices/add").await, wfirma.invoice_count().await), (2, 0));
}

#[tokio::test]
async fn who_waited_with_keys_that_are_refused_meanwhile_does_not_send_them() {
    let wfirma = Wfirma::with(|settings| settings.concurrency = 1).await;
    wfirma.fault(json!({"fault": "status", "status": "AUTH"})).await;
    let ids = (1..=12).map(|number| invoice(number, VALID).id());
    let found = join_all(ids.map(|id| wfirma.find(id))).await;
    let kinds: Vec<_> = found.into_iter().map(|found| error_code(found).0).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "refused").count(), 1, "{kinds:?}");
    assert_eq!(wfirma.calls("invoices/find").await, 1);
    wfirma.stop().await;
}

#[tokio::test]
async fn the_keys_of_two_teams_of_one_company_rest_apart() {
    let wfirma = Wfirma::start().await;
    wfirma.fault(json!({"fault": "status", "status": "AUTH", "calls": 2})).await;
    let (ours, mut theirs) = (connection(), contract::connection("78"));
    theirs.company = ours.company.clone();
    theirs.team = "00000000-0000-0000-0000-000000000002".parse().unwrap();
    for kind in ["refused", "not sent"] {
        for connection in [&ours, &theirs] {
            let found = wfirma.client.find(connection, invoice(1, VALID).id(), later()).await;
            assert_eq!(error_code(found).0, kind, "{connection:?}");
        }
    }
    assert_eq!(wfirma.calls("invoices/find").await, 2);
    wfirma.stop().await;
}

/// How long a test waits at most for what takes no longer than 300 ms.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn what_hangs_is_given_up_when_the_time_is_up() {
    let wfirma = Wfirma::start().await;
    wfirma.fault(json!({"fault": "hang"})).await;
    let client = client_with_clock(&wfirma.url, RunningClock::start(), wfirma.log.clone(), |settings| {
        settings.concurrency = 1;
    });
    let (began, until) = (Instant::now(), now() + TimeDelta::milliseconds(300));
    // one waits for an answer, the second for the company's VAT codes, the others for their turn
    let (connection, invoices) = (connection(), [invoice(1, VALID), invoice(2, VALID)]);
    let dates = connection.dates(now());
    let adds = join_all(invoices.iter().map(|invoice| client.add(&connection, invoice, dates, until)));
    let finds = join_all(invoices.iter().map(|invoice| client.find(&connection, invoice.id(), until)));
    let (added, found) = tokio::join!(adds, finds);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    for added in added {
        assert_eq!(error_code(added), ("not sent", "SERVICE_UNAVAILABLE"));
    }
    for found in found {
        assert_eq!(error_code(found), ("not sent", "SERVICE_UNAVAILABLE"));
    }
    let calls = (wfirma.calls("vat_codes/find").await, wfirma.calls("invoices/find").await);
    assert_eq!((calls, wfirma.calls("invoices/add").await), ((1, 0), 0));
    wfirma.stop().await;
}

#[tokio::test]
async fn who_waits_behind_another_gives_up_when_its_own_time_is_up() {
    let wfirma = Wfirma::start().await;
    wfirma.fault(json!({"fault": "hang"})).await;
    let clock = RunningClock::start();
    let client = client_with_clock(&wfirma.url, clock.clone(), wfirma.log.clone(), |settings| {
        (settings.concurrency, settings.tries) = (1, 1);
    });
    let (connection, invoices) = (connection(), [invoice(1, VALID), invoice(2, VALID)]);
    let add = |invoice, until| client.add(&connection, invoice, connection.dates(now()), until);
    let behind = async {
        wfirma.until_in_flight(1).await;
        let (began, until) = (Instant::now(), clock.now() + TimeDelta::milliseconds(300));
        // the one waits for the VAT codes that the first reads, the other for its turn
        let (added, found) =
            tokio::join!(add(&invoices[1], until), client.find(&connection, invoices[1].id(), until));
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        wfirma.clear_faults().await;
        [error_code(added), error_code(found)]
    };
    let (first, behind) = tokio::join!(add(&invoices[0], later()), behind);
    assert_eq!(behind, [("not sent", "SERVICE_UNAVAILABLE"); 2]);
    assert_eq!(error_code(first), ("not sent", "SERVICE_UNAVAILABLE"));
    wfirma.stop().await;
}

#[tokio::test]
async fn a_read_is_not_repeated_when_its_time_is_up() {
    let wfirma = Wfirma::with(|settings| settings.pauses = (SOON, SOON)).await;
    wfirma.fault(json!({"fault": "status", "status": "TOTAL REQUESTS LIMIT EXCEEDED"})).await;
    let (began, until) = (Instant::now(), now() + TimeDelta::seconds(1));
    let found = wfirma.client.find(&connection(), invoice(1, VALID).id(), until).await;
    assert_eq!(error_code(found), ("refused", "RATE_LIMIT_EXCEEDED"));
    let added = wfirma.add_until(&invoice(1, VALID), until).await;
    assert_eq!(error_code(added), ("refused", "RATE_LIMIT_EXCEEDED"));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!((wfirma.calls("invoices/find").await, wfirma.calls("vat_codes/find").await), (1, 1));
    wfirma.stop().await;
}

/// Keeps no exchange until it is let go on.
struct BlockedExchanges {
    go: Semaphore,
    exchanges: InMemoryExchanges,
}

#[async_trait]
impl Exchanges for BlockedExchanges {
    async fn record(&self, exchange: Exchange) -> Result<(), StoreError> {
        self.go.acquire().await.expect("it is open").forget();
        self.exchanges.record(exchange).await
    }

    async fn list(
        &self,
        team: TeamId,
        filter: ExchangeFilter,
        window: Window,
    ) -> Result<Listing<ExchangeSummary>, StoreError> {
        self.exchanges.list(team, filter, window).await
    }

    async fn find(&self, team: TeamId, id: ExchangeId) -> Result<Option<StoredExchange>, StoreError> {
        self.exchanges.find(team, id).await
    }
}

#[tokio::test]
async fn a_slow_store_of_exchanges_delays_no_other_call() {
    let wfirma = Wfirma::start().await;
    let stuck = Arc::new(BlockedExchanges { go: Semaphore::new(0), exchanges: InMemoryExchanges::default() });
    let client = client(&wfirma.url, stuck.clone(), |settings| settings.concurrency = 1);
    let (connection, ids) = (connection(), [1, 2, 3].map(|number| invoice(number, VALID).id()));
    let finds = join_all(ids.into_iter().map(|id| client.find(&connection, id, later())));
    let release = async {
        wfirma.until_calls("invoices/find", 3).await;
        stuck.go.add_permits(3);
    };
    let (found, ()) = tokio::join!(finds, release);
    assert!(found.iter().all(|found| matches!(found, Ok(LookupResult::Nothing))), "{found:?}");
    wfirma.stop().await;
}
