//! `/api/vendors`.

use kernel::access::{AccessMode, PermissionArea, Visibility};
use kernel::email::Email;
use kernel::id::VendorId;
use procurement::ports::VendorFilter;
use procurement::vendor::{
    Address, NewVendor, PaymentTerm, Vendor, VendorChange, VendorCode, VendorError, VendorName, VendorSearch,
};

use super::{MAX_LIMIT, OmsErrorResponse, Pagination};
use crate::prelude::*;
use crate::response::envelope::envelope;

const ALL: &str = "/api/vendors";
const ONE: &str = "/api/vendors/{vendorId}";

/// Vendors are an order's business: the role table's *Order Management* column governs them.
const AREA: PermissionArea = PermissionArea::OrderManagement;

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_vendors, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(POST ALL => create_vendor(CreateVendorRequest), RoutePolicy::area(AREA, AccessMode::Change)),
    route!(GET ONE => get_vendor, RoutePolicy::area(AREA, AccessMode::Read)),
    route!(PATCH ONE => change_vendor(ChangeVendorRequest), RoutePolicy::area(AREA, AccessMode::Change)),
];

/// A vendor to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "code": "VEN001", "name": "Green Farms", "email": "vendor@example.com", "address": "12 Farm Lane\nPune 411001",
    "paymentTermDays": 30
}))]
pub(crate) struct CreateVendorRequest {
    /// 1 to 20 of the letters A to Z (small ones become capitals), digits and hyphens; unique in the team, and never
    /// changed: the numbers of the vendor's invoices are made of it.
    #[schema(value_type = String, pattern = "^[A-Za-z0-9-]{1,20}$")]
    code: Field<String>,
    /// On one line.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Field<String>,
    /// Of the form name@host.
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    email: Field<String>,
    /// It may have several lines.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    address: Field<String>,
    /// How many days after its date an invoice is due.
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 365, default = 30)]
    payment_term_days: Field<i64>,
}

/// What to change of a vendor; what is left out stays. Its code never changes.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"email": "billing@example.com", "address": null, "paymentTermDays": 45}))]
pub(crate) struct ChangeVendorRequest {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name: Field<String>,
    /// `null` takes it away.
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    email: Field<String>,
    /// `null` takes it away.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    address: Field<String>,
    /// Holds for invoices from now on; those that exist keep their dates.
    #[schema(value_type = Option<u16>, minimum = 0, maximum = 365)]
    payment_term_days: Field<i64>,
    #[schema(value_type = Option<bool>)]
    is_active: Field<bool>,
}

impl RequestBody for CreateVendorRequest {
    type Domain = NewVendor;
    const WORDING: Wording = Wording::LabelledValues;

    fn into_domain(self, faults: &mut Faults) -> Option<NewVendor> {
        let code = faults.field("code", self.code).required(VendorCode::try_new);
        let name = faults.field("name", self.name).required(VendorName::try_new);
        let email = faults.field("email", self.email).optional(Email::try_new);
        let address = faults.field("address", self.address).optional(Address::try_new);
        let term = payment_term(faults, self.payment_term_days);
        Some(NewVendor { code: code?, name: name?, email, address, payment_term: term.unwrap_or_default() })
    }
}

impl RequestBody for ChangeVendorRequest {
    type Domain = VendorChange;
    const WORDING: Wording = Wording::LabelledValues;

    fn into_domain(self, faults: &mut Faults) -> Option<VendorChange> {
        let change = VendorChange {
            name: faults.field("name", self.name).optional(VendorName::try_new),
            email: faults.field("email", self.email).change(Email::try_new),
            address: faults.field("address", self.address).change(Address::try_new),
            payment_term: payment_term(faults, self.payment_term_days),
            is_active: faults.field("isActive", self.is_active).given(),
        };
        faults.some_change(change, "Send at least one of name, email, address, paymentTermDays, isActive")
    }
}

fn payment_term(faults: &mut Faults, days: Field<i64>) -> Option<PaymentTerm> {
    faults.field("paymentTermDays", days).code("OUT_OF_RANGE").optional(PaymentTerm::try_new)
}

impl DomainError for VendorError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::CodeTaken => {
                vec![Fault::new(
                    "code",
                    "VENDOR_CODE_TAKEN",
                    "Code is taken by another vendor; choose another",
                )]
            }
            _ => Vec::new(),
        }
    }
}

