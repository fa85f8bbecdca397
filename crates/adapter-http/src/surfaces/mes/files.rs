//! `/api/v1/files`.

use actix_web::web::Payload;
use attachments::ports::AttachmentFilter;
use attachments::{
    AcceptedFile, Attachment, AttachmentError, AttachmentId, AttachmentType, NewAttachment, Owner,
    description,
};
use identity::limits::Class;

use super::{MAX_LIMIT, MesErrorResponse, Pagination, fields};
use crate::middleware::limits::RateLimit;
use crate::openapi::closed_sets as sets;
use crate::openapi::schemas::Binary;
use crate::prelude::*;
use crate::request::form::Form;
use crate::request::idempotency::{claim, key, once};
use crate::response::download::{Download, download};

const ALL: &str = "/api/v1/files";
const UPLOAD: &str = "/api/v1/files/upload";
const ONE: &str = "/api/v1/files/{fileId}";
const DOWNLOAD: &str = "/api/v1/files/download/{fileId}";

const READERS: &[Role] = &[Role::Admin, Role::Ops, Role::Accounts, Role::Operator];
const WRITERS: &[Role] = &[Role::Admin, Role::Ops];
/// Who runs operations sends photos of them.
const SENDERS: &[Role] = &[Role::Admin, Role::Ops, Role::Operator];

pub(crate) const ROUTES: &[Route] = &[
    route!(GET ALL => list_files, RoutePolicy::granted(Scope::FilesRead, READERS)),
    // docs/spec/common.md, "Rate limits": what people upload, and what keys call
    route!(
        POST UPLOAD => upload_file(UploadFileForm),
        RoutePolicy::granted(Scope::FilesWrite, SENDERS).limited(RateLimit::to(Class::Upload).by_key(Class::Mes))
    ),
    route!(GET DOWNLOAD => download_file, RoutePolicy::granted(Scope::FilesRead, READERS)),
    route!(GET ONE => get_file, RoutePolicy::granted(Scope::FilesRead, READERS)),
    route!(DELETE ONE => delete_file, RoutePolicy::granted(Scope::FilesWrite, WRITERS)),
];

/// A file and what is said of it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "file": "Assembly Instructions v2.pdf", "attachmentType": "instruction",
    "workOrderOperationId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "description": "Step by step"
}))]
pub(super) struct UploadFileForm {
    /// 1 byte to 10 MiB of PDF, PNG, JPEG, TIFF, WebP, DOC, DOCX, XLS, XLSX, ODT, CSV, TXT, DXF, DWG or STEP: name and
    /// content must agree.
    #[schema(value_type = Binary)]
    file: Field<String>,
    /// `instruction`, `drawing`, `photo` or `document`.
    #[schema(value_type = sets::AttachmentType)]
    attachment_type: Field<String>,
    /// The work order operation it belongs to.
    #[schema(value_type = Option<Uuid>)]
    work_order_operation_id: Field<String>,
    /// The operation of a routing it belongs to.
    #[schema(value_type = Option<Uuid>)]
    routing_operation_id: Field<String>,
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Field<String>,
}

const FIELDS: &[&str] = &["attachmentType", "workOrderOperationId", "routingOperationId", "description"];

const UNKNOWN_ROUTING_OPERATION: &str =
    "names no operation of the team's routings; send the id of one that exists, or none";

impl RequestBody for UploadFileForm {
    type Domain = NewAttachment;
    const WORDING: Wording = Wording::Plain;

    fn into_domain(self, faults: &mut Faults) -> Option<NewAttachment> {
        let attachment_type = faults
            .field("attachmentType", self.attachment_type)
            .code("UNKNOWN_VALUE")
            .missing_hint("send instruction, drawing, photo or document")
            .required(str::parse::<AttachmentType>);
        let work_order_operation = fields::work_order_operation(faults, self.work_order_operation_id);
        let routing_operation = faults
            .field("routingOperationId", self.routing_operation_id)
            .code("UNKNOWN_ROUTING_OPERATION")
            .optional(|id| id.parse().map_err(|_| UNKNOWN_ROUTING_OPERATION));
        let description = faults.field("description", self.description).optional(description).flatten();
        match self.file {
            Field::Absent | Field::Null => {
                faults.add("file", "MISSING_FIELD", "must be there: send it as the form's part `file`");
            }
            file => drop(faults.field("file", file).given()),
        }
        Some(NewAttachment {
            owner: Owner::operations(work_order_operation, routing_operation),
            attachment_type: attachment_type?,
            description,
        })
    }
}

