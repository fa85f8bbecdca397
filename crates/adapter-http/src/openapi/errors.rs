//! The errors that every documented operation may answer with; a handler's `#[utoipa::path]` names only its own. Who may
//! call is read from the route table, so that the documents say what the service does.

use kernel::access::{AccessMode, Requirement, Role};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::response::surface::Surface;
use crate::routes::Route;

/// Adds the errors that an operation does not describe itself; `shape` names the schema of the document's errors.
pub(super) fn describe(operation: &mut Operation, route: &Route, shape: &str) {
    let has_body = operation.request_body.is_some();
    let is_mes = Surface::of(route.path) == Surface::Mes;
    let mut add = |status: &str, description: String| {
        let responses = &mut operation.responses.responses;
        responses.entry(status.into()).or_insert_with(|| refusal(description, shape).into());
    };
    match (has_body, is_mes) {
        (true, true) => add("400", "The body is not JSON, or the team header is missing".into()),
        (true, false) => add("400", "The body is not JSON".into()),
        (false, true) => add("400", "The team header is missing".into()),
        (false, false) => {}
    }
    if has_body {
        add("413", "The body is too large".into());
        add("415", "The body is not of a content type that is taken here".into());
    }
    if let Some(who) = who_may(route.policy.requirement) {
        add("401", "Missing or invalid credentials".into());
        add("403", if is_mes { format!("{who}; or the credentials are of another team") } else { who });
        add("429", "Too many requests".into());
    }
    if ["/api/", "/pos/"].iter().any(|base| route.path.starts_with(base)) {
        add("503", "Try again shortly".into());
    }
    for status in ["429", "503"] {
        let Some(RefOr::T(refused)) = operation.responses.responses.get_mut(status) else { continue };
        let seconds = HeaderBuilder::new().schema(Some(Object::with_type(Type::Integer)));
        let seconds = seconds.description(Some("How many seconds to wait"));
        refused.headers.insert("Retry-After".into(), seconds.build().into());
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
