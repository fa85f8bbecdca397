//! Wire types of `/api/gepard/order/process`.

use invoicing::accounting::{
    AccountingInvoice, Batch, BatchResult, ContractorId, Count, InvoiceId, InvoiceOutcome, InvoiceResult,
    Item, ItemName, Unit, VatRate,
};
use kernel::money::{Currency, UnitPrice};
use rust_decimal::Decimal;
use utoipa::openapi::schema::{Object as ObjectSchema, ObjectBuilder, SchemaType, Type};

use super::super::moment;
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::one_of;
use crate::prelude::*;
use crate::request::field::{ListField, Object};
use crate::response::error_bodies::GepardErrorResponse;

/// The most faults that are listed one by one: a small body could otherwise have an answer 200 times its size.
const MAX_FAULTS: usize = 1_000;

/// A batch of invoices.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"invoices": [
    {"invoice_id": "550e8400-e29b-41d4-a716-446655440001", "client_id": "152158328", "items": [
        {"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
         "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null},
        {"name": "Coffee Filter Papers", "unit_price": "0.25", "currency": "PLN", "quantity": 100,
         "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]},
    {"invoice_id": "660e8400-e29b-41d4-a716-446655440002", "client_id": "15485872", "items": [
        {"name": "Office Supplies", "unit_price": "15.00", "currency": "PLN", "quantity": 5,
         "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]}
]}))]
pub(crate) struct ProcessOrderCommand {
    /// Created in parallel; the results keep this order.
    #[schema(value_type = Vec<InvoiceRequest>, min_items = 1, max_items = 100)]
    invoices: ListField<Object<InvoiceRequest>>,
}

/// An invoice to create.
#[derive(Deserialize, ToSchema)]
#[schema(as = GepardInvoice)]
struct InvoiceRequest {
    /// A UUID of version 4. The invoice is created once for it: sent again with the same content, the answer is
    /// `Existed`.
    #[schema(
        value_type = String,
        pattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"
    )]
    invoice_id: Field<String>,
    /// The number of the contractor in wFirma.
    #[schema(value_type = String, pattern = "^[1-9][0-9]{0,19}$")]
    client_id: Field<String>,
    #[schema(value_type = Vec<ItemRequest>, min_items = 1, max_items = 500)]
    items: ListField<Object<ItemRequest>>,
}

/// A line of an invoice.
#[derive(Deserialize, ToSchema)]
#[schema(as = GepardItem)]
struct ItemRequest {
    /// At most 255 characters on one line; one that is longer or holds control characters fails its invoice alone.
    #[schema(value_type = String, min_length = 1)]
    name: Field<String>,
    #[schema(schema_with = unit_price)]
    unit_price: Field<Decimal>,
    /// ISO 4217; one for the whole invoice.
    #[schema(value_type = sets::Currency)]
    currency: Field<String>,
    #[schema(value_type = u32, minimum = 1, maximum = 1_000_000)]
    quantity: Field<i64>,
    #[schema(value_type = String, min_length = 1, max_length = 20)]
    quantity_unit: Field<String>,
    /// A Polish VAT rate: 23%, 22%, 8%, 7%, 5%, 4%, 3%, 0%, wdt, exp, zw, np, npue or oo; the per cent sign may be left
    /// out.
    #[schema(value_type = String, pattern = "^((23|22|8|7|5|4|3|0)( ?%)?|wdt|exp|zw|np|npue|oo)$")]
    vat_rate: Field<String>,
    /// The same as a number, or null.
    #[schema(value_type = Option<u8>, minimum = 0, maximum = 23)]
    tax_rate: Field<i64>,
}

fn unit_price() -> ObjectSchema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .pattern(Some(r"^[0-9]{1,11}(\.[0-9]{1,4})?$"))
        .minimum(Some(0))
        .exclusive_maximum(Some(100_000_000_000_u64))
        .description(Some(
            "A decimal below 100,000,000,000 with at most four decimals, as text or as a number.",
        ))
        .build()
}

