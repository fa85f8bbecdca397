//! What handlers call.

use std::sync::Arc;

use audit::{ListAccess, ListAudit, RecordRefusal};
use identity::AuthenticateKey;
use kernel::clock::{Clock, IdSource};
use kernel::write::Answers;
use order_import::{GetImport, ImportOrders, ListImports};
use production_ops::{
    ChangeDepartment, ChangeWorkCentre, CreateDepartment, CreateWorkCentre, GetDepartment, GetWorkCentre,
    ListDepartments, ListWorkCentres,
};

use crate::health::Readiness;
use crate::offload::Offload;
use crate::recorder::AccessRecorder;

/// Every use case a handler may call, and what the middleware stands on.
pub struct Services {
    /// Turns an API key into its actor.
    pub authenticate_key: AuthenticateKey,
    /// Keeps refusals for idempotency keys.
    pub answers: Arc<dyn Answers>,
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
    /// The audit trail and the access log.
    pub audit: AuditServices,
    /// The bulk import.
    pub import: ImportServices,
    /// Departments and work centres.
    pub plant: PlantServices,
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
    pub recorder: AccessRecorder,
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

/// The use cases of departments and work centres (seed 004).
pub struct PlantServices {
    /// Creates a department.
    pub create_department: CreateDepartment,
    /// Changes a department.
    pub change_department: ChangeDepartment,
    /// Gives a department.
    pub get_department: GetDepartment,
    /// Lists departments.
    pub list_departments: ListDepartments,
    /// Creates a work centre.
    pub create_work_centre: CreateWorkCentre,
    /// Changes a work centre.
    pub change_work_centre: ChangeWorkCentre,
    /// Gives a work centre.
    pub get_work_centre: GetWorkCentre,
    /// Lists work centres.
    pub list_work_centres: ListWorkCentres,
}
