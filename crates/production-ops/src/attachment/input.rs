use kernel::access::UnknownWord;
use kernel::error::Fault;
use kernel::id::Id;

use super::{AttachmentType, NewAttachment};
use crate::fields::{self, fixed, kept, work_order_operation_id};

/// A request for a new attachment, as it came in, beside its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttachmentDraft {
    /// `instruction`, `drawing`, `photo` or `document`; required.
    pub attachment_type: Option<String>,
    /// The work order operation it belongs to.
    pub work_order_operation_id: Option<String>,
    /// The operation of a routing it belongs to.
    pub routing_operation_id: Option<String>,
    /// What it shows.
    pub description: Option<String>,
}

impl AttachmentDraft {
    /// What the new attachment is to be.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn validate(&self) -> Result<NewAttachment, Vec<Fault>> {
        let mut faults = Vec::new();
        let attachment_type = attachment_type(self.attachment_type.as_deref());
        let attachment_type = fields::required("attachmentType", attachment_type, MISSING_TYPE);
        let attachment_type = kept(attachment_type, &mut faults);
        let work_order_operation = work_order_operation_id(self.work_order_operation_id.as_deref());
        let work_order_operation = kept(work_order_operation, &mut faults);
        let routing_operation = id(self.routing_operation_id.as_deref(), UNKNOWN_ROUTING_OPERATION);
        let routing_operation = kept(routing_operation, &mut faults);
        let description = self.description.as_deref().map_or(Ok(None), fields::description);
        match (attachment_type, work_order_operation, routing_operation, kept(description, &mut faults)) {
            (
                Some(attachment_type),
                Some(work_order_operation),
                Some(routing_operation),
                Some(description),
            ) => Ok(NewAttachment { attachment_type, work_order_operation, routing_operation, description }),
            _ => Err(faults),
        }
    }
}

const MISSING_TYPE: &str = "must be given; send instruction, drawing, photo or document";

/// The same, of a routing's operation.
pub(crate) const UNKNOWN_ROUTING_OPERATION: Fault = fixed(
    "routingOperationId",
    "UNKNOWN_ROUTING_OPERATION",
    "names no operation of the team's routings; send the id of one that exists, or none",
);

fn id<K>(text: Option<&str>, unknown: Fault) -> Result<Option<Id<K>>, Fault> {
    text.map(str::parse).transpose().map_err(|_| unknown)
}

fn attachment_type(text: Option<&str>) -> Result<Option<AttachmentType>, Fault> {
    text.map(str::parse)
        .transpose()
        .map_err(|fault: UnknownWord| Fault::new("attachmentType", "UNKNOWN_VALUE", fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::codes;

    #[test]
    fn a_draft_names_every_fault_at_once() {
        let faults = AttachmentDraft::default().validate().unwrap_err();
        assert_eq!(codes(&faults), [("attachmentType", "MISSING_FIELD")]);
        let draft = AttachmentDraft {
            attachment_type: Some("Photo".into()),
            work_order_operation_id: Some("woo-uuid-789".into()),
            routing_operation_id: Some("7".into()),
            description: Some("x".repeat(2_001)),
        };
        let expected = [
            ("attachmentType", "UNKNOWN_VALUE"),
            ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
            ("routingOperationId", "UNKNOWN_ROUTING_OPERATION"),
            ("description", "INVALID_VALUE"),
        ];
        assert_eq!(codes(&draft.validate().unwrap_err()), expected);
    }

    #[test]
    fn a_draft_needs_a_type_and_nothing_else() {
        let draft = AttachmentDraft { attachment_type: Some("photo".into()), ..Default::default() };
        let nothing_else = NewAttachment {
            attachment_type: AttachmentType::Photo,
            work_order_operation: None,
            routing_operation: None,
            description: None,
        };
        assert_eq!(draft.validate(), Ok(nothing_else.clone()));
        let id = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
        let draft = AttachmentDraft {
            work_order_operation_id: Some(id.into()),
            routing_operation_id: Some(id.into()),
            description: Some(" Torque\r\nseen ".into()),
            ..draft
        };
        let expected = NewAttachment {
            work_order_operation: id.parse().ok(),
            routing_operation: id.parse().ok(),
            description: Some("Torque\nseen".into()),
            ..nothing_else
        };
        assert_eq!(draft.validate(), Ok(expected));
    }
}
