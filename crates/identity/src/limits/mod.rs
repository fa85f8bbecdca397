//! How often a caller may call (`docs/spec/common.md`, "Rate limits").
//!
//! A window is fixed: it begins with the first request that is counted in it and lasts its whole length. A request
//! counts against every quota of its [`Bucket`], or against none if one of them is used up.

mod in_process;
mod windows;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::ActorRef;

pub use self::in_process::InProcessLimits;

/// So many requests in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Its name in header fields and keys: lower-case ASCII letters.
    pub name: &'static str,
    /// Requests allowed in a window.
    pub limit: u32,
    /// How long a window lasts, in seconds.
    pub window_seconds: u32,
}

impl Quota {
    /// So many requests a minute.
    const fn per_minute(name: &'static str, limit: u32) -> Self {
        Self { name, limit, window_seconds: 60 }
    }

    /// How long a window lasts.
    pub const fn window(&self) -> TimeDelta {
        TimeDelta::seconds(self.window_seconds as i64)
    }
}

/// A kind of request that has quotas of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The MES surface: 1000 an hour, and 100 a minute.
    Mes,
    /// 100 a minute.
    Standard,
    /// 10 a minute.
    Upload,
    /// 5 a minute.
    Bulk,
    /// 60 a minute: imports with an API key.
    ImportByKey,
    /// 600 a minute: the pos surface with an API key, which all tills of a shop may share.
    Pos,
    /// 60 a minute: the gepard surface with an API key.
    Gepard,
    /// 100 a minute of log-ins and refreshed sessions from one address, where no caller is known yet.
    LogIn,
    /// 300 a minute of failed authentications from one address.
    Address,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Mes,
        Self::Standard,
        Self::Upload,
        Self::Bulk,
        Self::ImportByKey,
        Self::Pos,
        Self::Gepard,
        Self::LogIn,
        Self::Address,
    ];

    /// Its name in metrics and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mes => "mes",
            Self::Standard => "standard",
            Self::Upload => "upload",
            Self::Bulk => "bulk",
            Self::ImportByKey => "import",
            Self::Pos => "pos",
            Self::Gepard => "gepard",
            Self::LogIn => "login",
            Self::Address => "address",
        }
    }

    /// Its quotas, at least one; the first is the one that the `X-RateLimit` headers of the mes API show.
    pub const fn quotas(self) -> &'static [Quota] {
        match self {
            Self::Mes => {
                const {
                    &[
                        Quota { name: "hour", limit: 1000, window_seconds: 3600 },
                        Quota::per_minute("burst", 100),
                    ]
                }
            }
            Self::Standard => const { &[Quota::per_minute("standard", 100)] },
            Self::Upload => const { &[Quota::per_minute("upload", 10)] },
            Self::Bulk => const { &[Quota::per_minute("bulk", 5)] },
            Self::ImportByKey => const { &[Quota::per_minute("import", 60)] },
            Self::Pos => const { &[Quota::per_minute("pos", 600)] },
            Self::Gepard => const { &[Quota::per_minute("gepard", 60)] },
            Self::LogIn => const { &[Quota::per_minute("login", 100)] },
            Self::Address => const { &[Quota::per_minute("address", 300)] },
        }
    }
}

/// What requests are counted in: one holder's requests of one class.
///
/// Its text, such as `mes:api_key:0190f3c2-…` or `address:192.0.2.7`, names it in a shared store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bucket {
    class: Class,
    holder: Box<str>,
}

impl Bucket {
    /// The bucket of a known caller: a key or a user.
    pub fn of_caller(class: Class, caller: ActorRef) -> Self {
        Self { class, holder: caller.to_string().into() }
    }

    /// The bucket of an address. Of IPv6 that is its /64, the least that anybody is given.
    pub fn of_address(class: Class, address: IpAddr) -> Self {
        let holder = match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                format!("{}/64", Ipv6Addr::from(network))
            }
        };
        Self { class, holder: holder.into() }
    }

    /// The kind of its requests.
    pub const fn class(&self) -> Class {
        self.class
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.class.as_str(), self.holder)
    }
}

