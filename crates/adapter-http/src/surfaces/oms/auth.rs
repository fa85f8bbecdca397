//! `/api/auth`, and the keys that access tokens are signed with.

use actix_web::HttpMessage;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web;
use identity::limits::Class;
use identity::user::User;
use identity::{AccessTokens, Credentials, LogInError, LoggedIn, Password, PasswordChange, RefreshError};
use kernel::write::Written;
use secrets::Secret;

use super::OmsErrorResponse;
use crate::middleware::address;
use crate::middleware::limits::RateLimit;
use crate::middleware::request_context::RequestId;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::idempotency::unstored;
use crate::response::envelope::{DoneResponse, envelope};
use crate::services::Services;

const LOG_IN: &str = "/api/auth/login";
const REFRESH: &str = "/api/auth/refresh";
const LOG_OUT: &str = "/api/auth/logout";
const ME: &str = "/api/auth/me";
const PASSWORD: &str = "/api/auth/password";
const KEYS: &str = "/.well-known/jwks.json";

pub(crate) const ROUTES: &[Route] = &[
    route!(POST LOG_IN => log_in(LogInRequest), RoutePolicy::public().limited(RateLimit::to(Class::LogIn))),
    route!(POST REFRESH => refresh_session(RefreshRequest), RoutePolicy::public().limited(RateLimit::to(Class::LogIn))),
    route!(POST LOG_OUT => log_out, RoutePolicy::people(&Role::ALL)),
    route!(GET ME => who_am_i, RoutePolicy::people(&Role::ALL)),
    route!(POST PASSWORD => change_password(ChangePasswordRequest), RoutePolicy::people(&Role::ALL)),
    route!(GET KEYS => signing_keys, RoutePolicy::public()),
];

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"email": "user@example.com", "password": "password123"}))]
pub(crate) struct LogInRequest {
    #[schema(value_type = String)]
    email: Field<String>,
    #[schema(value_type = String)]
    password: Field<String>,
}

/// What carries a session on.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"refreshToken": "tlr_0190f3c27b7a7c3e8d526c1f0a9b3e11_5a5a…_1c2d3e4f"}))]
pub(crate) struct RefreshRequest {
    #[schema(value_type = String)]
    refresh_token: Field<String>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"currentPassword": "password123", "newPassword": "correct horse battery staple"}))]
pub(crate) struct ChangePasswordRequest {
    #[schema(value_type = String)]
    current_password: Field<String>,
    /// 8 to 256 characters.
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    new_password: Field<String>,
}

impl RequestBody for LogInRequest {
    type Domain = Credentials;
    const WORDING: Wording = Wording::LabelledIfMissing;

    fn into_domain(self, faults: &mut Faults) -> Option<Credentials> {
        let email = faults.field("email", self.email).required_value();
        let password = faults.field("password", self.password).required_value();
        Some(Credentials { email: email?, password: password?.into() })
    }
}

impl RequestBody for RefreshRequest {
    type Domain = Secret;
    const WORDING: Wording = Wording::LabelledIfMissing;

    fn into_domain(self, faults: &mut Faults) -> Option<Secret> {
        faults.field("refreshToken", self.refresh_token).required_value().map(Secret::from)
    }
}

impl RequestBody for ChangePasswordRequest {
    type Domain = PasswordChange;
    const WORDING: Wording = Wording::LabelledIfMissing;

    fn into_domain(self, faults: &mut Faults) -> Option<PasswordChange> {
        let current = faults.field("currentPassword", self.current_password).required_value();
        let new = faults.field("newPassword", self.new_password).required(Password::try_new);
        Some(PasswordChange { current: current?.into(), new: new? })
    }
}

impl DomainError for LogInError {}

impl DomainError for RefreshError {}

/// A session's tokens, and whose they are.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedInResponse {
    /// To be sent as `Authorization: Bearer`; good for `expiresIn` seconds.
    access_token: String,
    /// Good once, for 30 days: send it to `/api/auth/refresh` for the next pair.
    refresh_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds the access token is good for.
    expires_in: i64,
    user: SessionUser,
}

