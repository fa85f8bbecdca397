//! The headers that requests and answers carry on every route (`docs/spec/common.md`).

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};

/// The headers of answers: name, whether it is a whole number, and meaning.
const DESCRIBED: [(&str, bool, &str); 10] = [
    ("ETag", false, "What is shown, to be sent as `If-None-Match` or `If-Match`"),
    (
        "Idempotent-Replayed",
        false,
        "`true` if this is the answer of the first request with the Idempotency-Key",
    ),
    ("RateLimit", false, "What is left of the limit, and when it is whole again"),
    ("RateLimit-Policy", false, "How many requests the limit allows in how many seconds"),
    ("Retry-After", true, "How many seconds to wait"),
    ("WWW-Authenticate", false, "The credentials that are taken"),
    ("X-RateLimit-Limit", true, "How many requests the limit allows"),
    ("X-RateLimit-Remaining", true, "How many requests are left"),
    ("X-RateLimit-Reset", true, "When the limit is whole again, in seconds since 1970"),
    ("X-Request-Id", false, "The request's id, as the audit trail and the service's log name it"),
];

/// The headers of every answer.
const EVERYWHERE: [&str; 6] = [
    "RateLimit",
    "RateLimit-Policy",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
];

/// The headers of answers, by name, for a document's components.
pub(super) fn components() -> impl Iterator<Item = (String, RefOr<Header>)> {
    DESCRIBED.into_iter().map(|(name, is_whole, description)| {
        let kind = if is_whole { Type::Integer } else { Type::String };
        let header = HeaderBuilder::new().schema(Some(Object::with_type(kind)));
        (name.to_owned(), header.description(Some(description)).build().into())
    })
}

/// Adds the headers that any answer of a status carries.
pub(super) fn describe(status: &str, response: &mut Response) {
    let of_status: &[&str] = match status {
        "401" => &["WWW-Authenticate"],
        "429" | "503" => &["Retry-After"],
        _ => &[],
    };
    add(response, EVERYWHERE.iter().chain(of_status));
}

/// Adds the headers that the answers of an operation carry, and those that it takes of a request for what is read by id.
pub(super) fn complete(operation: &mut Operation, is_read_by_id: bool) {
    let parameters = operation.parameters.get_or_insert_default();
    let is_sent_once =
        parameters.iter().any(|it| matches!(it, RefOr::T(parameter) if parameter.name == "Idempotency-Key"));
    let responses = &mut operation.responses.responses;
    let read = responses.get_mut("200").filter(|_| is_read_by_id);
    if let Some(RefOr::T(read)) = read
        && !read.content.keys().eq(&["text/csv"])
    {
        add(read, &["ETag"]);
        parameters.push(if_none_match().into());
        let mut unchanged = ResponseBuilder::new().description("The caller has it").build();
        add(&mut unchanged, &["ETag"]);
        responses.insert("304".into(), unchanged.into());
    }
    for (status, response) in responses {
        let RefOr::T(response) = response else { continue };
        describe(status, response);
        if is_sent_once && !matches!(&**status, "403" | "413" | "415" | "429" | "503") {
            add(response, &["Idempotent-Replayed"]);
        }
    }
    if parameters.is_empty() {
        operation.parameters = None;
    }
}

fn add<'a>(response: &mut Response, names: impl IntoIterator<Item = &'a &'a str>) {
    for name in names {
        let reference = RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
        response.headers.entry((*name).to_owned()).or_insert(reference);
    }
}

fn if_none_match() -> Parameter {
    let parameter = ParameterBuilder::new().name("If-None-Match").parameter_in(ParameterIn::Header);
    let description = "The `ETag` of what the caller has: it is sent again only if it changed";
    parameter.description(Some(description)).schema(Some(Object::with_type(Type::String))).build()
}