/// How a bucket stands after a request, or as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request was counted and may go on; of a look, whether the next one would.
    pub allowed: bool,
    /// The state of each quota, in the order in which they were given.
    pub states: Vec<QuotaState>,
}

/// How one quota of a bucket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaState {
    pub quota: Quota,
    /// Requests left in this window.
    pub remaining: u32,
    /// When the window ends; of one that has not begun, when it would end if it began now.
    pub resets_at: DateTime<Utc>,
}

impl QuotaState {
    /// Whole seconds until the window has ended.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> u32 {
        let microseconds =
            (self.resets_at - now).num_microseconds().unwrap_or(i64::MAX).max(0).cast_unsigned();
        u32::try_from(microseconds.div_ceil(1_000_000)).unwrap_or(u32::MAX)
    }
}

impl Verdict {
    /// Whole seconds, at least one, after which no quota is used up any more; `None` if none is.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<u32> {
        let used_up = self.states.iter().filter(|state| state.remaining == 0);
        used_up.map(|state| state.seconds_left(now).max(1)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use uuid::Uuid;

    #[test]
    fn the_quotas_are_the_documented_ones() {
        let quotas = |class: Class| {
            let quotas = class.quotas().iter();
            quotas.map(|quota| (quota.name, quota.limit, quota.window_seconds)).collect::<Vec<_>>()
        };
        assert_eq!(quotas(Class::Mes), [("hour", 1000, 3600), ("burst", 100, 60)]);
        for (class, limit) in [
            (Class::Standard, 100),
            (Class::Upload, 10),
            (Class::Bulk, 5),
            (Class::ImportByKey, 60),
            (Class::Pos, 600),
            (Class::LogIn, 100),
            (Class::Address, 300),
        ] {
            assert_eq!(quotas(class), [(class.as_str(), limit, 60)]);
        }
    }

    #[test]
    fn a_bucket_is_named_by_its_class_and_holder() {
        let key = ActorRef::ApiKey(Id::new(Uuid::from_u128(7)));
        let bucket = Bucket::of_caller(Class::Mes, key);
        assert_eq!(bucket.to_string(), "mes:api_key:00000000-0000-0000-0000-000000000007");
        let names: std::collections::BTreeSet<_> = Class::ALL.map(Class::as_str).into();
        assert_eq!(names.len(), Class::ALL.len(), "no two classes share their buckets");
    }

    #[test]
    fn an_address_counts_as_the_network_its_owner_has() {
        let named = |address: &str| {
            let address = address.parse().unwrap();
            Bucket::of_address(Class::Address, address).to_string()
        };
        assert_eq!(named("192.0.2.7"), "address:192.0.2.7");
        assert_eq!(named("::ffff:192.0.2.7"), "address:192.0.2.7");
        assert_eq!(named("2001:db8:1:2:3:4:5:6"), "address:2001:db8:1:2::/64");
        assert_eq!(named("2001:db8:1:2::9"), named("2001:db8:1:2:3:4:5:6"));
        assert_ne!(named("2001:db8:1:3::9"), named("2001:db8:1:2::9"));
    }

    #[test]
    fn who_is_refused_comes_back_in_whole_seconds_when_no_quota_is_used_up() {
        let now = DateTime::UNIX_EPOCH;
        let state = |remaining, microseconds| QuotaState {
            quota: Quota::per_minute("burst", 100),
            remaining,
            resets_at: now + TimeDelta::microseconds(microseconds),
        };
        for (states, seconds) in [
            (vec![state(0, 1_000_001)], Some(2)),
            (vec![state(0, 2_000_000)], Some(2)),
            (vec![state(0, 1)], Some(1)),
            (vec![state(0, 0)], Some(1)),
            (vec![state(0, -5)], Some(1)),
            (vec![state(3, 3_600_000_000), state(0, 59_000_000)], Some(59)),
            (vec![state(0, 3_600_000_000), state(0, 59_000_000)], Some(3600)),
            (vec![state(3, 3_600_000_000)], None),
        ] {
            assert_eq!(Verdict { allowed: false, states }.retry_after(now), seconds);
        }
    }
}