impl DomainError for AttachmentError {
    fn wire_faults(&self) -> Vec<Fault> {
        let of_file = |code, message| vec![Fault::new("file", code, message)];
        match self {
            Self::Unnamed(fault) => {
                of_file("MISSING_FIELD", format!("{fault}; send it under the name it has"))
            }
            Self::Faulty(fault) => of_file(fault.code(), fault.to_string()),
            Self::Infected { signature } => {
                of_file("FILE_INFECTED", format!("holds {signature}; it was not stored"))
            }
            Self::UnknownOperations { work_order_operation, routing_operation } => {
                let unknown_routing = || {
                    Fault::new("routingOperationId", "UNKNOWN_ROUTING_OPERATION", UNKNOWN_ROUTING_OPERATION)
                };
                let work = work_order_operation.then(fields::unknown_work_order_operation);
                work.into_iter().chain(routing_operation.then(unknown_routing)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77", "filename": "assembly_instructions_v2.pdf",
    "originalFilename": "Assembly Instructions v2.pdf", "mimeType": "application/pdf", "size": 2048576,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "attachmentType": "instruction",
    "workOrderOperationId": "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e55", "routingOperationId": null, "description": null,
    "uploadedAt": "2025-01-20T11:00:00Z",
    "downloadUrl": "/api/v1/files/download/0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e77"
}))]
pub(super) struct FileResponse {
    #[schema(value_type = Uuid)]
    id: String,
    /// The file's name in lower case, with letters, digits and `_` alone.
    filename: String,
    /// The file's name as it was sent.
    original_filename: String,
    /// What its name and content say it is.
    mime_type: &'static str,
    /// In bytes.
    size: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    sha256: String,
    #[schema(value_type = sets::AttachmentType)]
    attachment_type: &'static str,
    /// Null again when an import gave its order other operations.
    #[schema(required, value_type = Option<Uuid>)]
    work_order_operation_id: Option<String>,
    #[schema(required, value_type = Option<Uuid>)]
    routing_operation_id: Option<String>,
    #[schema(required)]
    description: Option<String>,
    uploaded_at: DateTime<Utc>,
    download_url: String,
}

impl From<&Attachment> for FileResponse {
    fn from(attachment: &Attachment) -> Self {
        Self {
            id: attachment.id.to_string(),
            filename: attachment.filename.to_string(),
            original_filename: attachment.original_name.as_str().to_owned(),
            mime_type: attachment.kind.media_type(),
            size: attachment.size,
            sha256: attachment.sha256_hex(),
            attachment_type: attachment.attachment_type.as_str(),
            work_order_operation_id: attachment.owner.work_order_operation().map(|id| id.to_string()),
            routing_operation_id: attachment.owner.routing_operation().map(|id| id.to_string()),
            description: attachment.description.as_deref().map(str::to_owned),
            uploaded_at: attachment.uploaded_at,
            download_url: DOWNLOAD.replace("{fileId}", &attachment.id.to_string()),
        }
    }
}

/// A part of the list of files.
#[derive(Serialize, ToSchema)]
pub(super) struct FileListResponse {
    files: Vec<FileResponse>,
    pagination: Pagination,
}

/// List files
///
/// The newest first.
#[utoipa::path(
    get, path = ALL, operation_id = "listFiles", tag = "Files",
    params(
        ("workOrderOperationId" = Option<Uuid>, Query, description = "Only those of this work order operation"),
        ("routingOperationId" = Option<Uuid>, Query, description = "Only those of this operation of a routing"),
        ("attachmentType" = inline(Option<sets::AttachmentType>), Query, description = "Only those of this type: `instruction`, `drawing`, `photo` or `document`"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "1 to 500, 50 by default"),
        ("offset" = Option<u32>, Query, minimum = 0, description = "Files left out before the first one given"),
    ),
    responses(
        (status = 200, description = "A part of the list", body = FileListResponse),
        (status = 422, description = "A faulty parameter", body = MesErrorResponse),
    ),
)]
async fn list_files(call: Call, mut query: Query) -> Result<HttpResponse, ApiError> {
    let filter = AttachmentFilter {
        work_order_operation: query.id("workOrderOperationId"),
        routing_operation: query.id("routingOperationId"),
        attachment_type: query.read("attachmentType", str::parse),
    };
    let window = query.finish_window(MAX_LIMIT)?;
    let listing = call.services.files.attachments.list(call.actor.team, filter, window).await?;
    let pagination = Pagination::of(&listing, window);
    let files = listing.items.iter().map(FileResponse::from).collect();
    Ok(HttpResponse::Ok().json(FileListResponse { files, pagination }))
}