envelope!(
    /// A session's tokens, in their envelope.
    LoggedInDoneResponse(LoggedInResponse, message)
);

/// The user of a session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "email": "user@example.com", "roles": ["ADMIN"]}))]
pub(crate) struct SessionUser {
    #[schema(value_type = Uuid)]
    id: String,
    email: String,
    #[schema(value_type = Vec<sets::Role>)]
    roles: Vec<&'static str>,
    /// The vendor whose business a `VENDOR` sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Uuid, required = false)]
    vendor_id: Option<String>,
}

impl From<&User> for SessionUser {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            roles: user.membership.roles().iter().map(|role| role.as_str()).collect(),
            vendor_id: user.membership.vendor().map(|vendor| vendor.to_string()),
        }
    }
}

/// Who calls.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeResponse {
    user: SessionUser,
    team: SessionTeam,
}

envelope!(
    /// Who calls, in its envelope.
    MeShownResponse(MeResponse)
);

/// The caller's team.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e10", "name": "Acme"}))]
pub(crate) struct SessionTeam {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"keys": [{
    "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}]}))]
pub(crate) struct SigningKeysResponse {
    keys: Vec<SigningKey>,
}

/// A public key of Ed25519 (RFC 8037).
#[derive(Serialize, ToSchema)]
struct SigningKey {
    /// `OKP`.
    kty: &'static str,
    /// `Ed25519`.
    crv: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    usage: &'static str,
    /// `EdDSA`.
    alg: &'static str,
    kid: String,
    /// In base64url, without padding.
    x: String,
}

/// Log in
///
/// A wrong password and an unknown e-mail are the same answer. Five wrong passwords within 15 minutes lock the account
/// for this address for 15 minutes.
#[utoipa::path(
    post, path = LOG_IN, operation_id = "logIn", tag = "Authentication",
    responses(
        (status = 200, description = "Logged in", body = LoggedInDoneResponse),
        (status = 401, description = "A wrong password, or no such account", body = OmsErrorResponse),
        (status = 422, description = "Fields are missing", body = OmsErrorResponse),
        (status = 429, description = "Too many wrong passwords, or too many requests; `Retry-After` says when to come back", body = OmsErrorResponse),
        (status = 503, description = "Too many log-ins at once; try again shortly", body = OmsErrorResponse),
    ),
)]
async fn log_in(
    request: HttpRequest,
    services: web::Data<Services>,
    body: JsonBody<LogInRequest>,
) -> Result<HttpResponse, ApiError> {
    let credentials = body.parse()?;
    let (address, id) = (address::client(&request, &services.trusted_proxies), request_id(&request));
    let log_in = services.identity.log_in.clone();
    let work = move || async move { Ok(log_in.run(&credentials, address, &id).await?) };
    let logged_in = services.hashing.run(work).await?;
    tokens("Login successful", &logged_in)
}

/// Carry a session on
///
/// Spends a refresh token for a new access token and the next refresh token. One that is sent a second time ends its
/// session.
#[utoipa::path(
    post, path = REFRESH, operation_id = "refreshSession", tag = "Authentication",
    responses(
        (status = 200, description = "New tokens", body = LoggedInDoneResponse),
        (status = 401, description = "The refresh token is not good; log in again", body = OmsErrorResponse),
        (status = 422, description = "The refresh token is missing", body = OmsErrorResponse),
    ),
)]
async fn refresh_session(
    request: HttpRequest,
    services: web::Data<Services>,
    body: JsonBody<RefreshRequest>,
) -> Result<HttpResponse, ApiError> {
    let presented = body.parse()?;
    let logged_in = services.identity.refresh_session.run(&presented, &request_id(&request)).await?;
    tokens("Session refreshed", &logged_in)
}

fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

