use kernel::clock::IdSource;
use kernel::contract::{RegisterSuite, changed_at, created_at, is_refused, registered};
use kernel::master_data::Register;

use super::{Teams, name, valid};
use crate::department::Department;
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
    let expected = |created: &WorkCentre, new: NewWorkCentre| {
        let numbered = NewWorkCentre { number: new.number.or(Some(created.number)), ..new };
        valid(WorkCentre::create(created.id, numbered, None, created_at()))
    };
    let &Teams { team, other_team, .. } = teams;
    let suite = RegisterSuite::<WorkCentre> { store, ids, team, other_team, expected: &expected };
    let turning = registered(departments, ids, team, name("Turning")).await.id;
    let milling = registered(departments, ids, team, name("Milling")).await.id;
    let foreign = registered(departments, ids, other_team, name("Turning")).await.id;
    let lathe = |figure: Option<i64>| NewWorkCentre {
        number: figure.map(number),
        name: name("Lathe"),
        department: turning,
    };
    let shown = |centre: &WorkCentre| centre.number.get();

    let first = suite.created(lathe(None)).await;
    assert_eq!(first.number, number(1), "the first number is 1");
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
    let theirs = suite.created_in(other_team, theirs).await;
    assert_eq!(theirs.number, number(1), "each team counts for itself");

    for (department, active_only, expected) in [
        (None, false, vec![1, 3, 40, 41]),
        (None, true, vec![3, 40, 41]),
        (Some(milling), false, vec![1]),
        (Some(milling), true, vec![]),
        (Some(turning), true, vec![3, 40, 41]),
        (Some(foreign), false, vec![]),
    ] {
        suite.lists(WorkCentreFilter { active_only, department }, &expected, shown).await;
    }

    suite.claims_are_answered_alike([None; 3].map(lathe)).await;
    // a repeated request takes no number
    suite.lists(WorkCentreFilter::default(), &[1, 3, 40, 41, 42], shown).await;

    suite.created(NewWorkCentre { number: Some(WorkCentreNumber::MAX), ..lathe(None) }).await;
    let refused = suite.create(lathe(None)).await;
    is_refused(refused, &WorkCentreError::from(NumbersUsedUp), "there is none after the highest");
    suite.created(lathe(Some(2))).await;
}

fn number(figure: i64) -> WorkCentreNumber {
    valid(WorkCentreNumber::try_new(figure))
}
