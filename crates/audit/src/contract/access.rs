use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;

use super::{at, read, shown, window};
use crate::access::AccessRecord;
use crate::ports::{AccessFilter, AccessLog};

/// Records of any teams are stored once each, and listed newest first within their team, by every filter.
///
/// # Panics
/// When the implementation violates a rule.
pub async fn access_log(log: &dyn AccessLog, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let record = |team, n: i64, method: &str, status| AccessRecord {
        team,
        id: ids.uuid(),
        at: at(n),
        actor: format!("api_key:{n}"),
        method: method.into(),
        route: "/things/{thing}".into(),
        path: format!("/things/{n}"),
        status,
        request_id: format!("request-{n}"),
        address: None,
        microseconds: 1_500,
    };
    let first =
        AccessRecord { address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), ..record(team, 1, "GET", 200) };
    let second = AccessRecord {
        address: Some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        route: "/things".into(),
        microseconds: i32::MAX,
        ..record(team, 2, "POST", 201)
    };
    let third = record(team, 3, "GET", 404);
    let foreign = record(other_team, 9, "GET", 200);
    let recorded = |records: Vec<AccessRecord>| async {
        read(log.record(Arc::new(records)).await, "records are stored")
    };
    recorded(vec![third.clone(), foreign.clone(), first.clone()]).await;
    recorded(vec![third.clone(), second.clone()]).await;
    recorded(Vec::new()).await;

    let none = AccessFilter::default;
    let of = |filter| async { shown(log.list(team, filter, window(0, 100)).await, Clone::clone) };
    let all = vec![third.clone(), second.clone(), first.clone()];
    assert_eq!(of(none()).await, (all, 3), "newest first, a repeated record once");
    let only = |record: &AccessRecord| (vec![record.clone()], 1);
    assert_eq!(of(AccessFilter { actor: Some("api_key:2".into()), ..none() }).await, only(&second));
    assert_eq!(of(AccessFilter { method: Some("POST".into()), ..none() }).await, only(&second));
    assert_eq!(of(AccessFilter { route: Some("/things".into()), ..none() }).await, only(&second));
    assert_eq!(of(AccessFilter { status: Some(404), ..none() }).await, only(&third));
    assert_eq!(of(AccessFilter { request_id: Some("request-1".into()), ..none() }).await, only(&first));
    assert_eq!(of(AccessFilter { from: Some(at(2)), to: Some(at(3)), ..none() }).await, only(&second));
    assert_eq!(
        of(AccessFilter { status: Some(404), method: Some("POST".into()), ..none() }).await,
        (vec![], 0)
    );
    let part = shown(log.list(team, none(), window(1, 1)).await, Clone::clone);
    assert_eq!(part, (vec![second], 3), "a window of the list, and how long the whole is");
    let theirs = shown(log.list(other_team, none(), window(0, 100)).await, Clone::clone);
    assert_eq!(theirs, (vec![foreign], 1), "teams see their own alone");
}
