#![doc = include_str!("../README.md")]

pub mod collection;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod data_collection;
pub mod department;
pub mod events;
pub mod json;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
mod name;
pub mod operation;
pub mod operator;
pub mod order;
pub mod pause_reason;
pub mod ports;
pub mod routing;
mod skill;
mod usecases;
pub mod work_centre;

pub use collection::CollectionError;
pub use data_collection::{Activity, ActivityChange, ActivityError, ActivityId, NewActivity};
pub use department::{Department, DepartmentChange, DepartmentError, DepartmentId};
pub use name::{MAX_DESCRIPTION, Name, description};
pub use operation::{ActionError, ActionRequest, OperationId};
pub use operator::{
    Attendance, Badge, ClockEvent, ClockFault, NewOperator, Operator, OperatorChange, OperatorError,
    OperatorId,
};
pub use order::{ManufacturingOrder, NewOrder, OrderChange, OrderError};
pub use pause_reason::{
    NewPauseReason, PauseCategory, PauseReason, PauseReasonChange, PauseReasonError, PauseReasonId,
};
pub use routing::{
    Routing, RoutingContent, RoutingError, RoutingId, RoutingOperation, RoutingSummary, RoutingVersion,
};
pub use skill::Skill;
pub use usecases::collect_data::CollectData;
pub use usecases::manage_orders::ManageOrders;
pub use usecases::manage_routings::ManageRoutings;
pub use usecases::record_attendance::RecordAttendance;
pub use usecases::run_operations::RunOperations;
pub use usecases::{
    ManageActivities, ManageDepartments, ManageOperators, ManagePauseReasons, ManageWorkCentres,
};
pub use work_centre::{
    NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreError, WorkCentreId, WorkCentreNumber,
};
