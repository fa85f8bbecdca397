use super::*;
use kernel::clock::{CountedIds, IdSource};

fn with(of_type: &str, validation: Value) -> Field {
    let ids: &dyn IdSource = &CountedIds::default();
    let stored = json!({"name": "x", "type": of_type, "validation": validation});
    Field { id: ids.id(), definition: FieldDefinition::from_json(&stored).unwrap() }
}

#[test]
fn a_field_of_every_type_is_written_and_read_back() {
    for (of_type, validation) in [
        ("number", json!({"min": -0.5, "max": 50.25})),
        ("number", json!({})),
        ("integer", json!({"max": 7})),
        ("text", json!({"pattern": "[a-z]+"})),
        ("text", json!({})),
        ("boolean", json!({})),
        ("select", json!({"options": ["pass", "fail"]})),
        ("date", json!({"min": "2025-01-01", "max": "2025-12-31"})),
    ] {
        let field = with(of_type, validation.clone());
        assert_eq!(
            (&field.to_json()["type"], &field.to_json()["validation"]),
            (&json!(of_type), &validation)
        );
        assert_eq!((&*field.definition.label, field.definition.required), ("x", false), "what is left out");
        assert_eq!(Field::from_json(&field.to_json()), Ok(field));
    }
    for unreadable in [json!(7), json!({"name": "x", "type": "float"}), json!({"name": "x", "type": "text"})]
    {
        assert!(Field::from_json(&unreadable).is_err(), "{unreadable}");
    }
}

#[test]
fn each_limit_is_for_some_types_alone() {
    use FieldType::{Date, Integer, Number, Select, Text};
    for (limit, types) in [
        (Limit::Min, &[Number, Integer, Date] as &[_]),
        (Limit::Max, &[Number, Integer, Date]),
        (Limit::Pattern, &[Text]),
        (Limit::Options, &[Select]),
    ] {
        let found: Vec<_> = FieldType::ALL.into_iter().filter(|of_type| of_type.takes(limit)).collect();
        assert_eq!(found, types, "{limit:?}");
    }
}

#[test]
fn bounds_are_in_order_and_exact_in_json() {
    assert_eq!(Range::try_new(Some(2), Some(1)), Err(RangeFault));
    assert_eq!(Range::try_new(Some(1), Some(1)), Ok(Range { min: Some(1), max: Some(1) }));
    assert!(Range::try_new(None, Some(1)).is_ok() && Range::try_new(Some(1), None).is_ok());
    let bound = |text: &str| Range::bound(text.parse().unwrap()).map(|bound| bound.to_string());
    assert_eq!(bound("123456789.012345"), Ok("123456789.012345".into()));
    assert_eq!(bound("1.2345678901234567"), Err(DigitsFault));
}

#[test]
fn there_are_1_to_200_options_that_differ() {
    let select =
        |texts: &[&str]| FieldRule::select(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
    assert_eq!(select(&["a", " b "]), Ok(FieldRule::Select(vec!["a".into(), "b".into()])));
    let faulty = vec![(1, OptionFault::Text(TextFault::Empty)), (2, OptionFault::Twice)];
    assert_eq!(select(&["a", "", " a"]), Err(OptionsFault::Faulty(faulty)));
    let many: Vec<_> = (0..201).map(|number| number.to_string()).collect();
    assert!(FieldRule::select(&many[..200]).is_ok());
    assert_eq!((select(&[]), FieldRule::select(&many)), (Err(OptionsFault::Count), Err(OptionsFault::Count)));
}

#[test]
fn an_activity_has_at_most_100_fields_whose_names_differ() {
    let named = |name: String| FieldDefinition {
        name: FieldName::try_new(&name).unwrap(),
        ..with("text", json!({})).definition
    };
    let mut fields = FieldDefinitions::default();
    for number in 0..100 {
        assert_eq!(fields.add(named(number.to_string())), Ok(()));
    }
    assert_eq!(fields.add(named("7".into())), Err(FieldsFault::DuplicateName));
    assert_eq!(fields.add(named("other".into())), Err(FieldsFault::TooMany));
    assert_eq!(fields.iter().count(), 100);
}
