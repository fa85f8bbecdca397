//! What an import's body holds, as the document shows it.

use order_import::files::Field;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::orders::Body;

/// One order of a JSON body: the fields that `order_import::files` reads.
pub(super) struct OrderRow;

impl PartialSchema for OrderRow {
    fn schema() -> RefOr<Schema> {
        let mut row = ObjectBuilder::new()
            .description(Some("One order of a JSON body. Fields beyond these are ignored."));
        for field in Field::ALL {
            let is_required = Field::REQUIRED.contains(&field);
            let (kind, format, description) = described(field);
            let property = ObjectBuilder::new()
                .description(Some(description))
                .format(format.map(SchemaFormat::KnownFormat));
            let property = match is_required {
                true => property.schema_type(kind),
                false => {
                    property.schema_type(utoipa::openapi::schema::SchemaType::from_iter([kind, Type::Null]))
                }
            };
            row = row.property(field.name(), property);
            if is_required {
                row = row.required(field.name());
            }
        }
        row.into()
    }
}

impl ToSchema for OrderRow {}

fn described(field: Field) -> (Type, Option<KnownFormat>, &'static str) {
    let text = |description| (Type::String, None, description);
    match field {
        Field::OrderNumber => text("Identifies the order in the team: at most 100 characters."),
        Field::StockCode => text("What is made: at most 100 characters."),
        Field::Description => text("What is made, in words: at most 2,000 characters."),
        Field::QuantityToMake => {
            (Type::Number, Some(KnownFormat::Double), "More than 0, up to three decimals.")
        }
        Field::Priority => text("`low`, `medium` (default) or `high`."),
        Field::Status => text(
            "`not_started` (default), `in_progress`, `on_hold`, `complete` or `cancelled`. An order in any other status \
             than the first gets no operations.",
        ),
        Field::WorkCentreId => {
            (Type::Integer, Some(KnownFormat::Int32), "The number of one of the team's work centres.")
        }
        Field::DueDate => {
            text("`YYYY-MM-DD`: the order is due by the end of that day in the team's time zone.")
        }
        Field::Routing => text(
            "The name of one of the team's active routings, in any case: the order gets its operations. Another routing \
             rebuilds the operations of an order not started, `null` removes them.",
        ),
        Field::Notes => text("Remarks: at most 10,000 characters."),
    }
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
