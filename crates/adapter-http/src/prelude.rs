//! What the file of nearly every resource uses: a handler's request and answer, its bodies, its routes.

pub(crate) use actix_web::http::StatusCode;
pub(crate) use actix_web::{HttpRequest, HttpResponse};
pub(crate) use chrono::{DateTime, Utc};
pub(crate) use kernel::access::{Role, Scope};
pub(crate) use kernel::error::{Classified, Fault};
pub(crate) use kernel::write::StoredResponse;
pub(crate) use serde::{Deserialize, Serialize};
pub(crate) use utoipa::ToSchema;

pub(crate) use crate::request::body::RequestBody;
pub(crate) use crate::request::call::Call;
pub(crate) use crate::request::faults::{Faults, FieldReader, Wording};
pub(crate) use crate::request::field::Field;
pub(crate) use crate::request::idempotency::{json_answer, send};
pub(crate) use crate::request::json_body::JsonBody;
pub(crate) use crate::request::path_id::PathId;
pub(crate) use crate::request::query::Query;
pub(crate) use crate::response::errors::{ApiError, DomainError};
pub(crate) use crate::routes::{Route, RoutePolicy, route};
