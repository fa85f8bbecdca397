use chrono::{DateTime, Utc};
use kernel::change::Change;
use kernel::error::Fault;
use kernel::manufacturing::{OrderNumber, OrderStatus, Priority, Sku};
use kernel::quantity::Quantity;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::values::{ErpReference, Notes};
use crate::fields::{fixed, kept, nothing_to_change, required};
use crate::json::object_holds_nul;
use crate::name::Name;
use crate::routing::RoutingId;

/// A request for a new order, as it came in (seed 004, section 1.1).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OrderDraft {
    /// Its number; one is given if not.
    pub order_number: Option<String>,
    /// What the ERP calls it.
    pub erp_reference: Option<String>,
    /// What is made; required.
    pub product_identifier: Option<String>,
    /// How much of it; required.
    pub quantity: Option<Decimal>,
    /// How it is made; this or the name is required.
    pub routing_id: Option<String>,
    /// How it is made, by name; both, if given, must agree.
    pub routing_name: Option<String>,
    /// 1 to 5, 5 the most urgent; 1 if not given.
    pub priority: Option<i64>,
    /// When it is to begin, RFC 3339.
    pub scheduled_start_date: Option<String>,
    /// When it is to be done, RFC 3339.
    pub scheduled_end_date: Option<String>,
    /// Remarks.
    pub notes: Option<String>,
    /// Whatever else the ERP keeps of it.
    pub custom_fields: Option<Map<String, Value>>,
}

/// What a new order is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    /// Its number, if one was chosen.
    pub number: Option<OrderNumber>,
    /// What the ERP calls it.
    pub erp_reference: Option<ErpReference>,
    /// What is made.
    pub sku: Sku,
    /// How much of it.
    pub quantity: Quantity,
    /// How it is made.
    pub routing: RoutingChoice,
    /// How urgent it is.
    pub priority: Priority,
    /// When it is to begin.
    pub scheduled_start: Option<DateTime<Utc>>,
    /// When it is to be done, not before that.
    pub scheduled_end: Option<DateTime<Utc>>,
    /// Remarks.
    pub notes: Option<Notes>,
    /// Whatever else the ERP keeps of it.
    pub custom_fields: Option<Map<String, Value>>,
}

/// A routing, by its id, its name in any case, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutingChoice {
    /// By id alone.
    Id(RoutingId),
    /// By name alone.
    Named(Name),
    /// By both, which must agree.
    Both(RoutingId, Name),
}

/// Why a routing can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutingFault {
    /// The team has none of that id or name.
    Unknown,
    /// It is out of use.
    Inactive,
    /// Id and name are of two routings.
    Disagrees,
}

impl RoutingChoice {
    /// The fault of the field by which the routing was chosen.
    pub fn fault(&self, fault: RoutingFault) -> Fault {
        let field = if matches!(self, Self::Named(_)) { "routingName" } else { "routingId" };
        match fault {
            RoutingFault::Unknown if field == "routingId" => UNKNOWN_ROUTING,
            RoutingFault::Unknown => Fault::new(
                field,
                "UNKNOWN_ROUTING",
                "names no routing of the team; send the name of one that exists",
            ),
            RoutingFault::Inactive => Fault::new(
                field,
                "INACTIVE_ROUTING",
                "names a routing that is out of use; name another, or take it into use again",
            ),
            RoutingFault::Disagrees => Fault::new(
                "routingName",
                "ROUTING_MISMATCH",
                "is not the name of the routing that routingId names; send one of them, or both of one routing",
            ),
        }
    }
}

/// A request to change an order, as it came in (seed 004, section 1.4); at least one field is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderPatch {
    /// Where it is to be brought.
    pub status: Option<String>,
    /// 1 to 5, 5 the most urgent.
    pub priority: Option<i64>,
    /// Remarks.
    pub notes: Change<String>,
}

/// What is to become of an order; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderChange {
    /// Where it is to be brought.
    pub status: Option<OrderStatus>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Remarks.
    pub notes: Change<Notes>,
}

/// The most characters of custom fields as JSON text.
const CUSTOM_FIELDS: usize = 20_000;

/// One fault for a malformed id and for one that does not exist: neither names a routing.
pub(super) const UNKNOWN_ROUTING: Fault =
    fixed("routingId", "UNKNOWN_ROUTING", "names no routing of the team; send the id of one that exists");

const NO_ROUTING: Fault =
    fixed("routingId", "MISSING_FIELD", "must be given, or routingName; send one of the team's routings");
const NO_PRODUCT: &str = "must be given; send what is made";
const NO_QUANTITY: &str = "must be given; send how much is to be made";

