//! Attachments: what a change leaves beside them, what comes of two at once, and what workers may see.

use adapter_postgres::Db;
use adapter_postgres::attachments::{PgAttachments, PgOrphanedObjects};
use adapter_postgres::db::{Lane, Scope};
use adapter_postgres::write_error::WriteError;
use attachments::contract::{Operations, Owners};
use attachments::ports::{Attachments, OrphanedObject, OrphanedObjects};
use attachments::{
    AcceptedFile, Attachment, AttachmentError, AttachmentType, NewAttachment, Owner, TicketId, Within,
};
use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use file_intake::{FileKind, FileName};
use kernel::access::ActorRef;
use kernel::audit::Audited;
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::write::{Content, StoredResponse, WriteContext, Written};
use serde_json::{Value, json};
use testkit::race;

use crate::support::{Store, at, block_on, claimed, connect, context, done, lines, runtime, until_blocked};

/// A work order operation of a team that has a department, and the routing's operation it was made from.
pub(crate) fn operations(store: &Store, team: TeamId) -> Operations {
    let [department, routing, operation, order, work] = [(); 5].map(|()| SystemIds.uuid());
    store.database.execute(&format!(
        "INSERT INTO departments SELECT '{team}', '{department}', 'D', '{department}', true, 1, now(), now();
         INSERT INTO routings SELECT '{team}', '{routing}', 'R', '{routing}', 1, true, 1, now(), now();
         INSERT INTO routing_versions SELECT '{team}', '{routing}', 1, 'R', NULL, NULL, false, now();
         INSERT INTO routing_operations
         SELECT '{team}', '{operation}', '{routing}', 1, 1, 'O', '{department}', 0, 0, 'per_order', NULL, '{{}}';
         INSERT INTO manufacturing_orders (team_id, id, order_number, sku, description, quantity, priority, status,
             version, created_at, updated_at)
         SELECT '{team}', '{order}', '{order}', 'S', '', 1, 3, 'pending', 1, now(), now();
         INSERT INTO work_order_operations (team_id, id, order_id, operation_number, name, department_id,
             routing_operation_id, status, target_seconds, ready_at, good, rejected, reworked, segments, active_micros,
             version, created_at, updated_at)
         SELECT '{team}', '{work}', '{order}', 1, 'O', '{department}', '{operation}', 'pending', 0, now(), 0, 0, 0, 0, 0, 1,
                now(), now()"
    ));
    (Id::new(work), Id::new(operation))
}

/// A ticket of a team.
pub(crate) fn ticket(store: &Store, team: TeamId) -> TicketId {
    Id::new(store.ticket(team).uuid())
}

/// What a new team has that attachments may belong to.
pub(crate) fn owners(store: &Store) -> Owners {
    let team = store.team();
    let tickets = [ticket(store, team), ticket(store, team)];
    Owners { team, operations: operations(store, team), tickets, user: store.user(team) }
}

/// A drawing that belongs to no operation.
pub(crate) fn drawing() -> Attachment {
    made(NewAttachment {
        owner: Owner::operations(None, None),
        attachment_type: AttachmentType::Drawing,
        description: Some("Front".into()),
    })
}

/// A file of a ticket.
pub(crate) fn note(ticket: TicketId) -> Attachment {
    made(NewAttachment::of_ticket(ticket))
}

fn made(new: NewAttachment) -> Attachment {
    let name = FileName::try_new("Frame A.pdf").expect("a name");
    let file = AcceptedFile { name, kind: FileKind::Pdf, size: 7, sha256: [9; 32] };
    Attachment::create(Id::new(SystemIds.uuid()), new, file, ActorRef::System("tests"), at())
}

pub(crate) fn announced(store: &Store, team: TeamId, attachment: Attachment) -> Attachment {
    let attachments = PgAttachments::new(store.db.clone());
    block_on(attachments.announce(&context(team), &attachment)).expect("it is announced");
    attachment
}

pub(crate) fn stored(store: &Store, team: TeamId, attachment: Attachment) -> Attachment {
    let attachment = announced(store, team, attachment);
    let attachments = PgAttachments::new(store.db.clone());
    done(block_on(attachments.complete(context(team), attachment.id)))
}

fn state(store: &Store, attachment: &Attachment) -> String {
    store.database.scalar(&format!("SELECT max(state) FROM attachments WHERE id = '{}'", attachment.id))
}

