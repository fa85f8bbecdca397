//! Parsing an import row into an order, or into all its faults.

use std::collections::HashSet;
use std::fmt::Display;

use kernel::calendar;
use kernel::clock::IdSource;
use kernel::error::Fault;
use kernel::manufacturing::{OrderNumber, OrderStatus, Priority, PriorityWord, Sku};
use kernel::quantity::Quantity;
use kernel::text::TextFault;
use kernel::zone::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::dates::DateFormat;
use super::numbers::{self, NumberStyle};
use super::values::{
    Change, Description, DueDate, ImportedOrder, KnownRoutings, Notes, RoutingName, RoutingRef,
    WorkCentreNumber,
};
use crate::files::{Cell, Field, RowFault, SourceRow};

/// A parser of rows, with the formats of the file and the team's master data.
#[derive(Debug, Clone)]
pub struct RowParser {
    /// The team's zone, in which due dates end.
    pub zone: TimeZone,
    /// The file's date format.
    pub dates: DateFormat,
    /// The file's number format.
    pub numbers: NumberStyle,
    /// The team's work centres.
    pub work_centres: HashSet<WorkCentreNumber>,
    /// The team's routings in use.
    pub routings: KnownRoutings,
}

impl RowParser {
    /// Parses a row into an order.
    ///
    /// # Errors
    /// Every fault of the row, in the documented order of the fields.
    pub fn parse(&self, row: &SourceRow, ids: &dyn IdSource) -> Result<ImportedOrder, Vec<Fault>> {
        if let Some(fault) = row.fault() {
            return Err(vec![row_fault(fault)]);
        }
        let mut cells = CellReader { row, faults: Vec::new() };
        let order = self.order(&mut cells, ids);
        match order {
            Some(order) if cells.faults.is_empty() => Ok(order),
            _ => Err(cells.faults),
        }
    }

    fn order(&self, cells: &mut CellReader<'_>, ids: &dyn IdSource) -> Option<ImportedOrder> {
        let number = cells.required(Field::OrderNumber, identifier(OrderNumber::try_new));
        let sku = cells.required(Field::StockCode, identifier(Sku::try_new));
        let description = cells.required(Field::Description, text(Description::try_new));
        let quantity = cells.required(Field::QuantityToMake, |cell| self.quantity(cell));
        let priority = cells.optional(Field::Priority, priority);
        let status = cells.optional(Field::Status, status);
        let work_centre = cells.optional(Field::WorkCentreId, |cell| self.work_centre(cell));
        let due = cells.optional(Field::DueDate, |cell| self.due_date(cell));
        let routing = cells.optional(Field::Routing, |cell| self.routing(cell));
        let notes = cells.optional(Field::Notes, text(Notes::try_new));
        Some(ImportedOrder {
            id: ids.id(),
            number: number?,
            sku: sku?,
            description: description?,
            quantity: quantity?,
            priority: or_default(priority, PriorityWord::Medium.into()),
            status: or_default(status, OrderStatus::Pending),
            work_centre,
            due,
            routing,
            notes,
        })
    }

    fn quantity(&self, cell: Cell<'_>) -> Result<Quantity, CellError> {
        let number = self.number(cell)?;
        Quantity::try_new(number).map_err(|fault| CellError::of_value("OUT_OF_RANGE", cell, fault))
    }

    fn work_centre(&self, cell: Cell<'_>) -> Result<WorkCentreNumber, CellError> {
        let whole = Some(self.number(cell)?).filter(Decimal::is_integer).and_then(|number| number.to_i64());
        let number = WorkCentreNumber::try_new(whole.unwrap_or(0));
        let number = number.map_err(|fault| CellError::of_value("OUT_OF_RANGE", cell, fault))?;
        if self.work_centres.contains(&number) {
            Ok(number)
        } else {
            Err(CellError::unknown("UNKNOWN_WORK_CENTRE", format!("Unknown work centre: {}", number.get())))
        }
    }

    fn due_date(&self, cell: Cell<'_>) -> Result<DueDate, CellError> {
        let invalid = |problem: &dyn Display| CellError::of_value("INVALID_DATE", cell, problem);
        let date = self.dates.read(as_text(cell)?).map_err(|fault| invalid(&fault))?;
        let day = self.zone.day(date);
        let (from, until) = day.ok_or_else(|| invalid(&"is a day that the team's time zone skipped"))?;
        calendar::within(until).map_err(|_| invalid(&"ends after the year 9999 in UTC"))?;
        Ok(DueDate { date, from, until })
    }

