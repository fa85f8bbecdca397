//! Wire types of data collection activities.

use kernel::calendar;
use kernel::json::Json;
use production_ops::data_collection::{
    Activity, ActivityChange, Field as DefinedField, FieldDefinition, FieldDefinitions, FieldName, FieldRule,
    FieldType, Limit, NewActivity, OnViolation, OptionsFault, Pattern, Range,
};
use production_ops::{Name, description};
use rust_decimal::Decimal;
use serde_json::Value;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};

use super::super::Pagination;
use super::super::fields::{NAME_HINT, name};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::field::{ListField, Object};

/// A field of an activity to be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
    "validation": {"min": 40, "max": 50}
}))]
pub(crate) struct FieldRequest {
    /// The key of `collectedData` it stands for, unique in the activity.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
    /// What people see; the name if left out.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    label: Field<String>,
    /// `number`, `integer`, `text`, `boolean`, `select` or `date` (`YYYY-MM-DD`).
    #[schema(value_type = sets::FieldType)]
    r#type: Field<String>,
    /// Whether data without it is refused; false if left out.
    #[schema(value_type = Option<bool>)]
    required: Field<bool>,
    /// The limits of its values.
    #[schema(value_type = Option<ValidationShape>)]
    validation: Field<Object<ValidationShape>>,
}

/// The limits of a field's values. `min` and `max` are for `number`, `integer` and `date`, `pattern` is for `text`,
/// `options` is for `select`, which needs it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"min": 40, "max": 50}))]
pub(crate) struct ValidationShape {
    /// The least value: a number of at most 15 significant digits, or a date.
    #[schema(value_type = Option<Value>)]
    min: Field<Json>,
    /// The greatest value.
    #[schema(value_type = Option<Value>)]
    max: Field<Json>,
    /// A regular expression (Rust's syntax: no look-around, no back-references) that the whole text must match.
    #[schema(value_type = Option<String>, min_length = 1)]
    pattern: Field<String>,
    /// 1 to 200 texts of at most 100 characters, of which the value is one.
    #[schema(value_type = Option<Vec<String>>)]
    options: Field<Vec<String>>,
}

