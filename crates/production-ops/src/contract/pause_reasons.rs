use kernel::clock::IdSource;
use kernel::contract::{RegisterSuite, changed_at, created_at};
use kernel::master_data::Register;

use super::{Teams, name};
use crate::pause_reason::{
    NewPauseReason, PauseCategory, PauseReason, PauseReasonChange, PauseReasonError, PauseReasonFilter,
};

/// Pause reasons are created, changed and listed within their team, and no two have one name in any case.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn pause_reasons(store: &dyn Register<PauseReason>, ids: &dyn IdSource, teams: &Teams) {
    use PauseCategory::{Planned, Unplanned};
    let expected = |created: &PauseReason, new| PauseReason::create(created.id, new, created_at());
    let &Teams { team, other_team, .. } = teams;
    let suite = RegisterSuite::<PauseReason> { store, ids, team, other_team, expected: &expected };
    let shown = |reason: &PauseReason| reason.name.as_str().to_owned();
    let new = |text: &str, category| NewPauseReason { name: name(text), category, is_active: true };

    let lunch = suite.created(new("Lunch", Planned)).await;
    let tools = suite.created(new("Tools missing", Unplanned)).await;
    suite.refuses(new("LUNCH", Unplanned), &PauseReasonError::NameTaken, 2).await;
    let renaming = PauseReasonChange { name: Some(name("lUNCH")), is_active: Some(false), category: None };
    suite.refuses_change(&tools, renaming, &PauseReasonError::NameTaken).await;
    suite.is_stored(&lunch).await;

    let change =
        PauseReasonChange { name: Some(name("LUNCH")), category: Some(Unplanned), is_active: Some(false) };
    let closed = suite.changed(&lunch, change.clone()).await;
    assert_eq!(Some(&closed), lunch.change(&change, changed_at()).as_ref(), "its own name is never taken");

    let opening = PauseReasonChange { is_active: Some(true), ..Default::default() };
    suite.is_the_teams_alone(&closed, opening).await;
    suite.created_in(other_team, new("Lunch", Planned)).await;

    for (text, category) in [("ärger", Unplanned), ("Cleaning", Planned), ("Zero point", Planned)] {
        suite.created(new(text, category)).await;
    }
    // by the code points of the folded names
    for (category, active_only, expected) in [
        (None, false, &["Cleaning", "LUNCH", "Tools missing", "Zero point", "ärger"][..]),
        (None, true, &["Cleaning", "Tools missing", "Zero point", "ärger"]),
        (Some(Planned), false, &["Cleaning", "Zero point"]),
        (Some(Unplanned), false, &["LUNCH", "Tools missing", "ärger"]),
        (Some(Unplanned), true, &["Tools missing", "ärger"]),
    ] {
        suite.lists(PauseReasonFilter { active_only, category }, expected, shown).await;
    }

    let claimed = ["Claimed", "Claimed again", "Claimed otherwise"].map(|text| new(text, Planned));
    suite.claims_are_answered_alike(claimed).await;
}
