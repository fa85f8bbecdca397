use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use uuid::Uuid;

use super::values::EntryId;

/// Says what the bytes are, and in which version of the layout.
const TAG: &[u8] = b"throughline audit entry 1\n";

/// An entry of the audit trail, as it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The team it belongs to.
    pub team: TeamId,
    /// Which entry.
    pub id: EntryId,
    /// When, in µs since 1970-01-01 UTC: the store's own figure, be it no time that a calendar knows.
    pub at: i64,
    /// Who: `user:…`, `api_key:…` or `system:…`.
    pub actor: String,
    /// In which request.
    pub request_id: String,
    /// What was done, past tense, such as `department.created`.
    pub action: String,
    /// The kind of thing it was done to, such as `department`.
    pub subject_kind: String,
    /// Which one.
    pub subject: Uuid,
    /// The thing before, as the store's JSON text; `None` when it was made.
    pub before: Option<String>,
    /// The thing after, as the store's JSON text; `None` when it is gone.
    pub after: Option<String>,
}

impl Entry {
    /// When, if a calendar knows that time.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.at)
    }

    /// The bytes that a seal stands for: a tag with a version, then every field with its length before it, so
    /// that no two different entries have the same bytes. An absent field is one 0, a present one a 1 in front.
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
            put(&mut bytes, field);
        }
        for field in [&self.before, &self.after] {
            bytes.push(field.is_some().into());
            if let Some(text) = field {
                put(&mut bytes, text.as_bytes());
            }
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) {
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

    /// The layout may never change beneath seals that were made: a new one takes a new tag.
    #[test]
    fn an_entry_has_the_seal_it_always_had() {
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
    fn a_time_that_no_calendar_knows_is_sealed_and_not_shown() {
        assert_eq!(entry().time().map(|time| time.to_rfc3339()), Some("2025-01-15T10:10:00+00:00".into()));
        let endless = Entry { at: i64::MAX, ..entry() };
        assert_eq!(endless.time(), None);
        assert_ne!(endless.canonical(), entry().canonical());
    }
}
