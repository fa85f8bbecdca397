//! `/pos/api/products`: the catalogue, and its stock.

use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use kernel::access::Scope;
use kernel::manufacturing::Sku;
use kernel::money::{Rate, UnitPrice};
use kernel::quantity::Amount;
use kernel::write::Answer;
use rust_decimal::Decimal;
use sales_orders::ports::ProductFilter;
use sales_orders::product::{NewProduct, Product, ProductChange};
use sales_orders::stock::{Adjustment, Cause, Movement};
use sales_orders::words::ProductName;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::{Envelope, Page, Paging, PosErrorResponse, READERS, WRITERS, done, numbered, shown};
use crate::access::Access;
use crate::call::Call;
use crate::errors::ApiError;
use crate::idempotency::{claim, key, once, send};
use crate::if_match;
use crate::json_body::JsonBody;
use crate::query::Query;

const ALL: &str = "/pos/api/products";
const ONE: &str = "/pos/api/products/{productId}";
const MOVEMENTS: &str = "/pos/api/products/{productId}/movements";

pub(crate) const ACCESS: &[Access] = &[
    Access::granted(Method::GET, ALL, Scope::Pos, READERS),
    Access::granted(Method::POST, ALL, Scope::Pos, WRITERS),
    Access::granted(Method::GET, ONE, Scope::Pos, READERS),
    Access::granted(Method::PATCH, ONE, Scope::Pos, WRITERS),
    Access::granted(Method::GET, MOVEMENTS, Scope::Pos, READERS),
    Access::granted(Method::POST, MOVEMENTS, Scope::Pos, WRITERS),
];

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource(ALL).route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource(ONE).route(web::get().to(one)).route(web::patch().to(change)))
        .service(web::resource(MOVEMENTS).route(web::get().to(movements)).route(web::post().to(adjust)));
}

/// A product to create.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `create` reads")]
#[schema(rename_all = "camelCase", example = json!({
    "sku": "TOM-1", "name": "Tomatoes", "unitPrice": 12.50, "taxRate": 0.10, "discountRate": 0, "stockQuantity": 100
}))]
pub(crate) struct CreateProductRequest {
    /// Unique in the team; what manufacturing orders of this product make is received into its stock.
    #[schema(min_length = 1, max_length = 100)]
    sku: String,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Of one, before discount and tax: 0 or more, below 10¹¹, up to four decimals; a number, or text.
    unit_price: f64,
    /// A fraction from 0 to 1 with up to four decimals; 0 if left out.
    tax_rate: Option<f64>,
    /// Likewise.
    discount_rate: Option<f64>,
    /// 0 or more, below 10¹², up to three decimals; 0 if left out.
    stock_quantity: Option<f64>,
}

/// What to change of a product; what is left out stays. Orders that exist keep their prices and names.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `change` reads")]
#[schema(rename_all = "camelCase", example = json!({"unitPrice": 13.00, "stockQuantity": 98}))]
pub(crate) struct ChangeProductRequest {
    #[schema(min_length = 1, max_length = 100)]
    sku: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    unit_price: Option<f64>,
    tax_rate: Option<f64>,
    discount_rate: Option<f64>,
    /// How much was counted: the difference is moved.
    stock_quantity: Option<f64>,
}

/// An adjustment of stock.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body that `adjust` reads")]
#[schema(rename_all = "camelCase", example = json!({"quantity": -2, "reason": "broken"}))]
pub(crate) struct AdjustStockRequest {
    /// What came in, or less than 0: went out; not 0, up to three decimals.
    quantity: f64,
    #[schema(min_length = 1, max_length = 100)]
    reason: Option<String>,
}

