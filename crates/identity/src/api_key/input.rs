use std::collections::BTreeSet;
use std::fmt::Display;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{KeyPermission, Scope};
use kernel::error::Fault;

use super::{KeyName, Networks};
use crate::fields::{invalid, missing};

/// A request for a new API key, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiKeyDraft {
    /// What people call it; required.
    pub name: Option<String>,
    /// `read-only`, `read-write` or `admin`; required.
    pub permission: Option<String>,
    /// Scopes beyond the preset.
    pub scopes: Option<Vec<String>>,
    /// When it ends, RFC 3339; never if not given.
    pub expires_at: Option<String>,
    /// Addresses and networks it may be used from; all if not given.
    pub allowed_ips: Option<Vec<String>>,
}

/// What a valid draft asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What people call it.
    pub name: KeyName,
    /// Its preset.
    pub permission: KeyPermission,
    /// Scopes beyond the preset.
    pub scopes: BTreeSet<Scope>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// The addresses it may be used from.
    pub allowed: Networks,
}

impl ApiKeyDraft {
    /// The key that is asked for.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self, now: DateTime<Utc>) -> Result<NewApiKey, Vec<Fault>> {
        let name = required("name", self.name.as_deref(), KeyName::try_new);
        let permission = required("permission", self.permission.as_deref(), str::parse::<KeyPermission>);
        let scopes = self.scopes.iter().flatten().map(|text| text.parse::<Scope>());
        let scopes = scopes.collect::<Result<BTreeSet<_>, _>>().map_err(|fault| invalid("scopes", &fault));
        let expires_at = self.expires_at.as_deref().map(|text| future(text, now)).transpose();
        let allowed = Networks::parse(self.allowed_ips.as_deref().unwrap_or_default())
            .map_err(|fault| invalid("allowedIps", &fault));
        match (name, permission, scopes, expires_at, allowed) {
            (Ok(name), Ok(permission), Ok(scopes), Ok(expires_at), Ok(allowed)) => {
                Ok(NewApiKey { name, permission, scopes, expires_at, allowed })
            }
            (name, permission, scopes, expires_at, allowed) => {
                let faults = [name.err(), permission.err(), scopes.err(), expires_at.err(), allowed.err()];
                Err(faults.into_iter().flatten().collect())
            }
        }
    }
}

/// A request to rotate an API key, as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RotationRequest {
    /// How many hours the old secret is still taken: 0 to 720, 24 if not given.
    pub overlap_hours: Option<i64>,
}

impl RotationRequest {
    /// How long the old secret is still taken.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn validate(&self) -> Result<TimeDelta, Vec<Fault>> {
        let hours = self.overlap_hours.unwrap_or(24);
        if (0..=720).contains(&hours) {
            Ok(TimeDelta::hours(hours))
        } else {
            Err(vec![Fault::new("overlapHours", "OUT_OF_RANGE", "must be between 0 and 720")])
        }
    }
}

fn required<T, E: Display>(
    field: &'static str,
    text: Option<&str>,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Fault> {
    read(text.ok_or_else(|| missing(field))?).map_err(|fault| invalid(field, &fault))
}

fn future(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let time = DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| invalid("expiresAt", &"must be a time such as 2026-01-31T12:00:00Z"))?;
    let far = DateTime::UNIX_EPOCH + TimeDelta::days(365 * 500);
    if now < time && time < far { Ok(time) } else { Err(invalid("expiresAt", &"must be in the future")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    fn draft() -> ApiKeyDraft {
        ApiKeyDraft { name: Some("ERP".into()), permission: Some("read-only".into()), ..Default::default() }
    }

    #[test]
    fn a_draft_needs_a_name_and_a_permission() {
        let faults = ApiKeyDraft::default().validate(DateTime::UNIX_EPOCH).unwrap_err();
        assert_eq!(codes(&faults), [("name", "MISSING_FIELD"), ("permission", "MISSING_FIELD")]);
        let new = draft().validate(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            (new.permission, new.expires_at, new.scopes),
            (KeyPermission::ReadOnly, None, BTreeSet::new())
        );
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let draft = ApiKeyDraft {
            name: Some("a\nb".into()),
            permission: Some("root".into()),
            scopes: Some(vec!["orders:import".into(), "orders:eat".into()]),
            expires_at: Some("tomorrow".into()),
            allowed_ips: Some(vec!["office".into()]),
        };
        let faults = draft.validate(DateTime::UNIX_EPOCH).unwrap_err();
        let fields = ["name", "permission", "scopes", "expiresAt", "allowedIps"];
        assert_eq!(codes(&faults), fields.map(|field| (field, "INVALID_VALUE")));
    }

    #[test]
    fn an_end_is_in_the_future() {
        for (text, good) in [
            ("1970-01-01T00:00:01Z", true),
            ("1970-01-01T01:00:00+01:00", false),
            ("1969-12-31T23:59:59Z", false),
            ("9999-01-01T00:00:00Z", false),
        ] {
            let draft = ApiKeyDraft { expires_at: Some(text.into()), ..draft() };
            assert_eq!(draft.validate(DateTime::UNIX_EPOCH).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn an_overlap_is_a_day_unless_it_is_given() {
        let overlap = |overlap_hours| RotationRequest { overlap_hours }.validate();
        assert_eq!(overlap(None), Ok(TimeDelta::hours(24)));
        assert_eq!(overlap(Some(0)), Ok(TimeDelta::zero()));
        assert_eq!(codes(&overlap(Some(721)).unwrap_err()), [("overlapHours", "OUT_OF_RANGE")]);
        assert_eq!(codes(&overlap(Some(-1)).unwrap_err()), [("overlapHours", "OUT_OF_RANGE")]);
    }
}
