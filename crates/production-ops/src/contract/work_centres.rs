use chrono::TimeDelta;
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::Written;

use super::name;
use crate::department::{Department, DepartmentId};
use crate::ports::{Departments, WorkCentreFilter, WorkCentres};
use crate::work_centre::{NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreError, WorkCentreNumber};
use kernel::contract::{changed_at, claimed, context, created_at, done, read, shown, stored_answer, window};

/// Work centres are created, numbered, changed and listed within their team, in departments that it has.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn work_centres(
    departments: &dyn Departments,
    store: &dyn WorkCentres,
    ids: &dyn IdSource,
    team: TeamId,
    other_team: TeamId,
) {
    let [turning, milling] =
        [stored(departments, ids, team, "Turning").await, stored(departments, ids, team, "Milling").await];
    let foreign = stored(departments, ids, other_team, "Turning").await;
    let suite = Suite { store, ids, team, other_team, turning, milling, foreign };
    let first = suite.numbered().await;
    suite.departments_must_exist(&first).await;
    let moved = suite.changed_and_left_alone(&first).await;
    suite.other_teams_see_nothing(&moved).await;
    suite.listed().await;
    suite.claims_are_answered_alike().await;
    suite.numbers_are_used_up().await;
}

async fn stored(store: &dyn Departments, ids: &dyn IdSource, team: TeamId, text: &str) -> DepartmentId {
    let department = Department::create(ids.id(), name(text), created_at());
    done(store.create(context(team, created_at()), department).await, "a department is created").id
}

#[expect(clippy::expect_used, reason = "test support: a bad number is the suite's own fault")]
fn number(figure: i64) -> WorkCentreNumber {
    WorkCentreNumber::try_new(figure).expect("a valid number")
}

type Outcome = Result<Written<WorkCentre>, WorkCentreError>;

struct Suite<'a> {
    store: &'a dyn WorkCentres,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
    turning: DepartmentId,
    milling: DepartmentId,
    foreign: DepartmentId,
}

