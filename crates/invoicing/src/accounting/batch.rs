//! Reads the batch of a request (seed 002, *Request Format*).

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use kernel::error::Fault;
use kernel::fields::{Fields, decimal, integer, text};
use kernel::money::{Currency, UnitPrice};
use serde_json::{Map, Value};

use super::{AccountingInvoice, ContractorId, Count, InvoiceId, Item, ItemName, PayloadHash, Unit, VatRate};

/// The invoices of one request, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    entries: Vec<BatchEntry>,
}

/// An invoice of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEntry {
    /// What is to be made.
    pub invoice: AccountingInvoice,
    /// The hash of what it says.
    pub payload: PayloadHash,
    /// Where in the batch the same invoice stands first, if this one repeats it; counted from 0.
    pub repeats: Option<usize>,
}

/// What was read of each id so far.
type Seen = RefCell<HashMap<InvoiceId, PayloadHash>>;

impl Batch {
    /// The most invoices of a request (contract, *gepard*).
    pub const MAX_INVOICES: usize = 100;
    /// The most faults that are named one by one: a small body could else have an answer 200 times its size.
    pub const MAX_FAULTS: usize = 1_000;

    /// Reads `{"invoices": […]}`. An invoice that stands there twice with the same content repeats the first.
    ///
    /// # Errors
    /// Every faulty field, by paths such as `invoices[0].items[1].unit_price`; of more than [`Self::MAX_FAULTS`] the
    /// first, and one last that says how many more there are.
    pub fn read(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let none = match request.get("invoices") {
            None | Some(Value::Null) => true,
            Some(invoices) => invoices.as_array().is_some_and(Vec::is_empty),
        };
        if none {
            // the wording of seed 002, *Validation Error*
            return Err(vec![Fault::new("invoices", "MISSING_FIELD", "At least one invoice is required")]);
        }
        let mut fields = Fields::new(request);
        let seen = Seen::default();
        let invoices = fields.list("invoices", Self::MAX_INVOICES, |fields| invoice(fields, &seen));
        fields.finish(invoices).map(Self::of).map_err(|faults| bracketed(capped(faults)))
    }

    fn of(invoices: Vec<(AccountingInvoice, PayloadHash)>) -> Self {
        let mut first = HashMap::new();
        let entry = |(position, (invoice, payload)): (usize, (AccountingInvoice, PayloadHash))| {
            let found = *first.entry(invoice.id()).or_insert(position);
            BatchEntry { invoice, payload, repeats: (found != position).then_some(found) }
        };
        Self { entries: invoices.into_iter().enumerate().map(entry).collect() }
    }

    /// The invoices in the order of the request, at least one.
    pub fn entries(&self) -> &[BatchEntry] {
        &self.entries
    }
}

fn invoice(fields: &mut Fields<'_>, seen: &Seen) -> Option<(AccountingInvoice, PayloadHash)> {
    let id = fields.required("invoice_id", text, str::parse::<InvoiceId>);
    let contractor = fields.required("client_id", text, ContractorId::try_new);
    let currency = Cell::new(None);
    let items = fields.list("items", AccountingInvoice::MAX_ITEMS, |fields| item(fields, &currency));
    let ((id, contractor), (currency, items)) = id.zip(contractor).zip(currency.get().zip(items))?;
    let invoice = match AccountingInvoice::try_new(id, contractor, currency, items) {
        Ok(invoice) => invoice,
        Err(fault) => {
            fields.fault("items", "OUT_OF_RANGE", fault);
            return None;
        }
    };
    let payload = invoice.payload();
    if *seen.borrow_mut().entry(id).or_insert(payload) != payload {
        const FAULT: &str = "stands at another invoice of this request, with other content";
        fields.fault("invoice_id", "DUPLICATE_INVOICE", FAULT);
        return None;
    }
    Some((invoice, payload))
}

/// `first` is the currency of the invoice's items so far.
fn item(fields: &mut Fields<'_>, first: &Cell<Option<Currency>>) -> Option<Item> {
    let name = fields.required("name", text, ItemName::try_new);
    let unit_price = fields.required("unit_price", decimal, UnitPrice::try_new);
    let currency = fields.required("currency", text, |text| text.trim().parse::<Currency>());
    let quantity = fields.required("quantity", integer, Count::try_new);
    let unit = fields.required("quantity_unit", text, Unit::try_new);
    let vat = fields.required("vat_rate", text, str::parse::<VatRate>);
    let percent = fields.optional("tax_rate", integer, Ok::<_, &str>);
    if let Some(currency) = currency {
        match first.get() {
            None => first.set(Some(currency)),
            Some(first) if first != currency => {
                let fault = format!("must be {}, as in the invoice's first item", first.code());
                fields.fault("currency", "CURRENCY_MISMATCH", fault);
            }
            Some(_) => {}
        }
    }
    if let Some((vat, percent)) = vat.zip(percent)
        && percent != i64::from(vat.percent())
    {
        let fault = format!("must be {} or null, as vat_rate is {vat}", vat.percent());
        fields.fault("tax_rate", "TAX_RATE_MISMATCH", fault);
    }
    let ((name, unit_price), ((quantity, unit), vat)) =
        name.zip(unit_price).zip(quantity.zip(unit).zip(vat))?;
    Some(Item { name, unit_price, quantity, unit, vat })
}

