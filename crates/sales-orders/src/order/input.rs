//! Reads requests about orders, as seeds 001 and 003 write them.

use kernel::email::Email;
use kernel::error::Fault;
use kernel::fields::{Fields, decimal, integer, number, text};
use kernel::manufacturing::Sku;
use kernel::money::UnitPrice;
use kernel::quantity::Quantity;
use kernel::text::TextFault;
use serde_json::{Map, Value};

use super::{Channel, Command, Customer, DeliveryAddress, NewLine, NewOrder, PosChange};
use crate::values::{AddressLine, CustomerName, Line, Notes, PaymentMethod, Phone, ProductName};

/// The most lines of an order (contract, *pos*).
const MAX_LINES: usize = 500;

/// A text on one line that may be left out or empty.
fn line<const MAX: usize>(fields: &mut Fields<'_>, name: &str) -> Option<Line<MAX>> {
    fields.optional(name, text, optional_line).flatten()
}

fn optional_line<const MAX: usize>(text: &str) -> Result<Option<Line<MAX>>, TextFault> {
    match Line::try_new(text) {
        Err(TextFault::Empty) => Ok(None),
        read => read.map(Some),
    }
}

fn email(fields: &mut Fields<'_>, name: &str) -> Option<Email> {
    fields.optional(name, text, |text| match text.trim() {
        "" => Ok(None),
        text => Email::try_new(text).map(Some),
    })?
}

fn notes(fields: &mut Fields<'_>, name: &str) -> Option<Notes> {
    fields.optional(name, text, Notes::try_new).flatten()
}

fn product_number(number: i64) -> Result<i64, &'static str> {
    if number > 0 { Ok(number) } else { Err("must be greater than 0") }
}

impl NewOrder {
    /// Reads a till's order (seed 001, *Create Order*). Prices, names and totals in it are ignored.
    ///
    /// # Errors
    /// Every faulty field.
    pub fn of_till(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let customer = Customer {
            number: fields.optional("customerId", integer, Ok::<_, &str>),
            name: line(&mut fields, "customerName"),
            phone: line(&mut fields, "customerPhone"),
            email: email(&mut fields, "customerEmail"),
        };
        let payment_method = line(&mut fields, "paymentMethod");
        let notes_of_order = notes(&mut fields, "notes");
        let lines = fields.list("orderItems", MAX_LINES, |item| {
            let product = item.required("productId", integer, product_number);
            let quantity = item.required("quantity", number, Quantity::try_new);
            let notes = notes(item, "notes");
            let (product, quantity) = product.zip(quantity)?;
            Some(NewLine::FromStock { product, quantity, notes })
        });
        fields.finish(lines.map(|lines| Self {
            customer,
            delivery: None,
            source: None,
            payment_method,
            notes: notes_of_order,
            channel: Channel::Pos,
            lines,
        }))
    }

    /// Reads an order of the order API (seed 003, *Create Order with Mandatory Pricing*).
    ///
    /// # Errors
    /// Every faulty field; every line without a price is named.
    pub fn of_order_api(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let customer = required_object(&mut fields, "customerInfo", customer_info);
        let delivery = required_object(&mut fields, "deliveryAddress", delivery_address);
        let source = line(&mut fields, "source");
        let notes = notes(&mut fields, "notes");
        let lines = fields.list("items", MAX_LINES, bought_in);
        let read = customer.zip(delivery).zip(lines);
        fields.finish(read.map(|((customer, delivery), lines)| Self {
            customer,
            delivery: Some(delivery),
            source,
            payment_method: None,
            notes,
            channel: Channel::Oms,
            lines,
        }))
    }
}

fn required_object<T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<T> {
    fields.required(name, Ok, Ok::<_, &str>)?;
    fields.object(name, read)
}

fn customer_info(info: &mut Fields<'_>) -> Option<Customer> {
    let name = info.required("name", text, CustomerName::try_new);
    let (phone, email) = (line(info, "phone"), email(info, "email"));
    Some(Customer { number: None, name: Some(name?), phone, email })
}

fn delivery_address(address: &mut Fields<'_>) -> Option<DeliveryAddress> {
    let street = address.required("street", text, AddressLine::try_new);
    let city = address.required("city", text, AddressLine::try_new);
    let pincode = address.required("pincode", text, AddressLine::try_new);
    let (state, landmark) = (line(address, "state"), line(address, "landmark"));
    let ((street, city), pincode) = street.zip(city).zip(pincode)?;
    Some(DeliveryAddress { street, city, state, pincode, landmark })
}

fn bought_in(item: &mut Fields<'_>) -> Option<NewLine> {
    let name = item.required("productName", text, ProductName::try_new);
    let sku = item.optional("sku", text, |text| match Sku::try_new(text) {
        Err(TextFault::Empty) => Ok(None),
        read => read.map(Some),
    });
    let quantity = item.required("quantity", number, Quantity::try_new);
    let unit_price = item.required("pricePerUnit", decimal, price_per_unit);
    let ((name, quantity), unit_price) = name.zip(quantity).zip(unit_price)?;
    Some(NewLine::BoughtIn { name, sku: sku.flatten(), quantity, unit_price })
}

/// Seed 003, *Validation Rules*: more than 0.
fn price_per_unit(number: rust_decimal::Decimal) -> Result<UnitPrice, String> {
    if number.is_zero() || number.is_sign_negative() {
        return Err("must be greater than 0".to_owned());
    }
    UnitPrice::try_new(number).map_err(|fault| fault.to_string())
}

impl PosChange {
    /// Reads a till's change of an order (seed 001, *Update Order*).
    ///
    /// # Errors
    /// Every faulty field; or that there is nothing to change.
    pub fn read(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let change = Self {
            status: fields.optional("orderStatus", text, str::parse),
            payment_status: fields.optional("paymentStatus", text, str::parse),
            payment_method: fields.change("paymentMethod", text, PaymentMethod::try_new),
            notes: emptied(fields.change("notes", text, Notes::try_new)),
            customer_number: fields.change("customerId", integer, Ok::<_, &str>),
            customer_name: fields.change("customerName", text, CustomerName::try_new),
            customer_phone: fields.change("customerPhone", text, Phone::try_new),
            customer_email: fields.change("customerEmail", text, Email::try_new),
        };
        let change = fields.finish(Some(change))?;
        if change == Self::default() {
            const MEND: &str =
                "must have orderStatus, paymentStatus, paymentMethod, notes or a customer's field";
            return Err(vec![Fault::new("body", "MISSING_FIELD", MEND)]);
        }
        Ok(change)
    }
}

/// Notes of nothing are cleared.
fn emptied(change: kernel::change::Change<Option<Notes>>) -> kernel::change::Change<Notes> {
    use kernel::change::Change;
    match change {
        Change::Keep => Change::Keep,
        Change::Clear | Change::Set(None) => Change::Clear,
        Change::Set(Some(notes)) => Change::Set(notes),
    }
}

impl Command {
    /// Reads a request to give an order up; the reason may be left out.
    ///
    /// # Errors
    /// Every faulty field.
    pub fn cancel(request: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::new(request);
        let reason = notes(&mut fields, "reason");
        fields.finish(Some(Self::Cancel { reason }))
    }
}
