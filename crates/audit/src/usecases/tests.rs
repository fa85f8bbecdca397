use std::sync::Arc;

use chrono::DateTime;
use kernel::access::{Actor, Identity, KeyPermission};
use kernel::audit::AuditEntry;
use kernel::clock::FixedClock;
use kernel::error::Cause;
use kernel::id::{Id, TeamId};
use kernel::write::{WriteContext, Written};
use pollster::block_on;
use proptest::prelude::*;
use secrets::signing::SigningKeys;
use uuid::Uuid;

use super::record_refusal::{RecordRefusal, Refusal};
use super::seal_audit::SealAudit;
use super::sign_heads::{SignHeads, SignHeadsError};
use super::verify_audit::{HeadLine, HeadLines, VerifyAudit, VerifyError};
use crate::chain::Seal;
use crate::chain::hash::ChainHash;
use crate::chain::head::{Head, SignedHead};
use crate::chain::violation::Violation;
use crate::finding::{Finding, TeamSummary, Warning};
use crate::memory::InMemoryAudit;
use crate::ports::{AuditTrail, HeadArchive, MockAuditTrail};

fn team(n: u128) -> TeamId {
    Id::new(Uuid::from_u128(n))
}

fn keys() -> Arc<SigningKeys> {
    Arc::new(SigningKeys::new([1; 32], None))
}

fn add(audit: &InMemoryAudit, team: TeamId, count: usize) {
    let actor = Actor { team, identity: Identity::System { part: "test" } };
    for _ in 0..count {
        let entry = AuditEntry {
            action: "thing.made".into(),
            subject_kind: "thing",
            subject: Uuid::from_u128(7),
            before: None,
            after: Some("{}".into()),
        };
        block_on(audit.append(WriteContext::unclaimed(&actor, "request", DateTime::UNIX_EPOCH), entry))
            .unwrap();
    }
}

fn seal(audit: &Arc<InMemoryAudit>) -> u64 {
    block_on(SealAudit::new(audit.clone()).run()).unwrap()
}

fn signing(audit: &Arc<InMemoryAudit>) -> SignHeads {
    SignHeads::new(audit.clone(), audit.clone(), keys(), Arc::new(FixedClock(DateTime::UNIX_EPOCH)))
}

fn sign(audit: &Arc<InMemoryAudit>) -> usize {
    block_on(signing(audit).run()).unwrap()
}

fn verified(audit: &Arc<InMemoryAudit>) -> Vec<Finding> {
    let mut found = Vec::new();
    let verify = VerifyAudit::new(audit.clone(), keys());
    let violations =
        block_on(verify.run(None, audit.head_lines(), &mut |finding| found.push(finding))).unwrap();
    let reported = found.iter().filter(|finding| matches!(finding, Finding::Violation(..))).count();
    assert_eq!(violations, reported as u64);
    found
}

fn violations(audit: &Arc<InMemoryAudit>) -> Vec<Violation> {
    let violation =
        |finding| if let Finding::Violation(_, violation) = finding { Some(violation) } else { None };
    verified(audit).into_iter().filter_map(violation).collect()
}

fn summaries(audit: &Arc<InMemoryAudit>) -> Vec<TeamSummary> {
    let team = |finding| if let Finding::TeamVerified(team) = finding { Some(team) } else { None };
    verified(audit).into_iter().filter_map(team).collect()
}

#[test]
fn a_clean_trail_is_counted_team_by_team() {
    let audit = Arc::new(InMemoryAudit::default());
    add(&audit, team(1), 7);
    add(&audit, team(2), 1);
    assert_eq!(seal(&audit), 8, "in several batches");
    assert_eq!(sign(&audit), 2);
    add(&audit, team(1), 2);
    let summaries: Vec<_> = summaries(&audit)
        .into_iter()
        .map(|team| (team.team.id.uuid().as_u128(), team.sealed, team.waiting, team.heads, team.violations))
        .collect();
    assert_eq!(summaries, [(1, 7, 2, 1, 0), (2, 1, 0, 1, 0)]);
    assert_eq!(violations(&audit), []);
}

#[test]
fn only_the_requested_team_is_verified() {
    let audit = Arc::new(InMemoryAudit::default());
    add(&audit, team(1), 3);
    add(&audit, team(2), 3);
    seal(&audit);
    sign(&audit);
    audit.lock().entries[0].actor.push('0');
    let verify = VerifyAudit::new(audit.clone(), keys());
    for (only, expected) in [(team(1), 1), (team(2), 0), (team(3), 0)] {
        let mut verified = 0;
        let mut count = |finding| verified += u64::from(matches!(finding, Finding::TeamVerified(_)));
        assert_eq!(block_on(verify.run(Some(only), audit.head_lines(), &mut count)).unwrap(), expected);
        assert_eq!(verified, u64::from(only != team(3)));
    }
}

