use super::*;
use chrono::TimeDelta;
use kernel::clock::{CountedIds, IdSource};

fn torque(ids: &dyn IdSource, max: u32) -> Field {
    let definition = json!({"name": "torque", "type": "number", "validation": {"max": max}});
    Field::read("fields.0", &definition, ids.id()).unwrap()
}

fn activity(ids: &dyn IdSource) -> Activity {
    let new = NewActivity {
        name: Name::try_new("Torque Measurement").unwrap(),
        description: Some("Measure".into()),
        fields: vec![torque(ids, 50)],
        on_violation: OnViolation::Reject,
        is_active: true,
    };
    Activity::create(ids.id(), new, DateTime::UNIX_EPOCH)
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
    assert_eq!(before.change(&change, later), Some(expected));
}

#[test]
fn a_field_keeps_its_id_as_long_as_its_name() {
    let ids: &dyn IdSource = &CountedIds::default();
    let before = activity(ids);
    let same = ActivityChange { fields: Some(vec![torque(ids, 50)]), ..Default::default() };
    assert_eq!(before.change(&same, DateTime::UNIX_EPOCH), None, "the same field under a new id is the same");
    assert_eq!(before.change(&ActivityChange::default(), DateTime::UNIX_EPOCH), None);
    let other = Field { name: "angle".into(), ..torque(ids, 90) };
    let wider = ActivityChange { fields: Some(vec![other.clone(), torque(ids, 60)]), ..Default::default() };
    let changed = before.change(&wider, DateTime::UNIX_EPOCH).unwrap();
    let kept: Vec<_> = changed.fields.iter().map(|field| field.id).collect();
    assert_eq!(kept, [other.id, before.fields[0].id]);
    assert_eq!(changed.fields[1].rule, torque(ids, 60).rule);
}

#[test]
fn the_snapshot_holds_every_field() {
    let ids: &dyn IdSource = &CountedIds::default();
    let found: Value = serde_json::from_str(&activity(ids).snapshot()).unwrap();
    let expected = json!({
        "id": "00000000-0000-0000-0000-000000000002",
        "name": "Torque Measurement",
        "description": "Measure",
        "fields": [{
            "id": "00000000-0000-0000-0000-000000000001", "name": "torque", "label": "torque", "type": "number",
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