impl OrderDraft {
    /// What the new order is to be.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<NewOrder, Vec<Fault>> {
        let mut faults = Vec::new();
        let number = kept(text("orderNumber", &self.order_number, OrderNumber::try_new), &mut faults);
        let erp = kept(text("erpReference", &self.erp_reference, ErpReference::try_new), &mut faults);
        let sku = text("productIdentifier", &self.product_identifier, Sku::try_new);
        let sku = kept(required("productIdentifier", sku, NO_PRODUCT), &mut faults);
        let quantity = self.quantity.map(|number| out_of_range("quantity", Quantity::try_new(number)));
        let quantity = kept(required("quantity", quantity.transpose(), NO_QUANTITY), &mut faults);
        let routing = kept(self.routing(), &mut faults);
        let priority = kept(priority(self.priority), &mut faults);
        let start = kept(moment("scheduledStartDate", &self.scheduled_start_date), &mut faults).flatten();
        let end = kept(moment("scheduledEndDate", &self.scheduled_end_date), &mut faults).flatten();
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            let message = "must not be before scheduledStartDate";
            faults.push(Fault::new("scheduledEndDate", "OUT_OF_RANGE", message));
        }
        let notes = kept(notes(self.notes.as_deref()), &mut faults);
        kept(self.check_custom_fields(), &mut faults);
        match (number, erp, sku, quantity, routing, priority, notes) {
            (
                Some(number),
                Some(erp),
                Some(sku),
                Some(quantity),
                Some(routing),
                Some(priority),
                Some(notes),
            ) if faults.is_empty() => Ok(NewOrder {
                number,
                erp_reference: erp,
                sku,
                quantity,
                routing,
                priority: priority.unwrap_or(LEAST_URGENT),
                scheduled_start: start,
                scheduled_end: end,
                notes,
                custom_fields: self.custom_fields.clone(),
            }),
            _ => Err(faults),
        }
    }

    fn routing(&self) -> Result<RoutingChoice, Fault> {
        let id = self.routing_id.as_deref().map(str::parse).transpose().map_err(|_| UNKNOWN_ROUTING)?;
        let name = text("routingName", &self.routing_name, Name::try_new)?;
        match (id, name) {
            (Some(id), None) => Ok(RoutingChoice::Id(id)),
            (None, Some(name)) => Ok(RoutingChoice::Named(name)),
            (Some(id), Some(name)) => Ok(RoutingChoice::Both(id, name)),
            (None, None) => Err(NO_ROUTING),
        }
    }

    fn check_custom_fields(&self) -> Result<(), Fault> {
        let Some(fields) = &self.custom_fields else { return Ok(()) };
        if object_holds_nul(fields) {
            let message = "holds the character U+0000, which is not allowed";
            return Err(Fault::new("customFields", "INVALID_CHARACTER", message));
        }
        let length = Value::Object(fields.clone()).to_string().chars().count();
        if length > CUSTOM_FIELDS {
            let message =
                format!("may have at most {CUSTOM_FIELDS} characters as JSON text, this has {length}");
            return Err(Fault::new("customFields", "OUT_OF_RANGE", message));
        }
        Ok(())
    }
}

impl OrderPatch {
    /// The change that is asked for.
    ///
    /// # Errors
    /// Every fault at once; a patch without any field is the fault of `body`.
    pub fn validate(&self) -> Result<OrderChange, Vec<Fault>> {
        if *self == Self::default() {
            return Err(nothing_to_change("must have at least one of status, notes, priority"));
        }
        let mut faults = Vec::new();
        let status = self.status.as_deref().map(str::parse::<OrderStatus>).transpose();
        let status = status.map_err(|fault| Fault::new("status", "UNKNOWN_VALUE", fault.to_string()));
        let status = kept(status, &mut faults).flatten();
        let priority = kept(priority(self.priority), &mut faults).flatten();
        let notes = kept(
            match &self.notes {
                Change::Keep => Ok(Change::Keep),
                Change::Clear => Ok(Change::Clear),
                Change::Set(text) => notes(Some(text)).map(|notes| notes.map_or(Change::Clear, Change::Set)),
            },
            &mut faults,
        );
        match notes {
            Some(notes) if faults.is_empty() => Ok(OrderChange { status, priority, notes }),
            _ => Err(faults),
        }
    }
}

/// The priority of an order that was given none (seed 004: "1-5, default 1").
const LEAST_URGENT: Priority = Priority::LEAST;

fn priority(number: Option<i64>) -> Result<Option<Priority>, Fault> {
    let read = |number: i64| Priority::try_new(u8::try_from(number).unwrap_or(0));
    out_of_range("priority", number.map(read).transpose())
}

fn notes(text: Option<&str>) -> Result<Option<Notes>, Fault> {
    let read = text.map(Notes::read).transpose();
    read.map(Option::flatten).map_err(|fault| Fault::new("notes", "INVALID_VALUE", fault.to_string()))
}

fn moment(field: &'static str, text: &Option<String>) -> Result<Option<DateTime<Utc>>, Fault> {
    let read = text.as_deref().map(DateTime::parse_from_rfc3339).transpose();
    let read = read.map_err(|_| {
        Fault::new(field, "INVALID_DATE", "must be a time with its offset, such as 2025-01-20T08:00:00Z")
    })?;
    Ok(read.map(|moment| crate::fields::to_the_microsecond(moment.to_utc())))
}

