//! Attachments are listed by page and by operation, and what is left of them found, however many there are.

use adapter_postgres::Db;
use adapter_postgres::attachments::{PgAttachments, PgOrphanedObjects};
use attachments::contract::Operations;
use attachments::ports::{AttachmentFilter, Attachments, OrphanedObjects};
use attachments::{AttachmentError, AttachmentType, TicketId};
use chrono::DateTime;
use kernel::id::TeamId;
use kernel::page::Window;

use super::{TIMES, reading};
use crate::attachments::{note, operations, ticket};
use crate::support::{Store, block_on, context, lines};

const ATTACHMENTS: i64 = 2_000;
const OTHERS: i64 = 8_000;

/// A team with attachments among three with many more: every hundredth belongs to the operations, every fiftieth is a
/// photo; five more of each team were deleted, and ten tickets have fifty files each.
fn full_of_attachments() -> (Store, TeamId, Operations) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    let mut own = None;
    for (team, count) in teams.into_iter().zip([ATTACHMENTS, OTHERS, OTHERS, OTHERS]) {
        let (work, routing) = operations(&store, team);
        own.get_or_insert((team, (work, routing)));
        store.database.execute(&format!(
            "INSERT INTO attachments
             SELECT '{team}', gen_random_uuid(), CASE WHEN n > 5 THEN 'stored' ELSE 'deleted' END, 'a.pdf', 'a.pdf', 'pdf',
                    1, sha256(''), CASE n % 50 WHEN 0 THEN 'photo' ELSE 'drawing' END,
                    CASE n % 100 WHEN 0 THEN '{work}'::uuid END, CASE n % 100 WHEN 0 THEN '{routing}'::uuid END, NULL,
                    '2024-07-01'::timestamptz + n * interval '1 minute'
             FROM generate_series(1, {count} + 5) n"
        ));
        for _ in 0..10 {
            let ticket = ticket(&store, team);
            store.database.execute(&format!(
                "INSERT INTO attachments
                 SELECT '{team}', gen_random_uuid(), 'stored', 'a.pdf', 'a.pdf', 'pdf', 1, sha256(''), 'photo', NULL, NULL, NULL,
                        '2024-07-01'::timestamptz + n * interval '1 hour', '{ticket}'
                 FROM generate_series(1, 50) n"
            ));
        }
    }
    store.database.execute("VACUUM ANALYZE attachments");
    let (team, operations) = own.expect("there is a first team");
    (store, team, operations)
}

/// Of a team's tickets so many.
fn tickets(store: &Store, team: TeamId, count: usize) -> Vec<TicketId> {
    let tickets =
        format!("SELECT id::text AS line FROM tickets WHERE team_id = '{team}' ORDER BY id LIMIT {count}");
    let tickets = lines(&mut store.superuser(), &tickets);
    tickets.iter().map(|id| id.parse().expect("an id")).collect()
}

fn list(db: &Db, team: TeamId, filter: AttachmentFilter, total: i64) {
    for _ in 0..TIMES {
        let window = Window::try_new(0, 20, 100).expect("a window");
        let found = block_on(PgAttachments::new(db.clone()).list(team, filter, window));
        let found = found.expect("attachments are read");
        assert_eq!((found.items.len(), found.total), (20, total.unsigned_abs()), "{filter:?}");
    }
}

#[test]
fn a_page_of_attachments_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team, (work, routing)) = full_of_attachments();
    let everything = AttachmentFilter::default();
    let photo = Some(AttachmentType::Photo);
    for (filter, total) in [
        (everything, ATTACHMENTS),
        (AttachmentFilter { attachment_type: photo, ..everything }, ATTACHMENTS / 50),
        (AttachmentFilter { work_order_operation: Some(work), ..everything }, ATTACHMENTS / 100),
        (AttachmentFilter { routing_operation: Some(routing), ..everything }, ATTACHMENTS / 100),
    ] {
        let read;
        (store, read) = reading(store, "attachments", |db| list(db, team, filter, total));
        assert_eq!(read.sequential_scans, 0, "{filter:?}: {read:?}");
        assert!(read.rows <= (total + 25) * TIMES, "{filter:?}: {read:?}");
    }
}

#[test]
fn files_of_tickets_are_read_alone_and_one_is_announced_beside_those_of_its_ticket() {
    let (store, team, _) = full_of_attachments();
    let asked_for = tickets(&store, team, 3);
    let (store, read) = reading(store, "attachments", |db| {
        for _ in 0..TIMES {
            let found = block_on(PgAttachments::new(db.clone()).list_of_tickets(team, &asked_for));
            let found = found.expect("attachments are read");
            assert_eq!(found.len(), 150);
        }
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    assert!(read.rows <= 155 * TIMES, "{read:?}");
    let (_, read) = reading(store, "attachments", |db| {
        for _ in 0..TIMES {
            let announced = PgAttachments::new(db.clone());
            let full = block_on(announced.announce(&context(team), &note(asked_for[0])));
            assert!(matches!(full, Err(AttachmentError::TooMany { .. })), "{full:?}");
        }
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    assert!(read.rows <= 55 * TIMES, "{read:?}");
}

#[test]
fn what_is_left_of_attachments_is_found_without_reading_those_that_are_seen() {
    let (store, ..) = full_of_attachments();
    let (_, read) = reading(store, "attachments", |db| {
        for _ in 0..TIMES {
            let remains = PgOrphanedObjects::new(db.clone());
            let left = block_on(remains.orphans(DateTime::UNIX_EPOCH, 500)).expect("they are read");
            assert_eq!(left.len(), 20);
        }
    });
    assert_eq!(read.sequential_scans, 0, "{read:?}");
    assert!(read.rows <= 25 * TIMES, "{read:?}");
}
