use kernel::clock::IdSource;
use kernel::contract::{RegisterSuite, changed_at, context, created_at, done, is_refused};
use kernel::id::TeamId;
use kernel::master_data::Register;

use super::{Teams, name};
use crate::department::{Department, DepartmentId};
use crate::work_centre::{
    NewWorkCentre, NumbersUsedUp, WorkCentre, WorkCentreChange, WorkCentreError, WorkCentreFilter,
    WorkCentreNumber,
};

/// Work centres are created, numbered, changed and listed within their team, in departments that it has.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn work_centres(
    departments: &dyn Register<Department>,
    store: &dyn Register<WorkCentre>,
    ids: &dyn IdSource,
    teams: &Teams,
) {
    let suite = RegisterSuite { store, ids, team: teams.team, other_team: teams.other_team };
    let turning = stored(departments, ids, teams.team, "Turning").await;
    let milling = stored(departments, ids, teams.team, "Milling").await;
    let foreign = stored(departments, ids, teams.other_team, "Turning").await;
    let lathe = |figure: Option<i64>| NewWorkCentre {
        number: figure.map(number),
        name: name("Lathe"),
        department: turning,
    };
    let shown = |centre: &WorkCentre| centre.number.get();

    let first = suite.created(lathe(None)).await;
    let expected = WorkCentre::create(first.id, lathe(None), None, created_at());
    assert_eq!(Ok(&first), expected.as_ref(), "the first number is 1");
    for (chosen, given) in [(Some(40), 40), (Some(3), 3), (None, 41)] {
        let created = suite.created(lathe(chosen)).await;
        assert_eq!(created.number, number(given), "the number is the chosen one, or the highest plus one");
    }
    suite.refuses(lathe(Some(40)), &WorkCentreError::NumberTaken, 4).await;
    for department in [ids.id(), foreign] {
        let new = NewWorkCentre { department, ..lathe(Some(50)) };
        suite.refuses(new, &WorkCentreError::UnknownDepartment, 4).await;
        let moving = WorkCentreChange { department: Some(department), ..Default::default() };
        suite.refuses_change(&first, moving, &WorkCentreError::UnknownDepartment).await;
    }

    let moving =
        WorkCentreChange { name: Some(name("Mill")), department: Some(milling), is_active: Some(false) };
    let moved = suite.changed(&first, moving.clone()).await;
    assert_eq!(Some(&moved), first.change(&moving, changed_at()).as_ref(), "at the context's time");

    let stealing = WorkCentreChange { name: Some(name("Stolen")), ..Default::default() };
    suite.is_the_teams_alone(&moved, stealing).await;
    let theirs = NewWorkCentre { department: foreign, ..lathe(None) };
    let theirs = suite.created_in(teams.other_team, theirs).await;
    assert_eq!(theirs.number, number(1), "each team counts for itself");

    suite.lists(&[1, 3, 40, 41], shown).await;
    for (department, active_only, expected) in [
        (None, true, vec![3, 40, 41]),
        (Some(milling), false, vec![1]),
        (Some(milling), true, vec![]),
        (Some(turning), true, vec![3, 40, 41]),
        (Some(foreign), false, vec![]),
    ] {
        let total = expected.len() as u64;
        let found = suite.listed(WorkCentreFilter { active_only, department }, shown).await;
        assert_eq!(found, (expected, total), "only those of the department, and in use");
    }

    suite.claims_are_answered_alike(|| lathe(None)).await;
    let (numbers, _) = suite.listed(WorkCentreFilter::default(), shown).await;
    assert_eq!(numbers, [1, 3, 40, 41, 42], "a repeated request takes no number");

    suite.created(NewWorkCentre { number: Some(WorkCentreNumber::MAX), ..lathe(None) }).await;
    let refused = suite.create(lathe(None)).await;
    is_refused(refused, &WorkCentreError::from(NumbersUsedUp), "there is none after the highest");
    suite.created(lathe(Some(2))).await;
}

async fn stored(
    store: &dyn Register<Department>,
    ids: &dyn IdSource,
    team: TeamId,
    text: &str,
) -> DepartmentId {
    done(store.create(context(team, created_at()), ids.id(), name(text)).await, "a department is created").id
}

#[expect(clippy::expect_used, reason = "test support: a bad number is the suite's own fault")]
fn number(figure: i64) -> WorkCentreNumber {
    WorkCentreNumber::try_new(figure).expect("a valid number")
}
