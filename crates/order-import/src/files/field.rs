//! The fields of an import row.

/// A field of an import row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The order's number, unique in its team.
    OrderNumber,
    /// The stock code of the product.
    StockCode,
    /// The product's description.
    Description,
    QuantityToMake,
    /// The order's priority.
    Priority,
    /// The order's status.
    Status,
    /// The number of the work centre that makes it.
    WorkCentreId,
    /// The day it is due.
    DueDate,
    /// The name of its routing.
    Routing,
    /// Remarks.
    Notes,
}

impl Field {
    /// Every field, in the documented order.
    pub const ALL: [Self; 10] = [
        Self::OrderNumber,
        Self::StockCode,
        Self::Description,
        Self::QuantityToMake,
        Self::Priority,
        Self::Status,
        Self::WorkCentreId,
        Self::DueDate,
        Self::Routing,
        Self::Notes,
    ];

    /// The fields that every row must have.
    pub const REQUIRED: [Self; 4] =
        [Self::OrderNumber, Self::StockCode, Self::Description, Self::QuantityToMake];

    /// The documented name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderNumber => "order_number",
            Self::StockCode => "stock_code",
            Self::Description => "description",
            Self::QuantityToMake => "quantity_to_make",
            Self::Priority => "priority",
            Self::Status => "status",
            Self::WorkCentreId => "work_centre_id",
            Self::DueDate => "due_date",
            Self::Routing => "routing",
            Self::Notes => "notes",
        }
    }

    /// The field that a CSV header or a JSON key names: in any case, with runs of spaces, `-` and `_` alike.
    ///
    /// Spaces around the name do not count; a `-` or `_` there does (`_notes` is no field).
    pub fn from_header(header: &str) -> Option<Self> {
        let header = header.trim();
        if header.starts_with(is_separator) || header.ends_with(is_separator) {
            return None;
        }
        let words: Vec<&str> = header.split(is_separator).filter(|word| !word.is_empty()).collect();
        let name = words.join("_").to_ascii_lowercase();
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Whether the character separates the words of a header.
fn is_separator(character: char) -> bool {
    character == '-' || character == '_' || character.is_whitespace()
}

/// For each field the index of its cell in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldSlots([u16; Field::ALL.len()]);

impl FieldSlots {
    const NONE: u16 = u16::MAX;

    pub(super) fn get(&self, field: Field) -> Option<u16> {
        let slot = self.0.get(field as usize).copied();
        slot.filter(|&index| index != Self::NONE)
    }

    pub(super) fn set(&mut self, field: Field, index: u16) {
        if let Some(slot) = self.0.get_mut(field as usize) {
            *slot = index;
        }
    }
}

impl Default for FieldSlots {
    fn default() -> Self {
        Self([Self::NONE; Field::ALL.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_own_name() {
        for field in Field::ALL {
            assert_eq!(Field::from_header(field.name()), Some(field));
        }
    }

    #[test]
    fn headers_match_in_any_case_with_spaces_hyphens_and_underscores_alike() {
        let cases = [
            ("Order Number", Some(Field::OrderNumber)),
            ("ORDER-NUMBER", Some(Field::OrderNumber)),
            ("  order_Number ", Some(Field::OrderNumber)),
            ("Order\nNumber", Some(Field::OrderNumber)),
            ("Order\u{a0}Number", Some(Field::OrderNumber)),
            ("Quantity  to - make", Some(Field::QuantityToMake)),
            ("work-centre id", Some(Field::WorkCentreId)),
            ("ordernumber", None),
            ("order.number", None),
            ("_notes", None),
            ("notes-", None),
            ("stoc\u{212a} code", None),
            ("", None),
            (" - ", None),
        ];
        for (header, field) in cases {
            assert_eq!(Field::from_header(header), field, "{header:?}");
        }
    }

    #[test]
    fn a_slot_is_empty_until_it_is_set() {
        let mut slots = FieldSlots::default();
        slots.set(Field::Notes, 3);
        assert_eq!(slots.get(Field::Notes), Some(3));
        assert_eq!(slots.get(Field::OrderNumber), None);
    }
}
