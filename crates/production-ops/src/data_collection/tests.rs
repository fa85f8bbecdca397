use super::*;
use chrono::TimeDelta;
use kernel::clock::{CountedIds, IdSource};
use serde_json::Value;

fn torque(max: u32) -> FieldDefinition {
    let definition = json!({"name": "torque", "type": "number", "validation": {"max": max}});
    FieldDefinition::from_json(&definition).unwrap()
}

fn fields(definitions: impl IntoIterator<Item = FieldDefinition>) -> FieldDefinitions {
    let mut fields = FieldDefinitions::default();
    definitions.into_iter().for_each(|field| fields.add(field).unwrap());
    fields
}

fn activity(ids: &dyn IdSource) -> Activity {
    let new = NewActivity {
        name: Name::try_new("Torque Measurement").unwrap(),
        description: Some("Measure".into()),
        fields: fields([torque(50)]),
        on_violation: OnViolation::Reject,
        is_active: true,
    };
    Activity::create(ids.id(), new, ids, DateTime::UNIX_EPOCH)
}

#[test]
fn a_change_counts_the_version_up_and_keeps_the_rest() {
    let ids: &dyn IdSource = &CountedIds::default();
    let before = activity(ids);
    let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
    let change = ActivityChange {
        description: Change::Clear,
        on_violation: Some(OnViolation::Record),
        ..Default::default()
    };
    let expected = Activity {
        description: None,
        on_violation: OnViolation::Record,
        version: 2,
        updated_at: later,
        ..before.clone()
    };
    assert_eq!(before.change(&change, ids, later), Some(expected));
}

#[test]
fn a_field_keeps_its_id_as_long_as_its_name() {
    let ids: &dyn IdSource = &CountedIds::default();
    let before = activity(ids);
    let change = |fields| ActivityChange { fields: Some(fields), ..Default::default() };
    let changed = |change: &ActivityChange| before.change(change, ids, DateTime::UNIX_EPOCH);
    assert_eq!(changed(&change(fields([torque(50)]))), None, "the same field is the same");
    assert_eq!(changed(&ActivityChange::default()), None);
    let angle = FieldDefinition { name: FieldName::try_new("angle").unwrap(), ..torque(90) };
    let wider = changed(&change(fields([angle.clone(), torque(60)]))).unwrap();
    assert_eq!((&wider.fields[0].definition, wider.fields[1].id), (&angle, before.fields[0].id));
    assert_ne!(wider.fields[0].id, before.fields[0].id, "a new name has a new id");
    assert_eq!(wider.fields[1].definition.rule, torque(60).rule);
}

#[test]
fn the_snapshot_holds_every_field() {
    let ids: &dyn IdSource = &CountedIds::default();
    let found: Value = serde_json::from_str(&activity(ids).snapshot()).unwrap();
    let expected = json!({
        "id": "00000000-0000-0000-0000-000000000001",
        "name": "Torque Measurement",
        "description": "Measure",
        "fields": [{
            "id": "00000000-0000-0000-0000-000000000002", "name": "torque", "label": "torque", "type": "number",
            "required": false, "validation": {"max": 50},
        }],
        "onViolation": "reject",
        "isActive": true,
        "version": 1,
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:00Z",
    });
    assert_eq!(found, expected);
}