impl RequestBody for ProcessOrderCommand {
    type Domain = Batch;
    const WORDING: Wording = Wording::Bracketed;

    fn into_domain(self, faults: &mut Faults) -> Option<Batch> {
        let is_empty = match &self.invoices {
            Field::Absent | Field::Null => true,
            Field::Given(invoices) => invoices.is_empty(),
            Field::Mistyped(_) => false,
        };
        if is_empty {
            // the documented words (`docs/spec/gepard.md`, "Validation")
            faults.add("invoices", "MISSING_FIELD", "At least one invoice is required");
            return None;
        }
        let mut batch = Batch::default();
        faults.list("invoices", self.invoices, Batch::MAX_INVOICES, |invoice, faults| {
            invoice.add_to(&mut batch, faults)
        })?;
        Some(batch)
    }
}

impl InvoiceRequest {
    fn add_to(self, batch: &mut Batch, faults: &mut Faults) -> Option<()> {
        let id = faults.field("invoice_id", self.invoice_id).required(str::parse::<InvoiceId>);
        let contractor = faults.field("client_id", self.client_id).required(ContractorId::try_new);
        let mut currency = None;
        let items = faults.list("items", self.items, AccountingInvoice::MAX_ITEMS, |item, faults| {
            item.read(&mut currency, faults)
        });
        let invoice = AccountingInvoice::try_new(id?, contractor?, currency?, items?)
            .map_err(|fault| faults.add("items", "OUT_OF_RANGE", format_args!("Items {fault}")));
        batch
            .add(invoice.ok()?)
            .map_err(|fault| {
                faults.add("invoice_id", "DUPLICATE_INVOICE", format_args!("Invoice id {fault}"))
            })
            .ok()
    }
}

impl ItemRequest {
    /// Reads the item; `first` is the currency of the invoice's items before it.
    fn read(self, first: &mut Option<Currency>, faults: &mut Faults) -> Option<Item> {
        let name = faults.field("name", self.name).required(ItemName::try_new);
        let unit_price = faults.field("unit_price", self.unit_price).required(UnitPrice::try_new);
        let currency =
            faults.field("currency", self.currency).required(|text| text.trim().parse::<Currency>());
        let quantity = faults.field("quantity", self.quantity).required(Count::try_new);
        let unit = faults.field("quantity_unit", self.quantity_unit).required(Unit::try_new);
        let vat = faults.field("vat_rate", self.vat_rate).required(str::parse::<VatRate>);
        let percent = faults.field("tax_rate", self.tax_rate).given();
        if let Some(currency) = currency
            && let first = *first.get_or_insert(currency)
            && first != currency
        {
            let fault = format_args!("Currency must be {}, as in the invoice's first item", first.code());
            faults.add("currency", "CURRENCY_MISMATCH", fault);
        }
        if let Some((vat, percent)) = vat.zip(percent)
            && percent != i64::from(vat.percent())
        {
            let fault = format_args!("Tax rate must be {} or null, as vat_rate is {vat}", vat.percent());
            faults.add("tax_rate", "TAX_RATE_MISMATCH", fault);
        }
        Some(Item { name: name?, unit_price: unit_price?, quantity: quantity?, unit: unit?, vat: vat? })
    }
}

/// The first faults of a batch, and one last that says how many more there are.
pub(super) fn limited(mut faults: Vec<Fault>) -> Vec<Fault> {
    let more = faults.len().saturating_sub(MAX_FAULTS);
    if more > 0 {
        faults.truncate(MAX_FAULTS);
        let message = format!("{more} more faults are not listed here");
        faults.push(Fault::new("invoices", "MORE_FAULTS", message));
    }
    faults
}

