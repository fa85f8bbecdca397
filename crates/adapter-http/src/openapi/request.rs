//! What a route's declaration says of its requests: credentials, the ids in its path, its JSON body. A handler's
//! `#[utoipa::path]` describes only what it can't say.

use actix_web::http::Method;
use kernel::access::{Requirement, Scope};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    ArrayItems, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
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
        documented.schemas.push((name, numbers_as_text(schema)));
    }
}

/// The schema of a body, whose numbers may be written as text too (`docs/spec/common.md`, "Numbers").
fn numbers_as_text(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(schema) = schema else { return schema };
    RefOr::T(match schema {
        Schema::Object(mut object) => {
            object.properties =
                object.properties.into_iter().map(|(name, it)| (name, numbers_as_text(it))).collect();
            let kinds = match object.schema_type.clone() {
                SchemaType::Type(kind) => vec![kind],
                SchemaType::Array(kinds) => kinds,
                SchemaType::AnyValue => Vec::new(),
            };
            if kinds.iter().any(|kind| matches!(kind, Type::Number | Type::Integer))
                && !kinds.contains(&Type::String)
            {
                let is_whole = !kinds.contains(&Type::Number);
                let digits = if is_whole { r"^ *-?[0-9]+(\.0+)? *$" } else { r"^ *-?[0-9]+(\.[0-9]+)? *$" };
                object.schema_type = SchemaType::Array([kinds, vec![Type::String]].concat());
                object.pattern.get_or_insert_with(|| digits.to_owned());
                object.format = None;
            }
            Schema::Object(object)
        }
        Schema::Array(mut list) => {
            if let ArrayItems::RefOrSchema(items) = list.items {
                list.items = ArrayItems::RefOrSchema(Box::new(numbers_as_text(*items)));
            }
            Schema::Array(list)
        }
        Schema::OneOf(mut one) => {
            one.items = one.items.into_iter().map(numbers_as_text).collect();
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
        (_, Requirement::Public) => vec![SecurityRequirement::default()],
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