/// Upload a file
///
/// It may belong to a work order operation, to an operation of a routing, to both or to none. Its name is only ever data:
/// `originalFilename` is what was sent, without folders and invisible characters. A file that a virus scanner finds
/// something in is refused (422 `FILE_INFECTED`), where the service has one.
#[utoipa::path(
    post, path = UPLOAD, operation_id = "uploadFile", tag = "Files",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating a request with the same key gives the first answer again, for 24 hours")),
    request_body(content = UploadFileForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The file", body = FileResponse),
        (status = 400, description = "The form can't be read, or the team header is missing", body = MesErrorResponse),
        (status = 409, description = "A request with this Idempotency-Key is still running", body = MesErrorResponse),
        (status = 413, description = "More than 10 MiB", body = MesErrorResponse),
        (status = 415, description = "No form", body = MesErrorResponse),
        (status = 422, description = "A kind of file that is not taken, a name that says another kind than the content, an infected file; faulty fields, or unknown operations", body = MesErrorResponse),
    ),
)]
async fn upload_file(request: HttpRequest, call: Call, payload: Payload) -> Result<HttpResponse, ApiError> {
    let key = key(&request)?;
    let form = Form::read(&request, payload, FIELDS).await?;
    let claim = claim(&request, key, form.hash());
    let values = form.values();
    let files = &call.services.files;
    let written = once(
        &call,
        claim,
        |stored| Some(created(stored)),
        |context| async move {
            let attachments = files.attachments.clone();
            let done = files.offload.run(move || async move {
                let (new, file) = form.parse::<UploadFileForm, _, _>(AcceptedFile::inspect)?;
                Ok(attachments.upload(context, new, file).await?)
            });
            done.await.map_err(|error| error.holding(|field| values.get(field).cloned()))
        },
    );
    send(written.await?, created)
}

fn created(attachment: &Attachment) -> StoredResponse {
    json_answer(StatusCode::CREATED, &FileResponse::from(attachment))
}

fn shown(attachment: &Attachment) -> StoredResponse {
    json_answer(StatusCode::OK, &FileResponse::from(attachment))
}

/// Get what is known of a file
#[utoipa::path(
    get, path = ONE, operation_id = "getFile", tag = "Files",
    responses(
        (status = 200, description = "The file", body = FileResponse),
        (status = 404, description = "The team has no such file", body = MesErrorResponse),
    ),
)]
async fn get_file(call: Call, PathId(id): PathId<AttachmentId>) -> Result<HttpResponse, ApiError> {
    let attachment = call.services.files.attachments.find(call.actor.team, id).await?;
    Ok(HttpResponse::Ok().json(FileResponse::from(&attachment)))
}

