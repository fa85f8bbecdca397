//! `/api/v1/api-keys`.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use identity::api_key::{ApiKey, ApiKeyError, ApiKeyText, KeyName, Networks, NewApiKey, Overlap};
use kernel::access::UnknownWord;
use kernel::calendar;
use kernel::id::ApiKeyId;

use super::{MAX_LIMIT, MesErrorResponse, Pagination};
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::idempotency::unstored;

const ALL: &str = "/api/v1/api-keys";
const ONE: &str = "/api/v1/api-keys/{apiKeyId}";
const ROTATE: &str = "/api/v1/api-keys/{apiKeyId}/rotate";

const MANAGERS: &[Role] = &[Role::Admin];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_api_keys, RoutePolicy::granted(Scope::ApiKeysManage, MANAGERS)),
    route!(POST ALL => create_api_key(CreateApiKeyRequest), RoutePolicy::granted(Scope::ApiKeysManage, MANAGERS)),
    route!(GET ONE => get_api_key, RoutePolicy::granted(Scope::ApiKeysManage, MANAGERS)),
    route!(DELETE ONE => revoke_api_key, RoutePolicy::granted(Scope::ApiKeysManage, MANAGERS)),
    route!(POST ROTATE => rotate_api_key(RotateApiKeyRequest), RoutePolicy::granted(Scope::ApiKeysManage, MANAGERS)),
];

/// An API key to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "ERP", "permission": "read-only", "scopes": ["orders:import"],
    "expiresAt": "2027-01-31T12:00:00Z", "allowedIps": ["203.0.113.7", "10.1.0.0/16"]
}))]
pub(crate) struct CreateApiKeyRequest {
    /// At most 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Field<String>,
    /// `read-only` (every reading scope), `read-write` (every reading and writing scope) or `admin` (every scope).
    #[schema(value_type = sets::KeyPermission)]
    permission: Field<String>,
    /// Scopes beyond the preset: `resource:action`.
    #[schema(value_type = Option<Vec<sets::Scope>>)]
    scopes: Field<Vec<String>>,
    /// When it ends; never if not given.
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Field<String>,
    /// Addresses and networks it may be used from; all if not given.
    #[schema(value_type = Option<Vec<String>>)]
    allowed_ips: Field<Vec<String>>,
}

/// How to rotate an API key.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"overlapHours": 24}))]
pub(crate) struct RotateApiKeyRequest {
    /// How many hours the old secret is still taken: 0 to 720, 24 by default.
    #[schema(value_type = Option<i64>)]
    overlap_hours: Field<i64>,
}

impl RequestBody for CreateApiKeyRequest {
    type Domain = NewApiKey;
    const WORDING: Wording = Wording::LabelledIfMissing;

    fn into_domain(self, faults: &mut Faults) -> Option<NewApiKey> {
        let name = faults.field("name", self.name).required(KeyName::try_new);
        let permission = faults.field("permission", self.permission).required(str::parse);
        let scopes = faults.field("scopes", self.scopes).optional(scopes).unwrap_or_default();
        let expires_at = faults.field("expiresAt", self.expires_at).optional(calendar::moment);
        let allowed = faults.field("allowedIps", self.allowed_ips).optional(Networks::parse);
        let allowed = allowed.unwrap_or_default();
        Some(NewApiKey { name: name?, permission: permission?, scopes, expires_at, allowed })
    }
}

impl RequestBody for RotateApiKeyRequest {
    type Domain = Overlap;
    const WORDING: Wording = Wording::LabelledIfMissing;
    const IS_OPTIONAL: bool = true;

    fn into_domain(self, faults: &mut Faults) -> Option<Overlap> {
        let hours = faults.field("overlapHours", self.overlap_hours).code("OUT_OF_RANGE");
        Some(hours.optional(Overlap::try_new).unwrap_or_default())
    }
}

fn scopes(words: &[String]) -> Result<BTreeSet<Scope>, UnknownWord> {
    words.iter().map(|word| word.parse()).collect()
}

impl DomainError for ApiKeyError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::ExpiryPassed => {
                vec![Fault::new("expiresAt", "INVALID_VALUE", "must be in the future")]
            }
            _ => Vec::new(),
        }
    }
}

