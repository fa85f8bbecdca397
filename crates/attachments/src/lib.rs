#![doc = include_str!("../README.md")]

mod attachment;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod ports;
mod usecases;

pub use attachment::{
    AcceptedFile, Attachment, AttachmentError, AttachmentId, AttachmentType, NewAttachment, Owner,
    RoutingOperationId, TicketId, Within, WorkOrderOperationId, description,
};
pub use usecases::manage_attachments::ManageAttachments;
pub use usecases::sweep_attachments::{SweepAttachments, SweepError};
