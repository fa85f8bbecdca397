use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::{TeamId, UserId};
use kernel::write::Written;

use super::name;
use crate::operator::{
    Attendance, Badge, ClockEvent, ClockFault, NewOperator, Operator, OperatorChange, OperatorError,
};
use crate::ports::{OperatorFilter, Operators};
use crate::skill::Skill;
use kernel::contract::{changed_at, claimed, context, created_at, done, read, shown, stored_answer, window};

/// Operators are created, changed, clocked and listed within their team. `users` are two of the team, `foreign` is
/// one of the other team.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn operators(
    store: &dyn Operators,
    ids: &dyn IdSource,
    (team, users): (TeamId, [UserId; 2]),
    (other_team, foreign): (TeamId, UserId),
) {
    let suite = Suite { store, ids, team, other_team, users, foreign };
    let ann = suite.created("Ann", "A-17", &["milling", "assembly"]).await;
    suite.badges_and_users_are_taken_once(&ann).await;
    let ann = suite.changed_and_left_alone(&ann).await;
    suite.come_and_gone(&ann).await;
    suite.other_teams_see_nothing().await;
    suite.listed().await;
    suite.claims_are_answered_alike().await;
}

#[expect(clippy::expect_used, reason = "test support: a bad skill is the suite's own fault")]
fn skills(words: &[&str]) -> BTreeSet<Skill> {
    words.iter().map(|word| Skill::try_new(word).expect("a valid skill")).collect()
}

#[expect(clippy::expect_used, reason = "test support: a bad badge is the suite's own fault")]
fn badge(text: &str) -> Badge {
    Badge::try_new(text).expect("a valid badge")
}

type Outcome = Result<Written<Operator>, OperatorError>;

struct Suite<'a> {
    store: &'a dyn Operators,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
    users: [UserId; 2],
    foreign: UserId,
}

