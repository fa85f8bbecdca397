use std::time::Duration;

use chrono::TimeDelta;
use kernel::contract::{created_at, window};
use kernel::id::TeamId;

use super::good;
use super::ledger::id;
use crate::ports::{Exchange, ExchangeAnswer, ExchangeFilter, ExchangeSummary, Exchanges};

/// Exchanges are stored as they were, and shown to their team alone. The teams exist and have none.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn exchanges(exchanges: &dyn Exchanges, team: TeamId, other_team: TeamId) {
    let answer = |status, body: &str| Ok(ExchangeAnswer { status, body: body.to_owned() });
    let exchange = |team, minutes, invoice: Option<u8>, action: &'static str, answer| Exchange {
        team,
        invoice: invoice.map(id),
        action: action.into(),
        at: created_at() + TimeDelta::minutes(minutes),
        took: Duration::from_micros(200_001),
        request: r#"{"api":{"name":"Kawa ☕"}}"#.to_owned(),
        answer,
    };
    let ours = [
        exchange(team, 1, None, "vat_codes/find", answer(200, "{}")),
        exchange(team, 2, Some(1), "invoices/add", Err("the connection broke off".to_owned())),
        exchange(team, 3, Some(1), "invoices/find", answer(503, "<html>\u{0}</html>")),
        exchange(team, 4, Some(2), "invoices/add", answer(200, "{\"status\":{\"code\":\"OK\"}}")),
    ];
    let theirs = exchange(other_team, 5, Some(1), "invoices/add", answer(200, ""));
    for exchange in ours.iter().chain([&theirs]) {
        good(exchanges.record(exchange.clone()).await);
    }

    let listed = async |filter: ExchangeFilter| good(exchanges.list(team, filter, window(0, 100)).await);
    let all = listed(ExchangeFilter::default()).await;
    let expected: Vec<_> = ours.iter().rev().map(summary).collect();
    assert_eq!(all.items.iter().map(essence).collect::<Vec<_>>(), expected, "newest first");
    let part = good(exchanges.list(team, ExchangeFilter::default(), window(1, 2)).await);
    assert_eq!((part.items, part.total), (all.items.get(1..3).unwrap_or_default().to_vec(), 4));

    let at = |minutes| Some(created_at() + TimeDelta::minutes(minutes));
    let none = ExchangeFilter::default;
    for (filter, expected) in [
        (ExchangeFilter { invoice: Some(id(1)), ..none() }, vec![3, 2]),
        (ExchangeFilter { action: Some("invoices/add".into()), ..none() }, vec![4, 2]),
        (ExchangeFilter { from: at(2), to: at(4), ..none() }, vec![3, 2]),
        (ExchangeFilter { invoice: Some(id(1)), action: Some("invoices/add".into()), ..none() }, vec![2]),
        (ExchangeFilter { invoice: Some(id(9)), ..none() }, vec![]),
    ] {
        let found = listed(filter.clone()).await;
        let minutes: Vec<_> = found.items.iter().map(|item| (item.at - created_at()).num_minutes()).collect();
        assert_eq!((minutes, found.total), (expected.clone(), expected.len() as u64), "{filter:?}");
    }

    for (item, exchange) in all.items.iter().zip(ours.into_iter().rev()) {
        let stored = good(exchanges.find(team, item.id).await);
        assert_eq!(stored.map(|stored| stored.exchange), Some(exchange), "whole, as it was");
        assert_eq!(good(exchanges.find(other_team, item.id).await), None, "another team's is not seen");
    }
}

/// An exchange of a list, without its id and time.
type Essence = (Option<crate::accounting::InvoiceId>, String, Result<u16, String>, Duration);

fn essence(item: &ExchangeSummary) -> Essence {
    (item.invoice, item.action.clone(), item.answer.clone(), item.took)
}

fn summary(exchange: &Exchange) -> Essence {
    let answer = exchange.answer.as_ref().map(|answer| answer.status).map_err(Clone::clone);
    (exchange.invoice, exchange.action.to_string(), answer, exchange.took)
}
