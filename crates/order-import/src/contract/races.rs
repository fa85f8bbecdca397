//! Two requests at once, as far as the implementation runs two at once.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use kernel::error::StoreError;
use kernel::write::Written;
use serde_json::json;

use super::claims::claimed;
use super::{Harness, UPDATE, context, done, number, plain, row};

const ROWS: u32 = 400;

/// Imports of the same orders whose rows stand in opposite order neither fail nor wait for each other for good.
pub async fn imports_in_opposite_order_at_once_both_come_through(harness: &Harness) {
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

/// Of two requests with one claim that run at once one does the work; the other is told so, or to wait.
pub async fn the_same_claim_at_once_does_the_work_once(harness: &Harness) {
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
    assert!(results.iter().all(answered), "the other gets its answer or is told to wait: {results:?}");
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
