//! Schemas that no Rust type has.

use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The schema of what is always `null`.
pub(crate) fn null() -> Object {
    Object::with_type(Type::Null)
}

/// The bytes of a file.
pub(crate) enum Binary {}

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        let bytes = ObjectBuilder::new().schema_type(Type::String);
        bytes.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).into()
    }
}

impl ToSchema for Binary {}

/// A day, or a time with its offset or without one.
pub(crate) enum DayOrTime {}

impl PartialSchema for DayOrTime {
    fn schema() -> RefOr<Schema> {
        let text = |format| {
            ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)))
        };
        AnyOfBuilder::new().item(text(KnownFormat::Date)).item(text(KnownFormat::DateTime)).into()
    }
}

impl ToSchema for DayOrTime {}

/// Declares an answer that has one of two shapes, each with a description of when:
/// `one_of!(/// … GepardRefusal: BatchResponse, "…"; GepardErrorResponse, "…");`
macro_rules! one_of {
    ($(#[doc = $doc:literal])+ $name:ident: $($shape:ty, $when:literal);+) => {
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let shapes = utoipa::openapi::OneOfBuilder::new();
                $(let shapes = shapes.item(
                    utoipa::openapi::schema::RefBuilder::new()
                        .ref_location_from_schema_name(<$shape as utoipa::ToSchema>::name())
                        .description(Some($when)),
                );)+
                shapes.description(Some(concat!($($doc),+).trim())).into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                $(
                    schemas.push((
                        <$shape as utoipa::ToSchema>::name().into(),
                        <$shape as utoipa::PartialSchema>::schema(),
                    ));
                    <$shape as utoipa::ToSchema>::schemas(schemas);
                )+
            }
        }
    };
}

pub(crate) use one_of;
