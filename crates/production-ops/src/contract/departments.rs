use chrono::TimeDelta;
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::Written;

use super::name;
use crate::department::{Department, DepartmentChange, DepartmentError};
use crate::ports::{DepartmentFilter, Departments};
use kernel::contract::{changed_at, claimed, context, created_at, done, read, shown, stored_answer, window};

/// Departments are created, changed and listed within their team, and no two have one name in any case.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn departments(store: &dyn Departments, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite { store, ids, team, other_team };
    let milling = suite.created(team, "Milling").await;
    suite.is_kept(&milling).await;
    suite.names_are_taken_in_any_case(&milling).await;
    let closed = suite.changed_and_left_alone(&milling).await;
    suite.other_teams_see_nothing(&closed).await;
    suite.listed().await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    store: &'a dyn Departments,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
}

impl Suite<'_> {
    fn department(&self, text: &str) -> Department {
        Department::create(self.ids.id(), name(text), created_at())
    }

    async fn created(&self, team: TeamId, text: &str) -> Department {
        let department = self.department(text);
        let created = self.store.create(context(team, created_at()), department.clone()).await;
        assert_eq!(done(created, "a department is created"), department);
        department
    }

    async fn changed(
        &self,
        department: &Department,
        change: DepartmentChange,
    ) -> Result<Written<Department>, DepartmentError> {
        self.store.change(context(self.team, changed_at()), department.id, change).await
    }

    async fn is_kept(&self, department: &Department) {
        let found = read(self.store.find(self.team, department.id).await);
        assert_eq!(found.as_ref(), Some(department), "a department is found as it was stored");
    }

    async fn names_are_taken_in_any_case(&self, milling: &Department) {
        let same = self.department("MILLING");
        let refused = self.store.create(context(self.team, created_at()), same.clone()).await;
        assert!(
            matches!(refused, Err(DepartmentError::NameTaken)),
            "a name is taken in any case: {refused:?}"
        );
        let left = read(self.store.find(self.team, same.id).await);
        assert_eq!(left, None, "a refused department leaves nothing");

        let zinc = self.created(self.team, "Zinc").await;
        let renaming = DepartmentChange { name: Some(name("mILLING")), is_active: Some(false) };
        let refused = self.changed(&zinc, renaming).await;
        assert!(
            matches!(refused, Err(DepartmentError::NameTaken)),
            "a name is taken for a change too: {refused:?}"
        );
        self.is_kept(&zinc).await;
        self.is_kept(milling).await;
    }

    async fn changed_and_left_alone(&self, milling: &Department) -> Department {
        let shouting = DepartmentChange { name: Some(name("MILLING")), is_active: Some(false) };
        let changed = done(self.changed(milling, shouting.clone()).await, "its own name is never taken");
        let expected = milling.change(&shouting, changed_at());
        assert_eq!(Some(&changed), expected.as_ref(), "a change is applied at the context's time");
        self.is_kept(&changed).await;

        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let same = self.store.change(later, milling.id, shouting).await;
        assert_eq!(
            done(same, "a change to the same is no fault"),
            changed,
            "where nothing differs all stays"
        );
        self.is_kept(&changed).await;

        let unknown = self.changed(&self.department("Nowhere"), DepartmentChange::default()).await;
        assert!(
            matches!(unknown, Err(DepartmentError::NotFound)),
            "what doesn't exist isn't changed: {unknown:?}"
        );
        changed
    }

    async fn other_teams_see_nothing(&self, department: &Department) {
        let found = read(self.store.find(self.other_team, department.id).await);
        assert_eq!(found, None, "another team's department isn't found");
        let change = DepartmentChange { name: None, is_active: Some(!department.is_active) };
        let foreign = self.store.change(context(self.other_team, changed_at()), department.id, change).await;
        assert!(
            matches!(foreign, Err(DepartmentError::NotFound)),
            "another team's department isn't changed: {foreign:?}"
        );
        self.is_kept(department).await;
        let list = self.store.list(self.other_team, DepartmentFilter::default(), window(0, 10)).await;
        assert_eq!(shown(list, |department| department.id), (vec![], 0), "another team's aren't listed");
        self.created(self.other_team, "Zinc").await;
    }

    /// The team has MILLING (not in use) and Zinc by now.
    async fn listed(&self) {
        for text in ["ärger", "a-1", "A_1"] {
            self.created(self.team, text).await;
        }
        let everything = DepartmentFilter::default();
        let whole = ["a-1", "A_1", "MILLING", "Zinc", "ärger"].map(String::from);
        let all = self.names(everything, 0, 10).await;
        assert_eq!(all, (whole.to_vec(), 5), "the order is that of the folded names' code points");
        for (offset, end) in [(0, 2), (2, 4), (4, 5), (5, 5)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.names(everything, offset, 2).await;
            assert_eq!(found, (part, 5), "a window at {offset} with the whole total");
        }
        let active = self.names(DepartmentFilter { active_only: true }, 1, 2).await;
        assert_eq!(active, (vec!["A_1".into(), "Zinc".into()], 4), "only those in use, counted alone");
    }

    async fn names(&self, filter: DepartmentFilter, offset: u32, limit: u32) -> (Vec<String>, u64) {
        let list = self.store.list(self.team, filter, window(offset, limit)).await;
        shown(list, |department| department.name.as_str().to_owned())
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |fingerprint| claimed(self.team, "/contract/departments", fingerprint);
        let first = self.department("Claimed");
        let created = self.store.create(claim(1), first.clone()).await;
        assert_eq!(done(created, "a claimed department is created"), first);
        let again = self.store.create(claim(1), self.department("Claimed")).await;
        assert!(
            matches!(again, Ok(Written::Replayed(ref answer)) if *answer == stored_answer()),
            "a repeated request gets the kept answer: {again:?}"
        );
        let other = self.department("Claimed otherwise");
        let reused = self.store.create(claim(2), other.clone()).await;
        assert!(
            matches!(reused, Err(DepartmentError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
        assert_eq!(read(self.store.find(self.team, other.id).await), None, "and that leaves nothing");
    }
}