fn capped(mut faults: Vec<Fault>) -> Vec<Fault> {
    let more = faults.len().saturating_sub(Batch::MAX_FAULTS);
    if more > 0 {
        faults.truncate(Batch::MAX_FAULTS);
        let told = format!("{more} more faults are not listed here");
        faults.push(Fault::new("invoices", "MORE_FAULTS", told));
    }
    faults
}

/// Faults with their paths as seed 002's surface writes them: `invoices[0].items[1]` for `invoices.0.items.1`.
fn bracketed(mut faults: Vec<Fault>) -> Vec<Fault> {
    for fault in &mut faults {
        let mut path = String::with_capacity(fault.field.len() + 4);
        for (position, part) in fault.field.split('.').enumerate() {
            if part.bytes().all(|byte| byte.is_ascii_digit()) {
                path.extend(["[", part, "]"]);
            } else {
                path.extend([if position == 0 { "" } else { "." }, part]);
            }
        }
        fault.field = path.into();
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: &str = "550e8400-e29b-41d4-a716-446655440001";
    const B: &str = "660e8400-e29b-41d4-a716-446655440002";

    fn item() -> Value {
        json!({"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
               "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null})
    }

    fn invoice(id: &str, items: Value) -> Value {
        json!({"invoice_id": id, "client_id": "152158328", "items": items})
    }

    /// The item with a field replaced, or taken away by `null`.
    fn with(field: &str, value: Value) -> Value {
        let mut item = item();
        item[field] = value;
        item
    }

    fn read(invoices: Value) -> Result<Batch, Vec<Fault>> {
        Batch::read(json!({ "invoices": invoices }).as_object().unwrap())
    }

    fn told(result: Result<Batch, Vec<Fault>>) -> Vec<String> {
        let faults = result.err().unwrap_or_default();
        faults.iter().map(|fault| format!("{} {}: {}", fault.field, fault.code, fault.message)).collect()
    }

    #[test]
    fn the_documents_example_is_read() {
        // seed 002, *Example Request*
        let batch = read(json!([
            {"invoice_id": A, "client_id": "152158328", "items": [
                {"name": "Premium Coffee Beans", "unit_price": "50.00", "currency": "PLN", "quantity": 3,
                 "quantity_unit": "kg", "vat_rate": "23%", "tax_rate": null},
                {"name": "Coffee Filter Papers", "unit_price": "0.25", "currency": "PLN", "quantity": 100,
                 "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]},
            {"invoice_id": B, "client_id": "15485872", "items": [
                {"name": "Office Supplies", "unit_price": "15.00", "currency": "PLN", "quantity": 5,
                 "quantity_unit": "szt.", "vat_rate": "23%", "tax_rate": 23}]}
        ]))
        .unwrap();
        let told: Vec<_> = batch
            .entries()
            .iter()
            .map(|entry| {
                let invoice = &entry.invoice;
                let gross = invoice.totals(crate::accounting::PriceType::Net).unwrap().gross;
                let (id, lines) = (invoice.id(), invoice.items().len());
                format!("{id} {} {lines} {gross} {}", invoice.contractor(), invoice.currency().code())
            })
            .collect();
        assert_eq!(told, [format!("{A} 152158328 2 215.25 PLN"), format!("{B} 15485872 1 92.25 PLN")]);
        assert!(batch.entries().iter().all(|entry| entry.repeats.is_none()));
    }

    #[test]
    fn a_request_without_invoices_is_told_so_in_the_documented_words() {
        for request in [json!({}), json!({"invoices": null}), json!({"invoices": []})] {
            let faults = Batch::read(request.as_object().unwrap());
            assert_eq!(told(faults), ["invoices MISSING_FIELD: At least one invoice is required"]);
        }
        assert_eq!(told(read(json!({}))), ["invoices INVALID_TYPE: Invoices must be a list"]);
        let many = read(json!(vec![invoice(A, json!([item()])); 101]));
        assert_eq!(told(many), ["invoices OUT_OF_RANGE: Invoices must have 1 to 100 entries, this has 101"]);
    }

    #[test]
    fn each_rule_of_a_field_is_a_fault_at_its_path() {
        let uuid = "must be a UUID of version 4, such as 550e8400-e29b-41d4-a716-446655440001";
        let at = |field: &str, fault: &str| vec![format!("invoices[0].{field} {fault}")];
        let bad_id = |id: &str| told(read(json!([invoice(id, json!([item()]))])));
        assert_eq!(bad_id("x"), at("invoice_id", &format!("INVALID_VALUE: Invoice id {uuid}")));
        let v7 = "018f0000-0000-7000-8000-000000000001";
        assert_eq!(bad_id(v7), at("invoice_id", &format!("INVALID_VALUE: Invoice id {uuid}")));
        for (items, fault) in [
            (json!(null), "MISSING_FIELD: Items is required"),
            (json!([]), "OUT_OF_RANGE: Items must have 1 to 500 entries, this has 0"),
            (json!(vec![item(); 501]), "OUT_OF_RANGE: Items must have 1 to 500 entries, this has 501"),
        ] {
            assert_eq!(told(read(json!([invoice(A, items)]))), at("items", fault));
        }
        let rates =
            "must be a Polish VAT rate: 23%, 22%, 8%, 7%, 5%, 4%, 3%, 0%, wdt, exp, zw, np, npue or oo";
        let unknown_rate = format!("INVALID_VALUE: Vat rate {rates}");
        for (field, value, fault) in [
            ("name", json!(" "), "INVALID_VALUE: Name must not be empty"),
            ("name", json!(null), "MISSING_FIELD: Name is required"),
            (
                "name",
                json!("x".repeat(256)),
                "INVALID_VALUE: Name may have at most 255 characters, this has 256",
            ),
            ("unit_price", json!("-0.01"), "INVALID_VALUE: Unit price must be 0 or more"),
            ("unit_price", json!("1.23456"), "INVALID_VALUE: Unit price may have at most 4 decimals"),
            ("unit_price", json!("1,5"), "INVALID_TYPE: Unit price must be a decimal number"),
            ("unit_price", json!("1e3"), "INVALID_TYPE: Unit price must be a decimal number"),
            ("unit_price", json!("1_000"), "INVALID_TYPE: Unit price must be a decimal number"),
            ("unit_price", json!("+5"), "INVALID_TYPE: Unit price must be a decimal number"),
            ("unit_price", json!(".5"), "INVALID_TYPE: Unit price must be a decimal number"),
            ("unit_price", json!("5."), "INVALID_TYPE: Unit price must be a decimal number"),
            ("unit_price", json!(true), "INVALID_TYPE: Unit price must be a decimal number"),
            ("unit_price", json!("100000000000"), "INVALID_VALUE: Unit price must be below 100000000000"),
            (
                "currency",
                json!("zł"),
                "INVALID_VALUE: Currency must be a currency code of three letters, such as EUR",
            ),
            ("quantity", json!(0), "INVALID_VALUE: Quantity must be a whole number from 1 to 1000000"),
            ("quantity", json!(-1), "INVALID_VALUE: Quantity must be a whole number from 1 to 1000000"),
            (
                "quantity",
                json!(1_000_001),
                "INVALID_VALUE: Quantity must be a whole number from 1 to 1000000",
            ),
            ("quantity", json!(1.5), "INVALID_TYPE: Quantity must be a whole number"),
            ("quantity", json!("3"), "INVALID_TYPE: Quantity must be a whole number"),
            ("quantity_unit", json!(""), "INVALID_VALUE: Quantity unit must not be empty"),
            ("vat_rate", json!("24%"), &unknown_rate),
            ("vat_rate", json!(23), "INVALID_TYPE: Vat rate must be text"),
            ("tax_rate", json!(8), "TAX_RATE_MISMATCH: Tax rate must be 23 or null, as vat_rate is 23%"),
            ("tax_rate", json!("23"), "INVALID_TYPE: Tax rate must be a whole number"),
        ] {
            let found = told(read(json!([invoice(A, json!([with(field, value)]))])));
            assert_eq!(found, at(&format!("items[0].{field}"), fault));
        }
    }

    #[test]
    fn prices_come_as_text_or_numbers_and_are_one_content() {
        let batch = |price: Value| read(json!([invoice(A, json!([with("unit_price", price)]))])).unwrap();
        let first = batch(json!("50.00"));
        for price in [json!("50.0"), json!(50), json!(50.0), json!(" 50 ")] {
            assert_eq!(batch(price), first);
        }
    }

    #[test]
    fn two_currencies_in_one_invoice_are_a_fault_and_in_two_are_none() {
        let euros = with("currency", json!("EUR"));
        let mixed = read(json!([invoice(A, json!([item(), euros, item(), euros]))]));
        let fault = "CURRENCY_MISMATCH: Currency must be PLN, as in the invoice's first item";
        assert_eq!(told(mixed), [1, 3].map(|at| format!("invoices[0].items[{at}].currency {fault}")));
        let apart = read(json!([invoice(A, json!([item()])), invoice(B, json!([euros]))])).unwrap();
        assert_eq!(apart.entries()[1].invoice.currency().code(), "EUR");
    }

    #[test]
    fn a_tax_rate_agrees_with_the_vat_rate_or_is_left_out() {
        for (vat, tax, good) in [
            ("23%", json!(23), true),
            ("23%", json!(null), true),
            ("8%", json!(23), false),
            ("0%", json!(0), true),
            ("zw", json!(0), true),
            ("zw", json!(null), true),
            ("np", json!(23), false),
        ] {
            let mut item = with("vat_rate", json!(vat));
            item["tax_rate"] = tax;
            assert_eq!(read(json!([invoice(A, json!([item]))])).is_ok(), good, "{item}");
        }
    }

    #[test]
    fn the_same_id_twice_repeats_the_first_or_is_a_fault() {
        let first = invoice(A, json!([with("unit_price", json!("50.0"))]));
        let other = invoice(A, json!([with("quantity", json!(4))]));
        let upper = invoice(&A.to_uppercase(), json!([item()]));
        let batch = read(json!([first, invoice(B, json!([item()])), upper, first])).unwrap();
        let repeats: Vec<_> = batch.entries().iter().map(|entry| entry.repeats).collect();
        assert_eq!(repeats, [None, None, Some(0), Some(0)]);
        let fault = "Invoice id stands at another invoice of this request, with other content";
        assert_eq!(
            told(read(json!([first, other]))),
            [format!("invoices[1].invoice_id DUPLICATE_INVOICE: {fault}")]
        );
    }

    #[test]
    fn every_fault_of_a_request_is_named_at_once() {
        let request = json!([
            {"invoice_id": 7, "items": [with("quantity", json!(0)), 3, with("vat_rate", json!("x"))]},
            "no invoice",
            {"invoice_id": A, "client_id": "12a", "items": [{}]}
        ]);
        let found = read(request).unwrap_err();
        let paths: Vec<_> = found.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(
            paths,
            [
                "invoices[0].invoice_id",
                "invoices[0].client_id",
                "invoices[0].items[0].quantity",
                "invoices[0].items[1]",
                "invoices[0].items[2].vat_rate",
                "invoices[1]",
                "invoices[2].client_id",
                "invoices[2].items[0].name",
                "invoices[2].items[0].unit_price",
                "invoices[2].items[0].currency",
                "invoices[2].items[0].quantity",
                "invoices[2].items[0].quantity_unit",
                "invoices[2].items[0].vat_rate",
            ]
        );
    }

    #[test]
    fn an_invoice_that_comes_to_too_much_is_a_fault_of_its_items() {
        let mut dear = with("unit_price", json!("99999999999"));
        dear["quantity"] = json!(1_000_000);
        let fault = "Items come to too much: the sum must be below 10000000000000000";
        assert_eq!(
            told(read(json!([invoice(A, json!([dear]))]))),
            [format!("invoices[0].items OUT_OF_RANGE: {fault}")]
        );
    }

    #[test]
    fn a_thousand_faults_are_named_and_the_others_counted() {
        // each item lacks six fields
        let faulty = |items: usize| told(read(json!([invoice(A, json!(vec![json!({}); items]))])));
        let short = json!({"quantity": 1, "vat_rate": "23%"});
        let thousand = told(read(json!([invoice(A, json!(vec![short; 250]))])));
        assert_eq!(thousand.len(), 1_000);
        assert_eq!(
            thousand[999],
            "invoices[0].items[249].quantity_unit MISSING_FIELD: Quantity unit is required"
        );
        let more = faulty(167);
        assert_eq!((more.len(), &more[..6]), (1_001, &faulty(1)[..]));
        assert_eq!(more[999], "invoices[0].items[166].quantity MISSING_FIELD: Quantity is required");
        assert_eq!(more[1_000], "invoices MORE_FAULTS: 2 more faults are not listed here");
        let most = told(read(json!(vec![invoice(A, json!(vec![json!({}); 500])); 100])));
        assert_eq!(most[1_000], "invoices MORE_FAULTS: 299000 more faults are not listed here");
    }
}
