use std::io::{self, Cursor, Read};

use file_intake::memory::InMemoryObjects;
use file_intake::{FileKind, MockObjects, MockScanner, ObjectError, ReceivedFile, ScanError};
use kernel::access::ActorRef;
use kernel::clock::CountedIds;
use kernel::error::{Classified, ErrorKind};
use kernel::write::{Content as ResponseContent, StoredResponse};

use super::*;
use crate::attachment::{AttachmentType, Owner};
use crate::memory::InMemoryAttachments;
use crate::ports::MockAttachments;
use crate::usecases::tests::{at, context, ids};

const PDF: &[u8] = b"%PDF-1.7\n";

fn photo() -> NewAttachment {
    NewAttachment {
        owner: Owner::operations(None, None),
        attachment_type: AttachmentType::Photo,
        description: None,
    }
}

fn received() -> ReceivedFile {
    let content = Content::new(Cursor::new(PDF.to_vec()));
    ReceivedFile { name: "Plan.pdf".into(), content, size: PDF.len() as u64, sha256: [7; 32] }
}

fn managing(attachments: MockAttachments, objects: MockObjects) -> ManageAttachments {
    ManageAttachments::new(Arc::new(attachments), Arc::new(objects), None, ids())
}

fn upload(managing: &ManageAttachments) -> Result<Written<Attachment>, AttachmentError> {
    upload_new(managing, photo())
}

fn upload_new(
    managing: &ManageAttachments,
    new: NewAttachment,
) -> Result<Written<Attachment>, AttachmentError> {
    let file = AcceptedFile::inspect_document(received()).unwrap();
    pollster::block_on(managing.upload(context(), new, file))
}

#[test]
fn a_file_is_stored_shown_given_back_and_deleted() {
    let (store, objects) = (Arc::new(InMemoryAttachments::default()), Arc::new(InMemoryObjects::default()));
    let managing = ManageAttachments::new(store, objects.clone(), None, ids());
    let team = context::<Attachment>().team;
    let Written::Done(made) = upload(&managing).unwrap() else { panic!("nothing was replayed") };
    assert_eq!((made.id, made.kind, made.size), (ids().id(), FileKind::Pdf, PDF.len() as u64));
    assert_eq!((&*made.filename, made.sha256, made.uploaded_at), ("plan.pdf", [7; 32], at()));
    assert_eq!(objects.keys(), [made.object(team)]);
    assert_eq!(pollster::block_on(managing.find(team, made.id)).unwrap(), made);
    let opened = pollster::block_on(managing.open(team, &made)).unwrap();
    assert_eq!(opened.size, PDF.len() as u64);
    let deleted = pollster::block_on(managing.delete(context(), made.id)).unwrap();
    assert_eq!(deleted, Written::Done(made.clone()));
    let error = pollster::block_on(managing.find(team, made.id)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
}

#[test]
fn a_file_of_a_ticket_goes_the_same_way_and_is_none_of_operations() {
    let (store, objects) = (Arc::new(InMemoryAttachments::default()), Arc::new(InMemoryObjects::default()));
    let managing = ManageAttachments::new(store.clone(), objects.clone(), None, ids());
    let (team, other) = (context::<Attachment>().team, CountedIds::default());
    let [ticket, other_ticket] = [(&other as &dyn IdSource).id(), (&other as &dyn IdSource).id()];
    let refused = upload_new(&managing, NewAttachment::of_ticket(ticket)).unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    assert!(objects.keys().is_empty(), "nothing is stored of what is refused");
    store.admit_ticket(team, ticket);
    let Written::Done(made) = upload_new(&managing, NewAttachment::of_ticket(ticket)).unwrap() else {
        panic!("nothing was replayed")
    };
    assert_eq!(objects.keys(), [made.object(team)]);
    let found = |ticket| pollster::block_on(managing.find_of_ticket(team, ticket, made.id));
    assert_eq!(found(ticket).unwrap(), made);
    assert_eq!(pollster::block_on(managing.open(team, &made)).unwrap().size, made.size);
    let listed = pollster::block_on(managing.list_of_tickets(team, &[other_ticket, ticket])).unwrap();
    assert_eq!(listed, std::slice::from_ref(&made));
    let everything = Window::try_new(0, 10, 10).unwrap();
    let listed = pollster::block_on(managing.list(team, AttachmentFilter::default(), everything)).unwrap();
    assert_eq!((listed.items, listed.total), (vec![], 0));
    for error in [
        found(other_ticket).unwrap_err(),
        pollster::block_on(managing.find(team, made.id)).unwrap_err(),
        pollster::block_on(managing.delete(context(), made.id)).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    }
    assert_eq!(found(ticket).unwrap(), made, "it is still there");
}

#[test]
fn the_user_who_uploads_a_file_is_kept() {
    let (store, objects) = (Arc::new(InMemoryAttachments::default()), Arc::new(InMemoryObjects::default()));
    let managing = ManageAttachments::new(store, objects, None, ids());
    let user = ids().id();
    let context = WriteContext { actor: ActorRef::User(user), ..context() };
    let file = AcceptedFile::inspect(received()).unwrap();
    match pollster::block_on(managing.upload(context, photo(), file)).unwrap() {
        Written::Done(made) => assert_eq!(made.uploaded_by, Some(user)),
        Written::Replayed(answer) => panic!("nothing was replayed: {answer:?}"),
    }
}

#[test]
fn a_file_that_is_one_too_many_is_not_stored() {
    let mut attachments = MockAttachments::new();
    attachments.expect_announce().times(1).returning(|_, _| Err(AttachmentError::TooMany { most: 50 }));
    let error = upload(&managing(attachments, MockObjects::new())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "TOO_MANY_FILES"));
}

