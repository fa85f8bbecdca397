//! Every fault of a body, each with its path in the caller's own names.

use std::fmt::Display;

use kernel::change::Change;
use kernel::error::Fault;

use super::field::{Field, FieldType, ListField, Object};

/// How faults are worded, and their paths written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// "must be text" at `items.0.name`; the mes API.
    Plain,
    /// "Name must be text" at `items.0.name`, "Name is required"; the oms and pos APIs.
    Labelled,
    /// The same, but of the wrong type it is plain: "must be text".
    LabelledValues,
    /// "Name is required", else plain.
    LabelledIfMissing,
    /// The same as [`Labelled`](Self::Labelled), at `items[0].name`; the gepard API.
    Bracketed,
}

/// The faults met while a body is read.
#[derive(Debug)]
pub(crate) struct Faults {
    wording: Wording,
    /// The path of the object that is being read; empty for the body itself.
    path: String,
    found: Vec<Fault>,
}

impl Faults {
    pub(crate) fn new(wording: Wording) -> Self {
        Self { wording, path: String::new(), found: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Every fault in the order in which fields were read; of the mes API, the body's own fields of a wrong type come
    /// first.
    pub(crate) fn into_all(mut self) -> Vec<Fault> {
        if self.wording == Wording::Plain {
            self.found.sort_by_key(|fault| fault.code != "INVALID_TYPE" || fault.field.contains('.'));
        }
        self.found
    }

    /// A field of the object that is being read, to be read by one of the reader's last methods.
    pub(crate) fn field<'f, T>(&'f mut self, name: &'f str, field: Field<T>) -> FieldReader<'f, T> {
        FieldReader { faults: self, name, field, code: "INVALID_VALUE", hint: None, missing_hint: None }
    }

    /// Notes a fault of a field that is found when fields are looked at together. Its message gets no label.
    pub(crate) fn add(&mut self, name: &str, code: &'static str, message: impl Display) {
        let path = self.path_of(name);
        self.found.push(Fault::new(path, code, message.to_string()));
    }

    /// Notes a fault whose path is that of the body's own field.
    pub(crate) fn push(&mut self, fault: Fault) {
        self.found.push(fault);
    }

    /// The change, unless it changes nothing and nothing was faulty: then the body is to blame, and `mend` says what it
    /// may have.
    pub(crate) fn some_change<C: Default + PartialEq>(&mut self, change: C, mend: &'static str) -> Option<C> {
        if self.found.is_empty() && change == C::default() {
            self.found.push(Fault::new("body", "MISSING_FIELD", mend));
            return None;
        }
        Some(change)
    }

    /// Reads an object that may be left out; its faults stand with the others.
    pub(crate) fn object<T, U>(
        &mut self,
        name: &str,
        field: Field<Object<T>>,
        read: impl FnOnce(T, &mut Self) -> Option<U>,
    ) -> Option<U> {
        let Object(value) = self.field(name, field).given()?;
        self.within(self.path_of(name), |faults| read(value, faults))
    }

    /// The same of an object that must be there.
    pub(crate) fn required_object<T, U>(
        &mut self,
        name: &str,
        field: Field<Object<T>>,
        read: impl FnOnce(T, &mut Self) -> Option<U>,
    ) -> Option<U> {
        let Object(value) = self.field(name, field).required_value()?;
        self.within(self.path_of(name), |faults| read(value, faults))
    }

    /// Reads the entries of a list of objects, each with its place, from 0; `None` if any is faulty.
    pub(crate) fn entries<T, U>(
        &mut self,
        name: &str,
        entries: Vec<Field<Object<T>>>,
        mut read: impl FnMut(usize, T, &mut Self) -> Option<U>,
    ) -> Option<Vec<U>> {
        let count = entries.len();
        let mut found = Vec::with_capacity(count);
        for (position, entry) in entries.into_iter().enumerate() {
            let path = match self.wording {
                Wording::Bracketed => format!("{}[{position}]", self.path_of(name)),
                _ => format!("{}.{position}", self.path_of(name)),
            };
            match entry {
                Field::Given(Object(value)) => {
                    found.extend(self.within(path, |faults| read(position, value, faults)))
                }
                _ => self.found.push(Fault::new(path, "INVALID_TYPE", "must be an object")),
            }
        }
        (found.len() == count).then_some(found)
    }

    /// Reads a list of objects that must be there and have 1 to `max` entries; `None` if any is faulty.
    pub(crate) fn list<T, U>(
        &mut self,
        name: &str,
        field: ListField<Object<T>>,
        max: usize,
        mut read: impl FnMut(T, &mut Self) -> Option<U>,
    ) -> Option<Vec<U>> {
        self.list_at(name, field, (max, None), |_, value, faults| read(value, faults))
    }

    /// The same with each entry's place, from 0, and what to say where the list is missing.
    pub(crate) fn list_at<T, U>(
        &mut self,
        name: &str,
        field: ListField<Object<T>>,
        (max, missing_hint): (usize, Option<&'static str>),
        read: impl FnMut(usize, T, &mut Self) -> Option<U>,
    ) -> Option<Vec<U>> {
        let mut reader = self.field(name, field);
        reader.missing_hint = missing_hint;
        let entries = reader.required_value()?;
        if entries.is_empty() || entries.len() > max {
            let message = format!("must have 1 to {max} entries, this has {}", entries.len());
            self.note(name, "OUT_OF_RANGE", &message);
            return None;
        }
        self.entries(name, entries, read)
    }

    /// Reads a list of objects that may be left out and have at most `max` entries; `None` if any is faulty.
    pub(crate) fn optional_list<T, U>(
        &mut self,
        name: &str,
        field: ListField<Object<T>>,
        max: usize,
        read: impl FnMut(usize, T, &mut Self) -> Option<U>,
    ) -> Option<Vec<U>> {
        let entries = self.field(name, field).given()?;
        if entries.len() > max {
            let message = format!("may have at most {max} entries, this has {}", entries.len());
            self.note(name, "OUT_OF_RANGE", &message);
            return None;
        }
        self.entries(name, entries, read)
    }

    /// What `read` gives, if it notes no fault.
    pub(crate) fn faultless<U>(&mut self, read: impl FnOnce(&mut Self) -> Option<U>) -> Option<U> {
        let before = self.found.len();
        read(self).filter(|_| self.found.len() == before)
    }

    fn within<U>(&mut self, path: String, read: impl FnOnce(&mut Self) -> U) -> U {
        let outer = std::mem::replace(&mut self.path, path);
        let done = read(self);
        self.path = outer;
        done
    }

    /// A field's path from the body on.
    pub(crate) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn note(&mut self, name: &str, code: &'static str, message: &str) {
        match (self.wording, code) {
            (Wording::LabelledValues, "INVALID_TYPE") => self.add(name, code, message),
            (Wording::Labelled | Wording::LabelledValues | Wording::Bracketed, _) => {
                self.add(name, code, format_args!("{} {message}", label(name)));
            }
            _ => self.add(name, code, message),
        }
    }

    fn note_missing(&mut self, name: &str, hint: Option<&str>) {
        let message = match (self.wording, hint) {
            (
                Wording::Labelled | Wording::LabelledValues | Wording::LabelledIfMissing | Wording::Bracketed,
                _,
            ) => {
                format!("{} is required", label(name))
            }
            (_, Some(hint)) => format!("must be given; {hint}"),
            (_, None) => "must be given".to_owned(),
        };
        self.add(name, "MISSING_FIELD", message);
    }
}

/// A field on its way from the body into the domain. `null` is as good as absent, but where a field can be cleared.
pub(crate) struct FieldReader<'f, T> {
    faults: &'f mut Faults,
    name: &'f str,
    field: Field<T>,
    code: &'static str,
    hint: Option<&'static str>,
    missing_hint: Option<&'static str>,
}

impl<T> FieldReader<'_, T> {
    /// The code of a value that is refused; `INVALID_VALUE` if none is named.
    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// How to mend the field, said after a fault and where the field is missing.
    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// How to mend the field, said only where it is missing.
    pub(crate) fn missing_hint(mut self, hint: &'static str) -> Self {
        self.missing_hint = Some(hint);
        self
    }

    /// The value as it stands in the body, if it is of the right type.
    pub(crate) fn given(self) -> Option<T> {
        if let Field::Mistyped(demand) = self.field {
            self.faults.note(self.name, "INVALID_TYPE", demand);
        }
        self.field.given()
    }

    /// The same of a field that must be there.
    pub(crate) fn required_value(self) -> Option<T> {
        if matches!(self.field, Field::Absent | Field::Null) {
            self.faults.note_missing(self.name, self.missing_hint.or(self.hint));
        }
        self.given()
    }
}

impl FieldReader<'_, String> {
    /// The same field, an empty text in it taken for `null`.
    pub(crate) fn empty_as_null(mut self) -> Self {
        if matches!(&self.field, Field::Given(text) if text.trim().is_empty()) {
            self.field = Field::Null;
        }
        self
    }
}