#[test]
fn what_becomes_of_an_attachment_is_audited_and_what_never_came_to_be_is_not() {
    let store = Store::shared();
    let team = store.team();
    let attachments = PgAttachments::new(store.db.clone());
    let attachment = stored(&store, team, drawing());
    let withdrawn = announced(&store, team, drawing());
    block_on(attachments.withdraw(team, withdrawn.id)).expect("it is withdrawn");
    done(block_on(attachments.delete(context(team), Within::Operations, attachment.id)));
    let entries = format!(
        "SELECT jsonb_build_array(action, subject_id, before, after)::text AS line FROM audit_entries
         WHERE team_id = '{team}' AND subject_kind = 'attachment' ORDER BY xid, id"
    );
    let entries = lines(&mut store.superuser(), &entries);
    let entries: Vec<Value> =
        entries.iter().map(|line| serde_json::from_str(line).expect("an entry")).collect();
    let snapshot: Value = serde_json::from_str(&attachment.snapshot()).expect("a snapshot");
    let id = attachment.id.to_string();
    let expected = [
        json!(["attachment.uploaded", id, null, snapshot]),
        json!(["attachment.deleted", id, snapshot, null]),
    ];
    assert_eq!(entries, expected);
}

#[test]
fn an_attachment_stays_when_its_operation_is_made_anew() {
    let store = Store::shared();
    let team = store.team();
    let (work, routing) = operations(&store, team);
    let attachment = Attachment { owner: Owner::operations(Some(work), Some(routing)), ..drawing() };
    let attachment = stored(&store, team, attachment);
    let removed = block_on(store.db.write(Scope::Team(team), Lane::Ordinary, move |connection| {
        let delete = format!("DELETE FROM work_order_operations WHERE id = '{work}'");
        sql_query(delete).execute(connection).map_err(WriteError::<StoreError>::from)
    }));
    assert_eq!(removed.expect("operations may be deleted"), 1);
    let found = block_on(PgAttachments::new(store.db).find(team, Within::Operations, attachment.id))
        .expect("it is read");
    assert_eq!(found, Some(Attachment { owner: Owner::operations(None, Some(routing)), ..attachment }));
}

#[test]
fn an_operation_that_goes_while_it_is_attached_to_is_unknown() {
    let store = Store::own();
    let team = store.team();
    let (work, _) = operations(&store, team);
    let mut other = store.superuser();
    other
        .batch_execute(&format!("BEGIN; DELETE FROM work_order_operations WHERE id = '{work}'"))
        .expect("the operation is being deleted");
    let attachments = PgAttachments::new(store.db.clone());
    let attachment = Attachment { owner: Owner::operations(Some(work), None), ..drawing() };
    let announcing = runtime().spawn(async move { attachments.announce(&context(team), &attachment).await });
    until_blocked(&store.database);
    other.batch_execute("COMMIT").expect("the operation is gone");
    let refused = block_on(announcing).expect("the announcement ends");
    assert!(
        matches!(
            refused,
            Err(AttachmentError::UnknownOperations { work_order_operation: true, routing_operation: false })
        ),
        "{refused:?}"
    );
    assert_eq!(store.number("SELECT count(*) FROM attachments"), 0);
}

#[test]
fn of_those_that_are_announced_at_once_a_ticket_takes_as_many_as_it_has_room_for() {
    let store = Store::own().crowded(8);
    let team = store.team();
    let ticket = ticket(&store, team);
    for _ in 0..47 {
        announced(&store, team, note(ticket));
    }
    let outcomes = race(8, |_| {
        let attachments = PgAttachments::new(store.db.clone());
        match block_on(attachments.announce(&context(team), &note(ticket))) {
            Ok(_) => true,
            Err(AttachmentError::TooMany { most: 50 }) => false,
            Err(other) => panic!("{other:?}"),
        }
    });
    assert_eq!(outcomes.iter().filter(|is_taken| **is_taken).count(), 3, "{outcomes:?}");
    assert_eq!(store.number("SELECT count(*) FROM attachments"), 50);
}

