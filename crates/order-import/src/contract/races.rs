//! Concurrent requests, as far as the implementation is concurrent.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use kernel::error::StoreError;
use kernel::write::Written;
use serde_json::json;

use super::claims::claimed;
use super::{Harness, UPDATE, context, done, number, plain, row};

const ROWS: u32 = 400;

/// Imports of the same orders in opposite row order neither fail nor deadlock.
pub async fn concurrent_imports_in_opposite_order_both_succeed(harness: &Harness) {
    let orders: Vec<String> = (0..ROWS).map(|order| format!("A{order:03}")).collect();
    let rows =
        |quantity: u32| orders.iter().map(move |order| row(order, json!({"quantity_to_make": quantity})));
    harness.import(&rows(1).collect::<Vec<_>>(), UPDATE).await;
    let forward = harness.prepare(&rows(2).collect::<Vec<_>>(), UPDATE).await;
    let backward = harness.prepare(&rows(3).rev().collect::<Vec<_>>(), UPDATE).await;
    let (forward, backward) = both(
        harness.orders.import(context(harness.team), forward),
        harness.orders.import(context(harness.team), backward),
    )
    .await;
    let (forward, backward) = (done(forward), done(backward));
    assert_eq!(
        (forward.counts.updated, backward.counts.updated),
        (ROWS, ROWS),
        "every row of both is updated"
    );
    let mut changes = harness.changes(forward.id).await;
    changes.extend(harness.changes(backward.id).await);
    let versions = changes.into_iter().flatten().map(|change| (change.number, change.after.version));
    let mut versions: Vec<_> = versions.collect();
    versions.sort_unstable();
    let expected: Vec<_> =
        orders.iter().flat_map(|order| [2, 3].map(|version| (number(order), version))).collect();
    assert_eq!(versions, expected, "every order was changed by one and then by the other");
}

/// Of two concurrent requests with one claim one does the work; the other gets its response, or must wait.
pub async fn concurrent_requests_with_one_claim_do_the_work_once(harness: &Harness) {
    let import = harness.prepare(&[plain("A1")], UPDATE).await;
    let other = harness.prepare(&[plain("A1")], UPDATE).await;
    let (one, other) = both(
        harness.orders.import(claimed(harness, "key", 1), import),
        harness.orders.import(claimed(harness, "key", 1), other),
    )
    .await;
    let results = [one, other];
    let worked = results.iter().filter(|result| matches!(result, Ok(Written::Done(_)))).count();
    assert_eq!(worked, 1, "the work is done once: {results:?}");
    let answered = |result: &Result<_, StoreError>| {
        matches!(result, Ok(Written::Done(_) | Written::Replayed(_)) | Err(StoreError::ClaimInFlight))
    };
    assert!(results.iter().all(answered), "the other gets the response or must wait: {results:?}");
    assert_eq!(harness.imports().await, 1);
}

/// Waits for two futures at once.
async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|task| {
        if first.is_none() {
            first = ready(one.as_mut().poll(task));
        }
        if second.is_none() {
            second = ready(other.as_mut().poll(task));
        }
        match (first.take(), second.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            unfinished => {
                (first, second) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    if let Poll::Ready(value) = poll { Some(value) } else { None }
}
