use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use kernel::id_type;
use uuid::Uuid;

/// Names the bytes, and the version of the layout.
const TAG: &[u8] = b"throughline audit entry 1\n";

id_type!(EntryId, Entry, "audit_entry");

/// An entry of the audit trail, as it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub team: TeamId,
    pub id: EntryId,
    /// Microseconds since 1970-01-01 UTC: the store's own number, even if no calendar has such a time.
    pub at: i64,
    /// `user:…`, `api_key:…` or `system:…`.
    pub actor: String,
    pub request_id: String,
    /// In the past tense, such as `department.created`.
    pub action: String,
    /// Such as `department`.
    pub subject_kind: String,
    pub subject: Uuid,
    /// The subject before the action, as the store's JSON text; `None` when it was created.
    pub before: Option<String>,
    /// The subject after the action, as the store's JSON text; `None` when it was deleted.
    pub after: Option<String>,
}

impl Entry {
    /// Its time, if a calendar has it.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.at)
    }

    /// The bytes that are sealed: a tag with a version, then every field with its length before it, so that no two
    /// different entries have the same bytes. An absent field is one 0, a present one a 1 in front.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(TAG);
        for field in [
            &self.team.uuid().as_bytes()[..],
            self.id.uuid().as_bytes(),
            &self.at.to_be_bytes(),
            self.actor.as_bytes(),
            self.request_id.as_bytes(),
            self.action.as_bytes(),
            self.subject_kind.as_bytes(),
            self.subject.as_bytes(),
        ] {
            push_field(&mut bytes, field);
        }
        for field in [&self.before, &self.after] {
            bytes.push(field.is_some().into());
            if let Some(text) = field {
                push_field(&mut bytes, text.as_bytes());
            }
        }
        bytes
    }
}

fn push_field(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
    bytes.extend_from_slice(field);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Seal;
    use kernel::id::Id;

    fn entry() -> Entry {
        Entry {
            team: Id::new(Uuid::from_u128(1)),
            id: Id::new(Uuid::from_u128(2)),
            at: 1_736_935_800_000_000,
            actor: "user:1".into(),
            request_id: "req_1".into(),
            action: "department.created".into(),
            subject_kind: "department".into(),
            subject: Uuid::from_u128(3),
            before: None,
            after: Some(r#"{"name": "Assembly"}"#.into()),
        }
    }

    /// The layout must not change for existing seals: a new layout needs a new tag.
    #[test]
    fn the_seal_of_an_entry_never_changes() {
        let first = Seal::after(None, &entry());
        let second = Seal::after(
            Some(&first),
            &Entry { id: Id::new(Uuid::from_u128(4)), before: entry().after, ..entry() },
        );
        assert_eq!((first.sequence, second.sequence), (1, 2));
        assert_eq!(
            first.hash.to_string(),
            "e5c45109e81dfdeb8aa1ed117ea7107c3340fecb39e3156cd273e8a5f2bf6133"
        );
        assert_eq!(
            second.hash.to_string(),
            "3d483e22110189da77319f8561220f792d7558fa652c13c3e68b9a1d8005c482"
        );
    }

    #[test]
    fn no_two_different_entries_have_the_same_bytes() {
        let other = |change: fn(&mut Entry)| {
            let mut entry = entry();
            change(&mut entry);
            entry
        };
        let changed = [
            other(|entry| entry.team = Id::new(Uuid::from_u128(9))),
            other(|entry| entry.id = Id::new(Uuid::from_u128(9))),
            other(|entry| entry.at += 1),
            other(|entry| entry.actor.push('1')),
            other(|entry| entry.request_id.clear()),
            other(|entry| entry.action.push(' ')),
            // a letter that moves from one field to its neighbour
            other(|entry| {
                entry.action.push('d');
                entry.subject_kind.remove(0);
            }),
            other(|entry| entry.subject = Uuid::nil()),
            other(|entry| entry.before = Some(String::new())),
            other(|entry| entry.after = None),
            other(|entry| std::mem::swap(&mut entry.before, &mut entry.after)),
            other(|entry| entry.after = Some(r#"{"name":"Assembly"}"#.into())),
        ];
        for entry in &changed {
            assert_ne!(entry.canonical(), self::entry().canonical(), "{entry:?}");
        }
    }

    #[test]
    fn a_time_outside_the_calendar_is_sealed_and_not_shown() {
        assert_eq!(entry().time().map(|time| time.to_rfc3339()), Some("2025-01-15T10:10:00+00:00".into()));
        let endless = Entry { at: i64::MAX, ..entry() };
        assert_eq!(endless.time(), None);
        assert_ne!(endless.canonical(), entry().canonical());
    }
}
