//! Roles, and what each may do (`docs/spec/oms.md`, "Roles").

use std::str::FromStr;

use super::UnknownWord;

/// A role of a user in a team.
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
    pub const ALL: [Self; 5] = [Self::Admin, Self::Vendor, Self::Accounts, Self::Ops, Self::Operator];

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

/// A column of the role table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionArea {
    /// Orders, and what an order goes through: vendors, assignments, purchase orders, dispatches.
    OrderManagement,
    /// Generating invoices.
    InvoiceGeneration,
    /// Uploading invoices, and all reading of them.
    InvoiceUpload,
    /// Goods receipts and their tickets.
    GrnVerification,
    /// Not in the table: what a vendor does for its own assignments, confirming and dispatching.
    Supply,
}

impl PermissionArea {
    /// In the table's order.
    pub const ALL: [Self; 5] = [
        Self::OrderManagement,
        Self::InvoiceGeneration,
        Self::InvoiceUpload,
        Self::GrnVerification,
        Self::Supply,
    ];
}

/// A cell of the role table, from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessLevel {
    /// "No Access".
    Nothing,
    /// "Read Own": what belongs to the user's vendor.
    ReadOwn,
    /// "Own Invoices": reading and changing what belongs to the user's vendor.
    ChangeOwn,
    ReadAll,
    /// "Full Access", "Generate", "All Invoices".
    ChangeAll,
}

impl Role {
    /// The role table, cell by cell; `OPERATOR` has no access.
    pub const fn access_level(self, area: PermissionArea) -> AccessLevel {
        use PermissionArea::{GrnVerification, InvoiceGeneration, InvoiceUpload, OrderManagement, Supply};
        match (self, area) {
            (Self::Admin, _) => AccessLevel::ChangeAll,

            (Self::Vendor, OrderManagement) => AccessLevel::ReadOwn,
            (Self::Vendor, InvoiceGeneration) => AccessLevel::Nothing,
            (Self::Vendor, InvoiceUpload) => AccessLevel::ChangeOwn,
            (Self::Vendor, GrnVerification) => AccessLevel::Nothing,
            (Self::Vendor, Supply) => AccessLevel::ChangeOwn,

            (Self::Accounts, OrderManagement) => AccessLevel::ReadAll,
            (Self::Accounts, InvoiceGeneration) => AccessLevel::ChangeAll,
            (Self::Accounts, InvoiceUpload) => AccessLevel::ChangeAll,
            (Self::Accounts, GrnVerification | Supply) => AccessLevel::Nothing,

            (Self::Ops, OrderManagement) => AccessLevel::ReadAll,
            (Self::Ops, InvoiceGeneration) => AccessLevel::Nothing,
            (Self::Ops, InvoiceUpload) => AccessLevel::ReadAll,
            (Self::Ops, GrnVerification) => AccessLevel::ChangeAll,
            (Self::Ops, Supply) => AccessLevel::Nothing,

            (Self::Operator, _) => AccessLevel::Nothing,
        }
    }
}

impl AccessLevel {
    /// Whether it permits `mode` at all, be it only for the holder's own.
    pub const fn allows(self, mode: AccessMode) -> bool {
        match mode {
            AccessMode::Read => !matches!(self, Self::Nothing),
            AccessMode::Change => matches!(self, Self::ChangeOwn | Self::ChangeAll),
        }
    }
}

/// What a route of a [`PermissionArea`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    Read,
    /// Creates or changes.
    Change,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_table_is_that_of_seed_003_cell_by_cell() {
        use AccessLevel::{ChangeAll, ChangeOwn, Nothing, ReadAll, ReadOwn};
        let table = [
            (Role::Admin, [ChangeAll, ChangeAll, ChangeAll, ChangeAll, ChangeAll]),
            (Role::Vendor, [ReadOwn, Nothing, ChangeOwn, Nothing, ChangeOwn]),
            (Role::Accounts, [ReadAll, ChangeAll, ChangeAll, Nothing, Nothing]),
            (Role::Ops, [ReadAll, Nothing, ReadAll, ChangeAll, Nothing]),
            (Role::Operator, [Nothing, Nothing, Nothing, Nothing, Nothing]),
        ];
        assert_eq!(table.map(|(role, _)| role), Role::ALL);
        for (role, cells) in table {
            assert_eq!(PermissionArea::ALL.map(|area| role.access_level(area)), cells, "{}", role.as_str());
        }
    }

    #[test]
    fn reading_comes_before_changing() {
        for (reach, read, change) in [
            (AccessLevel::Nothing, false, false),
            (AccessLevel::ReadOwn, true, false),
            (AccessLevel::ChangeOwn, true, true),
            (AccessLevel::ReadAll, true, false),
            (AccessLevel::ChangeAll, true, true),
        ] {
            assert_eq!(
                (reach.allows(AccessMode::Read), reach.allows(AccessMode::Change)),
                (read, change),
                "{reach:?}"
            );
        }
    }
}
