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
    let suite = RegisterSuite { store, ids, team: teams.team, other_team: teams.other_team };
    let shown = |department: &Department| department.name.as_str().to_owned();

    let milling = suite.created(name("Milling")).await;
    assert_eq!(milling, Department::create(milling.id, name("Milling"), created_at()));
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
    suite.created_in(teams.other_team, name("Zinc")).await;

    for text in ["ärger", "a-1", "A_1"] {
        suite.created(name(text)).await;
    }
    // by the code points of the folded names
    suite.lists(&["a-1", "A_1", "MILLING", "Zinc", "ärger"].map(String::from), shown).await;
    let active = suite.listed(DepartmentFilter { active_only: true }, shown).await;
    assert_eq!(active, (["a-1", "A_1", "Zinc", "ärger"].map(String::from).to_vec(), 4), "only those in use");

    let mut count = 0;
    let claimed = || {
        count += 1;
        name(&format!("Claimed {count}"))
    };
    suite.claims_are_answered_alike(claimed).await;
}