impl Suite<'_> {
    fn lathe(&self, figure: Option<i64>) -> NewWorkCentre {
        NewWorkCentre { number: figure.map(number), name: name("Lathe"), department: self.turning }
    }

    async fn create(&self, new: NewWorkCentre) -> Outcome {
        self.store.create(context(self.team, created_at()), self.ids.id(), new).await
    }

    async fn change(&self, centre: &WorkCentre, change: WorkCentreChange) -> Outcome {
        self.store.change(context(self.team, changed_at()), centre.id, change).await
    }

    async fn is_kept(&self, centre: &WorkCentre) {
        let found = read(self.store.find(self.team, centre.id).await);
        assert_eq!(found.as_ref(), Some(centre), "a work centre is found as it was stored");
    }

    /// Leaves 1, 3, 40, 41.
    async fn numbered(&self) -> WorkCentre {
        let id = self.ids.id();
        let first = self.store.create(context(self.team, created_at()), id, self.lathe(None)).await;
        let first = done(first, "a work centre is created");
        let expected = WorkCentre::create(id, self.lathe(None), None, created_at());
        assert_eq!(Ok(&first), expected.as_ref(), "the first number is 1");
        self.is_kept(&first).await;
        for (chosen, given) in [(Some(40), 40), (Some(3), 3), (None, 41)] {
            let created = done(self.create(self.lathe(chosen)).await, "a work centre is created");
            assert_eq!(
                created.number,
                number(given),
                "the number is the chosen one, or the highest plus one"
            );
        }
        let refused = self.create(self.lathe(Some(40))).await;
        assert!(matches!(refused, Err(WorkCentreError::NumberTaken)), "a number is given once: {refused:?}");
        first
    }

    async fn departments_must_exist(&self, first: &WorkCentre) {
        for department in [self.ids.id(), self.foreign] {
            let created = self.create(NewWorkCentre { department, ..self.lathe(Some(50)) }).await;
            let moving = WorkCentreChange { department: Some(department), ..Default::default() };
            for refused in [created, self.change(first, moving).await] {
                assert!(
                    matches!(refused, Err(WorkCentreError::UnknownDepartment)),
                    "a work centre stands in a department of its team: {refused:?}"
                );
            }
        }
        self.is_kept(first).await;
        let (_, total) = self.numbers(WorkCentreFilter::default(), 0, 10).await;
        assert_eq!(total, 4, "refused work centres leave nothing");
    }

    async fn changed_and_left_alone(&self, first: &WorkCentre) -> WorkCentre {
        let moving = WorkCentreChange {
            name: Some(name("Mill")),
            department: Some(self.milling),
            is_active: Some(false),
        };
        let moved = done(self.change(first, moving.clone()).await, "a work centre is changed");
        let expected = first.change(&moving, changed_at());
        assert_eq!(Some(&moved), expected.as_ref(), "a change is applied at the context's time");
        self.is_kept(&moved).await;

        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let same = self.store.change(later, first.id, moving).await;
        assert_eq!(done(same, "a change to the same is no fault"), moved, "where nothing differs all stays");
        self.is_kept(&moved).await;

        let nowhere = WorkCentre { id: self.ids.id(), ..moved.clone() };
        let unknown = self.change(&nowhere, WorkCentreChange::default()).await;
        assert!(
            matches!(unknown, Err(WorkCentreError::NotFound)),
            "what doesn't exist isn't changed: {unknown:?}"
        );
        moved
    }

    async fn other_teams_see_nothing(&self, centre: &WorkCentre) {
        let found = read(self.store.find(self.other_team, centre.id).await);
        assert_eq!(found, None, "another team's work centre isn't found");
        let change = WorkCentreChange { name: Some(name("Stolen")), ..Default::default() };
        let changed = self.store.change(context(self.other_team, changed_at()), centre.id, change).await;
        assert!(
            matches!(changed, Err(WorkCentreError::NotFound)),
            "another team's work centre isn't changed: {changed:?}"
        );
        self.is_kept(centre).await;
        let list = self.store.list(self.other_team, WorkCentreFilter::default(), window(0, 10)).await;
        assert_eq!(shown(list, |centre| centre.number), (vec![], 0), "another team's aren't listed");

        let theirs = NewWorkCentre { department: self.foreign, ..self.lathe(None) };
        let theirs = self.store.create(context(self.other_team, created_at()), self.ids.id(), theirs).await;
        assert_eq!(done(theirs, "another team has its own").number, number(1), "each team counts for itself");
    }

    /// The team has 1 (in Milling, not in use), 3, 40 and 41 (in Turning) by now.
    async fn listed(&self) {
        let everything = WorkCentreFilter::default();
        for (offset, limit, part) in
            [(0, 10, vec![1, 3, 40, 41]), (0, 3, vec![1, 3, 40]), (3, 3, vec![41]), (4, 3, vec![])]
        {
            let found = self.numbers(everything, offset, limit).await;
            assert_eq!(found, (part, 4), "a window at {offset}, by number, with the whole total");
        }
        let active = WorkCentreFilter { active_only: true, department: None };
        assert_eq!(self.numbers(active, 1, 1).await, (vec![40], 3), "only those in use, counted alone");
        for (department, active_only, expected) in [
            (self.milling, false, vec![1]),
            (self.milling, true, vec![]),
            (self.turning, true, vec![3, 40, 41]),
            (self.foreign, false, vec![]),
        ] {
            let filter = WorkCentreFilter { active_only, department: Some(department) };
            let total = expected.len() as u64;
            assert_eq!(self.numbers(filter, 0, 10).await, (expected, total), "only those of the department");
        }
    }

    async fn numbers(&self, filter: WorkCentreFilter, offset: u32, limit: u32) -> (Vec<i32>, u64) {
        let list = self.store.list(self.team, filter, window(offset, limit)).await;
        shown(list, |centre| centre.number.get())
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |fingerprint| claimed(self.team, "/contract/work-centres", fingerprint);
        let create = |fingerprint| self.store.create(claim(fingerprint), self.ids.id(), self.lathe(None));
        let created = done(create(1).await, "a claimed work centre is created");
        assert_eq!(created.number, number(42));
        let again = create(1).await;
        assert!(
            matches!(again, Ok(Written::Replayed(ref answer)) if *answer == stored_answer()),
            "a repeated request gets the kept answer: {again:?}"
        );
        let reused = create(2).await;
        assert!(
            matches!(reused, Err(WorkCentreError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
        let (_, total) = self.numbers(WorkCentreFilter::default(), 0, 10).await;
        assert_eq!(total, 5, "neither makes another work centre");
    }

    async fn numbers_are_used_up(&self) {
        let highest = NewWorkCentre { number: Some(WorkCentreNumber::MAX), ..self.lathe(None) };
        done(self.create(highest).await, "the highest number is taken");
        let refused = self.create(self.lathe(None)).await;
        assert!(
            matches!(refused, Err(WorkCentreError::NumbersUsedUp(_))),
            "there is none after the highest: {refused:?}"
        );
        done(self.create(self.lathe(Some(2))).await, "a free number is still given");
    }
}
