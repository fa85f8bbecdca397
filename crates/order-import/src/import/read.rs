//! From a row as it came to an order, or to every fault of the row.

use std::collections::HashSet;
use std::fmt::Display;

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
use crate::files::{Cell, Field, RowShape, SourceRow};

/// What reading a row needs to know beside the row.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The team's zone, in which due dates end.
    pub zone: TimeZone,
    /// How the file writes dates.
    pub dates: DateFormat,
    /// How the file writes numbers.
    pub numbers: NumberStyle,
    /// The team's work centres.
    pub work_centres: HashSet<WorkCentreNumber>,
    /// The team's routings in use.
    pub routings: KnownRoutings,
}

impl Rules {
    /// Reads a row into an order.
    ///
    /// # Errors
    /// Every fault of the row, in the documented order of the fields.
    pub fn read(&self, row: &SourceRow, ids: &dyn IdSource) -> Result<ImportedOrder, Vec<Fault>> {
        if let Some(shape) = row.shape() {
            return Err(vec![shape_fault(shape)]);
        }
        let mut cells = Cells { row, faults: Vec::new() };
        let order = self.fields(&mut cells, ids);
        match order {
            Some(order) if cells.faults.is_empty() => Ok(order),
            _ => Err(cells.faults),
        }
    }

    fn fields(&self, cells: &mut Cells<'_>, ids: &dyn IdSource) -> Option<ImportedOrder> {
        let number = cells.required(Field::OrderNumber, text(OrderNumber::try_new));
        let sku = cells.required(Field::StockCode, text(Sku::try_new));
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

    fn quantity(&self, cell: Cell<'_>) -> Result<Quantity, Refusal> {
        let number = self.number(cell)?;
        Quantity::try_new(number).map_err(|fault| Refusal::of("OUT_OF_RANGE", cell, fault))
    }

    fn work_centre(&self, cell: Cell<'_>) -> Result<WorkCentreNumber, Refusal> {
        let whole = Some(self.number(cell)?).filter(Decimal::is_integer).and_then(|number| number.to_i64());
        let number = WorkCentreNumber::try_new(whole.unwrap_or(0));
        let number = number.map_err(|fault| Refusal::of("OUT_OF_RANGE", cell, fault))?;
        if self.work_centres.contains(&number) {
            Ok(number)
        } else {
            Err(Refusal::unknown("UNKNOWN_WORK_CENTRE", format!("Unknown work centre: {}", number.get())))
        }
    }

    fn due_date(&self, cell: Cell<'_>) -> Result<DueDate, Refusal> {
        let text = as_text(cell)?;
        let date = self.dates.read(text).map_err(|fault| Refusal::of("INVALID_DATE", cell, fault))?;
        let (from, until) = self
            .zone
            .day(date)
            .ok_or_else(|| Refusal::of("INVALID_DATE", cell, "is past the calendar's end"))?;
        Ok(DueDate { date, from, until })
    }

    fn routing(&self, cell: Cell<'_>) -> Result<RoutingRef, Refusal> {
        let name = text(RoutingName::try_new)(cell)?;
        self.routings
            .find(&name)
            .ok_or_else(|| Refusal::unknown("UNKNOWN_ROUTING", format!("Unknown routing: {}", name.as_str())))
    }

    fn number(&self, cell: Cell<'_>) -> Result<Decimal, Refusal> {
        let read = match cell {
            Cell::Number(literal) => numbers::read_json(literal),
            _ => numbers::read(as_text(cell)?, self.numbers),
        };
        read.map_err(|fault| Refusal::of("INVALID_NUMBER", cell, fault))
    }
}

/// The order number a row names, good or faulty otherwise: what duplicates are told by.
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

fn priority(cell: Cell<'_>) -> Result<Priority, Refusal> {
    let word: Result<PriorityWord, _> = as_text(cell)?.trim().parse();
    word.map(Priority::from).map_err(|fault| Refusal::sentence("UNKNOWN_VALUE", fault))
}

fn status(cell: Cell<'_>) -> Result<OrderStatus, Refusal> {
    OrderStatus::from_import_word(as_text(cell)?.trim())
        .map_err(|fault| Refusal::sentence("UNKNOWN_VALUE", fault))
}

fn text<T>(read: impl Fn(&str) -> Result<T, TextFault>) -> impl Fn(Cell<'_>) -> Result<T, Refusal> {
    move |cell| {
        read(as_text(cell)?).map_err(|fault| {
            let code = match fault {
                TextFault::Empty => "MISSING_FIELD",
                TextFault::TooLong { .. } => "TOO_LONG",
                TextFault::Forbidden { .. } => "INVALID_CHARACTER",
            };
            Refusal::sentence(code, fault)
        })
    }
}

fn as_text(cell: Cell<'_>) -> Result<&str, Refusal> {
    match cell {
        Cell::Text(text) => Ok(text),
        Cell::Number(_) => Err(Refusal::sentence("INVALID_TYPE", "must be text, not a number")),
        Cell::Bool(_) => Err(Refusal::sentence("INVALID_TYPE", "must not be true or false")),
        Cell::Nested(_) => Err(Refusal::sentence("INVALID_TYPE", "must not be an array or object")),
        Cell::Null | Cell::Absent => Err(Refusal::sentence("MISSING_FIELD", "must not be empty")),
    }
}

/// Why a cell was refused: a code, and a message that may still need the field's name in front.
struct Refusal {
    code: &'static str,
    message: String,
    complete: bool,
}

impl Refusal {
    fn of(code: &'static str, cell: Cell<'_>, why: impl Display) -> Self {
        Self { code, message: format!("`{}` {why}", excerpt(cell)), complete: false }
    }

