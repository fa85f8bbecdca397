//! The address a request comes from.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use identity::api_key::Networks;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address: the peer's or, if the peer is a trusted proxy, the last address of `X-Forwarded-For` that is
/// not a trusted proxy. Addresses before that one may be the client's own invention and do not count.
pub(crate) fn client(request: &HttpRequest, trusted: &Networks) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    Some(behind(peer, request.headers(), trusted))
}

fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    if !trusted.contain(peer) {
        return peer;
    }
    let lines: Vec<_> = headers.get_all(X_FORWARDED_FOR).filter_map(|line| line.to_str().ok()).collect();
    let mut client = peer;
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim);
    for hop in hops.filter(|hop| !hop.is_empty()) {
        // nobody vouches for what stands before an unreadable entry
        let Some(hop) = read(hop) else { break };
        client = hop.to_canonical();
        if !trusted.contain(client) {
            break;
        }
    }
    client
}

/// The address of an entry as proxies write it: bare, in quotes, in brackets, with a port.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.strip_prefix('"').and_then(|hop| hop.strip_suffix('"')).unwrap_or(hop);
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    hop.parse().ok().or_else(bracketed).or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn found(peer: &str, lines: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:4711").parse().unwrap());
        for line in lines {
            request = request.append_header((X_FORWARDED_FOR, *line));
        }
        let trusted = Networks::parse(&["10.0.0.0/8".into(), "192.0.2.1".into()]).unwrap();
        client(&request.to_http_request(), &trusted).unwrap().to_string()
    }

    #[test]
    fn forwarded_addresses_count_only_as_far_as_trusted_proxies_vouch_for_them() {
        for (peer, lines, expected) in [
            ("203.0.113.7", &[][..], "203.0.113.7"),
            ("203.0.113.7", &["198.51.100.1"], "203.0.113.7"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "192.0.2.1"], "198.51.100.1"),
            ("10.0.0.1", &["10.1.1.1,10.2.2.2"], "10.1.1.1"),
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("[::ffff:10.0.0.1]", &["2001:db8::1"], "2001:db8::1"),
            ("10.0.0.1", &["203.0.113.7:51234"], "203.0.113.7"),
            ("10.0.0.1", &["\"[2001:db8::1]:443\", 10.9.9.9:80"], "2001:db8::1"),
            ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", &["\"203.0.113.7\""], "203.0.113.7"),
            ("10.0.0.1", &["203.0.113.7, , 10.9.9.9,", ""], "203.0.113.7"),
            ("10.0.0.1", &["198.51.100.1, 203.0.113.7:"], "10.0.0.1"),
            ("10.0.0.1", &["[::ffff:203.0.113.7]:1"], "203.0.113.7"),
        ] {
            assert_eq!(found(peer, lines), expected, "{peer} {lines:?}");
        }
    }
}
