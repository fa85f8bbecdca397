//! Route tables. A resource's `ROUTES` is the one place that says how each of its routes is called, who may call it, how
//! often, what answers and how it is documented: registering, authorisation, the OpenAPI documents and the route tests
//! all read it.

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::guard::{self, AnyGuard};
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use kernel::access::{AccessMode, PermissionArea, Requirement, Role, Scope};
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::{HttpMethod, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr, Schema};

use crate::middleware::limits::RateLimit;
use crate::request::body::RequestBody;

/// One route.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// The path as actix matches it and the documents show it.
    pub(crate) path: &'static str,
    pub(crate) policy: RoutePolicy,
    pub(crate) handler: fn() -> actix_web::Route,
    /// `None` of what is not part of an API: health, metrics, documents.
    pub(crate) operation: Option<fn() -> DocumentedOperation>,
    /// What its JSON body is read as, and documented as.
    pub(crate) body: Option<BodyContract>,
}

impl Route {
    /// Whether it reads one thing, which its path names.
    pub(crate) fn is_read_by_id(&self) -> bool {
        self.method == Method::GET && self.path.contains('{')
    }
}

/// The type of a JSON body.
#[derive(Clone, Copy)]
pub(crate) struct BodyContract {
    /// The name of its schema.
    pub(crate) schema: fn() -> Cow<'static, str>,
    /// Its schema and those that it refers to, by name.
    pub(crate) schemas: fn() -> Vec<(String, RefOr<Schema>)>,
    /// Whether it may be left out.
    pub(crate) is_optional: bool,
    /// The faults of a body, by the type that reads it; a test holds the schema to them.
    #[cfg(test)]
    pub(crate) faults: fn(serde_json::Map<String, serde_json::Value>) -> Vec<kernel::error::Fault>,
}

impl BodyContract {
    pub(crate) const fn of<B: RequestBody>() -> Self {
        Self {
            schema: B::name,
            schemas: || {
                let mut schemas = vec![(B::name().into_owned(), B::schema())];
                B::schemas(&mut schemas);
                schemas
            },
            is_optional: B::IS_OPTIONAL,
            #[cfg(test)]
            faults: |body| crate::request::body::read::<B>(body).err().unwrap_or_default(),
        }
    }
}

/// Who may use a route, and what its requests count as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoutePolicy {
    pub(crate) requirement: Requirement,
    pub(crate) rate_limit: RateLimit,
}

impl RoutePolicy {
    /// Anybody.
    pub(crate) const fn public() -> Self {
        Self { requirement: Requirement::Public, rate_limit: RateLimit::BY_SURFACE }
    }

    /// Keys with the scope and users with one of the roles.
    pub(crate) const fn granted(scope: Scope, roles: &'static [Role]) -> Self {
        Self { requirement: Requirement::Grant { scope, roles }, rate_limit: RateLimit::BY_SURFACE }
    }

    /// Users with one of the roles, and no key.
    pub(crate) const fn people(roles: &'static [Role]) -> Self {
        Self { requirement: Requirement::People { roles }, rate_limit: RateLimit::BY_SURFACE }
    }

    /// Users whose role has this access to the area, and no key.
    pub(crate) const fn area(area: PermissionArea, mode: AccessMode) -> Self {
        Self { requirement: Requirement::Area { area, mode }, rate_limit: RateLimit::BY_SURFACE }
    }

    /// The same, counted otherwise than its surface says.
    pub(crate) const fn limited(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = rate_limit;
        self
    }
}

/// A route's part of an OpenAPI document, from its handler's `#[utoipa::path]`.
pub(crate) struct DocumentedOperation {
    pub(crate) path: String,
    pub(crate) methods: Vec<HttpMethod>,
    pub(crate) operation: utoipa::openapi::path::Operation,
    pub(crate) schemas: Vec<(String, RefOr<Schema>)>,
}

impl DocumentedOperation {
    pub(crate) fn of<P: utoipa::Path + SchemaReferences + for<'t> Tags<'t>>() -> Self {
        let mut schemas = Vec::new();
        P::schemas(&mut schemas);
        let mut operation = P::operation();
        operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
        Self { path: P::path(), methods: P::methods(), operation, schemas }
    }

