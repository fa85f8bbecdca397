//! What a route's declaration says of its requests: credentials, the ids in its path, its JSON body. A handler's
//! `#[utoipa::path]` describes only what it can't say.

use actix_web::http::Method;
use kernel::access::{Requirement, Scope};
use utoipa::Number;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    ArrayItems, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, SecurityRequirement};

use crate::response::surface::Surface;
use crate::routes::{DocumentedOperation, Route};

/// Adds to an operation what its route says of requests.
pub(super) fn describe(documented: &mut DocumentedOperation, route: &Route) {
    let operation = &mut documented.operation;
    operation.security = Some(credentials(Surface::of(route.path), route.policy.requirement));
    let described = operation.parameters.get_or_insert_default();
    let is_described = |name: &str| {
        described.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
    };
    let ids = names(route.path).filter(|name| !is_described(name));
    let ids: Vec<_> = ids.map(|name| RefOr::T(id(name))).collect();
    described.splice(0..0, ids);
    for parameter in described.iter_mut() {
        if let RefOr::T(parameter) = parameter {
            parameter.schema = parameter.schema.take().map(without_null);
            if let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema {
                bound(&parameter.name, &parameter.parameter_in, schema);
            }
        }
    }
    if described.is_empty() {
        operation.parameters = None;
    }
    // a form describes itself
    let Some(body) = route.body.filter(|_| operation.request_body.is_none()) else { return };
    let schema = Ref::from_schema_name((body.schema)());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let required = if body.is_optional { Required::False } else { Required::True };
    let request = RequestBodyBuilder::new().content("application/json", content).required(Some(required));
    operation.request_body = Some(request.build().into());
    for (name, mut schema) in (body.schemas)() {
        // a change that changes nothing is refused
        if let RefOr::T(Schema::Object(object)) = &mut schema
            && route.method == Method::PATCH
            && name == (body.schema)()
            && object.required.is_empty()
        {
            object.min_properties = Some(1);
        }
        documented.schemas.push((name, as_read(schema)));
    }
}

/// Text that is stored on one line: without control characters.
pub(super) const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// The properties of bodies that may have several lines.
const MULTI_LINE: [&str; 13] = [
    "address",
    "comment",
    "content",
    "damageDescription",
    "description",
    "instructions",
    "itemRemarks",
    "message",
    "newPassword",
    "notes",
    "operatorRemarks",
    "password",
    "reason",
];

/// Text that is stored with its line breaks and tabs.
pub(super) const TEXT: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";

/// The schema of a body as it is read: numbers may be written as text (`docs/spec/common.md`, "Numbers"), and text holds no
/// control characters.
pub(crate) fn as_read(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(schema) = schema else { return schema };
    RefOr::T(match schema {
        Schema::Object(mut object) => {
            let properties = object.properties.into_iter().map(|(name, mut it)| {
                if let RefOr::T(Schema::Object(text)) = &mut it
                    && text.max_length.is_some()
                    && MULTI_LINE.contains(&name.as_str())
                {
                    text.pattern.get_or_insert_with(|| TEXT.to_owned());
                }
                (name, as_read(it))
            });
            object.properties = properties.collect();
            let kinds = match object.schema_type.clone() {
                SchemaType::Type(kind) => vec![kind],
                SchemaType::Array(kinds) => kinds,
                SchemaType::AnyValue => Vec::new(),
            };
            if kinds.iter().any(|kind| matches!(kind, Type::Number | Type::Integer))
                && !kinds.contains(&Type::String)
            {
                let decimals = if kinds.contains(&Type::Number) { r"(\.[0-9]+)?" } else { r"(\.0+)?" };
                let digits = match (&object.minimum, &object.exclusive_minimum) {
                    (Some(Number::Int(1..) | Number::UInt(1..)), _) => {
                        format!("^ *0*[1-9][0-9]*{decimals} *$")
                    }
                    (_, Some(_)) => r"^ *([0-9]*[1-9][0-9]*(\.[0-9]+)?|0+\.[0-9]*[1-9][0-9]*) *$".to_owned(),
                    (Some(Number::Int(0) | Number::UInt(0)), _) => format!("^ *[0-9]+{decimals} *$"),
                    _ => format!("^ *-?[0-9]+{decimals} *$"),
                };
                object.schema_type = SchemaType::Array([kinds.clone(), vec![Type::String]].concat());
                object.pattern.get_or_insert(digits);
                object.format = None;
            }
            if kinds.contains(&Type::String) && object.max_length.is_some() && object.format.is_none() {
                object.pattern.get_or_insert_with(|| LINE.to_owned());
            }
            Schema::Object(object)
        }
        Schema::Array(mut list) => {
            if let ArrayItems::RefOrSchema(items) = list.items {
                list.items = ArrayItems::RefOrSchema(Box::new(as_read(*items)));
            }
            Schema::Array(list)
        }
        Schema::OneOf(mut one) => {
            one.items = one.items.into_iter().map(as_read).collect();
            Schema::OneOf(one)
        }
        other => other,
    })
}

/// The schema of a parameter: one that is optional may be left out, and has no way to be `null`.
fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(kinds) = &object.schema_type
                && let [kind, Type::Null] | [Type::Null, kind] = kinds.as_slice()
            {
                object.schema_type = SchemaType::Type(kind.clone());
            }
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::OneOf(mut one)) => {
            let is_null = |it: &RefOr<Schema>| matches!(it, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null));
            one.items.retain(|item| !is_null(item));
            match one.items.as_slice() {
                [only] => only.clone(),
                _ => RefOr::T(Schema::OneOf(one)),
            }
        }
        other => other,
    }
}

/// Says what holds for every parameter of its kind: text in a query is a line and not empty, an
/// Idempotency-Key is visible ASCII.
fn bound(name: &str, place: &ParameterIn, schema: &mut Object) {
    let is_text = schema.schema_type == SchemaType::Type(Type::String);
    if is_text && *place == ParameterIn::Query && schema.format.is_none() && schema.enum_values.is_none() {
        schema.min_length.get_or_insert(1);
        schema.pattern.get_or_insert_with(|| LINE.to_owned());
    }
    if name == "Idempotency-Key" {
        schema.min_length = Some(1);
        schema.max_length = Some(255);
        schema.pattern = Some("^[!-~]+$".to_owned());
    }
}

/// The names of a path's parameters.
fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// An id is a UUID unless its handler says something else.
fn id(name: &str) -> Parameter {
    let uuid = SchemaFormat::KnownFormat(KnownFormat::Uuid);
    let schema = ObjectBuilder::new().schema_type(Type::String).format(Some(uuid)).build();
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
    parameter.required(Required::True).schema(Some(schema)).build()
}

/// The credentials that a route takes, one of them.
fn credentials(surface: Surface, requirement: Requirement) -> Vec<SecurityRequirement> {
    let one = |scheme: &str, scope: Scope| SecurityRequirement::new(scheme, [scope.as_str()]);
    match (surface, requirement) {
        (_, Requirement::Public) => Vec::new(),
        (Surface::Mes, Requirement::Grant { scope, .. }) => {
            vec![one("bearer", scope).add("team", [] as [&str; 0])]
        }
        (_, Requirement::Grant { scope, roles: [] }) => vec![one("api_key", scope)],
        (_, Requirement::Grant { scope, .. }) => vec![one("api_key", scope), one("bearer", scope)],
        (_, Requirement::People { .. } | Requirement::Area { .. }) => {
            vec![SecurityRequirement::new("bearer", [] as [&str; 0])]
        }
    }
}