fn tokens(message: &str, logged_in: &LoggedIn) -> Result<HttpResponse, ApiError> {
    let data = LoggedInResponse {
        access_token: logged_in.access_token.clone(),
        refresh_token: logged_in.refresh_token.as_str().to_owned(),
        token_type: "Bearer",
        expires_in: AccessTokens::LIFE.num_seconds(),
        user: SessionUser::from(&logged_in.user),
    };
    let answer = LoggedInDoneResponse::of(message, data);
    let answer = send(Written::Done(()), |()| json_answer(StatusCode::OK, &answer))?;
    Ok(unstored(answer))
}

/// Log out
///
/// Ends the session: its access tokens and its refresh token are no longer taken.
#[utoipa::path(
    post, path = LOG_OUT, operation_id = "logOut", tag = "Authentication",
    responses(
        (status = 200, description = "Logged out", body = DoneResponse),
    ),
)]
async fn log_out(call: Call) -> Result<HttpResponse, ApiError> {
    let session = call.session.ok_or_else(|| ApiError::unauthorized("There is no session to end"))?;
    call.services.identity.log_out.run(call.context(), session).await?;
    Ok(HttpResponse::Ok().json(DoneResponse::of("Logged out")))
}

/// Who calls
#[utoipa::path(
    get, path = ME, operation_id = "whoAmI", tag = "Authentication",
    responses(
        (status = 200, description = "The user and their team", body = MeShownResponse),
    ),
)]
async fn who_am_i(call: Call) -> Result<HttpResponse, ApiError> {
    let user = call.services.identity.users.myself(&call.actor).await?;
    let team = call.services.identity.team.find(call.actor.team).await?;
    let team = SessionTeam { id: team.id.to_string(), name: team.name.as_str().to_owned() };
    Ok(HttpResponse::Ok().json(MeShownResponse::of(MeResponse { user: SessionUser::from(&user), team })))
}

/// Change one's own password
///
/// Every other session of the user ends. Wrong present passwords count as wrong log-ins do.
#[utoipa::path(
    post, path = PASSWORD, operation_id = "changePassword", tag = "Authentication",
    responses(
        (status = 200, description = "Changed", body = DoneResponse),
        (status = 422, description = "A wrong present password, or a faulty new one", body = OmsErrorResponse),
        (status = 429, description = "Too many wrong passwords, or too many requests", body = OmsErrorResponse),
    ),
)]
async fn change_password(
    call: Call,
    body: JsonBody<ChangePasswordRequest>,
) -> Result<HttpResponse, ApiError> {
    let passwords = body.parse()?;
    let session = call.session.ok_or_else(|| ApiError::unauthorized("There is no session"))?;
    let (users, context, actor) = (call.services.identity.users.clone(), call.context(), call.actor.clone());
    let address = call.address;
    let work = move || async move {
        Ok(users.change_password(context, &actor, session, address, &passwords).await?)
    };
    call.services.hashing.run(work).await?;
    Ok(HttpResponse::Ok().json(DoneResponse::of("Password changed")))
}

/// The public keys of access tokens
///
/// The key that signs now, and the one it took over from.
#[utoipa::path(
    get, path = KEYS, operation_id = "signingKeys", tag = "Authentication",
    responses((status = 200, description = "The keys", body = SigningKeysResponse)),
)]
async fn signing_keys(services: web::Data<Services>) -> HttpResponse {
    let keys = services.identity.tokens.public_keys().into_iter().map(|key| SigningKey {
        kty: "OKP",
        crv: "Ed25519",
        usage: "sig",
        alg: "EdDSA",
        kid: key.id,
        x: key.x,
    });
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(SigningKeysResponse { keys: keys.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::faults_of;
    use serde_json::json;

    #[test]
    fn missing_fields_are_all_named() {
        let missing = |names: &[&str]| -> Vec<(String, String)> {
            names.iter().map(|name| ((*name).to_owned(), "MISSING_FIELD".to_owned())).collect()
        };
        assert_eq!(faults_of::<LogInRequest>(json!({})), missing(&["email", "password"]));
        assert_eq!(faults_of::<RefreshRequest>(json!({"refreshToken": null})), missing(&["refreshToken"]));
        let both = missing(&["currentPassword", "newPassword"]);
        assert_eq!(faults_of::<ChangePasswordRequest>(json!({})), both);
    }
}