#[test]
fn an_infected_file_and_one_that_was_not_scanned_reach_no_store() {
    type Said = fn() -> Result<Verdict, ScanError>;
    let infected: Said = || Ok(Verdict::Infected { signature: "Eicar-Test-Signature".into() });
    let away: Said = || Err(ScanError("no answer".into()));
    for (said, kind, code) in [
        (infected, ErrorKind::Invalid, "FILE_INFECTED"),
        (away, ErrorKind::Unavailable, "SCANNER_UNAVAILABLE"),
    ] {
        let mut scanner = MockScanner::new();
        scanner.expect_scan().times(1).returning(move |_| said());
        let scanner: Option<Arc<dyn Scanner>> = Some(Arc::new(scanner));
        let (attachments, objects) = (Arc::new(MockAttachments::new()), Arc::new(MockObjects::new()));
        let error = upload(&ManageAttachments::new(attachments, objects, scanner, ids())).unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, code));
    }
}

#[test]
fn a_file_that_a_scanner_calls_clean_is_stored_from_its_start() {
    let mut scanner = MockScanner::new();
    scanner.expect_scan().times(1).returning(|content| {
        content.read_to_end(&mut Vec::new()).unwrap();
        Ok(Verdict::Clean)
    });
    let (store, objects) = (Arc::new(InMemoryAttachments::default()), Arc::new(InMemoryObjects::default()));
    let managing = ManageAttachments::new(store, objects, Some(Arc::new(scanner)), ids());
    let Written::Done(made) = upload(&managing).unwrap() else { panic!("nothing was replayed") };
    let opened = pollster::block_on(managing.open(context::<Attachment>().team, &made)).unwrap();
    assert_eq!(opened.size, PDF.len() as u64);
}

#[test]
fn what_was_answered_before_is_answered_again_and_nothing_is_stored() {
    let mut attachments = MockAttachments::new();
    let stored = StoredResponse { status: 201, content: ResponseContent::Json("{}".into()) };
    let before = stored.clone();
    attachments.expect_announce().returning(move |_, _| Ok(Announced::Before(before.clone())));
    let done = upload(&managing(attachments, MockObjects::new())).unwrap();
    assert_eq!(done, Written::Replayed(stored));
}

