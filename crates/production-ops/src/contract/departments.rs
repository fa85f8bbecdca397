use kernel::clock::IdSource;
use kernel::contract::{RegisterSuite, changed_at, created_at};
use kernel::master_data::Register;

use super::{Teams, name};
use crate::department::{Department, DepartmentChange, DepartmentError, DepartmentFilter};

/// Departments are created, changed and listed within their team, and no two have one name in any case.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn departments(store: &dyn Register<Department>, ids: &dyn IdSource, teams: &Teams) {
    let expected = |created: &Department, name| Department::create(created.id, name, created_at());
    let &Teams { team, other_team, .. } = teams;
    let suite = RegisterSuite::<Department> { store, ids, team, other_team, expected: &expected };
    let shown = |department: &Department| department.name.as_str().to_owned();

    let milling = suite.created(name("Milling")).await;
    let zinc = suite.created(name("Zinc")).await;
    suite.refuses(name("MILLING"), &DepartmentError::NameTaken, 2).await;
    let renaming = DepartmentChange { name: Some(name("mILLING")), is_active: Some(false) };
    suite.refuses_change(&zinc, renaming, &DepartmentError::NameTaken).await;
    suite.is_stored(&milling).await;

    let shouting = DepartmentChange { name: Some(name("MILLING")), is_active: Some(false) };
    let closed = suite.changed(&milling, shouting.clone()).await;
    assert_eq!(
        Some(&closed),
        milling.change(&shouting, changed_at()).as_ref(),
        "its own name is never taken"
    );

    let opening = DepartmentChange { is_active: Some(true), ..Default::default() };
    suite.is_the_teams_alone(&closed, opening).await;
    suite.created_in(other_team, name("Zinc")).await;

    for text in ["ärger", "a-1", "A_1"] {
        suite.created(name(text)).await;
    }
    // by the code points of the folded names
    suite.lists(DepartmentFilter::default(), &["a-1", "A_1", "MILLING", "Zinc", "ärger"], shown).await;
    suite.lists(DepartmentFilter { active_only: true }, &["a-1", "A_1", "Zinc", "ärger"], shown).await;

    suite.claims_are_answered_alike(["Claimed", "Claimed again", "Claimed otherwise"].map(name)).await;
}
