use std::collections::BTreeSet;

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use identity::limits::Quota;
use kernel::access::{KeyPermission, Requirement};
use kernel::id::Id;
use uuid::Uuid;

use super::*;

const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn standing(allowed: bool, states: &[(Quota, u32, i64)]) -> Standing {
    let states = states.iter().map(|(quota, remaining, milliseconds)| QuotaState {
        quota: *quota,
        remaining: *remaining,
        resets_at: AT + TimeDelta::milliseconds(*milliseconds),
    });
    Standing { verdict: Verdict { allowed, states: states.collect() }, at: AT }
}

/// The header fields it writes, by name.
fn written(standing: &Standing) -> BTreeSet<String> {
    let mut headers = HeaderMap::new();
    standing.write(&mut headers);
    headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
}

#[test]
fn the_first_quota_is_told_as_seed_004_does_and_all_of_them_as_the_draft_does() {
    let [hour, burst] = Class::Mes.quotas() else { panic!("two quotas") };
    let standing = standing(true, &[(*hour, 999, 3_599_001), (*burst, 42, 60_000)]);
    let expected = [
        "x-ratelimit-limit: 1000",
        "x-ratelimit-remaining: 999",
        "x-ratelimit-reset: 3600",
        "ratelimit-policy: \"hour\";q=1000;w=3600, \"burst\";q=100;w=60",
        "ratelimit: \"hour\";r=999;t=3600, \"burst\";r=42;t=60",
    ];
    assert_eq!(written(&standing), expected.map(str::to_owned).into());
}

#[test]
fn a_refusal_says_what_is_used_up_and_when_to_come_back() {
    let [hour, burst] = Class::Mes.quotas() else { panic!("two quotas") };
    let request = TestRequest::with_uri("/api/v1/departments").to_srv_request();
    let bucket = Bucket::of_address(Class::Mes, [192, 0, 2, 7].into());
    for (states, seconds, what) in [
        ([(*hour, 900, 3_600_000), (*burst, 0, 36_001)], 37, "at most 100 requests in 60 s"),
        ([(*hour, 0, 1_800_000), (*burst, 5, 36_001)], 1800, "at most 1000 requests in 3600 s"),
        ([(*hour, 0, 1_800_000), (*burst, 0, 36_001)], 1800, "at most 1000 requests in 3600 s"),
        ([(*hour, 900, 3_600_000), (*burst, 0, 0)], 1, "at most 100 requests in 60 s"),
    ] {
        let standing = standing(false, &states);
        let refusal = standing.refusal(&request, &bucket);
        assert_eq!((refusal.status.as_u16(), refusal.code), (429, "RATE_LIMIT_EXCEEDED"));
        assert!(!refusal.lasting, "an idempotency key does not keep it");
        assert_eq!(refusal.message, format!("Rate limit exceeded: {what}; try again in {seconds} s"));
        assert_eq!(refusal.retry_after, Some(seconds));
    }
}

#[test]
fn a_request_counts_as_its_route_says_or_else_its_surface() {
    let actor = |identity| Actor { team: Id::new(Uuid::nil()), identity };
    let id = Id::new(Uuid::nil());
    let permission = KeyPermission::Admin;
    let key = actor(Identity::ApiKey { id, permission, scopes: BTreeSet::new() });
    let user = actor(Identity::User { id: Id::new(Uuid::nil()), roles: BTreeSet::new(), vendor: None });
    let import = RateLimit::to(Class::Bulk).by_key(Class::ImportByKey);
    for (rate_limit, surface, by_key, by_user) in [
        (RateLimit::BY_SURFACE, Surface::Mes, Class::Mes, Class::Mes),
        (RateLimit::BY_SURFACE, Surface::Import, Class::Standard, Class::Standard),
        (RateLimit::BY_SURFACE, Surface::Oms, Class::Standard, Class::Standard),
        (RateLimit::BY_SURFACE, Surface::Pos, Class::Pos, Class::Standard),
        (RateLimit::BY_SURFACE, Surface::Gepard, Class::Gepard, Class::Standard),
        (RateLimit::to(Class::Upload), Surface::Mes, Class::Upload, Class::Upload),
        (import, Surface::Import, Class::ImportByKey, Class::Bulk),
    ] {
        assert_eq!((rate_limit.class(&key, surface), rate_limit.class(&user, surface)), (by_key, by_user));
    }
}

#[test]
fn every_route_that_wants_credentials_is_limited_by_address_too() {
    let mut found = 0;
    for route in crate::tables().into_iter().flatten() {
        let guarded = route.policy.requirement != Requirement::Public;
        assert!(!guarded || is_limited(route.path), "{}", route.path);
        found += usize::from(guarded);
    }
    assert!(found > 0);
    assert!(
        ["/health/live", "/metrics", "/docs/", "/openapi/mes.json", "/"].iter().all(|path| !is_limited(path))
    );
}
