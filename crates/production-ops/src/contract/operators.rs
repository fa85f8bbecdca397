use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::contract::{
    RegisterSuite, changed_at, claimed, context, created_at, done, is_refused, is_replayed, shown, window,
};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::master_data::Register;
use kernel::write::Written;

use super::{Teams, name, valid};
use crate::operator::{
    Attendance, Badge, ClockEvent, ClockFault, NewOperator, Operator, OperatorChange, OperatorError,
    OperatorFilter,
};
use crate::ports::Attendances;
use crate::skill::Skill;

/// Operators are created, changed, clocked and listed within their team.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn operators(
    store: &dyn Register<Operator>,
    attendances: &dyn Attendances,
    ids: &dyn IdSource,
    teams: &Teams,
) {
    let expected = |created: &Operator, new| Operator::create(created.id, new, created_at());
    let &Teams { team, other_team, .. } = teams;
    let register = RegisterSuite::<Operator> { store, ids, team, other_team, expected: &expected };
    let suite = Suite { register, attendances, teams };
    let ann = suite.register.created(new("Ann", "A-17", &["milling", "assembly"])).await;
    suite.badges_and_users_are_taken_once(&ann).await;
    let ann = suite.changed(&ann).await;
    suite.come_and_gone(&ann).await;
    suite.is_the_teams_alone().await;
    suite.listed().await;
    suite.claims_are_answered_alike().await;
}

fn skills(words: &[&str]) -> BTreeSet<Skill> {
    words.iter().map(|word| valid(Skill::try_new(word))).collect()
}

fn badge(text: &str) -> Badge {
    valid(Badge::try_new(text))
}

fn new(text: &str, badge_text: &str, words: &[&str]) -> NewOperator {
    NewOperator {
        name: name(text),
        badge: badge(badge_text),
        skills: skills(words),
        user: None,
        is_active: true,
    }
}

type Outcome = Result<Written<Operator>, OperatorError>;

struct Suite<'a> {
    register: RegisterSuite<'a, Operator>,
    attendances: &'a dyn Attendances,
    teams: &'a Teams,
}