/// A data collection activity to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Torque Measurement", "description": "Measure and record torque values",
    "fields": [{
        "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
        "validation": {"min": 40, "max": 50}
    }]
}))]
pub(crate) struct CreateActivityRequest {
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Field<String>,
    /// At most 100. Data under keys that no field defines is kept as it is.
    #[schema(value_type = Option<Vec<FieldRequest>>)]
    fields: ListField<Object<FieldRequest>>,
    /// `reject` (if left out) refuses data that breaks a limit; `record` stores it as not conforming, with what it
    /// breaks. Data that is missing or of another type is refused either way.
    #[schema(value_type = Option<sets::OnViolation>)]
    on_violation: Field<String>,
    /// True if left out.
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

/// What to change of a data collection activity; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "onViolation": "record", "fields": [{
        "name": "torqueReading", "label": "Torque Reading (Nm)", "type": "number", "required": true,
        "validation": {"min": 40, "max": 55}
    }]
}))]
pub(crate) struct ChangeActivityRequest {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Field<String>,
    /// `null` clears it.
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Field<String>,
    /// All it collects from now on; a field that keeps its name keeps its id.
    #[schema(value_type = Option<Vec<FieldRequest>>)]
    fields: ListField<Object<FieldRequest>>,
    /// `reject` or `record`.
    #[schema(value_type = Option<sets::OnViolation>)]
    on_violation: Field<String>,
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

impl RequestBody for CreateActivityRequest {
    type Domain = NewActivity;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<NewActivity> {
        let name = name(faults, self.name).required(Name::try_new);
        let description = faults.field("description", self.description).optional(description);
        let fields = definitions(faults, self.fields);
        let on_violation = on_violation(faults, self.on_violation);
        let is_active = faults.field("isActive", self.is_active).given();
        Some(NewActivity {
            name: name?,
            description: description.flatten(),
            fields: fields.unwrap_or_default(),
            on_violation: on_violation.unwrap_or(OnViolation::Reject),
            is_active: is_active.unwrap_or(true),
        })
    }
}

impl RequestBody for ChangeActivityRequest {
    type Domain = ActivityChange;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<ActivityChange> {
        let change = ActivityChange {
            name: name(faults, self.name).optional(Name::try_new),
            description: faults.field("description", self.description).change_or_clear(description),
            fields: definitions(faults, self.fields),
            on_violation: on_violation(faults, self.on_violation),
            is_active: faults.field("isActive", self.is_active).given(),
        };
        faults
            .some_change(change, "must have at least one of name, description, fields, onViolation, isActive")
    }
}

fn on_violation(faults: &mut Faults, field: Field<String>) -> Option<OnViolation> {
    faults.field("onViolation", field).code("UNKNOWN_VALUE").optional(str::parse)
}

fn definitions(faults: &mut Faults, fields: ListField<Object<FieldRequest>>) -> Option<FieldDefinitions> {
    let mut definitions = FieldDefinitions::default();
    let fields = fields.demanding("must be a list of objects");
    faults.optional_list("fields", fields, FieldDefinitions::MAX, |_, field, faults| {
        let definition = faults.faultless(|faults| field.definition(faults))?;
        definitions.add(definition).map_err(|fault| faults.add("name", "DUPLICATE_NAME", fault)).ok()
    })?;
    Some(definitions)
}

impl FieldRequest {
    fn definition(self, faults: &mut Faults) -> Option<FieldDefinition> {
        let name = faults.field("name", self.name).hint(NAME_HINT);
        let name = name.missing_hint("send the key that the data will have").required(FieldName::try_new);
        let label = faults.field("label", self.label).hint("send 1 to 200 visible characters on one line");
        let label = label.optional(FieldDefinition::try_label);
        let required = faults.field("required", self.required).given().unwrap_or(false);
        let of_type = faults.field("type", self.r#type).code("UNKNOWN_VALUE");
        let of_type = of_type.missing_hint("send one of number, integer, text, boolean, select, date");
        let of_type = of_type.required(str::parse::<FieldType>)?;
        let limits = match self.validation {
            Field::Absent | Field::Null => Field::Given(Object(ValidationShape::default())),
            limits => limits,
        };
        let rule = faults.object("validation", limits, |limits, faults| limits.rule(of_type, faults));
        let name = name?;
        let label = label.unwrap_or_else(|| name.as_str().into());
        Some(FieldDefinition { name, label, required, rule: rule? })
    }
}

impl ValidationShape {
    fn rule(self, of_type: FieldType, faults: &mut Faults) -> Option<FieldRule> {
        for (name, limit, is_there) in [
            ("min", Limit::Min, self.min.is_there()),
            ("max", Limit::Max, self.max.is_there()),
            ("pattern", Limit::Pattern, self.pattern.is_there()),
            ("options", Limit::Options, self.options.is_there()),
        ] {
            if is_there && !of_type.takes(limit) {
                let message = format_args!("is not for fields of type {}", of_type.as_str());
                faults.add(name, "INVALID_VALUE", message);
            }
        }
        match of_type {
            FieldType::Number => self.decimals(faults).map(FieldRule::Number),
            FieldType::Integer => self.decimals(faults).map(FieldRule::Integer),
            FieldType::Boolean => Some(FieldRule::Boolean),
            FieldType::Date => {
                let [min, max] = [("min", self.min), ("max", self.max)].map(|(name, bound)| {
                    faults.field(name, bound.of_type::<String>()).code("INVALID_DATE").optional(calendar::day)
                });
                range(min, max, faults).map(FieldRule::Date)
            }
            FieldType::Text => {
                let pattern = faults.field("pattern", self.pattern).code("INVALID_PATTERN");
                Some(FieldRule::Text(pattern.optional(Pattern::try_new)))
            }
            FieldType::Select => {
                let texts = faults.field("options", self.options);
                let texts = texts.missing_hint("send the texts to choose from").required_value()?;
                FieldRule::select(&texts).map_err(|fault| refuse_options(&fault, faults)).ok()
            }
        }
    }

