//! `POST /api/grn/verify`.

use grn_ticketing::ports::VerificationOutcome;
use grn_ticketing::receipt::{
    DamageDescription, Disagreement, ItemCount, ItemStatus, ReceiptError, ReceiptItemId, Remarks,
    Verification,
};
use kernel::quantity::Amount;
use kernel::text::identifier;
use rust_decimal::Decimal;

use super::super::OmsErrorResponse;
use super::VERIFY;
use super::dto::TicketLine;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;
use crate::request::field::{ListField, Object};
use crate::response::envelope::envelope;

/// The most bytes of a verification: 8 MiB, room for 500 mismatches whose texts are as long as may be and half of them not
/// ASCII.
const MAX_BYTES: usize = 8 << 20;

/// What was found of a goods receipt. What it repeats of the records must agree with them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "goodsReceiptNoteId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e61", "grnNumber": "GRN-2024-001",
    "dispatchId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e51",
    "operatorRemarks": "Verification completed with discrepancies",
    "mismatches": [{
        "grnItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e71",
        "assignedOrderItemId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e31", "assignedQuantity": 100, "confirmedQuantity": 100,
        "receivedQuantity": 95, "discrepancyQuantity": -5, "status": "QUANTITY_MISMATCH",
        "itemRemarks": "5 units missing from shipment", "damageReported": false
    }]
}))]
pub(crate) struct VerifyGoodsReceiptRequest {
    #[schema(value_type = Uuid)]
    goods_receipt_note_id: Field<String>,
    #[schema(value_type = Option<String>, max_length = 100)]
    grn_number: Field<String>,
    #[schema(value_type = Option<Uuid>)]
    dispatch_id: Field<String>,
    #[schema(value_type = Option<String>, max_length = 2_000)]
    operator_remarks: Field<String>,
    /// The items that are not simply as they were sent; the others are received in full.
    #[schema(value_type = Option<Vec<MismatchRequest>>, max_items = 500)]
    mismatches: ListField<Object<MismatchRequest>>,
    /// The items that this call verifies; all that are still open if it is left out.
    #[schema(value_type = Option<Vec<Uuid>>, min_items = 1, max_items = 500)]
    verified_item_ids: ListField<String>,
}

/// What was found of an item.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MismatchRequest {
    #[schema(value_type = Uuid)]
    grn_item_id: Field<String>,
    #[schema(value_type = Option<Uuid>)]
    assigned_order_item_id: Field<String>,
    #[schema(value_type = Option<f64>)]
    assigned_quantity: Field<Decimal>,
    /// What the dispatch carries.
    #[schema(value_type = Option<f64>)]
    confirmed_quantity: Field<Decimal>,
    /// 0 or more, up to three decimals.
    #[schema(value_type = f64, minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    received_quantity: Field<Decimal>,
    /// Received less confirmed.
    #[schema(value_type = Option<f64>)]
    discrepancy_quantity: Field<Decimal>,
    #[schema(value_type = sets::ReceiptItemStatus)]
    status: Field<String>,
    #[schema(value_type = Option<String>, max_length = 2_000)]
    item_remarks: Field<String>,
    /// Goes together with the status `DAMAGE_REPORTED`.
    #[schema(value_type = Option<bool>)]
    damage_reported: Field<bool>,
    /// Required where damage is reported, and only there.
    #[schema(value_type = Option<String>, max_length = 2_000)]
    damage_description: Field<String>,
    /// Units that arrived and can't be used: at most those received, only where damage is reported. By default all of an item
    /// that lacks nothing, else 0.
    #[schema(value_type = Option<f64>, minimum = 0, exclusive_maximum = 1_000_000_000_000_i64)]
    damaged_quantity: Field<Decimal>,
    /// Whether an excess is accepted too.
    #[schema(value_type = Option<bool>)]
    accept_excess: Field<bool>,
}

/// The most characters of a document's number.
const MAX_NUMBER: usize = 100;

/// A malformed id and one that does not exist have the same fault.
const UNKNOWN_RECEIPT: &str = "names no goods receipt of the team";
const UNKNOWN_ITEM: &str = "names no item of the goods receipt";
const OTHER_DISPATCH: &str = "is not the dispatch of the goods receipt";
const OTHER_ASSIGNMENT: &str = "is not the assignment of the item";
const NOT_OPEN: &str = "names no item of the goods receipt that awaits verification";

