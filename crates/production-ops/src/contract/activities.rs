use kernel::change::Change;
use kernel::clock::{IdSource, SystemIds};
use kernel::contract::{RegisterSuite, changed_at, created_at};
use kernel::master_data::Register;
use serde_json::{Value, json};

use super::{Teams, name, valid};
use crate::data_collection::{
    Activity, ActivityChange, ActivityFilter, FieldDefinition, FieldDefinitions, NewActivity, OnViolation,
};

/// Data collection activities are created, changed and listed within their team, with fields of every type.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn activities(store: &dyn Register<Activity>, ids: &dyn IdSource, teams: &Teams) {
    let expected = |created: &Activity, new| {
        with_field_ids_of(Activity::create(created.id, new, &SystemIds, created_at()), created)
    };
    let &Teams { team, other_team, .. } = teams;
    let suite = RegisterSuite::<Activity> { store, ids, team, other_team, expected: &expected };
    let shown = |activity: &Activity| activity.name.as_str().to_owned();

    let torque = suite.created(new("Torque")).await;
    let fields = [
        json!({"name": "torque", "type": "number"}),
        json!({"name": "angle", "type": "number", "validation": {"max": 90}}),
    ];
    let change = ActivityChange {
        name: Some(name("Torque and angle")),
        description: Change::Clear,
        fields: Some(defined(&fields)),
        on_violation: Some(OnViolation::Reject),
        is_active: Some(false),
    };
    let changed = suite.changed(&torque, change.clone()).await;
    let id = |activity: &Activity, field: usize| activity.fields.get(field).map(|field| field.id);
    assert_eq!(id(&changed, 0), id(&torque, 0), "a field that keeps its name keeps its id");
    let expected = torque.change(&change, &SystemIds, changed_at());
    let expected = expected.map(|expected| with_field_ids_of(expected, &changed));
    assert_eq!(Some(&changed), expected.as_ref(), "a change is applied at the context's time");

    let opening = ActivityChange { is_active: Some(true), ..Default::default() };
    suite.is_the_teams_alone(&changed, opening).await;
    suite.created_in(other_team, new("Torque")).await;

    let first = suite.created(new("weight")).await;
    let second = suite.created(new("Weight")).await;
    assert!(first.id < second.id, "ids grow");
    for text in ["Ärger", "angle"] {
        suite.created(new(text)).await;
    }
    // by the folded names' code points, then by id
    let whole = ["angle", "Torque and angle", "weight", "Weight", "Ärger"];
    suite.lists(ActivityFilter::default(), &whole, shown).await;
    suite.lists(ActivityFilter { active_only: true }, &["angle", "weight", "Weight", "Ärger"], shown).await;

    suite.claims_are_answered_alike(["Claimed"; 3].map(new)).await;
}

fn new(text: &str) -> NewActivity {
    let fields = [
        json!({"name": "torque", "label": "Torque (Nm)", "type": "number", "required": true,
               "validation": {"min": 40, "max": 50.25}}),
        json!({"name": "count", "type": "integer", "validation": {"min": -3}}),
        json!({"name": "serial", "type": "text", "validation": {"pattern": "[A-Z]+-\\d{3}"}}),
        json!({"name": "notes", "type": "text"}),
        json!({"name": "clean", "type": "boolean"}),
        json!({"name": "look", "type": "select", "validation": {"options": ["so \"so\"", "łódź"]}}),
        json!({"name": "expiry", "type": "date", "validation": {"max": "2030-12-31"}}),
    ];
    NewActivity {
        name: name(text),
        description: Some("Measure\nand note".into()),
        fields: defined(&fields),
        on_violation: OnViolation::Record,
        is_active: true,
    }
}

fn defined(definitions: &[Value]) -> FieldDefinitions {
    let mut fields = FieldDefinitions::default();
    for definition in definitions {
        valid(fields.add(valid(FieldDefinition::from_json(definition))));
    }
    fields
}

/// The activity under the ids that another's fields have: new fields get new ids.
fn with_field_ids_of(mut activity: Activity, other: &Activity) -> Activity {
    for (field, other) in activity.fields.iter_mut().zip(&other.fields) {
        field.id = other.id;
    }
    activity
}
