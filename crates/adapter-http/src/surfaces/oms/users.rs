//! `/api/users`.

use std::collections::BTreeSet;

use identity::ports::UserFilter;
use identity::user::{Email, Membership, MembershipFault, NewUser, Password, User, UserChange, UserError};
use kernel::access::UnknownWord;
use kernel::id::{UserId, VendorId};

use super::{MAX_LIMIT, OmsErrorResponse, Pagination};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::response::envelope::envelope;

const ALL: &str = "/api/users";
const ONE: &str = "/api/users/{userId}";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_users, RoutePolicy::people(&[Role::Admin])),
    route!(POST ALL => create_user(CreateUserRequest), RoutePolicy::people(&[Role::Admin])),
    route!(GET ONE => get_user, RoutePolicy::people(&[Role::Admin])),
    route!(PATCH ONE => change_user(ChangeUserRequest), RoutePolicy::people(&[Role::Admin])),
];

/// A user to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "email": "ops@example.com", "password": "correct horse battery staple", "roles": ["OPS"]
}))]
pub(crate) struct CreateUserRequest {
    /// Unique in the installation, in any case.
    #[schema(value_type = String, format = "email", max_length = 254)]
    email: Field<String>,
    /// 8 to 256 characters.
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    password: Field<String>,
    /// Of ADMIN, VENDOR, ACCOUNTS, OPS, OPERATOR; at least one.
    #[schema(value_type = Vec<sets::Role>, min_items = 1)]
    roles: Field<Vec<String>>,
    /// The vendor whose business a VENDOR sees; required with that role, and only with it.
    #[schema(value_type = Option<Uuid>)]
    vendor_id: Field<String>,
}

/// What to change of a user; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"roles": ["OPS", "ACCOUNTS"], "isActive": true}))]
pub(crate) struct ChangeUserRequest {
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    email: Field<String>,
    /// Ends every session of the user.
    #[schema(value_type = Option<String>, min_length = 8, max_length = 256)]
    password: Field<String>,
    #[schema(value_type = Option<Vec<sets::Role>>)]
    roles: Field<Vec<String>>,
    #[schema(value_type = Option<Uuid>)]
    vendor_id: Field<String>,
    /// Who is not active can't log in, and their sessions end.
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

impl RequestBody for CreateUserRequest {
    type Domain = NewUser;
    const WORDING: Wording = Wording::LabelledIfMissing;

    fn into_domain(self, faults: &mut Faults) -> Option<NewUser> {
        let email = faults.field("email", self.email).required(Email::try_new);
        let password = faults.field("password", self.password).required(Password::try_new);
        let roles = faults.field("roles", self.roles).required(roles);
        let vendor = vendor(faults, self.vendor_id);
        if !faults.is_empty() {
            return None;
        }
        let membership = Membership::try_new(roles?, vendor);
        let membership = membership.map_err(|fault| faults.push(membership_fault(fault))).ok();
        Some(NewUser { email: email?, password: password?, membership: membership? })
    }
}

impl RequestBody for ChangeUserRequest {
    type Domain = (UserChange, Option<Password>);
    const WORDING: Wording = Wording::LabelledIfMissing;

    fn into_domain(self, faults: &mut Faults) -> Option<Self::Domain> {
        let email = faults.field("email", self.email).optional(Email::try_new);
        let password = faults.field("password", self.password).optional(Password::try_new);
        let change = UserChange {
            email,
            roles: faults.field("roles", self.roles).optional(roles),
            vendor: vendor(faults, self.vendor_id),
            is_active: faults.field("isActive", self.is_active).given(),
            ..UserChange::default()
        };
        faults.some_change((change, password), "must have email, password, roles, vendorId or isActive")
    }
}

fn roles(words: &[String]) -> Result<BTreeSet<Role>, UnknownWord> {
    words.iter().map(|word| word.parse()).collect()
}

/// A malformed id and one that does not exist have the same fault: neither names a vendor.
const UNKNOWN_VENDOR: &str = "names no vendor of the team; send the id of one that exists";

fn vendor(faults: &mut Faults, id: Field<String>) -> Option<VendorId> {
    let field = faults.field("vendorId", id).code("UNKNOWN_VENDOR");
    field.optional(|text| text.parse().map_err(|_| UNKNOWN_VENDOR))
}

fn membership_fault(fault: MembershipFault) -> Fault {
    let (field, code) = match fault {
        MembershipFault::NoRole => ("roles", "INVALID_VALUE"),
        MembershipFault::MissingVendor => ("vendorId", "MISSING_FIELD"),
        MembershipFault::NeedlessVendor => ("vendorId", "INVALID_VALUE"),
    };
    Fault::new(field, code, fault.to_string())
}

impl DomainError for UserError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::UnknownVendor => vec![Fault::new("vendorId", "UNKNOWN_VENDOR", UNKNOWN_VENDOR)],
            Self::Membership(fault) => vec![membership_fault(*fault)],
            Self::WrongPassword => {
                vec![Fault::new("currentPassword", "WRONG_PASSWORD", "is not your present password")]
            }
            _ => Vec::new(),
        }
    }
}

