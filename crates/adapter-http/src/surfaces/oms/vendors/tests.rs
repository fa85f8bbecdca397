//! Vendors over HTTP for every role, with a store in memory.

use std::collections::BTreeSet;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, Error, HttpMessage, ResponseError, web};
use kernel::access::{Actor, Identity, Role};
use kernel::id::Id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::middleware::authorisation::tests::services;
use crate::middleware::request_context;
use crate::routes::register;
use crate::services::Services;

/// A user of the only team.
fn user(role: Role, vendor: Option<&str>) -> Actor {
    let vendor = vendor.map(|id| id.parse().unwrap());
    let identity = Identity::User { id: Id::new(Uuid::from_u128(5)), roles: BTreeSet::from([role]), vendor };
    Actor { team: Id::new(Uuid::from_u128(1)), identity }
}

fn admin() -> Actor {
    user(Role::Admin, None)
}

/// Lets the actor through to the routes whose declared demand it meets.
async fn admit(
    actor: Actor,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let path = request.match_pattern().unwrap_or_default();
    let route = ROUTES.iter().find(|route| route.path == path && route.method == *request.method());
    if !actor.meets(route.unwrap().policy.requirement) {
        let refusal = ApiError::new(kernel::error::ErrorKind::Forbidden, "FORBIDDEN", "no");
        return Ok(request.into_response(refusal.error_response()));
    }
    let operation = (route.unwrap().operation.unwrap())();
    let query = Query::parse(request.query_string(), operation.query_parameters().leak())?;
    request.extensions_mut().insert(query);
    request.extensions_mut().insert(actor);
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// The answer to a call by `actor`.
async fn call(
    services: &web::Data<Services>,
    actor: Actor,
    (method, path): (Method, &str),
    body: Option<Value>,
) -> (u16, Value) {
    let guard = from_fn(move |request, next| admit(actor.clone(), request, next));
    let app =
        App::new().app_data(services.clone()).configure(|config| register(config, &[ROUTES])).wrap(guard);
    let app = init_service(app.wrap(from_fn(request_context::wrap))).await;
    let mut request = TestRequest::default().method(method).uri(path);
    if let Some(body) = body {
        request = request.set_json(body);
    }
    let response = call_service(&app, request.to_request()).await;
    (response.status().as_u16(), read_body_json(response).await)
}

async fn created(services: &web::Data<Services>, code: &str, name: &str) -> String {
    let body = json!({"code": code, "name": name});
    let (status, body) = call(services, admin(), (Method::POST, ALL), Some(body)).await;
    assert_eq!(status, 201, "{body}");
    body["data"]["id"].as_str().unwrap().to_owned()
}

/// The codes that a list shows, and its pagination.
fn listed(body: &Value) -> (Vec<&str>, &Value) {
    let vendors = body["data"]["vendors"].as_array().unwrap();
    (vendors.iter().map(|vendor| vendor["code"].as_str().unwrap()).collect(), &body["data"]["pagination"])
}

#[actix_web::test]
async fn a_vendor_is_created_shown_and_updated_in_the_envelope_of_oms() {
    let services = services();
    let body = json!({
        "code": "ven001", "name": "Green Farms", "email": "vendor@example.com", "address": "12 Farm Lane\r\nPune",
        "paymentTermDays": 45, "isActive": false, "colour": "green",
    });
    let (status, answer) = call(&services, admin(), (Method::POST, ALL), Some(body)).await;
    let id = "00000000-0000-0000-0000-000000000001";
    let mut vendor = json!({
        "id": id, "code": "VEN001", "name": "Green Farms", "email": "vendor@example.com",
        "address": "12 Farm Lane\nPune", "paymentTermDays": 45, "isActive": true,
        "createdAt": "1970-01-01T00:00:00Z", "updatedAt": "1970-01-01T00:00:00Z",
    });
    let expected = json!({"success": true, "message": "Vendor created successfully", "data": vendor});
    assert_eq!((status, answer), (201, expected));

    let path = format!("{ALL}/{id}");
    let patch = json!({"email": null, "address": null, "paymentTermDays": 0, "isActive": false, "code": "X"});
    let (status, answer) = call(&services, admin(), (Method::PATCH, &path), Some(patch)).await;
    for (field, value) in [
        ("email", json!(null)),
        ("address", json!(null)),
        ("paymentTermDays", json!(0)),
        ("isActive", json!(false)),
    ] {
        vendor[field] = value;
    }
    let expected = json!({"success": true, "message": "Vendor updated successfully", "data": vendor});
    assert_eq!((status, answer), (200, expected));

    let shown = call(&services, admin(), (Method::GET, &path), None).await;
    assert_eq!(shown, (200, json!({"success": true, "data": vendor})));
}

#[actix_web::test]
async fn the_fields_of_a_vendor_stand_in_their_documented_order() {
    let services = services();
    let id = created(&services, "VEN001", "Green Farms").await;
    let vendors = &services.procurement.vendors;
    let vendor = vendors.find(admin().team, Visibility::All, id.parse().unwrap()).await;
    let text = serde_json::to_string(&VendorResponse::from(&vendor.unwrap())).unwrap();
    let expected = r#"{"id":"00000000-0000-0000-0000-000000000001","code":"VEN001","name":"Green Farms","email":null,"address":null,"paymentTermDays":30,"isActive":true,"createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:00Z"}"#;
    assert_eq!(text, expected);
}

#[actix_web::test]
async fn each_role_reads_and_changes_what_the_role_table_says() {
    let services = services();
    let own = created(&services, "VEN001", "Green Farms").await;
    let other = created(&services, "VEN002", "Blue Lake").await;
    let vendor = Some(own.as_str());
    for (role, vendor, seen, reads, reads_other, changes) in [
        (Role::Admin, None, &["VEN001", "VEN002"][..], 200, 200, 200),
        (Role::Ops, None, &["VEN001", "VEN002"], 200, 200, 403),
        (Role::Accounts, None, &["VEN001", "VEN002"], 200, 200, 403),
        (Role::Vendor, vendor, &["VEN001"], 200, 404, 403),
        // a user who has lost their vendor sees nobody's business
        (Role::Vendor, None, &[], 404, 404, 403),
        (Role::Operator, None, &[], 403, 403, 403),
    ] {
        let who = format!("{} of {vendor:?}", role.as_str());
        let user = || user(role, vendor);
        let (status, list) = call(&services, user(), (Method::GET, ALL), None).await;
        if role == Role::Operator {
            assert_eq!(status, 403, "{who}");
        } else {
            let (codes, pagination) = listed(&list);
            assert_eq!(
                (status, codes, &pagination["totalItems"]),
                (200, seen.to_vec(), &seen.len().into()),
                "{who}"
            );
        }
        for (id, status) in [(&own, reads), (&other, reads_other)] {
            let path = format!("{ALL}/{id}");
            assert_eq!(
                call(&services, user(), (Method::GET, &path), None).await.0,
                status,
                "{who} reads {id}"
            );
            let same = json!({"isActive": true});
            let patched = call(&services, user(), (Method::PATCH, &path), Some(same)).await;
            assert_eq!(patched.0, changes, "{who} changes {id}");
        }
        let taken = json!({"code": "VEN001", "name": "Another"});
        let refused = call(&services, user(), (Method::POST, ALL), Some(taken)).await;
        assert_eq!(refused.0, if role == Role::Admin { 409 } else { 403 }, "{who} creates");
    }
}

#[actix_web::test]
async fn another_vendor_an_absent_one_and_a_malformed_id_are_answered_alike() {
    let services = services();
    let own = created(&services, "VEN001", "Green Farms").await;
    let other = created(&services, "VEN002", "Blue Lake").await;
    let expected =
        (404, json!({"success": false, "error": "Vendor not found", "code": "NOT_FOUND", "errors": {}}));
    for id in [other.as_str(), "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "VEN002"] {
        let path = format!("{ALL}/{id}");
        let vendor = user(Role::Vendor, Some(&own));
        assert_eq!(call(&services, vendor, (Method::GET, &path), None).await, expected, "{id}");
    }
    let absent = format!("{ALL}/0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11");
    let patch = Some(json!({"name": "Nobody"}));
    assert_eq!(call(&services, admin(), (Method::PATCH, &absent), patch).await, expected);
}

#[actix_web::test]
async fn faulty_fields_are_named_all_at_once_in_the_wording_of_oms() {
    let services = services();
    let id = created(&services, "VEN001", "Green Farms").await;
    let one = format!("{ALL}/{id}");
    for (method, path, body, errors) in [
        (Method::POST, ALL, json!({}), json!({"code": ["Code is required"], "name": ["Name is required"]})),
        (
            Method::POST,
            ALL,
            json!({"code": 7, "email": "vendor", "address": "", "paymentTermDays": 366}),
            json!({
                "code": ["must be text"], "name": ["Name is required"],
                "email": ["Email must be of the form name@example.com"], "address": ["Address must not be empty"],
                "paymentTermDays": ["Payment term days must be between 0 and 365"],
            }),
        ),
        (
            Method::PATCH,
            &one,
            json!({"name": "", "email": "", "paymentTermDays": -1}),
            json!({
                "name": ["Name must not be empty"], "email": ["Email must not be empty"],
                "paymentTermDays": ["Payment term days must be between 0 and 365"],
            }),
        ),
        (
            Method::PATCH,
            &one,
            json!({"name": null}),
            json!({"body": ["Send at least one of name, email, address, paymentTermDays, isActive"]}),
        ),
    ] {
        let answer = call(&services, admin(), (method, path), Some(body)).await;
        let expected = json!({"success": false, "error": "Validation failed", "code": "VALIDATION_ERROR", "errors": errors});
        assert_eq!(answer, (422, expected));
    }
    let taken = json!({"code": " ven001", "name": "Another"});
    let expected = json!({
        "success": false, "error": "A vendor of this code exists; choose another code",
        "code": "VENDOR_CODE_TAKEN", "errors": {"code": ["Code is taken by another vendor; choose another"]},
    });
    assert_eq!(call(&services, admin(), (Method::POST, ALL), Some(taken)).await, (409, expected));
}

#[actix_web::test]
async fn a_list_is_paged_filtered_and_searched() {
    let services = services();
    for (code, name) in [("C", "Green Farms"), ("B", "Blue Lake"), ("A", "Greener Farms")] {
        created(&services, code, name).await;
    }
    let retired = created(&services, "D", "Red Barn").await;
    let patch = Some(json!({"isActive": false}));
    call(&services, admin(), (Method::PATCH, &format!("{ALL}/{retired}")), patch).await;
    let pagination = |page: u32, pages: u32, items: u32, limit: u32| json!({"currentPage": page, "totalPages": pages, "totalItems": items, "itemsPerPage": limit});
    for (query, codes, pages) in [
        ("", &["A", "B", "C", "D"][..], pagination(1, 1, 4, 20)),
        ("?page=2&limit=3", &["D"], pagination(2, 2, 4, 3)),
        ("?page=3&limit=3", &[], pagination(3, 2, 4, 3)),
        ("?isActive=true&limit=100", &["A", "B", "C"], pagination(1, 1, 3, 100)),
        ("?isActive=false", &["D"], pagination(1, 1, 1, 20)),
        ("?search=gREEN", &["A", "C"], pagination(1, 1, 2, 20)),
        ("?search=b&isActive=true", &["B"], pagination(1, 1, 1, 20)),
        ("?search=nobody", &[], pagination(1, 0, 0, 20)),
    ] {
        let (status, body) = call(&services, admin(), (Method::GET, &format!("{ALL}{query}")), None).await;
        assert_eq!((status, listed(&body)), (200, (codes.to_vec(), &pages)), "{query}");
    }
    let faulty = format!("{ALL}?isActive=ja&search=a%00&limit=101&page=x");
    let (status, body) = call(&services, admin(), (Method::GET, &faulty), None).await;
    let named: Vec<_> = body["errors"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((status, named), (422, vec!["isActive", "limit", "page", "search"]));
}