impl Suite<'_> {
    async fn clock(&self, team: TeamId, operator: &Operator, event: ClockEvent, minutes: i64) -> Outcome {
        let at = changed_at() + TimeDelta::minutes(minutes);
        self.attendances.clock(context(team, at), operator.id, event).await
    }

    async fn badges_and_users_are_taken_once(&self, ann: &Operator) {
        let Teams { users: [first, second], foreign_user, .. } = *self.teams;
        let linking = |user| OperatorChange { user: Change::Set(user), ..Default::default() };
        let with = |user| NewOperator { user: Some(user), ..new("Other", "B-1", &[]) };
        let bob = self.register.created(new("Bob", "a-17", &[])).await;
        let bob = self.register.changed(&bob, linking(first)).await;

        let taking = OperatorChange { badge: Some(badge("A-17")), ..Default::default() };
        self.register.refuses(new("Other", "A-17", &[]), &OperatorError::BadgeTaken, 2).await;
        self.register.refuses_change(&bob, taking, &OperatorError::BadgeTaken).await;
        self.register.refuses(with(first), &OperatorError::UserTaken, 2).await;
        self.register.refuses_change(ann, linking(first), &OperatorError::UserTaken).await;
        for user in [foreign_user, self.register.ids.id()] {
            self.register.refuses(with(user), &OperatorError::UnknownUser, 2).await;
            self.register.refuses_change(ann, linking(user), &OperatorError::UnknownUser).await;
        }
        self.register.is_stored(&bob).await;
        self.register.changed(&bob, linking(second)).await;
        let unlinking = OperatorChange { user: Change::Clear, ..Default::default() };
        let unlinked = self.register.changed(&bob, unlinking).await;
        assert_eq!((unlinked.user, unlinked.version), (None, 4));
    }

    async fn changed(&self, ann: &Operator) -> Operator {
        let change = OperatorChange {
            name: Some(name("Anna")),
            badge: Some(badge("A-18")),
            skills: Some(skills(&["welding"])),
            user: Change::Set(self.teams.users[0]),
            is_active: Some(true),
        };
        let changed = self.register.changed(ann, change.clone()).await;
        assert_eq!(Some(&changed), ann.change(&change, changed_at()).as_ref(), "at the context's time");
        changed
    }

    async fn come_and_gone(&self, ann: &Operator) {
        use ClockEvent::{In, Out};
        let team = self.teams.team;
        let entry = |sequence, event, minutes| Attendance {
            sequence,
            event,
            at: changed_at() + TimeDelta::minutes(minutes),
        };
        let already_in = OperatorError::Clock(ClockFault::AlreadyIn);
        let already_out = OperatorError::Clock(ClockFault::AlreadyOut);
        let inactive = OperatorError::Clock(ClockFault::Inactive);
        is_refused(self.clock(team, ann, Out, 0).await, &already_out, "who never came doesn't go");
        let came = done(self.clock(team, ann, In, 1).await, "an operator comes");
        let expected = Operator { attendance: Some(entry(1, In, 1)), ..ann.clone() };
        assert_eq!(came, expected, "and is otherwise as before");
        self.register.is_stored(&came).await;
        is_refused(self.clock(team, ann, In, 2).await, &already_in, "who is in doesn't come");
        self.register.is_stored(&came).await;
        done(self.clock(team, ann, Out, 3).await, "an operator goes");
        let again = done(self.clock(team, ann, In, 4).await, "an operator comes again");
        self.register.is_stored(&again).await;
        let closing = OperatorChange { is_active: Some(false), ..Default::default() };
        let closed = self.register.changed(ann, closing).await;
        assert_eq!(closed.attendance, again.attendance, "a change leaves the attendance alone");
        let gone = done(self.clock(team, ann, Out, 5).await, "who is out of use goes");
        is_refused(self.clock(team, ann, In, 6).await, &inactive, "who is out of use doesn't come");
        self.register.is_stored(&gone).await;

        let whole = [entry(4, Out, 5), entry(3, In, 4), entry(2, Out, 3), entry(1, In, 1)];
        for (offset, end) in [(0, 3), (3, 4), (4, 4)] {
            let part = whole.iter().take(end).skip(offset as usize).copied().collect();
            let found = self.attendances.list(team, ann.id, window(offset, 3)).await;
            assert_eq!(shown(found, |entry| *entry), (part, 4), "the newest first, from {offset}");
        }
        let nobody = Operator { id: self.register.ids.id(), ..ann.clone() };
        let found = self.attendances.list(team, nobody.id, window(0, 3)).await;
        assert_eq!(shown(found, |entry| *entry), (vec![], 0), "nobody has no attendance");
        let unknown = self.clock(team, &nobody, In, 0).await;
        is_refused(unknown, &OperatorError::NotFound, "nobody doesn't come");
    }

    async fn is_the_teams_alone(&self) {
        let Teams { team, other_team, foreign_user, .. } = *self.teams;
        let cleo = self.register.created(new("Cleo", "C-1", &["milling"])).await;
        let came = done(self.clock(team, &cleo, ClockEvent::In, 0).await, "an operator comes");
        let closing = OperatorChange { is_active: Some(false), ..Default::default() };
        self.register.is_the_teams_alone(&came, closing).await;
        let refused = self.clock(other_team, &cleo, ClockEvent::Out, 0).await;
        is_refused(refused, &OperatorError::NotFound, "another team's operator isn't clocked");
        self.register.is_stored(&came).await;
        let attendance = self.attendances.list(other_team, cleo.id, window(0, 3)).await;
        assert_eq!(shown(attendance, |entry| *entry), (vec![], 0), "nor is its attendance seen");
        let own = NewOperator { user: Some(foreign_user), ..new("Cleo", "C-1", &[]) };
        self.register.created_in(other_team, own).await;
    }

    /// The team has Anna (A-18, welding, out of use), Bob (a-17) and Cleo (C-1, milling) by now.
    async fn listed(&self) {
        let shown = |operator: &Operator| operator.name.as_str().to_owned();
        self.register.created(new("cleo", "C-2", &["milling", "welding"])).await;
        self.register.created(new("Ärne", "E-1", &["Milling"])).await;
        // by the folded names' code points, then by id
        let with = |skill: &str| skills(&[skill]).into_iter().next();
        let active = OperatorFilter { active_only: true, ..Default::default() };
        for (filter, expected) in [
            (OperatorFilter::default(), &["Anna", "Bob", "Cleo", "cleo", "Ärne"][..]),
            (active, &["Bob", "Cleo", "cleo", "Ärne"]),
            (OperatorFilter { skill: with("milling"), ..Default::default() }, &["Cleo", "cleo"]),
            (OperatorFilter { skill: with("welding"), ..Default::default() }, &["Anna", "cleo"]),
            (OperatorFilter { skill: with("welding"), active_only: true, badge: None }, &["cleo"]),
            (OperatorFilter { badge: Some(badge("C-1")), ..Default::default() }, &["Cleo"]),
            (OperatorFilter { badge: Some(badge("c-1")), ..Default::default() }, &[]),
            (OperatorFilter { badge: Some(badge("A-18")), active_only: true, skill: None }, &[]),
        ] {
            self.register.lists(filter, expected, shown).await;
        }
    }

    async fn claims_are_answered_alike(&self) {
        let claims = ["Z-1", "Z-2", "Z-3"].map(|badge| new("Claimed", badge, &[]));
        self.register.claims_are_answered_alike(claims).await;
        let operator = self.register.created(new("Clocked", "Y", &[])).await;
        let clock = |fingerprint| {
            let context = claimed(self.teams.team, "/contract/operators/clock", fingerprint);
            self.attendances.clock(context, operator.id, ClockEvent::In)
        };
        done(clock(1).await, "a claimed operator comes");
        let again = clock(1).await;
        is_replayed(again);
        is_refused(clock(2).await, &StoreError::ClaimReused, "a key is not used for another request");
    }
}