/// A user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "email": "ops@example.com", "roles": ["OPS"], "vendorId": null,
    "isActive": true, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
}))]
pub(crate) struct UserResponse {
    #[schema(value_type = Uuid)]
    id: String,
    email: String,
    #[schema(value_type = Vec<sets::Role>)]
    roles: Vec<&'static str>,
    #[schema(required, value_type = Option<Uuid>)]
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
pub(crate) struct UserList {
    users: Vec<UserResponse>,
    pagination: Pagination,
}

envelope!(
    /// A page of users, in its envelope.
    UserListResponse(UserList)
);

envelope!(
    /// A user, in its envelope.
    UserShownResponse(UserResponse)
);

envelope!(
    /// A user after they were created or changed, in its envelope.
    UserDoneResponse(UserResponse, message)
);

/// List users
///
/// By e-mail.
#[utoipa::path(
    get, path = ALL, operation_id = "listUsers", tag = "Users",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "1 to 100, 20 by default"),
        ("role" = inline(Option<sets::Role>), Query, description = "Only those with the role"),
        ("isActive" = Option<bool>, Query, description = "Only those who may, or may not, log in"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = UserListResponse),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_users(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = UserFilter {
        role: query.read("role", str::parse),
        is_active: query.read("isActive", |text| text.parse().map_err(|_| "must be true or false")),
    };
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    let listing = call.services.identity.users.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, page, window);
    let users = listing.items.iter().map(UserResponse::from).collect();
    Ok(HttpResponse::Ok().json(UserListResponse::of(UserList { users, pagination })))
}

/// Create a user
#[utoipa::path(
    post, path = ALL, operation_id = "createUser", tag = "Users",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The user", body = UserDoneResponse),
        (status = 409, description = "A user with this e-mail exists", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn create_user(call: Call, body: JsonBody<CreateUserRequest>) -> Result<HttpResponse, ApiError> {
    let written = body.once(&call, created, |context, new| {
        let users = call.services.identity.users.clone();
        call.services.hashing.run(move || async move { Ok(users.create(context, new).await?) })
    });
    send(written.await?, created)
}

fn created(user: &User) -> StoredResponse {
    json_answer(StatusCode::CREATED, &UserDoneResponse::of("User created successfully", user.into()))
}

/// Get a user
#[utoipa::path(
    get, path = ONE, operation_id = "getUser", tag = "Users",
    responses(
        (status = 200, description = "The user", body = UserShownResponse),
        (status = 404, description = "The team has no such user", body = OmsErrorResponse),
    ),
)]
async fn get_user(call: Call, PathId(id): PathId<UserId>) -> Result<HttpResponse, ApiError> {
    let user = call.services.identity.users.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(UserShownResponse::of(UserResponse::from(&user))))
}

/// Change a user
///
/// The change holds from the user's next request on. The team always keeps an ADMIN who may log in.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeUser", tag = "Users",
    responses(
        (status = 200, description = "The user as they are now", body = UserDoneResponse),
        (status = 404, description = "The team has no such user", body = OmsErrorResponse),
        (status = 409, description = "The e-mail is taken, or the team would have no ADMIN", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn change_user(
    call: Call,
    PathId(id): PathId<UserId>,
    body: JsonBody<ChangeUserRequest>,
) -> Result<HttpResponse, ApiError> {
    let (change, password) = body.parse()?;
    let (users, context) = (call.services.identity.users.clone(), call.context());
    let work = move || async move { Ok(users.change(context, id, change, password.as_ref()).await?) };
    let written = call.services.hashing.run(work).await?;
    send(written, |user| {
        json_answer(StatusCode::OK, &UserDoneResponse::of("User updated successfully", user.into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::faults_of;
    use serde_json::json;

    #[test]
    fn a_new_user_needs_email_password_and_roles() {
        let expected = ["email", "password", "roles"].map(|field| (field.into(), "MISSING_FIELD".into()));
        assert_eq!(faults_of::<CreateUserRequest>(json!({})), expected);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let body = json!({"email": "ann", "password": "short", "roles": ["ADMIN", "ROOT"], "vendorId": "7"});
        let expected = [
            ("email", "INVALID_VALUE"),
            ("password", "INVALID_VALUE"),
            ("roles", "INVALID_VALUE"),
            ("vendorId", "UNKNOWN_VENDOR"),
        ];
        let expected = expected.map(|(field, code)| (field.into(), code.into()));
        assert_eq!(faults_of::<CreateUserRequest>(body.clone()), expected);
        assert_eq!(faults_of::<ChangeUserRequest>(body), expected);
    }

    #[test]
    fn roles_and_vendor_go_together() {
        for (roles, vendor, fault) in [
            (json!([]), json!(null), ("roles", "INVALID_VALUE")),
            (json!(["VENDOR"]), json!(null), ("vendorId", "MISSING_FIELD")),
            (json!(["OPS"]), json!("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11"), ("vendorId", "INVALID_VALUE")),
        ] {
            let body = json!({"email": "a@b.example", "password": "correct horse", "roles": roles, "vendorId": vendor});
            assert_eq!(faults_of::<CreateUserRequest>(body), [(fault.0.into(), fault.1.into())]);
        }
    }

    #[test]
    fn a_change_needs_a_field_and_leaves_the_others_alone() {
        let nothing = [("body".into(), "MISSING_FIELD".into())];
        assert_eq!(faults_of::<ChangeUserRequest>(json!({})), nothing);
        let body = json!({"isActive": false}).as_object().unwrap().clone();
        let change = UserChange { is_active: Some(false), ..UserChange::default() };
        assert_eq!(crate::request::body::read::<ChangeUserRequest>(body), Ok((change, None)));
    }
}