#[test]
fn heads_are_signed_when_the_chain_grows_and_again_when_they_were_not_archived() {
    struct Full;
    #[async_trait::async_trait]
    impl HeadArchive for Full {
        async fn archive(&self, _: Vec<SignedHead>) -> Result<(), Cause> {
            Err("no space left".into())
        }
    }
    let audit = Arc::new(InMemoryAudit::default());
    add(&audit, team(1), 2);
    seal(&audit);
    let clock = Arc::new(FixedClock(DateTime::UNIX_EPOCH));
    let full = SignHeads::new(audit.clone(), Arc::new(Full), keys(), clock);
    for _ in 0..2 {
        let failed = block_on(full.run());
        assert!(matches!(failed, Err(SignHeadsError::Archive(_))), "{failed:?}");
    }
    let signing = signing(&audit);
    let mut signed = Vec::new();
    for more in [0, 0, 3, 0] {
        add(&audit, team(1), more);
        seal(&audit);
        signed.push(block_on(signing.run()).unwrap());
    }
    assert_eq!(signed, [1, 0, 1, 0]);
    assert_eq!(summaries(&audit)[0].heads, 2);
}

#[test]
fn a_chain_computed_anew_is_found_by_every_later_head() {
    let audit = Arc::new(InMemoryAudit::default());
    for _ in 0..3 {
        add(&audit, team(1), 2);
        seal(&audit);
        sign(&audit);
    }
    {
        let mut state = audit.lock();
        state.entries[2].actor = "user:nobody".into();
        let entries = state.entries.clone();
        let mut seals: Vec<Seal> = Vec::new();
        for entry in &entries {
            seals.push(Seal::after(seals.last(), entry));
        }
        state.seals.insert(team(1), seals);
    }
    assert_eq!(violations(&audit), [Violation::Rewritten { sequence: 4, heads: 2 }]);
    // and still found after the service has signed the new chain
    add(&audit, team(1), 1);
    seal(&audit);
    sign(&audit);
    assert_eq!(violations(&audit), [Violation::Rewritten { sequence: 4, heads: 2 }]);
}

#[test]
fn entries_inserted_behind_the_sealer_are_reported() {
    let audit = Arc::new(InMemoryAudit::default());
    add(&audit, team(1), 3);
    seal(&audit);
    add(&audit, team(1), 1);
    {
        let mut state = audit.lock();
        let mut inserted = state.entries[0].clone();
        inserted.id = Id::new(Uuid::from_u128(99));
        state.entries.insert(1, inserted);
        state.passed += 1;
    }
    let behind = Violation::InsertedBehind { count: 1, entries: vec![Id::new(Uuid::from_u128(99))] };
    assert_eq!(violations(&audit), [behind]);
    assert_eq!(summaries(&audit)[0].waiting, 1);
}

#[test]
fn altered_lines_of_heads_are_reported() {
    let audit = Arc::new(InMemoryAudit::default());
    add(&audit, team(1), 2);
    seal(&audit);
    sign(&audit);
    let head = Head { team: team(1), sequence: 2, hash: ChainHash::new([0; 32]), at: DateTime::UNIX_EPOCH };
    let line = audit.lock().heads[0].clone();
    let stranger = SignedHead::sign(head, &SigningKeys::new([9; 32], None));
    let gone = SignedHead::sign(Head { team: team(5), ..head }, &keys());
    audit.lock().heads.extend([
        line.replace("\"sequence\":2", "\"sequence\":1"),
        stranger.to_line(),
        line[..60].to_owned(),
        gone.to_line(),
    ]);
    let found = verified(&audit);
    let location = |n: u32| format!("memory:{n}");
    let expected = [
        Finding::Violation(team(1), Violation::HeadForged { location: location(2) }),
        Finding::Warning(Warning::UnknownKey { location: location(3), key_id: stranger.key_id }),
        Finding::Warning(Warning::Unreadable { location: location(4) }),
    ];
    assert_eq!(found[..3], expected);
    assert!(
        found.contains(&Finding::Violation(team(5), Violation::TailCut { end: 0, head: 2 })),
        "{found:?}"
    );
    let summaries: Vec<_> = summaries(&audit).iter().map(|team| (team.violations, team.heads)).collect();
    assert_eq!(summaries, [(1, 1), (1, 1)]);
}

#[test]
fn heads_that_can_not_be_read_end_the_verification() {
    let audit = Arc::new(InMemoryAudit::default());
    let broken: HeadLines = Box::new(std::iter::once(Err::<HeadLine, Cause>("not allowed".into())));
    let failed = block_on(VerifyAudit::new(audit, keys()).run(None, broken, &mut |_| {}));
    assert!(matches!(failed, Err(VerifyError::Heads(_))), "{failed:?}");
}