    fn routing(&self, cell: Cell<'_>) -> Result<RoutingRef, CellError> {
        let name = identifier(RoutingName::try_new)(cell)?;
        self.routings.find(&name).ok_or_else(|| {
            CellError::unknown("UNKNOWN_ROUTING", format!("Unknown routing: {}", name.as_str()))
        })
    }

    fn number(&self, cell: Cell<'_>) -> Result<Decimal, CellError> {
        let read = match cell {
            Cell::Number(literal) => numbers::read_json(literal),
            _ => numbers::read(as_text(cell)?, self.numbers),
        };
        read.map_err(|fault| CellError::of_value("INVALID_NUMBER", cell, fault))
    }
}

/// What stands for an order number in a row and is no text, as it was written.
pub fn written_order_number(row: &SourceRow) -> Option<Box<str>> {
    match row.cell(Field::OrderNumber) {
        Cell::Number(literal) if literal.len() <= OrderNumber::MAX => Some(literal.into()),
        Cell::Bool(value) => Some(value.to_string().into()),
        _ => None,
    }
}

/// The order number of a row, valid or faulty otherwise, by which duplicates are found.
pub fn order_number(row: &SourceRow) -> Option<OrderNumber> {
    if let Cell::Text(text) = row.cell(Field::OrderNumber) { OrderNumber::try_new(text).ok() } else { None }
}

fn or_default<T: Copy>(change: Change<T>, default: T) -> Option<T> {
    match change {
        Change::Keep => None,
        Change::Clear => Some(default),
        Change::Set(value) => Some(value),
    }
}

fn priority(cell: Cell<'_>) -> Result<Priority, CellError> {
    let word: Result<PriorityWord, _> = as_text(cell)?.trim().parse();
    word.map(Priority::from).map_err(|fault| CellError::new("UNKNOWN_VALUE", fault))
}

fn status(cell: Cell<'_>) -> Result<OrderStatus, CellError> {
    OrderStatus::from_import_word(as_text(cell)?.trim())
        .map_err(|fault| CellError::new("UNKNOWN_VALUE", fault))
}

fn text<T>(read: impl Fn(&str) -> Result<T, TextFault>) -> impl Fn(Cell<'_>) -> Result<T, CellError> {
    move |cell| {
        read(as_text(cell)?).map_err(|fault| {
            let code = match fault {
                TextFault::Empty => "MISSING_FIELD",
                TextFault::TooLong { .. } => "TOO_LONG",
                TextFault::Forbidden { .. } | TextFault::UnpairedDirection { .. } => "INVALID_CHARACTER",
            };
            CellError::new(code, fault)
        })
    }
}

/// The same of a text that names something.
fn identifier<T>(read: impl Fn(&str) -> Result<T, TextFault>) -> impl Fn(Cell<'_>) -> Result<T, CellError> {
    let read = text(read);
    move |cell| {
        if as_text(cell).is_ok_and(has_lost_digits) {
            let message = "is a number in exponent form, which a spreadsheet wrote instead of all digits; \
                           format the column as text";
            return Err(CellError::of_value("SPREADSHEET_NUMBER", cell, message));
        }
        read(cell)
    }
}

fn as_text(cell: Cell<'_>) -> Result<&str, CellError> {
    match cell {
        Cell::Text(text) => Ok(text),
        Cell::Number(_) => Err(CellError::new("INVALID_TYPE", "must be text, not a number")),
        Cell::Bool(_) => Err(CellError::new("INVALID_TYPE", "must not be true or false")),
        Cell::Nested(_) => Err(CellError::new("INVALID_TYPE", "must not be an array or object")),
        Cell::Null | Cell::Absent => Err(CellError::new("MISSING_FIELD", "must not be empty")),
    }
}

/// Why a cell was refused.
struct CellError {
    code: &'static str,
    message: String,
    /// Whether the message needs no field name in front.
    is_complete: bool,
}

impl CellError {
    fn new(code: &'static str, problem: impl Display) -> Self {
        Self { code, message: problem.to_string().replace(char::is_control, ""), is_complete: false }
    }

