//! Rights of API keys (`docs/spec/common.md`, "Scopes").

use std::str::FromStr;

use super::UnknownWord;

/// What a scope permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Read,
    /// Includes reading.
    Write,
    /// Something that only the permission `admin` includes; other keys must name it.
    Special,
}

/// One permission of an API key: `resource:action`, or a whole surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Import manufacturing orders and read the imports made (`docs/spec/import.md`).
    OrdersImport,
    /// Read manufacturing orders.
    OrdersRead,
    /// Create and change manufacturing orders.
    OrdersWrite,
    /// Read work order operations.
    OperationsRead,
    /// Run work order operations.
    OperationsWrite,
    DepartmentsRead,
    /// Create and change departments.
    DepartmentsWrite,
    WorkCentresRead,
    /// Create and change work centres.
    WorkCentresWrite,
    PauseReasonsRead,
    /// Create and change pause reasons.
    PauseReasonsWrite,
    /// Read operators and their attendance.
    OperatorsRead,
    /// Create and change operators, and clock them in and out.
    OperatorsWrite,
    /// Read data collection activities, and the data collected.
    DataCollectionRead,
    /// Create and change data collection activities, and submit data.
    DataCollectionWrite,
    RoutingsRead,
    /// Create and change routings.
    RoutingsWrite,
    /// Read equipment, its samples and its alarms.
    EquipmentRead,
    /// Report as equipment.
    EquipmentWrite,
    /// Read and download files.
    FilesRead,
    /// Upload and delete files.
    FilesWrite,
    /// Create, rotate and revoke API keys that may no more than the key itself.
    ApiKeysManage,
    /// Sell at tills: their orders, the catalogue and its stock (`docs/spec/pos.md`).
    Pos,
    /// Have invoices made in the accounting system, and see what became of them (`docs/spec/gepard.md`).
    InvoicesCreate,
}

impl Scope {
    pub const ALL: [Self; 24] = [
        Self::OrdersImport,
        Self::OrdersRead,
        Self::OrdersWrite,
        Self::OperationsRead,
        Self::OperationsWrite,
        Self::DepartmentsRead,
        Self::DepartmentsWrite,
        Self::WorkCentresRead,
        Self::WorkCentresWrite,
        Self::PauseReasonsRead,
        Self::PauseReasonsWrite,
        Self::OperatorsRead,
        Self::OperatorsWrite,
        Self::DataCollectionRead,
        Self::DataCollectionWrite,
        Self::RoutingsRead,
        Self::RoutingsWrite,
        Self::EquipmentRead,
        Self::EquipmentWrite,
        Self::FilesRead,
        Self::FilesWrite,
        Self::ApiKeysManage,
        Self::Pos,
        Self::InvoicesCreate,
    ];

    /// The scope's word, such as `orders:read`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrdersImport => "orders:import",
            Self::OrdersRead => "orders:read",
            Self::OrdersWrite => "orders:write",
            Self::OperationsRead => "operations:read",
            Self::OperationsWrite => "operations:write",
            Self::DepartmentsRead => "departments:read",
            Self::DepartmentsWrite => "departments:write",
            Self::WorkCentresRead => "work-centres:read",
            Self::WorkCentresWrite => "work-centres:write",
            Self::PauseReasonsRead => "pause-reasons:read",
            Self::PauseReasonsWrite => "pause-reasons:write",
            Self::OperatorsRead => "operators:read",
            Self::OperatorsWrite => "operators:write",
            Self::DataCollectionRead => "data-collection:read",
            Self::DataCollectionWrite => "data-collection:write",
            Self::RoutingsRead => "routings:read",
            Self::RoutingsWrite => "routings:write",
            Self::EquipmentRead => "equipment:read",
            Self::EquipmentWrite => "equipment:write",
            Self::FilesRead => "files:read",
            Self::FilesWrite => "files:write",
            Self::ApiKeysManage => "api-keys:manage",
            Self::Pos => "pos",
            Self::InvoicesCreate => "invoices:create",
        }
    }

    /// What it permits.
    pub const fn action(self) -> Action {
        match self {
            Self::OrdersImport | Self::ApiKeysManage | Self::Pos | Self::InvoicesCreate => Action::Special,
            Self::OrdersRead
            | Self::OperationsRead
            | Self::DepartmentsRead
            | Self::WorkCentresRead
            | Self::PauseReasonsRead
            | Self::OperatorsRead
            | Self::DataCollectionRead
            | Self::RoutingsRead
            | Self::EquipmentRead
            | Self::FilesRead => Action::Read,
            Self::OrdersWrite
            | Self::OperationsWrite
            | Self::DepartmentsWrite
            | Self::WorkCentresWrite
            | Self::PauseReasonsWrite
            | Self::OperatorsWrite
            | Self::DataCollectionWrite
            | Self::RoutingsWrite
            | Self::EquipmentWrite
            | Self::FilesWrite => Action::Write,
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// The permission an API key is created with (`docs/spec/common.md`, "API keys").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPermission {
    /// Every reading scope.
    ReadOnly,
    /// Every reading and writing scope.
    ReadWrite,
    /// Every scope there is.
    Admin,
}

impl KeyPermission {
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::ReadWrite, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
            Self::Admin => "admin",
        }
    }

    /// Whether the permission includes scopes of this kind.
    pub const fn includes(self, action: Action) -> bool {
        match self {
            Self::ReadOnly => matches!(action, Action::Read),
            Self::ReadWrite => matches!(action, Action::Read | Action::Write),
            Self::Admin => true,
        }
    }
}

impl FromStr for KeyPermission {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|preset| preset.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}
