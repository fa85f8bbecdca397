//! `/api/users`.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use identity::ports::UserFilter;
use identity::user::{User, UserDraft, UserPatch};
use kernel::access::Role;
use kernel::id::UserId;
use kernel::write::StoredResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::{MAX_LIMIT, OmsErrorResponse, Pagination, done, shown};
use crate::request::call::Call;
use crate::request::idempotency::{claim, key, once, send};
use crate::request::json_body::JsonBody;
use crate::request::query::Query;
use crate::response::errors::ApiError;
use crate::routes::{Route, RoutePolicy, route};

const ALL: &str = "/api/users";
const ONE: &str = "/api/users/{userId}";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_users, RoutePolicy::people(&[Role::Admin])),
    route!(POST ALL => create_user, RoutePolicy::people(&[Role::Admin])),
    route!(GET ONE => get_user, RoutePolicy::people(&[Role::Admin])),
    route!(PATCH ONE => change_user, RoutePolicy::people(&[Role::Admin])),
];

/// A user to create.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create_user` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "email": "ops@example.com", "password": "correct horse battery staple", "roles": ["OPS"]
}))]
pub(super) struct CreateUserRequest {
    /// Unique in the installation, in any case.
    email: String,
    /// 8 to 256 characters.
    password: String,
    /// Of ADMIN, VENDOR, ACCOUNTS, OPS, OPERATOR; at least one.
    roles: Vec<String>,
    /// The vendor whose business a VENDOR sees; required with that role, and only with it.
    vendor_id: Option<String>,
}

/// What to change of a user; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change_user` reads")]
#[schema(rename_all = "camelCase", example = json!({"roles": ["OPS", "ACCOUNTS"], "isActive": true}))]
pub(super) struct ChangeUserRequest {
    email: Option<String>,
    /// Ends every session of the user.
    password: Option<String>,
    roles: Option<Vec<String>>,
    vendor_id: Option<String>,
    /// Who is not active can't log in, and their sessions end.
    is_active: Option<bool>,
}

/// A user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "email": "ops@example.com", "roles": ["OPS"], "vendorId": null,
    "isActive": true, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
}))]
pub(super) struct UserResponse {
    id: String,
    email: String,
    roles: Vec<&'static str>,
    vendor_id: Option<String>,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&User> for UserResponse {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            roles: user.membership.roles().iter().map(|role| role.as_str()).collect(),
            vendor_id: user.membership.vendor().map(|vendor| vendor.to_string()),
            is_active: user.is_active,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// A page of users.
#[derive(Serialize, ToSchema)]
pub(super) struct UserListResponse {
    users: Vec<UserResponse>,
    pagination: Pagination,
}

/// List users
///
/// By e-mail.
#[utoipa::path(
    get, path = ALL, operation_id = "listUsers", tag = "Users",
    params(
        ("page" = Option<u32>, Query, description = "From 1"),
        ("limit" = Option<u32>, Query, description = "1 to 100, 20 by default"),
        ("role" = Option<String>, Query, description = "Only those with the role"),
        ("isActive" = Option<bool>, Query, description = "Only those who may, or may not, log in"),
    ),
    responses(
        (status = 200, description = "A page; in `data`", body = UserListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn list_users(request: HttpRequest, call: Call) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
    let filter = UserFilter {
        role: query.read("role", str::parse),
        is_active: query.read("isActive", |text| text.parse().map_err(|_| "must be true or false")),
    };
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    let listing = call.services.identity.users.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, page, window);
    let users = listing.items.iter().map(UserResponse::from).collect();
    Ok(shown(UserListResponse { users, pagination }))
}

/// Create a user
#[utoipa::path(
    post, path = ALL, operation_id = "createUser", tag = "Users",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    request_body = CreateUserRequest,
    responses(
        (status = 201, description = "The user; in `data`", body = UserResponse),
        (status = 409, description = "A user with this e-mail exists", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn create_user(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read(&request, payload).await?;
    let claim = claim(&request, key(&request)?, body.hash());
    let written = once(&call, claim, created, |context| async {
        let mut fields = body.fields()?;
        let draft = UserDraft {
            email: fields.text("email"),
            password: fields.text("password"),
            roles: fields.texts("roles"),
            vendor_id: fields.text("vendorId"),
        };
        fields.finish(|| draft.validate())?;
        let users = call.services.identity.users.clone();
        call.services.hashing.run(move || async move { Ok(users.create(context, &draft).await?) }).await
    });
    send(written.await?, created)
}

fn created(user: &User) -> StoredResponse {
    done(StatusCode::CREATED, "User created successfully", UserResponse::from(user))
}

/// Get a user
#[utoipa::path(
    get, path = ONE, operation_id = "getUser", tag = "Users",
    params(("userId" = String, Path)),
    responses(
        (status = 200, description = "The user; in `data`", body = UserResponse),
        (status = 404, description = "The team has no such user", body = OmsErrorResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn get_user(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let user = call.services.identity.users.get(call.actor.team, user_id(&id)?).await?;
    Ok(shown(UserResponse::from(&user)))
}

/// Change a user
///
/// The change bites on the user's next request. The team always keeps an ADMIN who may log in.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeUser", tag = "Users",
    params(("userId" = String, Path)),
    request_body = ChangeUserRequest,
    responses(
        (status = 200, description = "The user as they are now; in `data`", body = UserResponse),
        (status = 404, description = "The team has no such user", body = OmsErrorResponse),
        (status = 409, description = "The e-mail is taken, or the team would have no ADMIN", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
    security(("bearer" = []))
)]
pub(crate) async fn change_user(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let id = user_id(&id)?;
    let body = JsonBody::read(&request, payload).await?;
    let mut fields = body.fields()?;
    let patch = UserPatch {
        email: fields.text("email"),
        password: fields.text("password"),
        roles: fields.texts("roles"),
        vendor_id: fields.text("vendorId"),
        is_active: fields.flag("isActive"),
    };
    fields.finish(|| patch.validate())?;
    let (users, context) = (call.services.identity.users.clone(), call.context());
    let work = move || async move { Ok(users.change(context, id, &patch).await?) };
    let written = call.services.hashing.run(work).await?;
    send(written, |user| done(StatusCode::OK, "User updated successfully", UserResponse::from(user)))
}

fn user_id(text: &str) -> Result<UserId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("User"))
}