impl RequestBody for VerifyGoodsReceiptRequest {
    type Domain = Verification;
    const WORDING: Wording = Wording::Labelled;

    fn into_domain(self, faults: &mut Faults) -> Option<Verification> {
        let receipt = faults.field("goodsReceiptNoteId", self.goods_receipt_note_id);
        let receipt = receipt.code("UNKNOWN_RECEIPT").required(|id| id.parse().map_err(|_| UNKNOWN_RECEIPT));
        let number = faults.field("grnNumber", self.grn_number).empty_as_null();
        let number = number.optional(|number| identifier(number, MAX_NUMBER));
        let dispatch = faults.field("dispatchId", self.dispatch_id).code("DISAGREES");
        let dispatch = dispatch.optional(|id| id.parse().map_err(|_| OTHER_DISPATCH));
        let remarks = faults.field("operatorRemarks", self.operator_remarks).empty_as_null();
        let remarks = remarks.optional(Remarks::try_new);
        let counts = match self.mismatches.is_there() {
            true => faults.optional_list(
                "mismatches",
                self.mismatches,
                Verification::MAX_ITEMS,
                |_, item, faults| item.into_domain(faults),
            ),
            false => Some(Vec::new()),
        };
        let only = verified_items(faults, self.verified_item_ids);
        Some(Verification { receipt: receipt?, number, dispatch, remarks, counts: counts?, only })
    }
}

/// The items that a call verifies; every entry that is none is named.
fn verified_items(faults: &mut Faults, ids: ListField<String>) -> Option<Vec<ReceiptItemId>> {
    let ids = faults.field("verifiedItemIds", ids).given()?;
    if ids.is_empty() || ids.len() > Verification::MAX_ITEMS {
        let message = format!("must have 1 to {} entries, this has {}", Verification::MAX_ITEMS, ids.len());
        faults.add("verifiedItemIds", "OUT_OF_RANGE", format_args!("Verified item ids {message}"));
        return None;
    }
    let mut found = Vec::with_capacity(ids.len());
    for (entry, id) in ids.into_iter().enumerate() {
        let path = format!("verifiedItemIds.{entry}");
        match id {
            Field::Given(id) => match id.parse() {
                Ok(id) => found.push(id),
                Err(_) => faults.add(&path, "UNKNOWN_ITEM", NOT_OPEN),
            },
            _ => faults.add(&path, "INVALID_TYPE", "must be text"),
        }
    }
    Some(found)
}

impl MismatchRequest {
    fn into_domain(self, faults: &mut Faults) -> Option<ItemCount> {
        let item = faults.field("grnItemId", self.grn_item_id).code("UNKNOWN_ITEM");
        let item = item.required(|id| id.parse().map_err(|_| UNKNOWN_ITEM));
        let assigned_item = faults.field("assignedOrderItemId", self.assigned_order_item_id);
        let assigned_item =
            assigned_item.code("DISAGREES").optional(|id| id.parse().map_err(|_| OTHER_ASSIGNMENT));
        let assigned = faults.field("assignedQuantity", self.assigned_quantity).given();
        let confirmed = faults.field("confirmedQuantity", self.confirmed_quantity).given();
        let received = faults.field("receivedQuantity", self.received_quantity).required(Amount::try_new);
        let discrepancy = faults.field("discrepancyQuantity", self.discrepancy_quantity).given();
        let status = faults.field("status", self.status).required(str::parse::<ItemStatus>);
        let remarks =
            faults.field("itemRemarks", self.item_remarks).empty_as_null().optional(Remarks::try_new);
        let is_damage_reported = faults.field("damageReported", self.damage_reported).given();
        let damage = faults.field("damageDescription", self.damage_description).empty_as_null();
        let damage_description = damage.optional(DamageDescription::try_new);
        let damaged = faults.field("damagedQuantity", self.damaged_quantity).optional(Amount::try_new);
        let accepts_excess = faults.field("acceptExcess", self.accept_excess).given();
        Some(ItemCount {
            item: item?,
            assigned_item,
            assigned,
            confirmed,
            received: received?,
            discrepancy,
            status: status?,
            remarks,
            is_damage_reported: is_damage_reported.unwrap_or_default(),
            damage_description,
            damaged,
            accepts_excess: accepts_excess.unwrap_or_default(),
        })
    }
}

