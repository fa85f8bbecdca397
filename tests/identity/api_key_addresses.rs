//! Allowed addresses of API keys, and trusted proxies.

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use testkit::{Database, Service};

use crate::support::{BINARY, Caller, DATA_DIR, Reply, Requests, Team};

const DEPARTMENTS: &str = "/api/v1/departments";

#[test]
fn a_key_is_valid_only_from_its_allowed_addresses_and_only_trusted_proxies_may_forward_them() {
    let database = Database::new();
    let start = |proxies: Option<&str>| {
        let mut command = testkit::serving(BINARY, &database, Path::new(DATA_DIR));
        command.env("RATE_LIMITS", "off").envs(proxies.map(|proxies| ("TRUSTED_PROXIES", proxies)));
        Service::spawn(command)
    };
    let (plain, behind) = (start(None), start(Some("127.0.0.1")));
    let team = Team::create(&database, &plain);
    let create = |addresses: &[&str]| {
        let body = json!({"name": "Office", "permission": "read-write", "allowedIps": addresses});
        team.post("/api/v1/api-keys", &body).created()
    };
    // what IPv6 maps of IPv4 is stored as IPv4
    assert_eq!(create(&["::ffff:203.0.113.0/120"])["allowedIps"], json!(["203.0.113.0/24"]));
    let make = |addresses: &[&str]| {
        let created = create(addresses);
        Caller { key: created["key"].as_str().unwrap().to_owned(), ..team.caller.clone() }
    };
    let (here, office, both) =
        (make(&["127.0.0.1"]), make(&["203.0.113.0/24"]), make(&["203.0.113.7", "127.0.0.0/8"]));
    let (mapped, sixth) = (make(&["::ffff:203.0.113.0/120"]), make(&["2001:db8::/32"]));
    let from = |key: &Caller, service: &Service, forwarded: &[&str]| {
        let key = Caller { address: service.address().to_owned(), ..key.clone() };
        let mut request = key.request(Method::GET, DEPARTMENTS);
        for address in forwarded {
            request = request.header("X-Forwarded-For", *address);
        }
        Reply::to(request)
    };
    #[rustfmt::skip]
    let table = [
        // key, forwarded addresses, status when called directly, status behind a trusted proxy
        (&here, &[][..], 200, 200),
        (&here, &["203.0.113.7"], 200, 403),
        (&office, &[], 403, 403),
        (&office, &["203.0.113.7"], 403, 200),
        (&office, &["198.51.100.1"], 403, 403),
        (&office, &["203.0.113.7, 198.51.100.1"], 403, 403),
        (&office, &["198.51.100.1, 203.0.113.7"], 403, 200),
        (&office, &["203.0.113.7", "198.51.100.1"], 403, 403),
        (&office, &["203.0.113.7, 127.0.0.1"], 403, 200),
        (&office, &["nonsense"], 403, 403),
        (&office, &["203.0.113.7:51234"], 403, 200),
        (&office, &["\"203.0.113.7:51234\", , 127.0.0.1:80"], 403, 200),
        (&office, &["[::ffff:203.0.113.7]:443"], 403, 200),
        (&mapped, &["203.0.113.7"], 403, 200),
        (&sixth, &["\"[2001:db8::1]:443\""], 403, 200),
        (&sixth, &["[2001:db9::1]"], 403, 403),
        (&both, &[], 200, 200),
        (&both, &["203.0.113.7"], 200, 200),
        (&both, &["203.0.113.8"], 200, 403),
    ];
    for (key, forwarded, alone, trusted) in table {
        let replies = [from(key, &plain, forwarded), from(key, &behind, forwarded)];
        assert_eq!([replies[0].status, replies[1].status], [alone, trusted], "{forwarded:?}");
        for reply in replies.iter().filter(|reply| reply.status == 403) {
            let message = "The API key may not be used from this address";
            reply.mes_refused(403, "FORBIDDEN", message, json!({}));
        }
    }
    let before = team.state();
    let written = office.post(DEPARTMENTS, &json!({"name": "Assembly"}));
    assert_eq!((written.status, team.state()), (403, before));
    let imported = office.import("", &json!([]));
    imported.refused(403, "FORBIDDEN", "The API key may not be used from this address");
}