    fn sentence(code: &'static str, why: impl Display) -> Self {
        Self { code, message: why.to_string().replace(char::is_control, ""), complete: false }
    }

    fn unknown(code: &'static str, message: String) -> Self {
        Self { code, message, complete: true }
    }

    fn into_fault(self, field: Field) -> Fault {
        let message =
            if self.complete { self.message } else { format!("Invalid {}: {}", field.name(), self.message) };
        Fault::new(field.name(), self.code, message)
    }
}

/// The start of a cell, fit to stand in a message and a log.
fn excerpt(cell: Cell<'_>) -> String {
    let text = match cell {
        Cell::Text(text) | Cell::Number(text) | Cell::Nested(text) => text,
        Cell::Bool(true) => "true",
        Cell::Bool(false) => "false",
        Cell::Null | Cell::Absent => "",
    };
    let mut shown: String = text.trim().chars().filter(|shown| !shown.is_control()).take(40).collect();
    if text.trim().chars().count() > 40 {
        shown.push('…');
    }
    shown
}

fn shape_fault(shape: RowShape) -> Fault {
    match shape {
        RowShape::TooShort { found, expected } => Fault::new(
            "",
            "ROW_TOO_SHORT",
            format!("Row has {found} cells, the header has {expected}: a cell or a separator is missing"),
        ),
        RowShape::TooLong { found, expected } => Fault::new(
            "",
            "ROW_TOO_LONG",
            format!(
                "Row has {found} cells, the header has {expected}: put cells that hold the separator in quotes"
            ),
        ),
        RowShape::NotAnObject => Fault::new("", "INVALID_TYPE", "Row is not an object"),
    }
}

/// A row being read, and the faults met so far.
struct Cells<'a> {
    row: &'a SourceRow,
    faults: Vec<Fault>,
}

impl<'a> Cells<'a> {
    fn required<T>(&mut self, field: Field, read: impl Fn(Cell<'a>) -> Result<T, Refusal>) -> Option<T> {
        match self.row.cell(field) {
            cell if is_missing(cell) || matches!(cell, Cell::Null) => {
                let message = format!("Missing required field: {}", field.name());
                self.faults.push(Fault::new(field.name(), "MISSING_FIELD", message));
                None
            }
            cell => self.note(field, read(cell)),
        }
    }

    fn optional<T>(&mut self, field: Field, read: impl Fn(Cell<'a>) -> Result<T, Refusal>) -> Change<T> {
        match self.row.cell(field) {
            Cell::Null => Change::Clear,
            cell if is_missing(cell) => Change::Keep,
            cell => self.note(field, read(cell)).map_or(Change::Keep, Change::Set),
        }
    }

    fn note<T>(&mut self, field: Field, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|refusal| self.faults.push(refusal.into_fault(field))).ok()
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
