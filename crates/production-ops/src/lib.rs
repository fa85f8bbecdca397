#![doc = include_str!("../README.md")]

pub mod attachment;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
pub mod data_collection;
pub mod department;
mod fields;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
mod name;
mod nested;
pub mod operator;
pub mod pause_reason;
pub mod ports;
mod skill;
mod usecases;
pub mod work_centre;

pub use attachment::{Attachment, AttachmentDraft, AttachmentError, AttachmentId, AttachmentType};
pub use data_collection::{
    Activity, ActivityChange, ActivityDraft, ActivityError, ActivityId, ActivityPatch, NewActivity,
};
pub use department::{
    Department, DepartmentChange, DepartmentDraft, DepartmentError, DepartmentId, DepartmentPatch,
};
pub use name::Name;
pub use operator::{
    Attendance, Badge, ClockEvent, ClockFault, ClockRequest, NewOperator, Operator, OperatorChange,
    OperatorDraft, OperatorError, OperatorId, OperatorPatch,
};
pub use pause_reason::{
    NewPauseReason, PauseCategory, PauseReason, PauseReasonChange, PauseReasonDraft, PauseReasonError,
    PauseReasonId, PauseReasonPatch,
};
pub use skill::Skill;
pub use usecases::change_department::ChangeDepartment;
pub use usecases::change_work_centre::ChangeWorkCentre;
pub use usecases::create_department::CreateDepartment;
pub use usecases::create_work_centre::CreateWorkCentre;
pub use usecases::get_department::GetDepartment;
pub use usecases::get_work_centre::GetWorkCentre;
pub use usecases::list_departments::ListDepartments;
pub use usecases::list_work_centres::ListWorkCentres;
pub use usecases::manage_activities::ManageActivities;
pub use usecases::manage_attachments::ManageAttachments;
pub use usecases::manage_operators::ManageOperators;
pub use usecases::manage_pause_reasons::ManagePauseReasons;
pub use usecases::sweep_attachments::{SweepAttachments, SweepError};
pub use work_centre::{
    NewWorkCentre, WorkCentre, WorkCentreChange, WorkCentreDraft, WorkCentreError, WorkCentreId,
    WorkCentreNumber, WorkCentrePatch,
};