impl DomainError for ReceiptError {
    fn wire_faults(&self) -> Vec<Fault> {
        match self {
            Self::Disagrees(disagreements) => disagreements.iter().map(wire_fault).collect(),
            Self::EmptyPeriods(_) => vec![super::super::empty_period()],
            _ => Vec::new(),
        }
    }
}

fn wire_fault(disagreement: &Disagreement) -> Fault {
    let of_item = |entry: &usize, field: &str, code, message: String| {
        Fault::new(format!("mismatches.{entry}.{field}"), code, message)
    };
    let disagrees = |entry, field, message: String| of_item(entry, field, "DISAGREES", message);
    match disagreement {
        Disagreement::UnknownReceipt => Fault::new("goodsReceiptNoteId", "UNKNOWN_RECEIPT", UNKNOWN_RECEIPT),
        Disagreement::Number { recorded } => Fault::new(
            "grnNumber",
            "DISAGREES",
            format!("is not the number of the goods receipt: {recorded}"),
        ),
        Disagreement::Dispatch { recorded } => {
            Fault::new("dispatchId", "DISAGREES", format!("{OTHER_DISPATCH}: {recorded}"))
        }
        Disagreement::NothingVerified => Fault::new("verifiedItemIds", "OUT_OF_RANGE", "names no item"),
        Disagreement::UnknownVerifiedItem { entry } => {
            Fault::new(format!("verifiedItemIds.{entry}"), "UNKNOWN_ITEM", NOT_OPEN)
        }
        Disagreement::RepeatedVerifiedItem { entry } => {
            Fault::new(format!("verifiedItemIds.{entry}"), "DUPLICATE_ITEM", "is named by an earlier entry")
        }
        Disagreement::UnknownItem { entry } => {
            of_item(entry, "grnItemId", "UNKNOWN_ITEM", UNKNOWN_ITEM.to_owned())
        }
        Disagreement::RepeatedItem { entry } => {
            of_item(entry, "grnItemId", "DUPLICATE_ITEM", "is named by an earlier entry".to_owned())
        }
        Disagreement::NotVerifiedNow { entry } => {
            let message = "names an item that verifiedItemIds leaves out".to_owned();
            of_item(entry, "grnItemId", "NOT_VERIFIED_NOW", message)
        }
        Disagreement::AssignedItem { entry } => {
            disagrees(entry, "assignedOrderItemId", OTHER_ASSIGNMENT.to_owned())
        }
        Disagreement::Assigned { entry, recorded } => {
            disagrees(entry, "assignedQuantity", format!("is not what was assigned: {recorded}"))
        }
        Disagreement::Confirmed { entry, recorded } => {
            disagrees(entry, "confirmedQuantity", format!("is not what the dispatch carries: {recorded}"))
        }
        Disagreement::Discrepancy { entry, computed } => {
            let message = format!("is not receivedQuantity less confirmedQuantity: {computed}");
            disagrees(entry, "discrepancyQuantity", message)
        }
        Disagreement::Status { entry, fitting } => {
            let fitting: Vec<_> = fitting.iter().map(|status| status.as_str()).collect();
            disagrees(entry, "status", format!("does not fit the quantities; it is {}", fitting.join(" or ")))
        }
        Disagreement::DamageContradicted { entry } => disagrees(
            entry,
            "damageReported",
            "must be true with the status DAMAGE_REPORTED, and only with it".to_owned(),
        ),
        Disagreement::DamageNotDescribed { entry } => {
            let message = "Damage description is required where damage is reported".to_owned();
            of_item(entry, "damageDescription", "MISSING_FIELD", message)
        }
        Disagreement::DamageNotReported { entry } => {
            disagrees(entry, "damageDescription", "describes a damage that is not reported".to_owned())
        }
        Disagreement::DamagedUnreported { entry } => {
            disagrees(entry, "damagedQuantity", "counts a damage that is not reported".to_owned())
        }
        Disagreement::DamagedBeyondReceived { entry, received } => {
            disagrees(entry, "damagedQuantity", format!("is more than was received: {received}"))
        }
        Disagreement::NoExcess { entry } => {
            disagrees(entry, "acceptExcess", "accepts an excess that is not there".to_owned())
        }
        Disagreement::TooMuch { entry, before } => of_item(
            entry,
            "receivedQuantity",
            "OUT_OF_RANGE",
            format!("must stay below 1000000000000 together with what was received before: {before}"),
        ),
        Disagreement::PastAssignment { entry, assigned, before } => disagrees(
            entry,
            "receivedQuantity",
            format!(
                "passes what was assigned, {assigned}, of which {before} were received before; only an excess without \
                 damage may"
            ),
        ),
    }
}

