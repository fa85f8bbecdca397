//! What handlers call.

use std::sync::Arc;

use async_trait::async_trait;
use audit::{ListAccess, ListAudit, RecordRefusal};
use identity::api_key::Networks;
use identity::ports::RateLimits;
use identity::{
    AccessTokens, Authenticate, ChangeTeam, LogIn, LogOut, ManageApiKeys, ManageUsers, RefreshSession,
};
use invoicing::{GetInvoice, ListExchanges, ManageConnection, ProcessBatch};
use kernel::clock::{Clock, IdSource};
use kernel::write::StoredResponses;
use order_import::{GetImport, ImportOrders, ListImports};
use procurement::ManageVendors;
use production_ops::{
    ChangeDepartment, CollectData, CreateDepartment, GetDepartment, ListDepartments, ManageActivities,
    ManageAttachments, ManageOperators, ManageOrders, ManagePauseReasons, ManageRoutings, ManageWorkCentres,
    MonitorEquipment, RunOperations,
};
use sales_orders::{ManageProducts, ManageSalesOrders};

use crate::background::Background;
use crate::middleware::access_log_writer::AccessLogWriter;
use crate::offload::Offload;

/// Every use case a handler may call, and what the middleware stands on.
pub struct Services {
    /// Turns credentials into their caller.
    pub authenticate: Authenticate,
    /// Proxies whose word on a client's address counts.
    pub trusted_proxies: Networks,
    /// Counts requests; `None` where no limits hold.
    pub limits: Option<Arc<dyn RateLimits>>,
    /// Keeps refusals for idempotency keys.
    pub responses: Arc<dyn StoredResponses>,
    /// The time of requests.
    pub clock: Arc<dyn Clock>,
    /// Ids of requests.
    pub ids: Arc<dyn IdSource>,
    /// Whether the service can take requests.
    pub readiness: Arc<dyn Readiness>,
    /// The metrics, as Prometheus reads them.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// Threads for long work.
    pub offload: Offload,
    /// Work that goes on when its caller has gone.
    pub background: Background,
    /// The audit trail and the access log.
    pub audit: AuditServices,
    /// Threads for hashing passwords, as few as a flood of log-ins may take.
    pub hashing: Offload,
    /// Sessions, people, keys and the team.
    pub identity: IdentityServices,
    /// The bulk import.
    pub import: ImportServices,
    /// The plant.
    pub plant: PlantServices,
    /// Files.
    pub files: FileServices,
    /// Vendors.
    pub procurement: ProcurementServices,
    /// Sales.
    pub sales: SalesServices,
    /// Invoices for the accounting system.
    pub accounting: AccountingServices,
}

/// Tells whether the service can take requests.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// `Err` names what it waits for: a database that doesn't answer, its own end.
    async fn check(&self) -> Result<(), &'static str>;
}

/// The use cases of sessions, people, keys and the team (seeds 003 and 004).
pub struct IdentityServices {
    /// Logs in.
    pub log_in: Arc<LogIn>,
    /// Carries a session on.
    pub refresh_session: RefreshSession,
    /// Ends a session.
    pub log_out: LogOut,
    /// Administers users.
    pub users: Arc<ManageUsers>,
    /// Administers API keys.
    pub api_keys: ManageApiKeys,
    /// Shows and changes the team.
    pub team: ChangeTeam,
    /// Publishes the keys that access tokens are signed with.
    pub tokens: Arc<AccessTokens>,
}

/// The audit trail and the access log (contract, *Everywhere*).
pub struct AuditServices {
    /// Lists the audit trail.
    pub list_audit: ListAudit,
    /// Lists the access log.
    pub list_access: ListAccess,
    /// Keeps refusals in the audit trail.
    pub record_refusal: RecordRefusal,
    /// Takes the access log's records.
    pub recorder: AccessLogWriter,
}

/// The use cases of the bulk import (seed 000).
pub struct ImportServices {
    /// Imports orders.
    pub import_orders: Arc<ImportOrders>,
    /// Lists imports.
    pub list_imports: ListImports,
    /// Gives one import again.
    pub get_import: GetImport,
}

/// The use cases of the plant (seed 004).
pub struct PlantServices {
    /// Creates a department.
    pub create_department: CreateDepartment,
    /// Changes a department.
    pub change_department: ChangeDepartment,
    /// Gives a department.
    pub get_department: GetDepartment,
    /// Lists departments.
    pub list_departments: ListDepartments,
    pub work_centres: ManageWorkCentres,
    /// Takes orders in, changes and shows them.
    pub orders: ManageOrders,
    /// Runs the operations of orders and shows them.
    pub operations: RunOperations,
    /// Keeps the data collected during operations and shows it.
    pub collections: CollectData,
    /// Administers data collection activities.
    pub activities: ManageActivities,
    /// Takes the reports of equipment, and shows what they came to.
    pub equipment: MonitorEquipment,
    /// Administers operators and keeps their attendance.
    pub operators: ManageOperators,
    /// Administers pause reasons.
    pub pause_reasons: ManagePauseReasons,
    /// Administers routings.
    pub routings: ManageRoutings,
}

/// The use cases of files (seed 004).
pub struct FileServices {
    /// Takes files, shows them and gives them back.
    pub attachments: Arc<ManageAttachments>,
    /// Threads for judging and storing them.
    pub offload: Offload,
}

/// The use cases of vendors (seed 003).
pub struct ProcurementServices {
    pub vendors: ManageVendors,
}

/// The use cases of invoices for the accounting system (seed 002).
pub struct AccountingServices {
    /// Makes the invoices of batches.
    pub process_batch: Arc<ProcessBatch>,
    /// Shows what became of an invoice.
    pub get_invoice: GetInvoice,
    /// Shows and sets the team's connection.
    pub connection: ManageConnection,
    /// Shows what was asked of the accounting system.
    pub exchanges: ListExchanges,
    /// Threads for reading large batches.
    pub offload: Offload,
}

/// The use cases of sales (seeds 001 and 003).
pub struct SalesServices {
    /// Keeps the catalogue and its stock.
    pub products: ManageProducts,
    /// Takes orders in, changes and shows them.
    pub orders: ManageSalesOrders,
}