    fn decimals(self, faults: &mut Faults) -> Option<Range<Decimal>> {
        let [min, max] = [("min", self.min), ("max", self.max)].map(|(name, bound)| {
            let bound: Decimal = faults.field(name, bound.of_type()).given()?;
            if let Err(fault) = Range::bound(bound) {
                faults.add(name, "OUT_OF_RANGE", fault);
            }
            Some(bound)
        });
        range(min, max, faults)
    }
}

fn range<T: PartialOrd>(min: Option<T>, max: Option<T>, faults: &mut Faults) -> Option<Range<T>> {
    Range::try_new(min, max).map_err(|fault| faults.add("max", "OUT_OF_RANGE", fault)).ok()
}

fn refuse_options(fault: &OptionsFault, faults: &mut Faults) {
    match fault {
        OptionsFault::Count => faults.add("options", "OUT_OF_RANGE", fault),
        OptionsFault::Faulty(options) => {
            for (place, fault) in options {
                faults.add(&format!("options.{place}"), "INVALID_VALUE", fault);
            }
        }
    }
}

/// A field of an activity.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "name": "torqueReading", "label": "Torque Reading (Nm)",
    "type": "number", "required": true, "validation": {"min": 40, "max": 50}
}))]
pub(crate) struct FieldResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    label: String,
    #[schema(value_type = sets::FieldType)]
    r#type: &'static str,
    required: bool,
    /// Its limits: only those that there are.
    #[schema(schema_with = limits)]
    validation: Value,
}

/// The schema of a field's limits, as they are shown.
fn limits() -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    let bound = || ObjectBuilder::new().schema_type(SchemaType::AnyValue).build();
    ObjectBuilder::new()
        .property("min", bound())
        .property("max", bound())
        .property("pattern", text())
        .property("options", ArrayBuilder::new().items(text()))
}

impl From<&DefinedField> for FieldResponse {
    fn from(field: &DefinedField) -> Self {
        let definition = &field.definition;
        Self {
            id: field.id.to_string(),
            name: definition.name.as_str().to_owned(),
            label: definition.label.to_string(),
            r#type: definition.rule.field_type().as_str(),
            required: definition.required,
            validation: definition.rule.validation(),
        }
    }
}

/// A data collection activity.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "name": "Torque Measurement",
    "description": "Measure and record torque values",
    "fields": [{
        "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e66", "name": "torqueReading", "label": "Torque Reading (Nm)",
        "type": "number", "required": true, "validation": {"min": 40, "max": 50}
    }],
    "onViolation": "reject", "isActive": true,
    "createdAt": "2025-01-10T09:00:00Z", "updatedAt": "2025-01-10T09:00:00Z"
}))]
pub(crate) struct ActivityResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
    fields: Vec<FieldResponse>,
    #[schema(value_type = sets::OnViolation)]
    on_violation: &'static str,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Activity> for ActivityResponse {
    fn from(activity: &Activity) -> Self {
        Self {
            id: activity.id.to_string(),
            name: activity.name.as_str().to_owned(),
            description: activity.description.as_deref().map(str::to_owned),
            fields: activity.fields.iter().map(FieldResponse::from).collect(),
            on_violation: activity.on_violation.as_str(),
            is_active: activity.is_active,
            created_at: activity.created_at,
            updated_at: activity.updated_at,
        }
    }
}

/// A part of the list of data collection activities.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivityListResponse {
    pub(super) activities: Vec<ActivityResponse>,
    pub(super) pagination: Pagination,
}

#[cfg(test)]
mod tests;