/// An API key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "ERP", "prefix": "tlk_0190f3c2", "permission": "read-only",
    "scopes": ["orders:import"], "allowedIps": ["10.1.0.0/16"], "createdAt": "2025-01-10T09:00:00Z", "expiresAt": null,
    "revokedAt": null, "lastUsedAt": "2025-01-15T10:30:00Z", "previousKeyValidUntil": null
}))]
pub(super) struct ApiKeyResponse {
    #[schema(value_type = Uuid)]
    id: String,
    name: String,
    /// What the key begins with.
    prefix: String,
    #[schema(value_type = sets::KeyPermission)]
    permission: &'static str,
    #[schema(value_type = Vec<sets::Scope>)]
    scopes: Vec<&'static str>,
    allowed_ips: Vec<String>,
    created_at: DateTime<Utc>,
    #[schema(required)]
    expires_at: Option<DateTime<Utc>>,
    #[schema(required)]
    revoked_at: Option<DateTime<Utc>>,
    #[schema(required)]
    last_used_at: Option<DateTime<Utc>>,
    /// Until when the secret before the last rotation is still taken.
    #[schema(required)]
    previous_key_valid_until: Option<DateTime<Utc>>,
}

impl From<&ApiKey> for ApiKeyResponse {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.as_str().to_owned(),
            prefix: key.prefix.clone(),
            permission: key.permission.as_str(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            allowed_ips: key.allowed.texts(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            previous_key_valid_until: key.previous.as_ref().map(|previous| previous.until),
        }
    }
}

/// An API key with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "key": "tlk_0190f3c27b7a7c3e8d526c1f0a9b3e11_5a5a…_1c2d3e4f",
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "name": "ERP", "prefix": "tlk_0190f3c2", "permission": "read-only",
    "scopes": ["orders:import"], "allowedIps": ["10.1.0.0/16"], "createdAt": "2025-01-10T09:00:00Z", "expiresAt": null,
    "revokedAt": null, "lastUsedAt": null, "previousKeyValidUntil": null
}))]
pub(super) struct DisclosedApiKeyResponse {
    /// The key to call with. `null` where the answer is given again for an Idempotency-Key: secrets are not stored.
    #[schema(required)]
    key: Option<String>,
    #[serde(flatten)]
    about: ApiKeyResponse,
}

/// A part of the list of API keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKeyListResponse {
    api_keys: Vec<ApiKeyResponse>,
    pagination: Pagination,
}

/// List API keys
///
/// The newest first; nothing of their secrets.
#[utoipa::path(
    get, path = ALL, operation_id = "listApiKeys", tag = "API keys",
    params(
        ("activeOnly" = Option<bool>, Query, description = "Only those neither expired nor revoked: true by default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Keys left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = ApiKeyListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_api_keys(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let live_at = query.flag("activeOnly", true).then_some(call.at);
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.identity.api_keys.list(call.actor.team, live_at, window).await?;
    let pagination = Pagination::of(&listing, window);
    let api_keys = listing.items.iter().map(ApiKeyResponse::from).collect();
    Ok(HttpResponse::Ok().json(ApiKeyListResponse { api_keys, pagination }))
}

/// Create an API key
///
/// The key itself is shown in this answer and never again. A key makes no key that may more than itself.
#[utoipa::path(
    post, path = ALL, operation_id = "createApiKey", tag = "API keys",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, without the secret, for 24 hours")),
    responses(
        (status = 201, description = "The key", body = DisclosedApiKeyResponse),
        (status = 403, description = "Only an ADMIN, or a key with the scope, may; and a key makes none that may more", body = MesErrorResponse),
        (status = 422, description = "Faulty fields", body = MesErrorResponse),
    ),
)]
async fn create_api_key(call: Call, body: JsonBody<CreateApiKeyRequest>) -> Result<HttpResponse, ApiError> {
    let secret = OnceCell::new();
    let stored = |key: &ApiKey| disclosed(StatusCode::CREATED, key, None);
    let written = body.once(&call, stored, async |context, new| {
        let (written, text) = call.services.identity.api_keys.create(&call.actor, context, new).await?;
        text.map(|text| secret.set(text));
        Ok::<_, ApiKeyError>(written)
    });
    let answer = send(written.await?, |key| disclosed(StatusCode::CREATED, key, secret.get()))?;
    Ok(unstored(answer))
}

fn disclosed(status: StatusCode, key: &ApiKey, secret: Option<&ApiKeyText>) -> StoredResponse {
    let about = ApiKeyResponse::from(key);
    json_answer(status, &DisclosedApiKeyResponse { key: secret.map(|text| text.as_str().to_owned()), about })
}