/// The result of an invoice.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GepardInvoiceResult)]
pub(crate) struct InvoiceResultResponse {
    invoice_id: String,
    client_id: String,
    /// `Created`, `Existed` or `Failed`.
    #[schema(value_type = sets::GepardInvoiceStatus)]
    status: &'static str,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = DateTime<Utc>, required = false)]
    created_at: Option<String>,
    /// The legal number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    invoice_number: Option<String>,
    /// The id in wFirma.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    wfirma_invoice_id: Option<String>,
    /// Why it failed: `VALIDATION_ERROR`, `KSEF_NOT_AUTHORIZED`, `CONTRACTOR_NOT_FOUND`, `INSUFFICIENT_PERMISSIONS`,
    /// `RATE_LIMIT_EXCEEDED`, `SERVICE_UNAVAILABLE`, `INTERNAL_ERROR`, `OUTCOME_UNKNOWN` or `IDEMPOTENCY_CONFLICT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = sets::GepardErrorCode, required = false)]
    error_code: Option<&'static str>,
    /// The same for people; of a `VALIDATION_ERROR`, what wFirma says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    error_message: Option<String>,
}

impl From<&InvoiceResult> for InvoiceResultResponse {
    fn from(result: &InvoiceResult) -> Self {
        let bare = Self {
            invoice_id: result.invoice.to_string(),
            client_id: result.contractor.to_string(),
            status: result.outcome.as_str(),
            created_at: None,
            invoice_number: None,
            wfirma_invoice_id: None,
            error_code: None,
            error_message: None,
        };
        match &result.outcome {
            InvoiceOutcome::Created(created) | InvoiceOutcome::Existed(created) => Self {
                created_at: Some(moment(created.at)),
                invoice_number: Some(created.issued.number.to_string()),
                wfirma_invoice_id: Some(created.issued.wfirma_id.to_string()),
                ..bare
            },
            InvoiceOutcome::Failed(failure) => Self {
                error_code: Some(failure.code.as_str()),
                error_message: Some(failure.message.to_string()),
                ..bare
            },
        }
    }
}

/// The result of a batch; the counts add up to `totalInvoices`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GepardBatchResponse, example = json!({
    "success": true, "totalInvoices": 2, "successfulInvoices": 1, "existingInvoices": 1, "failedInvoices": 0,
    "invoiceResults": [
        {"invoiceId": "550e8400-e29b-41d4-a716-446655440001", "clientId": "152158328", "status": "Created",
         "createdAt": "2025-08-30T13:00:44.764575+00:00", "invoiceNumber": "FV 22/2025",
         "wfirmaInvoiceId": "381321041"},
        {"invoiceId": "660e8400-e29b-41d4-a716-446655440002", "clientId": "15485872", "status": "Existed",
         "createdAt": "2025-08-30T13:35:18.920940+00:00", "invoiceNumber": "FV 23/2025",
         "wfirmaInvoiceId": "381323351"}]
}))]
pub(crate) struct BatchResponse {
    /// Whether every invoice exists.
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = &'static str, required = false)]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    error_message: Option<String>,
    total_invoices: usize,
    /// Created for this request.
    successful_invoices: usize,
    /// Created before.
    existing_invoices: usize,
    failed_invoices: usize,
    /// In the order of the request.
    invoice_results: Vec<InvoiceResultResponse>,
}

impl From<&BatchResult> for BatchResponse {
    fn from(result: &BatchResult) -> Self {
        let (verdict, counts) = (&result.verdict, result.counts);
        Self {
            success: verdict.is_success(),
            error_code: verdict.error().map(|(code, _)| code),
            error_message: verdict.error().map(|(_, message)| message.to_owned()),
            total_invoices: counts.total,
            successful_invoices: counts.created,
            existing_invoices: counts.existing,
            failed_invoices: counts.failed,
            invoice_results: result.results.iter().map(InvoiceResultResponse::from).collect(),
        }
    }
}

one_of!(
    /// A request that did not go well: a batch that was begun carries counts and results, anything else is an error alone.
    GepardRefusal:
    BatchResponse, "A batch that was begun.";
    GepardErrorResponse, "What was refused before any invoice was looked at."
);