    /// An error whose message repeats the cell's value.
    fn of_value(code: &'static str, cell: Cell<'_>, problem: impl Display) -> Self {
        Self { code, message: format!("`{}` {problem}", excerpt(cell)), is_complete: false }
    }

    fn unknown(code: &'static str, message: String) -> Self {
        Self { code, message, is_complete: true }
    }

    fn into_fault(self, field: Field) -> Fault {
        let message = match self.is_complete {
            true => self.message,
            false => format!("Invalid {}: {}", field.name(), self.message),
        };
        Fault::new(field.name(), self.code, message)
    }
}

/// The start of a cell, safe for messages and logs.
fn excerpt(cell: Cell<'_>) -> String {
    let text = match cell {
        Cell::Text(text) | Cell::Number(text) | Cell::Nested(text) => text,
        Cell::Bool(true) => "true",
        Cell::Bool(false) => "false",
        Cell::Null | Cell::Absent => "",
    };
    let characters = text.trim().chars().filter(|character| !character.is_control());
    let mut excerpt: String = characters.take(40).collect();
    if text.trim().chars().count() > 40 {
        excerpt.push('…');
    }
    excerpt
}

fn row_fault(fault: RowFault) -> Fault {
    match fault {
        RowFault::TooShort { found, expected } => Fault::new(
            "",
            "ROW_TOO_SHORT",
            format!("Row has {found} cells, the header has {expected}: a cell or a separator is missing"),
        ),
        RowFault::TooLong { found, expected } => Fault::new(
            "",
            "ROW_TOO_LONG",
            format!(
                "Row has {found} cells, the header has {expected}: put cells that hold the separator in quotes"
            ),
        ),
        RowFault::StrayQuote { line } => Fault::new(
            "",
            "STRAY_QUOTE",
            format!(
                "A quote that opens on line {line} closes within a cell: double it, or put the whole cell in quotes"
            ),
        ),
        RowFault::NotAnObject => Fault::new("", "INVALID_TYPE", "Row is not an object"),
    }
}

/// What spreadsheets write in the place of a value.
const SPREADSHEET_ERRORS: [&str; 7] = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"];

/// Whether a spreadsheet wrote a number in exponent form, such as `1.23457E+12`: digits are lost.
fn has_lost_digits(text: &str) -> bool {
    let Some((digits, exponent)) = text.trim().split_once("E+") else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    whole.len() == 1 && is_number(whole) && is_number(fraction) && exponent.len() >= 2 && is_number(exponent)
}

/// A row being read, and its faults so far.
struct CellReader<'a> {
    row: &'a SourceRow,
    faults: Vec<Fault>,
}

impl<'a> CellReader<'a> {
    fn required<T>(&mut self, field: Field, read: impl Fn(Cell<'a>) -> Result<T, CellError>) -> Option<T> {
        match self.row.cell(field) {
            cell if is_missing(cell) || matches!(cell, Cell::Null) => {
                let message = format!("Missing required field: {}", field.name());
                self.faults.push(Fault::new(field.name(), "MISSING_FIELD", message));
                None
            }
            cell => self.value(field, cell, read),
        }
    }

    fn optional<T>(&mut self, field: Field, read: impl Fn(Cell<'a>) -> Result<T, CellError>) -> Change<T> {
        match self.row.cell(field) {
            Cell::Null => Change::Clear,
            cell if is_missing(cell) => Change::Keep,
            cell => self.value(field, cell, read).map_or(Change::Keep, Change::Set),
        }
    }

    /// A value, unless a spreadsheet wrote an error in its place.
    fn value<T>(
        &mut self,
        field: Field,
        cell: Cell<'a>,
        read: impl Fn(Cell<'a>) -> Result<T, CellError>,
    ) -> Option<T> {
        let is_error = matches!(cell, Cell::Text(text) if SPREADSHEET_ERRORS.contains(&text.trim()));
        let error = || {
            CellError::of_value("SPREADSHEET_ERROR", cell, "is a spreadsheet's error; mend the formula there")
        };
        self.record(field, if is_error { Err(error()) } else { read(cell) })
    }

    fn record<T>(&mut self, field: Field, read: Result<T, CellError>) -> Option<T> {
        read.map_err(|error| self.faults.push(error.into_fault(field))).ok()
    }
}

fn is_missing(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Absent => true,
        Cell::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