/// Download a file
///
/// As an attachment, never to be shown in place. `ETag` is its SHA-256: with `If-None-Match` it is sent only if that
/// differs.
#[utoipa::path(
    get, path = DOWNLOAD, operation_id = "downloadFile", tag = "Files",
    responses(
        Download,
        (status = 404, description = "The team has no such file", body = MesErrorResponse),
    ),
)]
async fn download_file(
    request: HttpRequest,
    call: Call,
    PathId(id): PathId<AttachmentId>,
) -> Result<HttpResponse, ApiError> {
    let (files, team) = (&call.services.files.attachments, call.actor.team);
    let attachment = files.find(team, id).await?;
    download(&request, &attachment, files.open(team, &attachment)).await
}

/// Delete a file
///
/// At once and for good.
#[utoipa::path(
    delete, path = ONE, operation_id = "deleteFile", tag = "Files",
    responses(
        (status = 200, description = "The file as it was", body = FileResponse),
        (status = 404, description = "The team has no such file", body = MesErrorResponse),
    ),
)]
async fn delete_file(call: Call, PathId(id): PathId<AttachmentId>) -> Result<HttpResponse, ApiError> {
    let written = call.services.files.attachments.delete(call.context(), id).await?;
    send(written, shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::read;
    use serde_json::{Value, json};

    fn form(form: Value) -> Result<NewAttachment, Vec<(String, String)>> {
        let codes =
            |faults: Vec<Fault>| faults.into_iter().map(|fault| (fault.field.into(), fault.code.into()));
        read::<UploadFileForm>(form.as_object().unwrap().clone()).map_err(|faults| codes(faults).collect())
    }

    fn named(faults: &[(&str, &str)]) -> Vec<(String, String)> {
        faults.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect()
    }

    #[test]
    fn a_form_names_every_fault_at_once() {
        let expected = named(&[("attachmentType", "MISSING_FIELD"), ("file", "MISSING_FIELD")]);
        assert_eq!(form(json!({})), Err(expected));
        let faulty = json!({
            "file": "a.pdf", "attachmentType": "Photo", "workOrderOperationId": "woo-uuid-789", "routingOperationId": "7",
            "description": "x".repeat(2_001)
        });
        let expected = named(&[
            ("attachmentType", "UNKNOWN_VALUE"),
            ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
            ("routingOperationId", "UNKNOWN_ROUTING_OPERATION"),
            ("description", "INVALID_VALUE"),
        ]);
        assert_eq!(form(faulty), Err(expected));
    }

    #[test]
    fn a_form_needs_a_file_and_a_type_and_nothing_else() {
        let nothing_else = NewAttachment {
            owner: Owner::operations(None, None),
            attachment_type: AttachmentType::Photo,
            description: None,
        };
        assert_eq!(form(json!({"file": "a.pdf", "attachmentType": "photo"})), Ok(nothing_else.clone()));
        let id = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11";
        let full = json!({
            "file": "a.pdf", "attachmentType": "photo", "workOrderOperationId": id, "routingOperationId": id,
            "description": " Torque\r\nseen "
        });
        let expected = NewAttachment {
            owner: Owner::operations(id.parse().ok(), id.parse().ok()),
            description: Some("Torque\nseen".into()),
            ..nothing_else
        };
        assert_eq!(form(full), Ok(expected));
    }

    #[test]
    fn what_is_wrong_with_a_file_or_its_operations_is_the_fault_of_its_field() {
        let error =
            AttachmentError::UnknownOperations { work_order_operation: true, routing_operation: true };
        let faults = error.wire_faults().into_iter().map(|fault| (fault.field.into(), fault.code.into()));
        let expected = named(&[
            ("workOrderOperationId", "UNKNOWN_WORK_ORDER_OPERATION"),
            ("routingOperationId", "UNKNOWN_ROUTING_OPERATION"),
        ]);
        assert_eq!(faults.collect::<Vec<(String, String)>>(), expected);
        let infected = AttachmentError::Infected { signature: "Eicar-Test-Signature".into() };
        let message = "holds Eicar-Test-Signature; it was not stored";
        assert_eq!(infected.wire_faults(), [Fault::new("file", "FILE_INFECTED", message)]);
    }
}