impl Suite<'_> {
    fn operator(&self, text: &str, badge_text: &str, words: &[&str]) -> Operator {
        let new = NewOperator {
            name: name(text),
            badge: badge(badge_text),
            skills: skills(words),
            user: None,
            is_active: true,
        };
        Operator::create(self.ids.id(), new, created_at())
    }

    async fn create(&self, operator: &Operator) -> Outcome {
        self.store.create(context(self.team, created_at()), operator.clone()).await
    }

    async fn created(&self, text: &str, badge_text: &str, words: &[&str]) -> Operator {
        let operator = self.operator(text, badge_text, words);
        assert_eq!(done(self.create(&operator).await, "an operator is created"), operator);
        self.is_kept(&operator).await;
        operator
    }

    async fn change(&self, operator: &Operator, change: OperatorChange) -> Outcome {
        self.store.change(context(self.team, changed_at()), operator.id, change).await
    }

    async fn clock(&self, operator: &Operator, event: ClockEvent, minutes: i64) -> Outcome {
        let at = changed_at() + TimeDelta::minutes(minutes);
        self.store.clock(context(self.team, at), operator.id, event).await
    }

    async fn is_kept(&self, operator: &Operator) {
        let found = read(self.store.find(self.team, operator.id).await);
        assert_eq!(found.as_ref(), Some(operator), "an operator is found as it was stored");
    }

    async fn badges_and_users_are_taken_once(&self, ann: &Operator) {
        let [first, second] = self.users;
        let linking = |user| OperatorChange { user: Change::Set(user), ..Default::default() };
        let bob = self.created("Bob", "a-17", &[]).await;
        let bob = done(self.change(&bob, linking(first)).await, "a user is linked");
        self.is_kept(&bob).await;

        let same_badge = self.operator("Other", "A-17", &[]);
        let taking = OperatorChange { badge: Some(badge("A-17")), ..Default::default() };
        for refused in [self.create(&same_badge).await, self.change(&bob, taking).await] {
            assert!(
                matches!(refused, Err(OperatorError::BadgeTaken)),
                "a badge is one operator's: {refused:?}"
            );
        }
        let with = |user| Operator { user: Some(user), ..self.operator("Other", "B-1", &[]) };
        for refused in [self.create(&with(first)).await, self.change(ann, linking(first)).await] {
            assert!(
                matches!(refused, Err(OperatorError::UserTaken)),
                "a user is one operator's: {refused:?}"
            );
        }
        for user in [self.foreign, self.ids.id()] {
            for refused in [self.create(&with(user)).await, self.change(ann, linking(user)).await] {
                assert!(
                    matches!(refused, Err(OperatorError::UnknownUser)),
                    "a user is one of the team: {refused:?}"
                );
            }
        }
        self.is_kept(ann).await;
        self.is_kept(&bob).await;
        let (_, total) = self.names(OperatorFilter::default(), 0, 10).await;
        assert_eq!(total, 2, "refused operators leave nothing");
        done(self.change(&bob, linking(second)).await, "another user is linked");
        let unlinking = OperatorChange { user: Change::Clear, ..Default::default() };
        let unlinked = done(self.change(&bob, unlinking).await, "a user is unlinked");
        assert_eq!((unlinked.user, unlinked.version), (None, 4));
    }

    async fn changed_and_left_alone(&self, ann: &Operator) -> Operator {
        let [first, _] = self.users;
        let change = OperatorChange {
            name: Some(name("Anna")),
            badge: Some(badge("A-18")),
            skills: Some(skills(&["welding"])),
            user: Change::Set(first),
            is_active: Some(true),
        };
        let changed = done(self.change(ann, change.clone()).await, "an operator is changed");
        let expected = ann.change(&change, changed_at());
        assert_eq!(Some(&changed), expected.as_ref(), "a change is applied at the context's time");
        self.is_kept(&changed).await;

        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let same = self.store.change(later, ann.id, change).await;
        assert_eq!(
            done(same, "a change to the same is no fault"),
            changed,
            "where nothing differs all stays"
        );
        self.is_kept(&changed).await;

        let nobody = self.operator("Nobody", "N", &[]);
        let unknown = self.change(&nobody, OperatorChange::default()).await;
        assert!(
            matches!(unknown, Err(OperatorError::NotFound)),
            "what doesn't exist isn't changed: {unknown:?}"
        );
        changed
    }

    async fn come_and_gone(&self, ann: &Operator) {
        use ClockEvent::{In, Out};
        let refused = self.clock(ann, Out, 0).await;
        assert!(
            matches!(refused, Err(OperatorError::Clock(ClockFault::AlreadyOut))),
            "who never came doesn't go: {refused:?}"
        );
        let entry = |sequence, event, minutes| Attendance {
            sequence,
            event,
            at: changed_at() + TimeDelta::minutes(minutes),
        };
        let came = done(self.clock(ann, In, 1).await, "an operator comes");
        let expected = Operator { attendance: Some(entry(1, In, 1)), ..ann.clone() };
        assert_eq!(came, expected, "and is otherwise as before");
        self.is_kept(&came).await;
        let refused = self.clock(ann, In, 2).await;
        assert!(
            matches!(refused, Err(OperatorError::Clock(ClockFault::AlreadyIn))),
            "who is in doesn't come: {refused:?}"
        );
        self.is_kept(&came).await;
        done(self.clock(ann, Out, 3).await, "an operator goes");
        let again = done(self.clock(ann, In, 4).await, "an operator comes again");
        self.is_kept(&again).await;
        let closing = OperatorChange { is_active: Some(false), ..Default::default() };
        let closed = done(self.change(ann, closing).await, "an operator who is in is taken out of use");
        assert_eq!(closed.attendance, again.attendance, "a change leaves the attendance alone");
        let gone = done(self.clock(ann, Out, 5).await, "and goes");
        let refused = self.clock(ann, In, 6).await;
        assert!(
            matches!(refused, Err(OperatorError::Clock(ClockFault::Inactive))),
            "who is out of use doesn't come: {refused:?}"
        );
        self.is_kept(&gone).await;

        let whole = [entry(4, Out, 5), entry(3, In, 4), entry(2, Out, 3), entry(1, In, 1)];
        for (offset, end) in [(0, 3), (3, 4), (4, 4)] {
            let part = whole.iter().take(end).skip(offset as usize).copied().collect();
            let found = self.store.attendance(self.team, ann.id, window(offset, 3)).await;
            assert_eq!(shown(found, |entry| *entry), (part, 4), "the newest first, from {offset}");
        }
        let nobody = self.store.attendance(self.team, self.ids.id(), window(0, 3)).await;
        assert_eq!(shown(nobody, |entry| *entry), (vec![], 0), "nobody has no attendance");
        let unknown = self.clock(&self.operator("Nobody", "N", &[]), In, 0).await;
        assert!(matches!(unknown, Err(OperatorError::NotFound)), "nobody doesn't come: {unknown:?}");
    }

    async fn other_teams_see_nothing(&self) {
        let cleo = self.created("Cleo", "C-1", &["milling"]).await;
        let came = done(self.clock(&cleo, ClockEvent::In, 0).await, "an operator comes");
        let found = read(self.store.find(self.other_team, cleo.id).await);
        assert_eq!(found, None, "another team's operator isn't found");
        let change = OperatorChange { is_active: Some(false), ..Default::default() };
        let changed = self.store.change(context(self.other_team, changed_at()), cleo.id, change).await;
        let theirs = context(self.other_team, changed_at());
        for refused in [changed, self.store.clock(theirs, cleo.id, ClockEvent::Out).await] {
            assert!(
                matches!(refused, Err(OperatorError::NotFound)),
                "another team's operator is neither changed nor clocked: {refused:?}"
            );
        }
        self.is_kept(&came).await;
        let attendance = self.store.attendance(self.other_team, cleo.id, window(0, 3)).await;
        assert_eq!(shown(attendance, |entry| *entry), (vec![], 0), "nor is its attendance seen");
        let list = self.store.list(self.other_team, OperatorFilter::default(), window(0, 10)).await;
        assert_eq!(shown(list, |operator| operator.id), (vec![], 0), "another team's aren't listed");

        let own = Operator { user: Some(self.foreign), ..self.operator("Cleo", "C-1", &[]) };
        let created = self.store.create(context(self.other_team, created_at()), own.clone()).await;
        assert_eq!(done(created, "another team has its own"), own);
    }

    /// The team has Anna (A-18, welding, out of use), Bob (a-17) and Cleo (C-1, milling) by now.
    async fn listed(&self) {
        self.created("cleo", "C-2", &["milling", "welding"]).await;
        self.created("Ärne", "E-1", &["Milling"]).await;
        let everything = OperatorFilter::default();
        let whole = ["Anna", "Bob", "Cleo", "cleo", "Ärne"].map(String::from);
        let all = self.names(everything.clone(), 0, 10).await;
        assert_eq!(
            all,
            (whole.to_vec(), 5),
            "the order is that of the folded names' code points, then of ids"
        );
        for (offset, end) in [(0, 2), (2, 4), (4, 5), (5, 5)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.names(everything.clone(), offset, 2).await;
            assert_eq!(found, (part, 5), "a window at {offset} with the whole total");
        }
        let with = |skill: &str| Some(skills(&[skill])).and_then(|set| set.into_iter().next());
        for (filter, expected) in [
            (OperatorFilter { active_only: true, ..Default::default() }, vec!["Bob", "Cleo", "cleo", "Ärne"]),
            (OperatorFilter { skill: with("milling"), ..Default::default() }, vec!["Cleo", "cleo"]),
            (OperatorFilter { skill: with("welding"), ..Default::default() }, vec!["Anna", "cleo"]),
            (OperatorFilter { skill: with("welding"), active_only: true, badge: None }, vec!["cleo"]),
            (OperatorFilter { badge: Some(badge("C-1")), ..Default::default() }, vec!["Cleo"]),
            (OperatorFilter { badge: Some(badge("c-1")), ..Default::default() }, vec![]),
            (OperatorFilter { badge: Some(badge("A-18")), active_only: true, skill: None }, vec![]),
        ] {
            let total = expected.len() as u64;
            let expected: Vec<_> = expected.into_iter().map(String::from).collect();
            assert_eq!(self.names(filter.clone(), 0, 10).await, (expected, total), "{filter:?}");
        }
    }

    async fn names(&self, filter: OperatorFilter, offset: u32, limit: u32) -> (Vec<String>, u64) {
        let list = self.store.list(self.team, filter, window(offset, limit)).await;
        shown(list, |operator| operator.name.as_str().to_owned())
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |path: &str, fingerprint| claimed(self.team, path, fingerprint);
        let first = self.operator("Claimed", "Z-1", &[]);
        let created = self.store.create(claim("/contract/operators", 1), first.clone()).await;
        assert_eq!(done(created, "a claimed operator is created"), first);
        let second = self.operator("Claimed", "Z-2", &[]);
        let again = self.store.create(claim("/contract/operators", 1), second).await;
        let clock = |fingerprint| {
            let context = claim("/contract/operators/clock", fingerprint);
            self.store.clock(context, first.id, ClockEvent::In)
        };
        done(clock(1).await, "a claimed operator comes");
        for again in [again, clock(1).await] {
            assert!(
                matches!(again, Ok(Written::Replayed(ref answer)) if *answer == stored_answer()),
                "a repeated request gets the kept answer: {again:?}"
            );
        }
        let reused = clock(2).await;
        assert!(
            matches!(reused, Err(OperatorError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
    }
}