/// Uploads a file whose completion is `completed`; its object is to be deleted, and its announcement withdrawn, so often.
fn left_by(
    put: fn() -> Result<(), ObjectError>,
    completed: fn() -> Result<Written<Attachment>, AttachmentError>,
    taken_back: usize,
) -> Result<Written<Attachment>, AttachmentError> {
    let (mut attachments, mut objects) = (MockAttachments::new(), MockObjects::new());
    attachments.expect_announce().times(1).returning(|_, _| Ok(Announced::Now));
    attachments.expect_complete().times(0..=1).returning(move |_, _| completed());
    attachments.expect_withdraw().times(taken_back).returning(|_, _| Ok(()));
    objects.expect_put().times(1).returning(move |_, _| put());
    objects.expect_delete().times(taken_back).returning(|_| Ok(()));
    upload(&managing(attachments, objects))
}

#[test]
fn an_object_without_a_row_is_taken_away_and_one_that_may_have_its_row_stays() {
    let answer =
        || Ok(Written::Replayed(StoredResponse { status: 201, content: ResponseContent::Json("{}".into()) }));
    assert!(
        matches!(left_by(|| Ok(()), answer, 1), Ok(Written::Replayed(_))),
        "who came second leaves nothing"
    );
    let error = left_by(|| Err(ObjectError("away".into())), answer, 1).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "SERVICE_UNAVAILABLE"));
    let error = left_by(|| Ok(()), || Err(StoreError::ClaimInFlight.into()), 1).unwrap_err();
    assert_eq!(error.code(), "IDEMPOTENCY_KEY_IN_FLIGHT");
    let error = left_by(|| Ok(()), || Err(AttachmentError::NotFound), 1).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, "SERVICE_UNAVAILABLE"));
    let error = left_by(|| Ok(()), || Err(StoreError::OutcomeUnknown("broke".into()).into()), 0).unwrap_err();
    assert_eq!(error.code(), "OUTCOME_UNKNOWN");
}

#[test]
fn an_announcement_stays_while_its_object_can_not_be_deleted() {
    let (mut attachments, mut objects) = (MockAttachments::new(), MockObjects::new());
    attachments.expect_announce().returning(|_, _| Ok(Announced::Now));
    objects.expect_put().returning(|_, _| Err(ObjectError("away".into())));
    objects.expect_delete().times(1).returning(|_| Err(ObjectError("away".into())));
    assert!(matches!(upload(&managing(attachments, objects)), Err(AttachmentError::Objects(_))));
}

#[test]
fn unknown_operations_are_refused() {
    let mut attachments = MockAttachments::new();
    attachments.expect_announce().returning(|_, _| {
        Err(AttachmentError::UnknownOperations { work_order_operation: true, routing_operation: true })
    });
    let error = upload(&managing(attachments, MockObjects::new())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
}

#[test]
fn an_object_that_is_gone_or_of_another_size_is_our_fault() {
    let (store, objects) = (Arc::new(InMemoryAttachments::default()), Arc::new(InMemoryObjects::default()));
    let managing = ManageAttachments::new(store, objects.clone(), None, ids());
    let Written::Done(made) = upload(&managing).unwrap() else { panic!("nothing was replayed") };
    let team = context::<Attachment>().team;
    let smaller = Attachment { size: made.size - 1, ..made.clone() };
    let error = pollster::block_on(managing.open(team, &smaller)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Internal, "INTERNAL_ERROR"));
    pollster::block_on(objects.delete(made.object(team))).unwrap();
    let error = pollster::block_on(managing.open(team, &made)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}

#[test]
fn a_file_that_can_not_be_read_back_is_our_fault() {
    let file = ReceivedFile { content: Content::new(Broken), ..received() };
    let error = AcceptedFile::inspect(file).map(drop).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Internal, "UNREADABLE_FILE"));
}

struct Broken;

impl io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

impl io::Seek for Broken {
    fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}