#[test]
fn a_ticket_that_is_being_changed_is_waited_for() {
    let store = Store::own();
    let team = store.team();
    let ticket = ticket(&store, team);
    let mut other = store.superuser();
    other
        .batch_execute(&format!("BEGIN; SELECT FROM tickets WHERE id = '{ticket}' FOR NO KEY UPDATE"))
        .expect("the ticket is being changed");
    let attachments = PgAttachments::new(store.db.clone());
    let announcing =
        runtime().spawn(async move { attachments.announce(&context(team), &note(ticket)).await });
    until_blocked(&store.database);
    other.batch_execute("COMMIT").expect("the ticket is changed");
    block_on(announcing).expect("the announcement ends").expect("it is announced");
    assert_eq!(store.number("SELECT count(*) FROM attachments"), 1);
}

#[test]
fn of_those_that_are_completed_at_once_under_one_key_one_is_seen() {
    let store = Store::own();
    let team = store.team();
    let announced: Vec<_> = (0..8).map(|_| announced(&store, team, drawing())).collect();
    let kept = |_: &Attachment| StoredResponse { status: 201, content: Content::Json("{}".into()) };
    let outcomes = race(8, |racer| {
        let context: WriteContext<Attachment> = claimed(team, "key", 1, kept);
        let id = announced.get(racer).expect("each has its own").id;
        match block_on(PgAttachments::new(store.db.clone()).complete(context, id)) {
            Ok(Written::Done(_)) => "done",
            Ok(Written::Replayed(_)) => "replayed",
            Err(AttachmentError::Store(StoreError::ClaimInFlight)) => "in flight",
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "done").count(), 1, "{outcomes:?}");
    assert_eq!(store.number("SELECT count(*) FROM attachments WHERE state = 'stored'"), 1);
    assert_eq!(store.number("SELECT count(*) FROM audit_entries WHERE subject_kind = 'attachment'"), 1);
}

async fn orphans(db: Db) -> Result<Vec<OrphanedObject>, StoreError> {
    PgOrphanedObjects::new(db).orphans(at() + TimeDelta::days(1), 10).await
}

#[test]
fn an_attachment_is_completed_or_given_up_for_lost_and_never_both() {
    let store = Store::own();
    let team = store.team();
    let completed = announced(&store, team, drawing());
    let set = |to: &str, one: &Attachment| {
        format!("BEGIN; UPDATE attachments SET state = '{to}' WHERE id = '{}'", one.id)
    };
    let mut other = store.superuser();
    other.batch_execute(&set("stored", &completed)).expect("it is being completed");
    let sweeping = runtime().spawn(orphans(store.db.clone()));
    until_blocked(&store.database);
    other.batch_execute("COMMIT").expect("it is completed");
    assert_eq!(block_on(sweeping).expect("the sweep ends").expect("it works"), []);
    assert_eq!(state(&store, &completed), "stored");

    let lost = announced(&store, team, drawing());
    other.batch_execute(&set("deleted", &lost)).expect("it is being given up");
    let (attachments, id) = (PgAttachments::new(store.db.clone()), lost.id);
    let completing = runtime().spawn(async move { attachments.complete(context(team), id).await });
    until_blocked(&store.database);
    other.batch_execute("COMMIT").expect("it is given up");
    let refused = block_on(completing).expect("the completion ends");
    assert!(matches!(refused, Err(AttachmentError::NotFound)), "{refused:?}");
    let left = block_on(orphans(store.db.clone())).expect("it works");
    assert_eq!(left, [OrphanedObject { team, id: lost.id }]);
}

#[test]
fn workers_neither_see_nor_touch_an_attachment_that_is_seen() {
    let store = Store::own();
    let (team, other_team) = (store.team(), store.team());
    let kept = stored(&store, team, drawing());
    let begun = announced(&store, other_team, drawing());
    let mut worker = connect(&store.database.service_url());
    worker.batch_execute("SET ROLE throughline_system").expect("the role is taken");
    let seen = lines(&mut worker, "SELECT id::text AS line FROM attachments");
    assert_eq!(seen, [begun.id.to_string()]);
    for (statement, rows) in [
        ("UPDATE attachments SET state = 'deleted'", Ok(1)),
        ("DELETE FROM attachments", Ok(1)),
        ("UPDATE attachments SET filename = 'x'", Err("permission denied for table attachments".to_owned())),
    ] {
        let done = sql_query(statement).execute(&mut worker).map_err(|error| error.to_string());
        assert_eq!(done, rows, "{statement}");
    }
    assert_eq!(state(&store, &kept), "stored");
}
