use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::access::{Actor, ActorRef};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::write::WriteContext;
use serde_json::json;
use uuid::Uuid;

use crate::access::AccessRecord;
use crate::ports::AuditTrail;

/// A refused request: not allowed, or for something of another team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub status: u16,
    pub code: String,
}

/// Records the refusal of a known caller in the audit trail.
pub struct RecordRefusal {
    trail: Arc<dyn AuditTrail>,
}

impl RecordRefusal {
    /// Creates the use case.
    pub fn new(trail: Arc<dyn AuditTrail>) -> Self {
        Self { trail }
    }

    /// Adds the entry `access.refused`, whose subject is the caller; the path is cut to
    /// [`AccessRecord::MAX_PATH`] characters.
    pub async fn run(
        &self,
        actor: &Actor,
        request_id: &str,
        at: DateTime<Utc>,
        refusal: &Refusal,
    ) -> Result<(), StoreError> {
        let Refusal { method, path, status, code } = refusal;
        let path: String = path.chars().take(AccessRecord::MAX_PATH).collect();
        let (subject_kind, subject) = match actor.reference() {
            ActorRef::User(id) => ("user", id.uuid()),
            ActorRef::ApiKey(id) => ("api_key", id.uuid()),
            ActorRef::System(_) => ("system", Uuid::nil()),
        };
        let after = json!({"method": method, "path": path, "status": status, "code": code});
        let entry = AuditEntry {
            action: "access.refused".into(),
            subject_kind,
            subject,
            before: None,
            after: Some(after.to_string()),
        };
        self.trail.append(WriteContext::unclaimed(actor, request_id, at), entry).await.map(drop)
    }
}
