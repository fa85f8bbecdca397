//! Requests to the sandbox, in any of the forms that clients send.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::vat;
use crate::json::Json;

/// A call of an action, such as `invoices/add`.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) action: String,
    /// The id in the path, if there is one.
    pub(super) id: Option<String>,
    pub(super) company: String,
    pub(super) body: Json,
}

impl Call {
    /// The body's part for a module, within `api` or not.
    fn module(&self, name: &str) -> Option<&Json> {
        self.body.get("api").unwrap_or(&self.body).get(name)
    }

    /// The one invoice to be added; `None` if there is none or more than one.
    pub(super) fn invoice(&self) -> Option<&Json> {
        match records(self.module("invoices")?, "invoice").as_slice() {
            [invoice] => Some(*invoice),
            _ => None,
        }
    }

    /// The field and the value of the only condition, if there is one.
    ///
    /// # Errors
    /// When the sandbox does not support the condition.
    pub(super) fn condition(&self, module: &str) -> Result<Option<(String, String)>, ()> {
        let conditions = self.module(module).and_then(|module| module.at(&["parameters", "conditions"]));
        let Some(conditions) = conditions else { return Ok(None) };
        let conditions = conditions.get("and").map(|all| records(all, "condition")).unwrap_or_default();
        let [condition] = conditions.as_slice() else { return Err(()) };
        let text = |key: &str| condition.get(key).and_then(Json::text).ok_or(());
        if text("operator")? != "eq" {
            return Err(());
        }
        Ok(Some((text("field")?, text("value")?)))
    }

    /// The page, from 1, and how many records it has.
    pub(super) fn page(&self, module: &str) -> (usize, usize) {
        let parameters = self.module(module).and_then(|module| module.get("parameters"));
        let number = |key: &str| parameters.and_then(|found| found.get(key)?.text()?.parse().ok());
        (number("page").unwrap_or(1).max(1), number("limit").unwrap_or(20).clamp(1, 100))
    }

    /// The contractor of the invoice to be added.
    pub(super) fn contractor(&self) -> Option<String> {
        self.invoice()?.at(&["contractor", "id"])?.text()
    }

    /// The external id that is searched for.
    pub(super) fn external_id(&self) -> Option<String> {
        match self.condition("invoices") {
            Ok(Some((field, value))) if field == "id_external" => Some(value),
            _ => None,
        }
    }
}

/// `{"0": {"invoice": …}}`, `[{"invoice": …}]` and `{"invoice": …}` are one thing.
pub(super) fn records<'a>(list: &'a Json, name: &str) -> Vec<&'a Json> {
    if let Some(only) = list.get(name) {
        return vec![only];
    }
    list.entries().into_iter().filter_map(|(_, entry)| entry.get(name)).collect()
}

/// An invoice to be created.
#[derive(Debug)]
pub(super) struct NewInvoice {
    pub(super) contractor: String,
    pub(super) kind: String,
    pub(super) date: NaiveDate,
    pub(super) currency: String,
    pub(super) external_id: Option<String>,
    pub(super) sums: vat::Sums,
}

impl NewInvoice {
    /// Reads an invoice.
    ///
    /// # Errors
    /// Its faults: the paths, such as `invoicecontents.0.invoicecontent`, and the fields.
    pub(super) fn read(invoice: &Json) -> Result<Self, Vec<(String, &'static str)>> {
        let text = |key: &str| invoice.get(key).and_then(Json::text).filter(|text| !text.is_empty());
        let mut faults = Vec::new();
        let date = text("date").and_then(|date| date.parse().ok());
        if date.is_none() {
            faults.push((String::new(), "date"));
        }
        let contents = invoice.get("invoicecontents").map(|list| records(list, "invoicecontent"));
        let contents = contents.unwrap_or_default();
        if contents.is_empty() {
            faults.push((String::new(), "invoicecontents"));
        }
        let mut lines = Vec::new();
        for (index, content) in contents.into_iter().enumerate() {
            match line(content) {
                Ok(line) => lines.push(line),
                Err(field) => faults.push((format!("invoicecontents.{index}.invoicecontent"), field)),
            }
        }
        let with_tax = text("price_type").is_some_and(|kind| kind == "brutto");
        match (date, vat::sums(&lines, with_tax)) {
            (Some(date), Some(sums)) if faults.is_empty() => Ok(Self {
                contractor: invoice.at(&["contractor", "id"]).and_then(Json::text).unwrap_or_default(),
                kind: text("type").unwrap_or_else(|| "normal".to_owned()),
                date,
                currency: text("currency").unwrap_or_else(|| "PLN".to_owned()),
                external_id: text("id_external"),
                sums,
            }),
            _ => Err(faults),
        }
    }
}

/// Reads per cent, price and count of a line; or returns the faulty field.
fn line(content: &Json) -> Result<(u32, Decimal, Decimal), &'static str> {
    let text = |key: &str| content.get(key).and_then(Json::text).filter(|text| !text.is_empty());
    let number = |key: &'static str| {
        let number = text(key).and_then(|number| number.parse::<Decimal>().ok());
        number.filter(|number| !number.is_sign_negative()).ok_or(key)
    };
    text("name").ok_or("name")?;
    let id = content.at(&["vat_code", "id"]).and_then(Json::text);
    let percent = vat::percent(id.as_deref(), text("vat").as_deref()).ok_or("vat_code")?;
    let count = number("count")?;
    if count.is_zero() { Err("count") } else { Ok((percent, number("price")?, count)) }
}
