//! What people are in a team, and how far each role reaches (seed 003, *Role-Based Access Control*).

use std::str::FromStr;

use super::UnknownWord;

/// What a user is in a team (seed 003's roles, and `OPERATOR` for the shop floor).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Administers the team.
    Admin,
    /// Belongs to a vendor and sees only that vendor's business.
    Vendor,
    /// Keeps the books.
    Accounts,
    /// Runs operations: orders, goods receipts.
    Ops,
    /// Works on the shop floor.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Admin, Self::Vendor, Self::Accounts, Self::Ops, Self::Operator];

    /// The role's documented word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Vendor => "VENDOR",
            Self::Accounts => "ACCOUNTS",
            Self::Ops => "OPS",
            Self::Operator => "OPERATOR",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// A column of seed 003's role table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Orders, and what an order goes through: vendors, assignments, purchase orders, dispatches.
    OrderManagement,
    /// Generating invoices.
    InvoiceGeneration,
    /// Uploading invoices, and all reading of them.
    InvoiceUpload,
    /// Goods receipts and their tickets.
    GrnVerification,
}

impl Area {
    /// Every area, in the table's order.
    pub const ALL: [Self; 4] =
        [Self::OrderManagement, Self::InvoiceGeneration, Self::InvoiceUpload, Self::GrnVerification];
}

/// A cell of seed 003's role table: from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// "No Access".
    Nothing,
    /// "Read Own": what is the user's vendor's.
    ReadOwn,
    /// "Own Invoices": reading and changing what is the user's vendor's.
    ChangeOwn,
    /// "Read All".
    ReadAll,
    /// "Full Access", "Generate", "All Invoices".
    ChangeAll,
}

impl Role {
    /// Seed 003's role table, cell by cell; `OPERATOR` has nothing in it (contract, *oms*).
    pub const fn reach(self, area: Area) -> Reach {
        use Area::{GrnVerification, InvoiceGeneration, InvoiceUpload, OrderManagement};
        match (self, area) {
            (Self::Admin, _) => Reach::ChangeAll,

            (Self::Vendor, OrderManagement) => Reach::ReadOwn,
            (Self::Vendor, InvoiceGeneration) => Reach::Nothing,
            (Self::Vendor, InvoiceUpload) => Reach::ChangeOwn,
            (Self::Vendor, GrnVerification) => Reach::Nothing,

            (Self::Accounts, OrderManagement) => Reach::ReadAll,
            (Self::Accounts, InvoiceGeneration) => Reach::ChangeAll,
            (Self::Accounts, InvoiceUpload) => Reach::ChangeAll,
            (Self::Accounts, GrnVerification) => Reach::Nothing,

            (Self::Ops, OrderManagement) => Reach::ReadAll,
            (Self::Ops, InvoiceGeneration) => Reach::Nothing,
            (Self::Ops, InvoiceUpload) => Reach::ReadAll,
            (Self::Ops, GrnVerification) => Reach::ChangeAll,

            (Self::Operator, _) => Reach::Nothing,
        }
    }
}

impl Reach {
    /// Whether it lets its holder do `deed` at all, be it only to what is its own.
    pub const fn allows(self, deed: Deed) -> bool {
        match deed {
            Deed::Read => !matches!(self, Self::Nothing),
            Deed::Change => matches!(self, Self::ChangeOwn | Self::ChangeAll),
        }
    }
}

/// What a route of an [`Area`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Shows something.
    Read,
    /// Makes or changes something.
    Change,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_table_is_that_of_seed_003_cell_by_cell() {
        use Reach::{ChangeAll, ChangeOwn, Nothing, ReadAll, ReadOwn};
        let table = [
            (Role::Admin, [ChangeAll, ChangeAll, ChangeAll, ChangeAll]),
            (Role::Vendor, [ReadOwn, Nothing, ChangeOwn, Nothing]),
            (Role::Accounts, [ReadAll, ChangeAll, ChangeAll, Nothing]),
            (Role::Ops, [ReadAll, Nothing, ReadAll, ChangeAll]),
            (Role::Operator, [Nothing, Nothing, Nothing, Nothing]),
        ];
        assert_eq!(table.map(|(role, _)| role), Role::ALL);
        for (role, cells) in table {
            assert_eq!(Area::ALL.map(|area| role.reach(area)), cells, "{}", role.as_str());
        }
    }

    #[test]
    fn reading_comes_before_changing() {
        for (reach, read, change) in [
            (Reach::Nothing, false, false),
            (Reach::ReadOwn, true, false),
            (Reach::ChangeOwn, true, true),
            (Reach::ReadAll, true, false),
            (Reach::ChangeAll, true, true),
        ] {
            assert_eq!((reach.allows(Deed::Read), reach.allows(Deed::Change)), (read, change), "{reach:?}");
        }
    }
}