fn text<T, E: std::fmt::Display>(
    field: &'static str,
    text: &Option<String>,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Fault> {
    let read = text.as_deref().map(read).transpose();
    read.map_err(|fault| Fault::new(field, "INVALID_VALUE", fault.to_string()))
}

fn out_of_range<T, E: std::fmt::Display>(field: &'static str, read: Result<T, E>) -> Result<T, Fault> {
    read.map_err(|fault| Fault::new(field, "OUT_OF_RANGE", fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;
    use serde_json::json;

    const ID: &str = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";

    fn good() -> OrderDraft {
        OrderDraft {
            product_identifier: Some("WIDGET-A-001".into()),
            quantity: Some(Decimal::from(100)),
            routing_id: Some(ID.into()),
            ..Default::default()
        }
    }

    #[test]
    fn an_order_needs_a_product_a_quantity_and_a_routing() {
        let faults = OrderDraft::default().validate().unwrap_err();
        let expected = [
            ("productIdentifier", "MISSING_FIELD"),
            ("quantity", "MISSING_FIELD"),
            ("routingId", "MISSING_FIELD"),
        ];
        assert_eq!(codes(&faults), expected);
        let new = good().validate().unwrap();
        assert_eq!((new.number, new.priority.value(), new.notes), (None, 1, None));
        let named = OrderDraft { routing_name: Some("Widget Assembly v1.0".into()), ..good() };
        assert!(matches!(named.validate().unwrap().routing, RoutingChoice::Both(..)));
        let named = OrderDraft { routing_id: None, ..named };
        assert!(matches!(named.validate().unwrap().routing, RoutingChoice::Named(_)));
    }

    #[test]
    fn every_fault_of_an_order_is_named_at_once() {
        let bad = OrderDraft {
            order_number: Some("a\u{202e}b".into()),
            erp_reference: Some(" ".into()),
            product_identifier: Some("x".repeat(101)),
            quantity: Some(Decimal::ZERO),
            routing_id: Some("routing-uuid-123".into()),
            priority: Some(6),
            scheduled_start_date: Some("2025-01-20".into()),
            scheduled_end_date: Some("soon".into()),
            notes: Some("\u{1}".into()),
            custom_fields: json!({"a": {"b": ["\u{0}"]}}).as_object().cloned(),
            ..Default::default()
        };
        let expected = [
            ("orderNumber", "INVALID_VALUE"),
            ("erpReference", "INVALID_VALUE"),
            ("productIdentifier", "INVALID_VALUE"),
            ("quantity", "OUT_OF_RANGE"),
            ("routingId", "UNKNOWN_ROUTING"),
            ("priority", "OUT_OF_RANGE"),
            ("scheduledStartDate", "INVALID_DATE"),
            ("scheduledEndDate", "INVALID_DATE"),
            ("notes", "INVALID_VALUE"),
            ("customFields", "INVALID_CHARACTER"),
        ];
        assert_eq!(codes(&bad.validate().unwrap_err()), expected);
    }

    #[test]
    fn limits_of_an_order_are_kept_on_both_sides() {
        let quantity = |text: &str| OrderDraft { quantity: Some(text.parse().unwrap()), ..good() };
        for (text, good) in
            [("0.001", true), ("999999999999.999", true), ("0.0001", false), ("1000000000000", false)]
        {
            assert_eq!(quantity(text).validate().is_ok(), good, "{text}");
        }
        for (number, good_one) in [(0, false), (1, true), (5, true), (6, false), (-1, false), (257, false)] {
            let draft = OrderDraft { priority: Some(number), ..good() };
            assert_eq!(draft.validate().is_ok(), good_one, "{number}");
        }
        let dates = |start: &str, end: &str| OrderDraft {
            scheduled_start_date: Some(start.into()),
            scheduled_end_date: Some(end.into()),
            ..good()
        };
        let same = dates("2025-01-20T08:00:00Z", "2025-01-20T09:00:00+01:00").validate().unwrap();
        assert_eq!(same.scheduled_start, same.scheduled_end);
        let faults = dates("2025-01-20T08:00:00Z", "2025-01-20T07:59:59Z").validate().unwrap_err();
        assert_eq!(codes(&faults), [("scheduledEndDate", "OUT_OF_RANGE")]);
        let long = "x".repeat(CUSTOM_FIELDS);
        let draft = OrderDraft { custom_fields: json!({"a": long}).as_object().cloned(), ..good() };
        assert_eq!(codes(&draft.validate().unwrap_err()), [("customFields", "OUT_OF_RANGE")]);
    }

    #[test]
    fn a_patch_needs_a_field_and_leaves_the_others_alone() {
        let faults = OrderPatch::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("body", "MISSING_FIELD")]);
        let patch = OrderPatch { notes: Change::Set("  ".into()), ..Default::default() };
        assert_eq!(patch.validate().unwrap().notes, Change::Clear, "nothing is left of it");
        let patch =
            OrderPatch { status: Some("done".into()), priority: Some(0), notes: Change::Set("\0".into()) };
        let expected =
            [("status", "UNKNOWN_VALUE"), ("priority", "OUT_OF_RANGE"), ("notes", "INVALID_VALUE")];
        assert_eq!(codes(&patch.validate().unwrap_err()), expected);
    }
}