/// A vendor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "code": "VEN001", "name": "Green Farms",
    "email": "vendor@example.com", "address": "12 Farm Lane\nPune 411001", "paymentTermDays": 30, "isActive": true,
    "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
}))]
pub(crate) struct VendorResponse {
    #[schema(value_type = Uuid)]
    id: String,
    code: String,
    name: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    address: Option<String>,
    payment_term_days: u16,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Vendor> for VendorResponse {
    fn from(vendor: &Vendor) -> Self {
        Self {
            id: vendor.id.to_string(),
            code: vendor.code.to_string(),
            name: vendor.name.as_str().to_owned(),
            email: vendor.email.as_ref().map(Email::as_str).map(str::to_owned),
            address: vendor.address.as_ref().map(Address::as_str).map(str::to_owned),
            payment_term_days: vendor.payment_term.days(),
            is_active: vendor.is_active,
            created_at: vendor.created_at,
            updated_at: vendor.updated_at,
        }
    }
}

/// A page of vendors.
#[derive(Serialize, ToSchema)]
pub(crate) struct VendorList {
    vendors: Vec<VendorResponse>,
    pagination: Pagination,
}

envelope!(
    /// A page of vendors, in its envelope.
    VendorListResponse(VendorList)
);

envelope!(
    /// A vendor, in its envelope.
    VendorShownResponse(VendorResponse)
);

envelope!(
    /// A vendor after it was created or changed, in its envelope.
    VendorDoneResponse(VendorResponse, message)
);

/// List vendors
///
/// By code. A vendor's own people see that vendor alone.
#[utoipa::path(
    get, path = ALL, operation_id = "listVendors", tag = "Vendors",
    params(
        ("page" = Option<u32>, Query, minimum = 1, description = "From 1, which is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Vendors a page: 1 to 100, 20 by default"),
        ("isActive" = Option<bool>, Query, description = "Only those in use, or only those that are not; all by default"),
        ("search" = Option<String>, Query, min_length = 1, max_length = 200, description = "How the code or the name begins, in any case"),
    ),
    responses(
        (status = 200, description = "A page of the list", body = VendorListResponse, example = json!({
            "success": true,
            "data": {
                "vendors": [{
                    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "code": "VEN001", "name": "Green Farms",
                    "email": "vendor@example.com", "address": "12 Farm Lane\nPune 411001", "paymentTermDays": 30,
                    "isActive": true, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
                }],
                "pagination": {"currentPage": 1, "totalPages": 1, "totalItems": 1, "itemsPerPage": 20}
            }
        })),
        (status = 422, description = "A faulty parameter", body = OmsErrorResponse),
    ),
)]
async fn list_vendors(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let is_active = query.read("isActive", |text| text.parse().map_err(|_| "must be true or false"));
    let filter = VendorFilter { is_active, search: query.read("search", VendorSearch::try_new) };
    let page = query.page(MAX_LIMIT);
    let (page, window) = query.finish(page)?;
    let listing = call.services.procurement.vendors.list(call.actor.team, visibility(&call), filter, window);
    let listing = listing.await?;
    let pagination = Pagination::of(&listing, page, window);
    let vendors = listing.items.iter().map(VendorResponse::from).collect();
    Ok(HttpResponse::Ok().json(VendorListResponse::of(VendorList { vendors, pagination })))
}

/// Create a vendor
#[utoipa::path(
    post, path = ALL, operation_id = "createVendor", tag = "Vendors",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 201, description = "The vendor", body = VendorDoneResponse, example = json!({
            "success": true, "message": "Vendor created successfully",
            "data": {
                "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "code": "VEN001", "name": "Green Farms",
                "email": "vendor@example.com", "address": "12 Farm Lane\nPune 411001", "paymentTermDays": 30,
                "isActive": true, "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
            }
        })),
        (status = 409, description = "A vendor of this code exists", body = OmsErrorResponse, example = json!({
            "success": false, "error": "A vendor of this code exists; choose another code",
            "code": "VENDOR_CODE_TAKEN",
            "errors": {"code": ["Code is taken by another vendor; choose another"]}
        })),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Validation failed", "code": "VALIDATION_ERROR",
            "errors": {"code": ["Code is required"], "email": ["Email must be of the form name@example.com"]}
        })),
    ),
)]
async fn create_vendor(call: Call, body: JsonBody<CreateVendorRequest>) -> Result<HttpResponse, ApiError> {
    let written =
        body.once(&call, created, |context, new| call.services.procurement.vendors.create(context, new));
    send(written.await?, created)
}

fn created(vendor: &Vendor) -> StoredResponse {
    json_answer(StatusCode::CREATED, &VendorDoneResponse::of("Vendor created successfully", vendor.into()))
}

/// Get a vendor
#[utoipa::path(
    get, path = ONE, operation_id = "getVendor", tag = "Vendors",
    responses(
        (status = 200, description = "The vendor", body = VendorShownResponse, example = json!({
            "success": true,
            "data": {
                "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "code": "VEN001", "name": "Green Farms",
                "email": "vendor@example.com", "address": null, "paymentTermDays": 30, "isActive": true,
                "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T10:30:00Z"
            }
        })),
        (status = 404, description = "The team has no such vendor, or it is not the caller's own", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Vendor not found", "code": "NOT_FOUND", "errors": {}
        })),
    ),
)]
async fn get_vendor(call: Call, PathId(id): PathId<VendorId>) -> Result<HttpResponse, ApiError> {
    let vendor = call.services.procurement.vendors.find(call.actor.team, visibility(&call), id);
    Ok(HttpResponse::Ok().json(VendorShownResponse::of(VendorResponse::from(&vendor.await?))))
}

/// Change a vendor
///
/// `isActive: false` takes it out of use. Nothing that refers to it changes.
#[utoipa::path(
    patch, path = ONE, operation_id = "changeVendor", tag = "Vendors",
    responses(
        (status = 200, description = "The vendor as it is now", body = VendorDoneResponse, example = json!({
            "success": true, "message": "Vendor updated successfully",
            "data": {
                "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11", "code": "VEN001", "name": "Green Farms",
                "email": "billing@example.com", "address": null, "paymentTermDays": 45, "isActive": true,
                "createdAt": "2024-10-08T10:30:00Z", "updatedAt": "2024-10-08T11:00:00Z"
            }
        })),
        (status = 404, description = "The team has no such vendor", body = OmsErrorResponse),
        (status = 422, description = "Faulty fields", body = OmsErrorResponse),
    ),
)]
async fn change_vendor(
    call: Call,
    PathId(id): PathId<VendorId>,
    body: JsonBody<ChangeVendorRequest>,
) -> Result<HttpResponse, ApiError> {
    let written =
        body.run(&call, |context, change| call.services.procurement.vendors.change(context, id, change));
    send(written.await?, |vendor| {
        json_answer(StatusCode::OK, &VendorDoneResponse::of("Vendor updated successfully", vendor.into()))
    })
}

/// What of the area the caller sees.
fn visibility(call: &Call) -> Visibility {
    call.actor.visibility(AREA)
}

#[cfg(test)]
mod tests;