/// What a verification came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerificationResult {
    grn: VerifiedReceipt,
    /// The ticket of the mismatches; `null` where there are none.
    #[schema(required)]
    ticket: Option<TicketLine>,
    /// How many of the items that were verified now were not as they were sent.
    mismatches: usize,
    message: String,
}

/// The goods receipt as it is now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VerifiedReceipt {
    #[schema(value_type = Uuid)]
    id: String,
    grn_number: String,
    #[schema(value_type = sets::ReceiptStatus)]
    status: &'static str,
    #[schema(value_type = DateTime<Utc>)]
    verified_at: Option<DateTime<Utc>>,
}

envelope!(
    /// What a verification came to, in its envelope.
    VerificationResponse(VerificationResult, message)
);

/// Verify a goods receipt
///
/// Everything that the body repeats is checked against the records, and every disagreement is named. Mismatches open a ticket,
/// or join the receipt's ticket unless that is closed; its priority follows from them. What is accepted moves the order on.
#[utoipa::path(
    post, path = VERIFY, operation_id = "verifyGoodsReceipt", tag = "Goods receipts",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    responses(
        (status = 200, description = "What it came to", body = VerificationResponse, example = json!({
            "success": true, "message": "GRN verified with mismatches. Ticket TKT-202410-001 created automatically.",
            "data": {
                "grn": {
                    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e61", "grnNumber": "GRN-2024-001", "status": "VERIFIED_MISMATCH",
                    "verifiedAt": "2024-10-08T10:30:00Z"
                },
                "ticket": {
                    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e81", "ticketNumber": "TKT-202410-001",
                    "title": "GRN Mismatch - GRN-2024-001 (PO-2024-001)", "priority": "URGENT", "status": "OPEN"
                },
                "mismatches": 2,
                "message": "GRN verified with mismatches. Ticket TKT-202410-001 created automatically."
            }
        })),
        (status = 409, description = "It, or an item that is named, was verified before", body = OmsErrorResponse, example = json!({
            "success": false, "error": "The goods receipt GRN-2024-001 was verified before", "code": "ALREADY_VERIFIED",
            "errors": {}
        })),
        (status = 422, description = "Faulty fields, or what disagrees with the records", body = OmsErrorResponse, example = json!({
            "success": false, "error": "Validation failed", "code": "VALIDATION_ERROR",
            "errors": {"mismatches.0.discrepancyQuantity": ["is not receivedQuantity less confirmedQuantity: -5"]}
        })),
    ),
)]
pub(super) async fn verify_goods_receipt(
    call: Call,
    body: JsonBody<VerifyGoodsReceiptRequest, MAX_BYTES>,
) -> Result<HttpResponse, ApiError> {
    let receiving = &call.services.receiving;
    let written = body.once(&call, verified, |context, found| receiving.verify.verify(context, found));
    send(written.await?, verified)
}

fn verified(outcome: &VerificationOutcome) -> StoredResponse {
    let receipt = &outcome.receipt;
    let message = match &outcome.ticket {
        None => "GRN verified successfully. No mismatches found.".to_owned(),
        Some(ticket) if outcome.is_joined => {
            format!("GRN verified with mismatches. Ticket {} updated.", ticket.number)
        }
        Some(ticket) => {
            format!("GRN verified with mismatches. Ticket {} created automatically.", ticket.number)
        }
    };
    let result = VerificationResult {
        grn: VerifiedReceipt {
            id: receipt.id.to_string(),
            grn_number: receipt.number.to_string(),
            status: receipt.status().as_str(),
            verified_at: receipt.verified_at,
        },
        ticket: outcome.ticket.as_ref().map(TicketLine::from),
        mismatches: outcome.mismatches,
        message: message.clone(),
    };
    json_answer(StatusCode::OK, &VerificationResponse::of(&message, result))
}
