//! What an import's body holds, as the document shows it.

use order_import::files::Field;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::orders::Body;
use crate::openapi::request::as_read;

/// One order of a JSON body: the fields that `order_import::files` reads.
pub(super) struct OrderRow;

impl PartialSchema for OrderRow {
    fn schema() -> RefOr<Schema> {
        let mut row = ObjectBuilder::new()
            .description(Some("One order of a JSON body. Fields beyond these are ignored."));
        for field in Field::ALL {
            let is_required = Field::REQUIRED.contains(&field);
            let mut property = described(field).build();
            if is_required {
                row = row.required(field.name());
            } else if let SchemaType::Type(kind) = property.schema_type {
                property.schema_type = SchemaType::from_iter([kind, Type::Null]);
            }
            row = row.property(field.name(), property);
        }
        as_read(row.into())
    }
}

impl ToSchema for OrderRow {}

fn described(field: Field) -> ObjectBuilder {
    let of = |kind| ObjectBuilder::new().schema_type(kind);
    let text = |most| of(Type::String).max_length(Some(most));
    let (property, description) = match field {
        Field::OrderNumber => (text(100), "Identifies the order in the team."),
        Field::StockCode => (text(100), "What is made."),
        Field::Description => (text(2_000), "What is made, in words."),
        Field::QuantityToMake => {
            let number = SchemaFormat::KnownFormat(KnownFormat::Double);
            (of(Type::Number).format(Some(number)), "More than 0, up to three decimals.")
        }
        Field::Priority => (of(Type::String), "`low`, `medium` (default) or `high`, in any case."),
        Field::Status => (
            of(Type::String),
            "`not_started` (default), `in_progress`, `on_hold`, `complete` or `cancelled`, in any case. An order in any \
             other status than the first gets no operations.",
        ),
        Field::WorkCentreId => {
            let whole = SchemaFormat::KnownFormat(KnownFormat::Int32);
            (of(Type::Integer).format(Some(whole)), "The number of one of the team's work centres.")
        }
        Field::DueDate => (
            of(Type::String),
            "`YYYY-MM-DD`, or as `date_format` says: the order is due by the end of that day in the team's time zone.",
        ),
        Field::Routing => (
            of(Type::String),
            "The name of one of the team's active routings, in any case: the order gets its operations. Another routing \
             rebuilds the operations of an order not started, `null` removes them.",
        ),
        Field::Notes => (text(10_000), "Remarks."),
    };
    property.description(Some(description))
}

/// A form with a file of rows, and options as fields.
pub(super) struct ImportForm {
    pub(super) file: Body,
    /// The options, by name.
    pub(super) fields: Vec<(String, String)>,
}

impl PartialSchema for ImportForm {
    fn schema() -> RefOr<Schema> {
        let file = ObjectBuilder::new().schema_type(Type::String).description(Some("The CSV or JSON."));
        let file = file.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        let form = ObjectBuilder::new()
            .description(Some("A form with a file. What the query does not say may stand in its fields."))
            .property("file", file)
            .required("file");
        let options = super::orders::parameters().into_iter().filter_map(|parameter| match parameter {
            RefOr::T(option) if option.parameter_in == ParameterIn::Query => {
                Some((option.name, option.schema?))
            }
            _ => None,
        });
        options.fold(form, |form, (name, schema)| form.property(name, schema)).into()
    }
}

impl ToSchema for ImportForm {}
