//! What a change leaves in the audit trail.

use uuid::Uuid;

/// What was done to what; who, when and in which request stand in the change's `WriteContext`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// What was done, past tense, such as `department.created`.
    pub action: &'static str,
    /// The kind of thing it was done to, such as `department`.
    pub subject_kind: &'static str,
    /// Which one.
    pub subject: Uuid,
    /// The thing before, as JSON text; `None` when it was made.
    pub before: Option<String>,
    /// The thing after, as JSON text; `None` when it is gone.
    pub after: Option<String>,
}