#[test]
fn a_refusal_names_the_caller_as_its_subject() {
    let mut trail = MockAuditTrail::new();
    trail.expect_append().times(1).returning(|context, entry| {
        assert_eq!(context.actor.to_string(), format!("api_key:{}", Uuid::from_u128(4)));
        assert_eq!((context.request_id.as_str(), context.team), ("req_1", team(1)));
        let subject = (entry.action, entry.subject_kind, entry.subject);
        assert_eq!(subject, ("access.refused".into(), "api_key", Uuid::from_u128(4)));
        let after = entry.after.unwrap();
        assert!(after.contains(r#""status":403"#) && after.contains(r#""code":"FORBIDDEN""#), "{after}");
        assert_eq!(after.matches('x').count(), 1_024 - "/api/".len(), "a long path is cut");
        Ok(Written::Done(()))
    });
    let identity = Identity::ApiKey {
        id: Id::new(Uuid::from_u128(4)),
        permission: KeyPermission::ReadOnly,
        scopes: Default::default(),
    };
    let refusal = Refusal {
        method: "GET".into(),
        path: format!("/api/{}", "x".repeat(2_000)),
        status: 403,
        code: "FORBIDDEN".into(),
    };
    let record = RecordRefusal::new(Arc::new(trail));
    block_on(record.run(&Actor { team: team(1), identity }, "req_1", DateTime::UNIX_EPOCH, &refusal))
        .unwrap();
}

/// A manipulation of a sealed entry, or of the chain around it, by somebody with access to the database.
#[derive(Debug, Clone, Copy)]
enum Tampering {
    Edit(u8),
    DeleteEntry,
    DeleteBoth,
    DeleteSeal,
    AlterSeal(u8),
    SwapSeals,
    SwapEntries,
    CutTail,
    InsertBehind,
    InsertSealed,
}

fn tampering() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        (0..9_u8).prop_map(Tampering::Edit),
        Just(Tampering::DeleteEntry),
        Just(Tampering::DeleteBoth),
        Just(Tampering::DeleteSeal),
        (0..3_u8).prop_map(Tampering::AlterSeal),
        Just(Tampering::SwapSeals),
        Just(Tampering::SwapEntries),
        Just(Tampering::CutTail),
        Just(Tampering::InsertBehind),
        Just(Tampering::InsertSealed),
    ]
}

fn tamper(audit: &InMemoryAudit, tampering: Tampering, at: usize) {
    let mut state = audit.lock();
    let state = &mut *state;
    let seals = state.seals.get_mut(&team(1)).unwrap();
    let next = (at + 1) % seals.len();
    let entry = &mut state.entries[at];
    match tampering {
        Tampering::Edit(0) => entry.at += 1,
        Tampering::Edit(1) => entry.actor.push('1'),
        Tampering::Edit(2) => entry.request_id.push('1'),
        Tampering::Edit(3) => entry.action.push('1'),
        Tampering::Edit(4) => entry.subject_kind.clear(),
        Tampering::Edit(5) => entry.subject = Uuid::nil(),
        Tampering::Edit(6) => entry.before = Some("{}".into()),
        Tampering::Edit(7) => entry.after = None,
        Tampering::Edit(_) => entry.id = Id::new(Uuid::nil()),
        Tampering::DeleteEntry => drop(state.entries.remove(at)),
        Tampering::DeleteBoth => {
            state.entries.remove(at);
            seals.remove(at);
            state.passed -= 1;
        }
        Tampering::DeleteSeal => drop(seals.remove(at)),
        Tampering::AlterSeal(0) => seals[at].hash = ChainHash::new([9; 32]),
        Tampering::AlterSeal(1) => seals[at].entry = Id::new(Uuid::nil()),
        Tampering::AlterSeal(_) => seals[at].sequence += 1_000,
        Tampering::SwapSeals => {
            let (here, there) = (seals[at].sequence, seals[next].sequence);
            seals.swap(at, next);
            (seals[at].sequence, seals[next].sequence) = (here, there);
        }
        Tampering::SwapEntries => {
            let (here, there) = (state.entries[at].id, state.entries[next].id);
            (state.entries[at].id, state.entries[next].id) = (there, here);
        }
        Tampering::CutTail => {
            seals.truncate(at);
            state.entries.truncate(at);
            state.passed = at;
        }
        Tampering::InsertBehind | Tampering::InsertSealed => {
            let mut inserted = entry.clone();
            inserted.id = Id::new(Uuid::nil());
            if matches!(tampering, Tampering::InsertSealed) {
                // a well-made seal, and the later ones moved on
                let seal = Seal::after(at.checked_sub(1).map(|before| &seals[before]), &inserted);
                seals[at..].iter_mut().for_each(|later| later.sequence += 1);
                seals.insert(at, seal);
            }
            state.entries.insert(at, inserted);
            state.passed += 1;
        }
    }
}

proptest! {
    #[test]
    fn any_tampering_with_a_chain_whose_head_was_signed_is_found(
        length in 2..12_usize, at in any::<prop::sample::Index>(), tampering in tampering()
    ) {
        let audit = Arc::new(InMemoryAudit::default());
        add(&audit, team(1), length);
        // two entries alike but for their ids could change places and nothing would be different
        for (n, entry) in audit.lock().entries.iter_mut().enumerate() {
            entry.subject = Uuid::from_u128(100 + n as u128);
        }
        seal(&audit);
        sign(&audit);
        prop_assert_eq!(violations(&audit), []);
        tamper(&audit, tampering, at.index(length));
        prop_assert_ne!(violations(&audit), []);
    }
}