/// A product.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "sku": "TOM-1", "name": "Tomatoes", "unitPrice": 12.50, "taxRate": 0.10, "discountRate": 0.00,
    "stockQuantity": 100, "version": 1, "createdAt": "2024-12-01T10:30:00Z", "updatedAt": "2024-12-01T10:30:00Z"
}))]
pub(crate) struct ProductResponse {
    /// Its number in the team.
    id: i64,
    sku: String,
    name: String,
    #[schema(value_type = f64)]
    unit_price: UnitPrice,
    #[schema(value_type = f64)]
    tax_rate: Rate,
    #[schema(value_type = f64)]
    discount_rate: Rate,
    /// The sum of its movements.
    #[schema(value_type = f64)]
    stock_quantity: Amount,
    /// 1 at first, one more with each change of the product; stock moves without one. The `ETag`, too.
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Product> for ProductResponse {
    fn from(product: &Product) -> Self {
        Self {
            id: product.number,
            sku: product.sku.as_str().to_owned(),
            name: product.name.as_str().to_owned(),
            unit_price: product.unit_price,
            tax_rate: product.tax_rate,
            discount_rate: product.discount_rate,
            stock_quantity: product.stock,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// An entry of a product's ledger.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 2, "type": "sale", "quantity": -5, "balance": 95, "reason": "sale", "orderId": 1,
    "manufacturingOrderId": null, "createdAt": "2024-12-01T10:30:00Z"
}))]
pub(crate) struct MovementResponse {
    /// Its place in the product's ledger, from 1.
    id: i64,
    /// `opening`, `sale`, `cancellation`, `deletion`, `production`, `count` or `adjustment`.
    #[serde(rename = "type")]
    cause: &'static str,
    /// What came in, or less than 0: went out.
    #[serde(serialize_with = "exactly")]
    #[schema(value_type = f64)]
    quantity: Decimal,
    /// What there was after it.
    #[schema(value_type = f64)]
    balance: Amount,
    /// What was said of an adjustment, else its type.
    reason: String,
    /// The order that took it or gave it back.
    #[schema(required)]
    order_id: Option<i64>,
    /// The manufacturing order that made it.
    #[schema(required)]
    manufacturing_order_id: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<&Movement> for MovementResponse {
    fn from(movement: &Movement) -> Self {
        let cause = movement.cause.as_str();
        let (reason, made_by) = match &movement.cause {
            Cause::Adjustment(Some(reason)) => (reason.as_str(), None),
            Cause::Production(order) => (cause, Some(order.to_string())),
            _ => (cause, None),
        };
        Self {
            id: movement.sequence,
            cause,
            quantity: movement.quantity,
            balance: movement.balance,
            reason: reason.to_owned(),
            order_id: movement.order_number,
            manufacturing_order_id: made_by,
            created_at: movement.at,
        }
    }
}

/// A signed quantity as a JSON number with exactly its digits.
fn exactly<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let number = serde_json::value::RawValue::from_string(number.normalize().to_string());
    number.map_err(serde::ser::Error::custom)?.serialize(serializer)
}

/// List products
///
/// By number.
#[utoipa::path(
    get, path = ALL, operation_id = "listProducts", tag = "Products",
    params(
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("pageSize" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Products a page: 1 to 100, 10 by default"),
        ("sku" = Option<String>, Query, description = "Of this SKU, exactly"),
        ("name" = Option<String>, Query, description = "How the name begins, in any case"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = Envelope<Page<ProductResponse>>),
        (status = 422, description = "A faulty parameter", body = PosErrorResponse),
    ),
    security(("api_key" = ["pos"]), ("bearer" = ["pos"]))
)]
pub(crate) async fn list(request: HttpRequest, call: Call) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
    let filter = ProductFilter {
        sku: query.read("sku", Sku::try_new).map(|sku| sku.as_str().to_owned()),
        name: query.read("name", ProductName::try_new).map(|name| name.to_string()),
    };
    let paging = Paging::read(&mut query);
    let paging = query.finish(paging)?;
    let found = call.services.sales.products.list(call.actor.team, filter, paging.window).await?;
    Ok(shown(paging.of(found.items.iter().map(ProductResponse::from).collect(), Some(found.total))))
}

/// Create a product
///
/// What there is of it at first is its first movement.
#[utoipa::path(
    post, path = ALL, operation_id = "createProduct", tag = "Products",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    request_body = CreateProductRequest,
    responses(
        (status = 201, description = "The product", body = Envelope<ProductResponse>, headers(("ETag" = String, description = "Its version"))),
        (status = 409, description = "Another product has the SKU", body = PosErrorResponse, example = json!({
            "success": false, "message": "Another product has this SKU; choose another", "data": null
        })),
        (status = 422, description = "Faulty fields", body = PosErrorResponse, example = json!({
            "success": false, "message": "Validation failed", "data": null,
            "errors": {"sku": ["Sku is required"], "taxRate": ["Tax rate must be a fraction between 0 and 1 with at most four decimals, such as 0.18"]}
        })),
    ),
    security(("api_key" = ["pos"]), ("bearer" = ["pos"]))
)]
pub(crate) async fn create(
    request: HttpRequest,
    call: Call,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let body = JsonBody::read(&request, payload).await?;
    let claim = claim(&request, key(&request)?, body.hash());
    let written = once(&call, claim, created, |context| async {
        let new = NewProduct::read(&body.object()?).map_err(ApiError::invalid)?;
        Ok(call.services.sales.products.create(context, new).await?)
    });
    if_match::send(written.await?, |product| product.version, created)
}

fn created(product: &Product) -> Answer {
    done(StatusCode::CREATED, ProductResponse::from(product))
}

fn changed(product: &Product) -> Answer {
    done(StatusCode::OK, ProductResponse::from(product))
}