impl<T: FieldType> FieldReader<'_, T> {
    /// What `read` makes of the value; `None` if there is none or it is faulty.
    pub(crate) fn optional<U, E: Display>(
        self,
        read: impl FnOnce(T::Borrowed<'_>) -> Result<U, E>,
    ) -> Option<U> {
        let Self { faults, name, field, code, hint, .. } = self;
        match field {
            Field::Absent | Field::Null => None,
            Field::Mistyped(demand) => {
                faults.note(name, "INVALID_TYPE", demand);
                None
            }
            Field::Given(value) => match read(value.borrow()) {
                Ok(read) => Some(read),
                Err(fault) => {
                    let message = hint.map_or_else(|| fault.to_string(), |hint| format!("{fault}; {hint}"));
                    faults.note(name, code, &message);
                    None
                }
            },
        }
    }

    /// The same of a field that must be there.
    pub(crate) fn required<U, E: Display>(
        self,
        read: impl FnOnce(T::Borrowed<'_>) -> Result<U, E>,
    ) -> Option<U> {
        if matches!(self.field, Field::Absent | Field::Null) {
            self.faults.note_missing(self.name, self.missing_hint.or(self.hint));
            return None;
        }
        self.optional(read)
    }

    /// What `read` makes of the value where the field is taken; elsewhere it need only be of the right type.
    pub(crate) fn taken<U, E: Display>(
        self,
        is_taken: bool,
        read: impl FnOnce(T::Borrowed<'_>) -> Result<U, E>,
    ) -> Option<U> {
        if is_taken {
            return self.optional(read);
        }
        self.given();
        None
    }

    /// What becomes of a field that `null` clears.
    pub(crate) fn change<U, E: Display>(
        self,
        read: impl FnOnce(T::Borrowed<'_>) -> Result<U, E>,
    ) -> Change<U> {
        match self.field {
            Field::Null => Change::Clear,
            _ => self.optional(read).map_or(Change::Keep, Change::Set),
        }
    }
}

impl FieldReader<'_, String> {
    /// What becomes of a text that `null` clears, and so does a text of which `read` leaves nothing.
    pub(crate) fn change_or_clear<U, E: Display>(
        self,
        read: impl FnOnce(&str) -> Result<Option<U>, E>,
    ) -> Change<U> {
        match self.change(read) {
            Change::Keep => Change::Keep,
            Change::Clear | Change::Set(None) => Change::Clear,
            Change::Set(Some(value)) => Change::Set(value),
        }
    }
}

/// A field's name in words: `pricePerUnit` is "Price per unit", and so is `price_per_unit`.
fn label(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for (position, letter) in name.chars().enumerate() {
        match letter {
            letter if position == 0 => words.extend(letter.to_uppercase()),
            '_' => words.push(' '),
            letter if letter.is_uppercase() => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            letter => words.push(letter),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::field::from_object;
    use kernel::quantity::Quantity;
    use rust_decimal::Decimal;
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        items: ListField<Object<Item>>,
        customer_info: Field<Object<Customer>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        quantity: Field<Decimal>,
        price_per_unit: Field<Decimal>,
    }

    #[derive(Deserialize)]
    struct Customer {
        name: Field<String>,
    }

    /// What is wrong with an order of at most two items.
    fn faults(wording: Wording, body: &Value) -> Vec<(String, String)> {
        let order: Order = from_object(&body.to_string()).unwrap();
        let mut faults = Faults::new(wording);
        faults.list("items", order.items, 2, |item, faults| {
            let quantity = faults.field("quantity", item.quantity).required(Quantity::try_new);
            let price = faults.field("pricePerUnit", item.price_per_unit).required(Ok::<_, &str>);
            quantity.zip(price)
        });
        faults.object("customerInfo", order.customer_info, |info, faults| {
            faults
                .field("name", info.name)
                .hint("send a name")
                .required(|name| Ok::<_, &str>(name.to_owned()))
        });
        faults.into_all().into_iter().map(|fault| (fault.field.into(), fault.message.into())).collect()
    }

    fn named(faults: &[(&str, &str)]) -> Vec<(String, String)> {
        faults.iter().map(|(field, message)| ((*field).to_owned(), (*message).to_owned())).collect()
    }

    #[test]
    fn every_fault_is_named_by_its_path_in_the_wording_of_its_api() {
        let body = json!({"items": [{"quantity": 0}, {"quantity": "two", "pricePerUnit": true}], "customerInfo": {}});
        let labelled = named(&[
            ("items.0.quantity", "Quantity must be greater than 0"),
            ("items.0.pricePerUnit", "Price per unit is required"),
            ("items.1.quantity", "Quantity must be a decimal number"),
            ("items.1.pricePerUnit", "Price per unit must be a decimal number"),
            ("customerInfo.name", "Name is required"),
        ]);
        assert_eq!(faults(Wording::Labelled, &body), labelled);
        let plain = named(&[
            ("items.0.quantity", "must be greater than 0"),
            ("items.0.pricePerUnit", "must be given"),
            ("items.1.quantity", "must be a decimal number"),
            ("items.1.pricePerUnit", "must be a decimal number"),
            ("customerInfo.name", "must be given; send a name"),
        ]);
        assert_eq!(faults(Wording::Plain, &body), plain);
        let bracketed = labelled
            .iter()
            .map(|(path, message)| (path.replace(".0.", "[0].").replace(".1.", "[1]."), message.clone()));
        assert_eq!(faults(Wording::Bracketed, &body), bracketed.collect::<Vec<_>>());
    }

    #[test]
    fn what_is_of_a_wrong_type_comes_first_in_the_mes_api() {
        let body = json!({"items": [{"quantity": 0, "pricePerUnit": true}], "customerInfo": 7});
        let first = |wording| faults(wording, &body).into_iter().next();
        let named = |field: &str, message: &str| Some((field.to_owned(), message.to_owned()));
        assert_eq!(first(Wording::Plain), named("customerInfo", "must be an object"));
        assert_eq!(first(Wording::Labelled), named("items.0.quantity", "Quantity must be greater than 0"));
    }

    #[test]
    fn a_list_is_there_and_neither_empty_nor_too_long() {
        let item = json!({"quantity": 1, "pricePerUnit": "1.5"});
        for (items, message) in [
            (json!(null), "Items is required"),
            (json!({}), "Items must be a list"),
            (json!([]), "Items must have 1 to 2 entries, this has 0"),
            (json!([item, item, item]), "Items must have 1 to 2 entries, this has 3"),
        ] {
            assert_eq!(faults(Wording::Labelled, &json!({"items": items})), named(&[("items", message)]));
        }
        let expected = named(&[("items.1", "must be an object")]);
        assert_eq!(faults(Wording::Labelled, &json!({"items": [item, 7]})), expected);
        assert_eq!(faults(Wording::Labelled, &json!({"items": [item, item], "customerInfo": null})), []);
    }

    #[test]
    fn a_name_is_put_into_words_however_it_is_joined() {
        for name in ["pricePerUnit", "price_per_unit"] {
            assert_eq!(label(name), "Price per unit");
        }
    }

    #[test]
    fn null_clears_what_can_be_cleared_and_absence_keeps_it() {
        let mut faults = Faults::new(Wording::Plain);
        let mut change =
            |field: Field<String>| faults.field("notes", field).change(|text| Ok::<_, &str>(text.to_owned()));
        let fields =
            [Field::Null, Field::Given(String::new()), Field::Mistyped("must be text"), Field::Absent];
        let found = fields.map(&mut change);
        assert_eq!(found, [Change::Clear, Change::Set(String::new()), Change::Keep, Change::Keep]);
        assert_eq!(faults.into_all(), [Fault::new("notes", "INVALID_TYPE", "must be text")]);
        let mut faults = Faults::new(Wording::Plain);
        let blank = faults.field("notes", Field::Given(" \n ".to_owned())).empty_as_null();
        assert_eq!(blank.change(|text| Ok::<_, &str>(text.to_owned())), Change::Clear);
    }

    #[test]
    fn a_change_of_nothing_is_the_body_s_fault_unless_something_else_was() {
        let mut faults = Faults::new(Wording::Plain);
        assert_eq!(faults.some_change(None::<u8>, "must have name"), None);
        assert_eq!(faults.into_all(), [Fault::new("body", "MISSING_FIELD", "must have name")]);
        let mut faults = Faults::new(Wording::Plain);
        faults.field("name", Field::<String>::Mistyped("must be text")).given();
        faults.some_change(None::<u8>, "must have name");
        assert_eq!(faults.into_all(), [Fault::new("name", "INVALID_TYPE", "must be text")]);
    }
}
