//! The use cases that handlers call.

use std::sync::Arc;

use async_trait::async_trait;
use attachments::ManageAttachments;
use audit::{ListAccess, ListAudit, RecordRefusal};
use equipment::MonitorEquipment;
use grn_ticketing::{ManageGoodsReceipts, ManageTickets, VerifyGoodsReceipt};
use identity::api_key::Networks;
use identity::ports::RateLimits;
use identity::{
    AccessTokens, Authenticate, LogIn, LogOut, ManageApiKeys, ManageTeam, ManageUsers, RefreshSession,
};
use invoicing::{GetInvoice, ListExchanges, ManageConnection, ProcessBatch};
use kernel::clock::{Clock, IdSource};
use kernel::write::StoredResponses;
use order_import::{GetImport, ImportOrders, ListImports};
use procurement::{ManageAssignments, ManageDispatches, ManagePurchaseOrders, ManageVendors};
use production_ops::{
    CollectData, ManageActivities, ManageDepartments, ManageOperators, ManageOrders, ManagePauseReasons,
    ManageRoutings, ManageWorkCentres, RecordAttendance, RunOperations,
};
use sales_orders::{ManageProducts, ManageSalesOrders};

use crate::background::Background;
use crate::middleware::access_log_writer::AccessLogWriter;
use crate::offload::Offload;

/// Every use case, and what the middleware needs.
pub struct Services {
    pub authenticate: Authenticate,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Networks,
    /// Counts requests; `None` where no limits hold.
    pub limits: Option<Arc<dyn RateLimits>>,
    pub responses: Arc<dyn StoredResponses>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub readiness: Arc<dyn Readiness>,
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    pub offload: Offload,
    pub background: Background,
    pub audit: AuditServices,
    /// Threads for hashing passwords, as few as a flood of log-ins may take.
    pub hashing: Offload,
    pub identity: IdentityServices,
    pub import: ImportServices,
    pub plant: PlantServices,
    pub equipment: MonitorEquipment,
    pub files: FileServices,
    pub procurement: ProcurementServices,
    pub receiving: ReceivingServices,
    pub sales: SalesServices,
    pub accounting: AccountingServices,
}

/// Whether the service can take requests.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// `Err` names what it waits for: a database that does not answer, its own end.
    async fn check(&self) -> Result<(), &'static str>;
}

/// Sessions, users, API keys and the team.
pub struct IdentityServices {
    pub log_in: Arc<LogIn>,
    pub refresh_session: RefreshSession,
    pub log_out: LogOut,
    pub users: Arc<ManageUsers>,
    pub api_keys: ManageApiKeys,
    pub team: ManageTeam,
    pub tokens: Arc<AccessTokens>,
}

/// The audit trail and the access log.
pub struct AuditServices {
    pub list_audit: ListAudit,
    pub list_access: ListAccess,
    pub record_refusal: RecordRefusal,
    pub recorder: AccessLogWriter,
}

/// The bulk import.
pub struct ImportServices {
    pub import_orders: Arc<ImportOrders>,
    pub list_imports: ListImports,
    pub get_import: GetImport,
}

/// The plant: its master data, orders and operations.
pub struct PlantServices {
    pub departments: ManageDepartments,
    pub work_centres: ManageWorkCentres,
    pub orders: ManageOrders,
    pub operations: RunOperations,
    pub collections: CollectData,
    pub activities: ManageActivities,
    pub operators: ManageOperators,
    pub attendance: RecordAttendance,
    pub pause_reasons: ManagePauseReasons,
    pub routings: ManageRoutings,
}

/// Files.
pub struct FileServices {
    pub attachments: Arc<ManageAttachments>,
    pub offload: Offload,
}

/// Vendors, and what is bought in from them.
pub struct ProcurementServices {
    pub vendors: ManageVendors,
    pub assignments: ManageAssignments,
    pub purchase_orders: ManagePurchaseOrders,
    pub dispatches: ManageDispatches,
}

/// Goods receipts and the tickets of their mismatches.
pub struct ReceivingServices {
    pub receipts: ManageGoodsReceipts,
    pub verify: VerifyGoodsReceipt,
    pub tickets: ManageTickets,
}

/// Invoices in the accounting system.
pub struct AccountingServices {
    pub process_batch: Arc<ProcessBatch>,
    pub get_invoice: GetInvoice,
    pub connection: ManageConnection,
    pub exchanges: ListExchanges,
    pub offload: Offload,
}

/// The catalogue and sales orders.
pub struct SalesServices {
    pub products: ManageProducts,
    pub orders: ManageSalesOrders,
}
