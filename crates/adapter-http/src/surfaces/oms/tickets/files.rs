//! The files of a ticket.

use actix_web::web::{Path, Payload};
use attachments::{AcceptedFile, Attachment, AttachmentId, NewAttachment, TicketId};
use kernel::id::Id;

use super::super::OmsErrorResponse;
use super::dto::TicketFileResponse;
use super::{ATTACHMENTS, DOWNLOAD, FileAttachedResponse};
use crate::openapi::schemas::Binary;
use crate::prelude::*;
use crate::request::form::Form;
use crate::request::idempotency::{claim, key, once};
use crate::response::download::{Download, download};

/// A file to attach.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"file": "crushed boxes.jpg"}))]
pub(crate) struct AttachFileForm {
    /// 1 byte to 10 MiB of PDF, PNG, JPEG, TIFF, WebP, DOC, DOCX, XLS, XLSX, ODT, CSV or TXT: name and content must agree.
    #[schema(value_type = Binary)]
    file: Field<String>,
}

impl RequestBody for AttachFileForm {
    type Domain = ();
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<()> {
        match self.file {
            Field::Absent | Field::Null => {
                faults.add("file", "MISSING_FIELD", "must be there: send it as the form's part `file`");
                None
            }
            file => faults.field("file", file).given().map(drop),
        }
    }
}

/// Attach a file to a ticket
///
/// At most 50. Its name is only ever data. A file that a virus scanner finds something in is refused (422 `FILE_INFECTED`),
/// where the service has one.
#[utoipa::path(
    post, path = ATTACHMENTS, operation_id = "attachFileToTicket", tag = "Tickets",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    request_body(content = AttachFileForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The file", body = FileAttachedResponse),
        (status = 400, description = "The form can't be read", body = OmsErrorResponse),
        (status = 404, description = "The team has no such ticket", body = OmsErrorResponse),
        (status = 409, description = "It has 50 files, or a request with this Idempotency-Key is still running", body = OmsErrorResponse),
        (status = 413, description = "More than 10 MiB", body = OmsErrorResponse),
        (status = 415, description = "No form", body = OmsErrorResponse),
        (status = 422, description = "A kind of file that is not taken, a name that says another kind than the content, an infected file", body = OmsErrorResponse),
    ),
)]
pub(super) async fn attach_file(
    request: HttpRequest,
    call: Call,
    PathId(ticket): PathId<TicketId>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let key = key(&request)?;
    let form = Form::read(&request, payload, &[]).await?;
    let claim = claim(&request, key, form.hash());
    let files = &call.services.files;
    let answer = move |attachment: &Attachment| attached(ticket, attachment);
    let written = once(
        &call,
        claim,
        move |stored| Some(answer(stored)),
        |context| async move {
            let attachments = files.attachments.clone();
            let done = files.offload.run(move || async move {
                let ((), file) = form.parse::<AttachFileForm, _, _>(AcceptedFile::inspect_document)?;
                Ok(attachments.upload(context, NewAttachment::of_ticket(ticket), file).await?)
            });
            done.await
        },
    );
    send(written.await?, answer)
}

fn attached(ticket: TicketId, attachment: &Attachment) -> StoredResponse {
    let shown = TicketFileResponse::of(ticket, attachment);
    json_answer(StatusCode::CREATED, &FileAttachedResponse::of(shown))
}

/// Download a file of a ticket
///
/// As an attachment, never to be shown in place. `ETag` is its SHA-256: with `If-None-Match` it is sent only if that
/// differs.
#[utoipa::path(
    get, path = DOWNLOAD, operation_id = "downloadTicketFile", tag = "Tickets",
    responses(
        Download,
        (status = 404, description = "The team has no such ticket, or that has no such file", body = OmsErrorResponse),
    ),
)]
pub(super) async fn download_attachment(
    request: HttpRequest,
    call: Call,
    ids: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let not_found = || ApiError::not_found("File");
    let (ticket, file) = ids.into_inner();
    let ticket: TicketId = ticket.parse().map_err(|_| not_found())?;
    let file: AttachmentId = file.parse().map_err(|_| not_found())?;
    let (files, team) = (&call.services.files.attachments, call.actor.team);
    let attachment = files.find_of_ticket(team, Id::new(ticket.uuid()), file).await?;
    download(&request, &attachment, files.open(team, &attachment)).await
}
