//! `/pos/api/products`: the catalogue, and its stock.

mod dto;

use actix_web::web::Path;
use kernel::manufacturing::Sku;
use sales_orders::ports::ProductFilter;
use sales_orders::product::Product;
use sales_orders::stock::Movement;
use sales_orders::values::ProductName;

use self::dto::{
    AdjustStockRequest, ChangeProductRequest, CreateProductRequest, MovementPage, MovementPageResponse,
    MovementResponse, MovementShownResponse, ProductPage, ProductPageResponse, ProductResponse,
    ProductShownResponse,
};
use super::{Paging, PosErrorResponse, READERS, WRITERS, numbered};
use crate::prelude::*;
use crate::request::if_match;

const ALL: &str = "/pos/api/products";
const ONE: &str = "/pos/api/products/{productId}";
const MOVEMENTS: &str = "/pos/api/products/{productId}/movements";

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_products, RoutePolicy::granted(Scope::Pos, READERS)),
    route!(POST ALL => create_product(CreateProductRequest), RoutePolicy::granted(Scope::Pos, WRITERS)),
    route!(GET ONE => get_product, RoutePolicy::granted(Scope::Pos, READERS)),
    route!(PATCH ONE => change_product(ChangeProductRequest), RoutePolicy::granted(Scope::Pos, WRITERS)),
    route!(GET MOVEMENTS => list_stock_movements, RoutePolicy::granted(Scope::Pos, READERS)),
    route!(POST MOVEMENTS => adjust_stock(AdjustStockRequest), RoutePolicy::granted(Scope::Pos, WRITERS)),
];

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
        (status = 200, description = "A page of the list", body = ProductPageResponse),
        (status = 422, description = "A faulty parameter", body = PosErrorResponse),
    ),
)]
async fn list_products(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = ProductFilter {
        sku: query.read("sku", Sku::try_new).map(|sku| sku.as_str().to_owned()),
        name: query.read("name", ProductName::try_new).map(|name| name.to_string()),
    };
    let paging = Paging::read(&mut query);
    let paging = query.finish(paging)?;
    let found = call.services.sales.products.list(call.actor.team, filter, paging.window).await?;
    let items = found.items.iter().map(ProductResponse::from).collect();
    let page = ProductPage::of(paging, items, found.total, paging.pages(found.total));
    Ok(HttpResponse::Ok().json(ProductPageResponse::of(page)))
}

/// Create a product
///
/// What there is of it at first is its first movement.
#[utoipa::path(
    post, path = ALL, operation_id = "createProduct", tag = "Products",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The product", body = ProductShownResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 409, description = "Another product has the SKU", body = PosErrorResponse, example = json!({
            "success": false, "message": "Another product has this SKU; choose another", "data": null
        })),
        (status = 422, description = "Faulty fields", body = PosErrorResponse, example = json!({
            "success": false, "message": "Validation failed", "data": null,
            "errors": {"sku": ["Sku is required"], "taxRate": ["Tax rate must be a fraction between 0 and 1 with at most four decimals, such as 0.18"]}
        })),
    ),
)]
async fn create_product(call: Call, body: JsonBody<CreateProductRequest>) -> Result<HttpResponse, ApiError> {
    let written = body.once(&call, created, |context, new| call.services.sales.products.create(context, new));
    if_match::send(written.await?, |product| product.version, created)
}

fn created(product: &Product) -> StoredResponse {
    json_answer(StatusCode::CREATED, &ProductShownResponse::of(product.into()))
}

fn changed(product: &Product) -> StoredResponse {
    json_answer(StatusCode::OK, &ProductShownResponse::of(product.into()))
}

/// Get a product
#[utoipa::path(
    get, path = ONE, operation_id = "getProduct", tag = "Products",
    params(("productId" = i64, Path, example = 1)),
    responses(
        (status = 200, description = "The product", body = ProductShownResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such product", body = PosErrorResponse, example = json!({
            "success": false, "message": "Product not found", "data": null
        })),
    ),
)]
async fn get_product(call: Call, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let product = call.services.sales.products.find(call.actor.team, product(&id)?).await?;
    let shown = ProductShownResponse::of((&product).into());
    Ok(if_match::tagged(HttpResponse::Ok().json(shown), product.version))
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
    responses(
        (status = 200, description = "The product as it is now", body = ProductShownResponse, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The team has no such product", body = PosErrorResponse),
        (status = 409, description = "Another product has the SKU", body = PosErrorResponse),
        (status = 412, description = "Its version is none of `If-Match`", body = PosErrorResponse, example = json!({
            "success": false, "message": "The product was changed meanwhile; read it again", "data": null
        })),
        (status = 422, description = "Faulty fields", body = PosErrorResponse),
    ),
)]
async fn change_product(
    request: HttpRequest,
    call: Call,
    id: Path<String>,
    body: JsonBody<ChangeProductRequest>,
) -> Result<HttpResponse, ApiError> {
    let number = product(&id)?;
    let change = body.parse()?;
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
        (status = 200, description = "A page of the ledger", body = MovementPageResponse),
        (status = 404, description = "The team has no such product", body = PosErrorResponse),
        (status = 422, description = "A faulty parameter", body = PosErrorResponse),
    ),
)]
async fn list_stock_movements(
    call: Call,
    id: Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let number = product(&id)?;
    let paging = Paging::read(&mut query);
    let paging = query.finish(paging)?;
    let found = call.services.sales.products.movements(call.actor.team, number, paging.window).await?;
    let items = found.items.iter().map(MovementResponse::from).collect();
    let page = MovementPage::of(paging, items, found.total, paging.pages(found.total));
    Ok(HttpResponse::Ok().json(MovementPageResponse::of(page)))
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
    responses(
        (status = 201, description = "The movement", body = MovementShownResponse, example = json!({
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
)]
async fn adjust_stock(
    call: Call,
    id: Path<String>,
    body: JsonBody<AdjustStockRequest>,
) -> Result<HttpResponse, ApiError> {
    let number = product(&id)?;
    let written = body.once(&call, adjusted, |context, adjustment| {
        call.services.sales.products.adjust(context, number, adjustment)
    });
    send(written.await?, adjusted)
}

fn adjusted(movement: &Movement) -> StoredResponse {
    json_answer(StatusCode::CREATED, &MovementShownResponse::of(movement.into()))
}

fn product(text: &str) -> Result<i64, ApiError> {
    numbered(text, "Product")
}