/// Get a product
#[utoipa::path(
    get, path = ONE, operation_id = "getProduct", tag = "Products",
    params(("productId" = i64, Path, example = 1)),
    responses(
        (status = 200, description = "The product", body = Envelope<ProductResponse>, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such product", body = PosErrorResponse, example = json!({
            "success": false, "message": "Product not found", "data": null
        })),
    ),
    security(("api_key" = ["pos"]), ("bearer" = ["pos"]))
)]
pub(crate) async fn one(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let product = call.services.sales.products.find(call.actor.team, product(&id)?).await?;
    Ok(if_match::tagged(shown(ProductResponse::from(&product)), product.version))
}

/// Change a product
///
/// `stockQuantity` is what was counted; the difference becomes a movement of the type `count`.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeProduct", tag = "Products",
    params(
        ("productId" = i64, Path, example = 1),
        ("If-Match" = Option<String>, Header, description = "The version that is to be changed, as `ETag` showed it: `\"3\"`"),
    ),
    request_body = ChangeProductRequest,
    responses(
        (status = 200, description = "The product as it is now", body = Envelope<ProductResponse>, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such product", body = PosErrorResponse),
        (status = 409, description = "Another product has the SKU", body = PosErrorResponse),
        (status = 412, description = "Its version is none of `If-Match`", body = PosErrorResponse, example = json!({
            "success": false, "message": "The product was changed meanwhile; read it again", "data": null
        })),
        (status = 422, description = "Faulty fields", body = PosErrorResponse),
    ),
    security(("api_key" = ["pos"]), ("bearer" = ["pos"]))
)]
pub(crate) async fn change(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let number = product(&id)?;
    let body = JsonBody::read(&request, payload).await?.object()?;
    let change = ProductChange::read(&body).map_err(ApiError::invalid)?;
    let (products, seen) = (&call.services.sales.products, if_match::seen(&request));
    let written = products.change(call.context(), number, change, seen).await?;
    if_match::send(written, |product| product.version, changed)
}

/// List a product's stock movements
///
/// The latest first. The ledger is only ever added to, and its sum is the stock.
#[utoipa::path(
    get, path = MOVEMENTS, operation_id = "listStockMovements", tag = "Products",
    params(
        ("productId" = i64, Path, example = 1),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("pageSize" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Movements a page: 1 to 100, 10 by default"),
    ),
    responses(
        (status = 200, description = "A page of the ledger", body = Envelope<Page<MovementResponse>>),
        (status = 404, description = "The team has no such product", body = PosErrorResponse),
        (status = 422, description = "A faulty parameter", body = PosErrorResponse),
    ),
    security(("api_key" = ["pos"]), ("bearer" = ["pos"]))
)]
pub(crate) async fn movements(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let number = product(&id)?;
    let mut query = Query::of(&request)?;
    let paging = Paging::read(&mut query);
    let paging = query.finish(paging)?;
    let found = call.services.sales.products.movements(call.actor.team, number, paging.window).await?;
    Ok(shown(paging.of(found.items.iter().map(MovementResponse::from).collect(), Some(found.total))))
}

/// Adjust a product's stock
///
/// What came in or went out beside orders.
#[utoipa::path(
    post, path = MOVEMENTS, operation_id = "adjustStock", tag = "Products",
    params(
        ("productId" = i64, Path, example = 1),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours"),
    ),
    request_body = AdjustStockRequest,
    responses(
        (status = 201, description = "The movement", body = Envelope<MovementResponse>, example = json!({
            "success": true, "message": "Operation successful", "data": {
                "id": 3, "type": "adjustment", "quantity": -2, "balance": 93, "reason": "broken", "orderId": null,
                "manufacturingOrderId": null, "createdAt": "2024-12-01T11:00:00Z"
            }
        })),
        (status = 404, description = "The team has no such product", body = PosErrorResponse),
        (status = 409, description = "More would go out than there is", body = PosErrorResponse, example = json!({
            "success": false, "message": "There is not enough in stock: 1", "data": null
        })),
        (status = 422, description = "Faulty fields", body = PosErrorResponse),
    ),
    security(("api_key" = ["pos"]), ("bearer" = ["pos"]))
)]
pub(crate) async fn adjust(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let number = product(&id)?;
    let body = JsonBody::read(&request, payload).await?;
    let claim = claim(&request, key(&request)?, body.hash());
    let written = once(&call, claim, moved, |context| async {
        let adjustment = Adjustment::read(&body.object()?).map_err(ApiError::invalid)?;
        Ok(call.services.sales.products.adjust(context, number, adjustment).await?)
    });
    send(written.await?, moved)
}

fn moved(movement: &Movement) -> Answer {
    done(StatusCode::CREATED, MovementResponse::from(movement))
}

fn product(text: &str) -> Result<i64, ApiError> {
    numbered(text, "Product")
}
