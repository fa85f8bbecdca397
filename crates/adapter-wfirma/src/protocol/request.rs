use invoicing::accounting::{AccountingConnection, AccountingInvoice, InvoiceDates, InvoiceId, Keys};
use serde_json::{Value, json};

use super::PAGE;

/// An action of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    AddInvoice,
    FindInvoices,
    FindVatCodes,
}

impl Action {
    /// Whether it writes.
    pub(crate) const fn writes(self) -> bool {
        matches!(self, Self::AddInvoice)
    }

    /// Its path beneath the service's address.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::AddInvoice => "invoices/add",
            Self::FindInvoices => "invoices/find",
            Self::FindVatCodes => "vat_codes/find",
        }
    }
}

/// Selects one of the keys.
type KeySelector = fn(&Keys) -> &str;

/// The headers of the keys.
pub(crate) const HEADERS: [(&str, KeySelector); 3] = [
    ("accessKey", |keys| keys.access.expose()),
    ("secretKey", |keys| keys.secret.expose()),
    ("appKey", |keys| keys.app.expose()),
];

/// The query of every request: without the formats the service responds in XML.
pub(crate) fn formats(connection: &AccountingConnection) -> [(&'static str, &str); 3] {
    [("inputFormat", "json"), ("outputFormat", "json"), ("company_id", connection.company.as_str())]
}

/// The body that creates an invoice; `vat_codes` are the ids of its items' VAT codes, item by item.
pub(crate) fn add(
    connection: &AccountingConnection,
    invoice: &AccountingInvoice,
    dates: InvoiceDates,
    vat_codes: &[String],
) -> Value {
    let items = invoice.items().iter().zip(vat_codes).map(|(item, vat_code)| {
        json!({"invoicecontent": {
            "name": item.name.as_str(),
            "unit": item.unit.as_str(),
            "count": item.quantity.get().to_string(),
            "price": item.unit_price.to_string(),
            "vat_code": {"id": vat_code},
        }})
    });
    let (issued, due) = (dates.issued.to_string(), dates.due.to_string());
    json!({"api": {"invoices": [{"invoice": {
        "contractor": {"id": invoice.contractor().as_str()},
        "type": "normal",
        "price_type": connection.prices.as_str(),
        "paymentmethod": connection.payment_method.as_str(),
        "date": issued,
        "paymentdate": due,
        "disposaldate": issued,
        "currency": invoice.currency().code(),
        "id_external": invoice.id().to_string(),
        "invoicecontents": items.collect::<Vec<_>>(),
    }}]}})
}

/// The body that finds the invoices of an id.
pub(crate) fn find(id: InvoiceId) -> Value {
    let condition = json!({"field": "id_external", "operator": "eq", "value": id.to_string()});
    json!({"api": {"invoices": {"parameters": {
        "page": 1,
        "limit": PAGE,
        "conditions": {"and": [{"condition": condition}]},
    }}}})
}

/// The body that lists a page of the company's VAT codes, counted from 1.
pub(crate) fn list_vat_codes(page: usize, limit: usize) -> Value {
    json!({"api": {"vat_codes": {"parameters": {"page": page, "limit": limit}}}})
}

#[cfg(test)]
mod tests {
    use invoicing::accounting::ContractorId;
    use invoicing::contract;

    use super::*;

    #[test]
    fn an_invoice_is_written_as_documented() {
        let connection = contract::connection("77");
        let invoice = contract::invoice(1, &ContractorId::try_new("152158328").unwrap());
        let dates = connection.dates("2025-08-30T10:00:00Z".parse().unwrap());
        let ids = ["222", "222", "225", "226"].map(str::to_owned);
        let content = |name: &str, count: &str, price: &str, vat: &str| {
            json!({"invoicecontent":
                {"name": name, "unit": "szt.", "count": count, "price": price, "vat_code": {"id": vat}}})
        };
        let expected = json!({"api": {"invoices": [{"invoice": {
            "contractor": {"id": "152158328"}, "type": "normal", "price_type": "netto",
            "paymentmethod": "transfer", "date": "2025-08-30", "paymentdate": "2025-09-13",
            "disposaldate": "2025-08-30", "currency": "PLN", "id_external": invoice.id().to_string(),
            "invoicecontents": [
                content("Kawa", "3", "50.00", "222"),
                content("Filtry", "101", "0.2501", "222"),
                content("Książka", "1", "33.3333", "225"),
                content("Szkolenie", "1", "10.01", "226"),
            ],
        }}]}});
        assert_eq!(add(&connection, &invoice, dates, &ids), expected);
    }

    #[test]
    fn every_request_names_json_and_its_company() {
        let connection = contract::connection("77");
        let expected = [("inputFormat", "json"), ("outputFormat", "json"), ("company_id", "77")];
        assert_eq!(formats(&connection), expected);
        let carried = HEADERS.map(|(name, key)| (name, key(&connection.keys)));
        let expected = [
            ("accessKey", "access-key-of-77"),
            ("secretKey", "secret-key-of-77"),
            ("appKey", "app-key-of-77"),
        ];
        assert_eq!(carried, expected);
    }
}