/// Get an API key
#[utoipa::path(
    get, path = ONE, operation_id = "getApiKey", tag = "API keys",
    responses(
        (status = 200, description = "The key, without its secret", body = ApiKeyResponse),
        (status = 404, description = "The team has no such key", body = MesErrorResponse),
    ),
)]
async fn get_api_key(call: Call, PathId(id): PathId<ApiKeyId>) -> Result<HttpResponse, ApiError> {
    let key = call.services.identity.api_keys.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(ApiKeyResponse::from(&key)))
}

/// Rotate an API key
///
/// Gives it a new secret, shown in this answer and never again. The old one is still taken for `overlapHours`; a second
/// rotation within that time ends it at once. Preset, scopes and everything else stay.
#[utoipa::path(
    post, path = ROTATE, operation_id = "rotateApiKey", tag = "API keys",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, without the secret, for 24 hours"),
    ),
    responses(
        (status = 200, description = "The key with its new secret", body = DisclosedApiKeyResponse),
        (status = 403, description = "Only an ADMIN, or a key with the scope, may; and a key rotates none that may more", body = MesErrorResponse),
        (status = 404, description = "The team has no such key", body = MesErrorResponse),
        (status = 409, description = "The key has expired or was revoked", body = MesErrorResponse),
        (status = 422, description = "A faulty overlap", body = MesErrorResponse),
    ),
)]
async fn rotate_api_key(
    call: Call,
    PathId(id): PathId<ApiKeyId>,
    body: JsonBody<RotateApiKeyRequest>,
) -> Result<HttpResponse, ApiError> {
    let secret = OnceCell::new();
    let stored = |key: &ApiKey| disclosed(StatusCode::OK, key, None);
    let written = body.once(&call, stored, async |context, overlap| {
        let keys = &call.services.identity.api_keys;
        let (written, text) = keys.rotate(&call.actor, context, id, overlap).await?;
        text.map(|text| secret.set(text));
        Ok::<_, ApiKeyError>(written)
    });
    let answer = send(written.await?, |key| disclosed(StatusCode::OK, key, secret.get()))?;
    Ok(unstored(answer))
}

/// Revoke an API key
///
/// At once and for good. Revoking it again changes nothing.
#[utoipa::path(
    delete, path = ONE, operation_id = "revokeApiKey", tag = "API keys",
    responses(
        (status = 200, description = "The key, revoked", body = ApiKeyResponse),
        (status = 404, description = "The team has no such key", body = MesErrorResponse),
    ),
)]
async fn revoke_api_key(call: Call, PathId(id): PathId<ApiKeyId>) -> Result<HttpResponse, ApiError> {
    let written = call.services.identity.api_keys.revoke(call.context(), id).await?;
    send(written, |key| json_answer(StatusCode::OK, &ApiKeyResponse::from(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::{faults_of, read};
    use kernel::access::KeyPermission;
    use serde_json::json;

    #[test]
    fn a_new_key_needs_a_name_and_a_permission() {
        let expected = ["name", "permission"].map(|field| (field.into(), "MISSING_FIELD".into()));
        assert_eq!(faults_of::<CreateApiKeyRequest>(json!({})), expected);
        let body = json!({"name": "ERP", "permission": "read-only"}).as_object().unwrap().clone();
        let new = read::<CreateApiKeyRequest>(body).unwrap();
        let expected = (KeyPermission::ReadOnly, None, BTreeSet::new());
        assert_eq!((new.permission, new.expires_at, new.scopes), expected);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let body = json!({
            "name": "a\nb", "permission": "root", "scopes": ["orders:import", "orders:eat"], "expiresAt": "tomorrow",
            "allowedIps": ["office"]
        });
        let fields = ["name", "permission", "scopes", "expiresAt", "allowedIps"];
        let expected = fields.map(|field| (field.into(), "INVALID_VALUE".into()));
        assert_eq!(faults_of::<CreateApiKeyRequest>(body), expected);
    }

    #[test]
    fn an_overlap_is_a_day_unless_it_is_given() {
        let overlap =
            |body: serde_json::Value| read::<RotateApiKeyRequest>(body.as_object().unwrap().clone());
        assert_eq!(overlap(json!({})), Ok(Overlap::default()));
        assert_eq!(overlap(json!({"overlapHours": 0})), Ok(Overlap::try_new(0).unwrap()));
        for hours in [721, -1] {
            let expected = [("overlapHours".into(), "OUT_OF_RANGE".into())];
            assert_eq!(faults_of::<RotateApiKeyRequest>(json!({"overlapHours": hours})), expected);
        }
    }
}
