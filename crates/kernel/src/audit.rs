//! Entries of the audit trail, as changes write them.

use std::borrow::Cow;

use uuid::Uuid;

/// What was done to what. Who, when and in which request stand in the change's
/// [`WriteContext`](crate::write::WriteContext).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Past tense, such as `department.created`.
    pub action: Cow<'static, str>,
    /// Such as `department`.
    pub subject_kind: &'static str,
    pub subject: Uuid,
    /// JSON text; `None` when it was made.
    pub before: Option<String>,
    /// JSON text; `None` when it is gone.
    pub after: Option<String>,
}

/// A thing whose changes the audit trail records.
pub trait Audited {
    /// Such as `department`.
    const KIND: &'static str;

    fn audited_id(&self) -> Uuid;

    /// The thing as JSON text.
    fn snapshot(&self) -> String;
}

impl AuditEntry {
    /// `<kind>.<verb>`, such as `operator.clocked_in`, of a thing that was there before or is there after.
    pub fn of<T: Audited>(verb: &str, before: Option<&T>, after: Option<&T>) -> Self {
        Self {
            action: format!("{}.{verb}", T::KIND).into(),
            subject_kind: T::KIND,
            subject: after.or(before).map(T::audited_id).unwrap_or_default(),
            before: before.map(T::snapshot),
            after: after.map(T::snapshot),
        }
    }

    pub fn created<T: Audited>(after: &T) -> Self {
        Self::of("created", None, Some(after))
    }

    pub fn changed<T: Audited>(before: &T, after: &T) -> Self {
        Self::of("changed", Some(before), Some(after))
    }

    pub fn deleted<T: Audited>(before: &T) -> Self {
        Self::of("deleted", Some(before), None)
    }
}
