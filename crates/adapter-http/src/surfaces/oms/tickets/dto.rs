//! Tickets as the order API shows them.

use attachments::Attachment;
use grn_ticketing::ports::{CommentView, TicketView};
use kernel::id::UserId;

use super::super::references::{GoodsReceiptReference, UserReference};
use super::DOWNLOAD;
use crate::openapi::closed_sets as sets;
use crate::prelude::*;

/// A ticket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketResponse {
    #[serde(flatten)]
    summary: TicketSummaryResponse,
    description: String,
    /// The first first.
    comments: Vec<CommentResponse>,
    /// The first first.
    attachments: Vec<TicketFileResponse>,
}

/// A ticket without its texts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketSummaryResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// `TKT-YYYYMM-NNN` of the team's month.
    ticket_number: String,
    title: String,
    #[schema(value_type = sets::TicketStatus)]
    status: &'static str,
    #[schema(value_type = sets::TicketPriority)]
    priority: &'static str,
    goods_receipt_note: GoodsReceiptReference,
    /// Whoever verified the goods receipt.
    #[schema(required)]
    created_by: Option<UserReference>,
    /// Whoever works on it.
    #[schema(required)]
    assignee: Option<UserReference>,
    #[schema(required)]
    resolved_at: Option<DateTime<Utc>>,
    #[schema(required)]
    closed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A comment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommentResponse {
    #[schema(value_type = Uuid)]
    id: String,
    content: String,
    #[schema(required)]
    user: Option<UserReference>,
    created_at: DateTime<Utc>,
}

/// A file of a ticket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketFileResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// As it was sent.
    file_name: String,
    /// In bytes.
    file_size: u64,
    /// What its name and content say it is.
    mime_type: &'static str,
    uploaded_at: DateTime<Utc>,
    /// The id of whoever uploaded it.
    #[schema(required, value_type = Option<Uuid>)]
    uploaded_by: Option<String>,
    download_url: String,
}

impl TicketResponse {
    pub(super) fn of(view: &TicketView, attachments: &[Attachment]) -> Self {
        let ticket = &view.ticket;
        Self {
            summary: view.into(),
            description: ticket.description.to_string(),
            comments: view.comments.iter().map(CommentResponse::from).collect(),
            attachments: attachments
                .iter()
                .map(|attachment| TicketFileResponse::of(ticket.id, attachment))
                .collect(),
        }
    }
}

impl From<&TicketView> for TicketSummaryResponse {
    fn from(view: &TicketView) -> Self {
        let ticket = &view.ticket;
        Self {
            id: ticket.id.to_string(),
            ticket_number: ticket.number.to_string(),
            title: ticket.title.to_string(),
            status: ticket.stage.status().as_str(),
            priority: ticket.priority.as_str(),
            goods_receipt_note: GoodsReceiptReference::new(
                ticket.receipt,
                &view.receipt_number,
                view.receipt_status.as_str(),
            ),
            created_by: UserReference::of(view.created_by.as_ref()),
            assignee: UserReference::of(view.assignee.as_ref()),
            resolved_at: ticket.stage.resolved_at(),
            closed_at: ticket.stage.closed_at(),
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
        }
    }
}

impl From<&CommentView> for CommentResponse {
    fn from(view: &CommentView) -> Self {
        let comment = &view.comment;
        let user: Option<(UserId, Box<str>)> = comment.by.zip(view.email.clone());
        Self {
            id: comment.id.to_string(),
            content: comment.content.to_string(),
            user: UserReference::of(user.as_ref()),
            created_at: comment.at,
        }
    }
}

impl TicketFileResponse {
    pub(super) fn of(ticket: impl ToString, attachment: &Attachment) -> Self {
        let url = DOWNLOAD.replace("{ticketId}", &ticket.to_string());
        Self {
            id: attachment.id.to_string(),
            file_name: attachment.original_name.as_str().to_owned(),
            file_size: attachment.size,
            mime_type: attachment.kind.media_type(),
            uploaded_at: attachment.uploaded_at,
            uploaded_by: attachment.uploaded_by.map(|user| user.to_string()),
            download_url: url.replace("{attachmentId}", &attachment.id.to_string()),
        }
    }
}
