//! The errors that every documented operation may answer with; a handler's `#[utoipa::path]` names only its own. Who may
//! call is read from the route table, so that the documents say what the service does.

use kernel::access::{AccessMode, Requirement, Role};
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::headers;
use crate::response::surface::Surface;
use crate::routes::Route;

/// The errors that are alike wherever they occur: status, name among the document's components, and meaning.
const SHARED: [(&str, &str, &str); 5] = [
    ("401", "Unauthorized", "Missing or invalid credentials"),
    ("413", "BodyTooLarge", "The body is too large"),
    ("415", "WrongContentType", "The body is not of a content type that is taken here"),
    ("429", "TooManyRequests", "Too many requests"),
    ("503", "Unavailable", "Try again shortly"),
];

/// The shared errors of a document, by name; `shape` names the schema of the document's errors.
pub(super) fn shared(shape: &str) -> impl Iterator<Item = (String, RefOr<Response>)> {
    SHARED.into_iter().map(move |(status, name, description)| {
        let mut response = refusal(description.to_owned(), shape);
        headers::describe(status, &mut response);
        (name.to_owned(), response.into())
    })
}

/// Adds the errors that an operation does not describe itself; `shape` names the schema of the document's errors.
pub(super) fn describe(operation: &mut Operation, route: &Route, shape: &str) {
    let has_body = operation.request_body.is_some();
    let is_mes = Surface::of(route.path) == Surface::Mes;
    let is_sent_once = parameters(operation).any(|parameter| parameter.name == "Idempotency-Key");
    let responses = &mut operation.responses.responses;
    let mut add = |status: &str, description: String| {
        responses.entry(status.into()).or_insert_with(|| refusal(description, shape).into());
    };
    match (has_body, is_mes) {
        (true, true) => add("400", "The body is not JSON, or the team header is missing".into()),
        (true, false) => add("400", "The body is not JSON".into()),
        (false, true) => add("400", "The team header is missing".into()),
        (false, false) => {}
    }
    add("422", "A parameter that is unknown, empty or given twice".into());
    let who = who_may(route.policy.requirement);
    if let Some(who) = &who {
        add(
            "403",
            if is_mes { format!("{who}; or the credentials are of another team") } else { who.clone() },
        );
    }
    if is_sent_once {
        let running = "A request with this Idempotency-Key is still running";
        add("409", running.into());
        if let Some(RefOr::T(conflict)) = responses.get_mut("409")
            && !conflict.description.contains("Idempotency-Key")
        {
            conflict.description.push_str("; or a request with this Idempotency-Key is still running");
        }
    }
    let is_api = ["/api/", "/pos/"].iter().any(|base| route.path.starts_with(base));
    for (status, name, _) in SHARED {
        let is_met = match status {
            "401" => who.is_some(),
            "413" | "415" => has_body,
            _ => is_api,
        };
        if is_met {
            let shared = RefOr::Ref(Ref::from_response_name(name));
            responses.entry(status.into()).or_insert(shared);
        }
    }
}

/// Who may use a route, as its 403 says; `None` if anybody may.
fn who_may(requirement: Requirement) -> Option<String> {
    match requirement {
        Requirement::Public => None,
        Requirement::Grant { scope, roles } => Some(format!(
            "Only a key with the scope `{}`, or a user who is {} may",
            scope.as_str(),
            any_of(roles)
        )),
        Requirement::People { roles } if roles.len() == Role::ALL.len() => {
            Some("Only users may, API keys may not".into())
        }
        Requirement::People { roles } => Some(format!("Only a user who is {} may", any_of(roles))),
        Requirement::Area { area, mode } => {
            let roles: Vec<_> =
                Role::ALL.into_iter().filter(|role| role.access_level(area).allows(mode)).collect();
            let what = if mode == AccessMode::Read { "see it" } else { "change it" };
            Some(format!("Only a user who is {} may {what}", any_of(&roles)))
        }
    }
}

fn any_of(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ")
}

fn refusal(description: String, shape: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(shape))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::access::{PermissionArea, Scope};

    #[test]
    fn a_403_says_who_may() {
        let roles = &[Role::Admin, Role::Ops];
        for (requirement, expected) in [
            (Requirement::Public, None),
            (
                Requirement::Grant { scope: Scope::OrdersImport, roles },
                Some("Only a key with the scope `orders:import`, or a user who is ADMIN or OPS may"),
            ),
            (Requirement::People { roles: &[Role::Admin] }, Some("Only a user who is ADMIN may")),
            (Requirement::People { roles: &Role::ALL }, Some("Only users may, API keys may not")),
            (
                Requirement::Area { area: PermissionArea::OrderManagement, mode: AccessMode::Change },
                Some("Only a user who is ADMIN may change it"),
            ),
            (
                Requirement::Area { area: PermissionArea::OrderManagement, mode: AccessMode::Read },
                Some("Only a user who is ADMIN or VENDOR or ACCOUNTS or OPS may see it"),
            ),
        ] {
            assert_eq!(who_may(requirement).as_deref(), expected);
        }
    }
}
