//! Host names whose root serves the pos API, so that a till needs only a base URL (`docs/spec/common.md`, "Surfaces").

use std::fmt;
use std::sync::Arc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::header::HOST;
use actix_web::http::uri::PathAndQuery;
use actix_web::middleware::Next;

use crate::response::surface::within;

/// The paths that these hosts serve at the root; all others stay where they are.
const AT_THE_ROOT: [&str; 2] = ["/api/orders", "/api/products"];

/// Host names, in any case and without their ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PosHosts(Arc<[Box<str>]>);

/// A text that is not a host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host name; write names with commas between, such as pos.example.com, tills.example.com")]
pub struct PosHostsFault(String);

impl Default for PosHosts {
    fn default() -> Self {
        Self(Arc::new(["pos.localhost".into()]))
    }
}

impl fmt::Display for PosHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl PosHosts {
    /// Reads names separated by commas; without any, the pos API is served under `/pos` only.
    ///
    /// # Errors
    /// When one of them is not a host name.
    pub fn parse(list: &str) -> Result<Self, PosHostsFault> {
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names = names.map(|text| {
            let name = folded(text);
            let plain = |letter: u8| letter.is_ascii_alphanumeric() || b"-._:[]".contains(&letter);
            let good = !name.is_empty() && name.bytes().all(plain);
            if good { Ok(name.into()) } else { Err(PosHostsFault(text.to_owned())) }
        });
        names.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a request's authority is one of them.
    fn have(&self, authority: &str) -> bool {
        let name = folded(authority);
        self.0.iter().any(|host| **host == *name)
    }
}

/// A name without its port, in lower case, without the dot of the root.
fn folded(authority: &str) -> String {
    let port =
        authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()));
    let name = match port {
        // an IPv6 address has its colons in brackets
        Some((name, _)) if !name.contains(':') || name.ends_with(']') => name,
        _ => authority,
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The outermost layer: routes requests to one of the hosts to `/pos`.
pub(crate) async fn lead(
    hosts: PosHosts,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody + 'static>, Error> {
    let uri = host(&request).filter(|host| hosts.have(host)).and_then(|_| below_pos(request.uri()));
    if let Some(uri) = uri {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

/// The host that a request names (RFC 9112, 3.2): that of an absolute address, else the header's.
fn host(request: &ServiceRequest) -> Option<&str> {
    let of_address = request.uri().authority().map(|authority| authority.as_str());
    of_address.or_else(|| request.headers().get(HOST)?.to_str().ok())
}

fn below_pos(uri: &Uri) -> Option<Uri> {
    AT_THE_ROOT.iter().find(|root| within(uri.path(), root))?;
    let mut parts = uri.clone().into_parts();
    let path = parts.path_and_query.as_ref().map_or("/", PathAndQuery::as_str);
    parts.path_and_query = Some(format!("/pos{path}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, HttpRequest, web};

    #[test]
    fn names_are_read_without_case_port_and_final_dot() {
        let hosts = PosHosts::parse("POS.Example.com., tills.example.com:8443 ,, [::1]:80").unwrap();
        assert_eq!(hosts.to_string(), "pos.example.com, tills.example.com, [::1]");
        for (authority, expected) in [
            ("pos.example.com", true),
            ("Pos.Example.COM:8080", true),
            ("pos.example.com.", true),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("example.com", false),
            ("x.pos.example.com", false),
            ("pos.example.com.evil", false),
            ("", false),
        ] {
            assert_eq!(hosts.have(authority), expected, "{authority}");
        }
        assert!(!PosHosts::parse("").unwrap().have(""));
        for text in ["http://pos.example.com", "pos example", "pos.example.com/x", "*.example.com", "."] {
            assert_eq!(PosHosts::parse(text), Err(PosHostsFault(text.into())), "{text}");
        }
    }

    async fn path(request: HttpRequest) -> String {
        format!("{} {}", request.match_pattern().unwrap_or_default(), request.uri())
    }

    #[actix_web::test]
    async fn orders_and_products_of_these_hosts_are_led_to_pos_and_nothing_else_is() {
        let hosts = PosHosts::default();
        let app = App::new().service(
            web::scope("")
                .route("/pos/api/orders/{id}", web::get().to(path))
                .route("/api/orders/{orderId}", web::get().to(path))
                .default_service(web::get().to(path))
                .wrap(from_fn(move |request, next| lead(hosts.clone(), request, next))),
        );
        let app = init_service(app).await;
        for (host, address, expected) in [
            ("pos.localhost", "/api/orders/7?a=%20b", "/pos/api/orders/{id} /pos/api/orders/7?a=%20b"),
            ("POS.localhost:8080", "/api/orders", " /pos/api/orders"),
            ("pos.localhost", "/api/products/1/movements", " /pos/api/products/1/movements"),
            ("pos.localhost", "/pos/api/orders/7", "/pos/api/orders/{id} /pos/api/orders/7"),
            ("pos.localhost", "/api/ordersx", " /api/ordersx"),
            ("pos.localhost", "/api/auth/login", " /api/auth/login"),
            ("pos.localhost", "/api/v1/orders", " /api/v1/orders"),
            ("localhost", "/api/orders/7", "/api/orders/{orderId} /api/orders/7"),
            ("localhost", "/api/products", " /api/products"),
        ] {
            let request = TestRequest::get().uri(address).insert_header((HOST, host)).to_request();
            let body = read_body(call_service(&app, request).await).await;
            assert_eq!(std::str::from_utf8(&body).unwrap(), expected, "{host} {address}");
        }
        let absolute = TestRequest::get().uri("http://pos.localhost:80/api/orders/7");
        let absolute = absolute.insert_header((HOST, "localhost")).to_request();
        let body = read_body(call_service(&app, absolute).await).await;
        let expected = "/pos/api/orders/{id} http://pos.localhost:80/pos/api/orders/7";
        assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
    }
}
