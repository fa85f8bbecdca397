//! Idempotency keys (`docs/spec/common.md`, "Idempotency").

use kernel::access::ActorRef;
use kernel::error::StoreError;
use kernel::write::{Claim, ClaimKey, Content, StoredResponse, WriteContext, Written};
use serde_json::json;

use super::{ALL_OR_NOTHING, Harness, UPDATE, context, expect_ok, plain, row};
use crate::events::RECORD;
use crate::import::report::{ImportReport, Verdict};

/// The same request again gets the stored response of the first, completed or rejected, and does nothing.
pub async fn a_repeated_request_gets_the_first_response_and_does_nothing(harness: &Harness) {
    for (key, rows, verdict) in [
        ("good", vec![plain("A1")], Verdict::Completed),
        ("bad", vec![plain("A2"), row("A3", json!({"priority": "x"}))], Verdict::Rejected),
    ] {
        let import = harness.prepare(&rows, ALL_OR_NOTHING).await;
        let first = harness.run(claimed(harness, key, 1), import).await;
        assert_eq!(first.verdict, verdict);
        let imports = harness.imports().await;
        let import = harness.prepare(&rows, ALL_OR_NOTHING).await;
        let again = expect_ok(harness.orders.import(claimed(harness, key, 1), import).await);
        assert_eq!(again, Written::Replayed(render(&first)), "the answer to the first {verdict:?} request");
        assert_eq!(harness.imports().await, imports, "nothing is imported again");
    }
}

/// A key that another request had is refused, and nothing imported; the first request's response stays.
pub async fn a_key_used_for_another_request_is_refused(harness: &Harness) {
    let import = harness.prepare(&[plain("A1")], UPDATE).await;
    let first = harness.run(claimed(harness, "key", 1), import.clone()).await;
    let other = harness.prepare(&[plain("A2")], UPDATE).await;
    let refused = harness.orders.import(claimed(harness, "key", 2), other).await;
    assert!(matches!(refused, Err(StoreError::ClaimReused)), "another request is refused: {refused:?}");
    assert_eq!(harness.imports().await, 1, "and not done");
    let again = expect_ok(harness.orders.import(claimed(harness, "key", 1), import).await);
    assert_eq!(again, Written::Replayed(render(&first)));
}

/// A key is valid only for its team, caller, method and path.
pub async fn a_claim_is_the_callers_own(harness: &Harness) {
    let mut contexts = Vec::from([1, 2, 3, 4, 5, 6].map(|_| claimed(harness, "key", 1)));
    if let [_, team, caller, method, path, key] = &mut contexts[..] {
        team.team = harness.other_team;
        caller.actor = ActorRef::System("other");
        let change = |context: &mut WriteContext<ImportReport>, change: fn(&mut ClaimKey)| {
            context.claim.iter_mut().for_each(|claim| change(&mut claim.key));
        };
        change(method, |claim| claim.method = "PUT".into());
        change(path, |claim| claim.path = "/api/orders/other".into());
        change(key, |claim| claim.key = "KEY".into());
    }
    for context in contexts {
        let import = harness.prepare(&[plain("A1")], UPDATE).await;
        let shown = format!("{:?}", (&context.team, &context.actor, &context.claim));
        let written = expect_ok(harness.orders.import(context, import).await);
        assert!(matches!(written, Written::Done(_)), "another request is done for itself: {shown}");
    }
}

pub(super) fn claimed(harness: &Harness, key: &str, fingerprint: u8) -> WriteContext<ImportReport> {
    let key = ClaimKey {
        method: "POST".into(),
        path: "/api/orders/import".into(),
        key: key.into(),
        fingerprint: [fingerprint; 32],
    };
    context(harness.team).claimed(Some(Claim { key, render: Box::new(|report| Some(render(report))) }))
}

/// A response as HTTP stores it: a reference to the import, which is rendered again.
fn render(report: &ImportReport) -> StoredResponse {
    let status = if report.verdict == Verdict::Completed { 200 } else { 422 };
    StoredResponse { status, content: Content::Record { kind: RECORD.into(), id: report.id.uuid() } }
}