    /// The names of the parameters that stand in the query.
    pub(crate) fn query_parameters(self) -> Vec<String> {
        let parameters = self.operation.parameters.into_iter().flatten();
        let named = parameters.filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name),
            _ => None,
        });
        named.collect()
    }

    pub(crate) fn add_to(self, document: &mut OpenApi) {
        document.paths.add_path_operation(self.path, self.methods, self.operation);
        document.components.get_or_insert_default().schemas.extend(self.schemas);
    }
}

/// A documented route: `route!(GET ONE => get_vendor, RoutePolicy::…)`, or with the type of its JSON body
/// `route!(POST ALL => create_vendor(CreateVendorRequest), RoutePolicy::…)`. The handler stands in the same file.
macro_rules! route {
    ($method:ident $path:ident => $handler:ident $(($body:ty))?, $policy:expr) => {
        $crate::routes::Route {
            method: actix_web::http::Method::$method,
            path: $path,
            policy: $policy,
            handler: || actix_web::web::route().to($handler),
            body: [$($crate::routes::BodyContract::of::<$body>(),)?].first().copied(),
            operation: Some(|| pastey::paste!($crate::routes::DocumentedOperation::of::<[<__path_ $handler>]>())),
        }
    };
}

/// A route that is not part of an API.
macro_rules! undocumented_route {
    ($method:ident $path:ident => $handler:ident, $policy:expr) => {
        $crate::routes::Route {
            method: actix_web::http::Method::$method,
            path: $path,
            policy: $policy,
            handler: || actix_web::web::route().to($handler),
            operation: None,
            body: None,
        }
    };
}

pub(crate) use {route, undocumented_route};

/// Every route there is, found by path.
pub(crate) struct RouteTable(HashMap<&'static str, Vec<DeclaredRoute>>);

/// A route of a table, with what its documentation says that a request is held to.
pub(crate) struct DeclaredRoute {
    pub(crate) route: &'static Route,
    /// The query parameters it takes; `None` of what is not part of an API, where they mean nothing.
    pub(crate) parameters: Option<Vec<String>>,
}

impl RouteTable {
    pub(crate) fn new(tables: impl IntoIterator<Item = &'static [Route]>) -> Self {
        let mut routes: HashMap<_, Vec<_>> = HashMap::new();
        for route in tables.into_iter().flatten() {
            let parameters = route.operation.map(|operation| operation().query_parameters());
            routes.entry(route.path).or_default().push(DeclaredRoute { route, parameters });
        }
        Self(routes)
    }

    /// The route of a path and method; a GET route answers HEAD too.
    pub(crate) fn find(&self, path: &str, method: &Method) -> Option<&DeclaredRoute> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|declared| declared.route.method == *method)
    }

    /// The methods that a path takes; none if nothing declares it.
    pub(crate) fn methods(&self, path: &str) -> Vec<&str> {
        let routes = self.0.get(path).into_iter().flatten();
        let mut methods: Vec<&str> = routes.map(|declared| declared.route.method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        if !methods.is_empty() {
            methods.push("OPTIONS");
        }
        methods
    }
}

/// Registers the tables' handlers, path by path in the tables' order.
pub(crate) fn register(config: &mut ServiceConfig, tables: &[&'static [Route]]) {
    let mut paths: Vec<&str> = Vec::new();
    let routes = || tables.iter().copied().flatten();
    for route in routes() {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    for path in paths {
        let handlers = routes().filter(|route| route.path == path);
        let handlers = handlers.map(|route| (route.handler)().guard(method(&route.method)));
        config.service(handlers.fold(web::resource(path), actix_web::Resource::route));
    }
}

/// Requests with this method; a GET route answers HEAD too.
fn method(method: &Method) -> AnyGuard {
    let also = if *method == Method::GET { Method::HEAD } else { method.clone() };
    guard::Any(guard::Method(method.clone())).or(guard::Method(also))
}
