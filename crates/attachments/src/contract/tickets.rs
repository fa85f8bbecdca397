use chrono::TimeDelta;
use kernel::clock::IdSource;
use kernel::contract::{changed_at, claimed, context, created_at, done, read, shown, stored_answer, window};
use kernel::error::{Classified, ErrorKind};
use kernel::id::TeamId;

use super::suite::{Owners, Suite};
use crate::attachment::{Attachment, AttachmentError, AttachmentId, AttachmentType, Owner, TicketId, Within};
use crate::ports::{Announced, AttachmentFilter, Attachments, OrphanedObject, OrphanedObjects};

/// Attachments of tickets are announced and completed as those of operations are, found within their ticket alone, and no
/// more of a ticket than it takes.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn attachments_of_tickets(
    store: &dyn Attachments,
    orphans: &dyn OrphanedObjects,
    ids: &dyn IdSource,
    own: Owners,
    other: Owners,
) {
    let suite = Suite { store, orphans, ids, own, other };
    let note = suite.seen_once_completed().await;
    suite.found_within_its_owner_alone(&note).await;
    suite.deleted_within_its_owner_alone(&note).await;
    suite.unknown_tickets_are_refused().await;
    suite.listed_by_ticket().await;
    suite.no_more_than_a_ticket_takes().await;
}

impl Suite<'_> {
    fn of_ticket(&self, ticket: TicketId, seconds: i64) -> Attachment {
        Attachment {
            owner: Owner::Ticket(ticket),
            attachment_type: AttachmentType::Document,
            uploaded_at: created_at() + TimeDelta::seconds(seconds),
            ..self.attachment("Note.pdf")
        }
    }

    async fn ids_listed(&self, team: TeamId, tickets: &[TicketId]) -> Vec<AttachmentId> {
        let found = read(self.store.list_of_tickets(team, tickets).await);
        found.iter().map(|one| one.id).collect()
    }

    async fn seen_once_completed(&self) -> Attachment {
        let [ticket, _] = self.own.tickets;
        let note = Attachment { uploaded_by: Some(self.own.user), ..self.of_ticket(ticket, 0) };
        assert_eq!(read(self.announce(&note).await), Announced::Now, "a ticket's attachment is announced");
        let found = self.store.find(self.own.team, note.owner.within(), note.id).await;
        assert_eq!(read(found), None, "and not found yet");
        assert_eq!(self.ids_listed(self.own.team, &[ticket]).await, [], "nor listed");
        assert_eq!(done(self.complete(note.id).await, "it is completed"), note);
        self.is_stored(&note).await;
        assert_eq!(
            read(self.store.list_of_tickets(self.own.team, &[ticket]).await),
            std::slice::from_ref(&note)
        );
        note
    }

    async fn found_within_its_owner_alone(&self, note: &Attachment) {
        let [_, other_ticket] = self.own.tickets;
        let drawing = self.stored(self.attachment("Plan.pdf")).await;
        for (team, within, id) in [
            (self.own.team, Within::Operations, note.id),
            (self.own.team, Within::Ticket(other_ticket), note.id),
            (self.own.team, Within::Ticket(self.ids.id()), note.id),
            (self.own.team, note.owner.within(), drawing.id),
            (self.own.team, note.owner.within(), self.ids.id()),
            (self.other.team, note.owner.within(), note.id),
        ] {
            assert_eq!(read(self.store.find(team, within, id).await), None, "not {id} in {within:?}");
        }
        for (filter, expected) in [
            (AttachmentFilter::default(), vec![drawing.id]),
            (
                AttachmentFilter {
                    attachment_type: Some(note.attachment_type),
                    ..AttachmentFilter::default()
                },
                vec![],
            ),
        ] {
            let list = self.store.list(self.own.team, filter, window(0, 10)).await;
            let total = expected.len() as u64;
            assert_eq!(shown(list, |one| one.id), (expected, total), "only those of operations: {filter:?}");
        }
        done(self.delete(&drawing).await, "it is deleted");
    }

    async fn deleted_within_its_owner_alone(&self, note: &Attachment) {
        let [_, other_ticket] = self.own.tickets;
        for (team, within) in [
            (self.own.team, Within::Operations),
            (self.own.team, Within::Ticket(other_ticket)),
            (self.other.team, note.owner.within()),
        ] {
            let refused = self.store.delete(context(team, changed_at()), within, note.id).await;
            assert!(matches!(refused, Err(AttachmentError::NotFound)), "{within:?}: {refused:?}");
        }
        self.is_stored(note).await;
        assert_eq!(done(self.delete(note).await, "it is deleted within its own"), *note);
        assert_eq!(self.ids_listed(self.own.team, &self.own.tickets).await, [], "and gone");
        let long_ago = created_at() - TimeDelta::days(1);
        assert!(self.is_left(note.id, long_ago).await, "its object is left");
        read(self.orphans.forget(&[OrphanedObject { team: self.own.team, id: note.id }]).await);
        assert!(!self.is_left(note.id, long_ago).await, "until it is forgotten");
    }

    async fn unknown_tickets_are_refused(&self) {
        for ticket in [self.ids.id(), self.other.tickets[0]] {
            let note = self.of_ticket(ticket, 0);
            match self.announce(&note).await {
                Err(error @ AttachmentError::UnknownTicket) => {
                    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
                }
                other => panic!("a ticket is one of the team: {other:?}"),
            }
            self.is_not_announced(&note).await;
        }
    }

    async fn is_not_announced(&self, note: &Attachment) {
        let completed = self.complete(note.id).await;
        assert!(
            matches!(completed, Err(AttachmentError::NotFound)),
            "a refused announcement leaves nothing: {completed:?}"
        );
    }

    /// The team's tickets have nothing by now.
    async fn listed_by_ticket(&self) {
        let [one, two] = self.own.tickets;
        let late = self.stored(self.of_ticket(one, 2)).await;
        let early = self.stored(self.of_ticket(one, 0)).await;
        let between = self.stored(self.of_ticket(two, 1)).await;
        let twin = self.stored(self.of_ticket(one, 1)).await;
        let announced = self.of_ticket(two, 0);
        read(self.announce(&announced).await);
        let foreign = self.other.tickets;
        let [own, theirs] = [self.own.team, self.other.team];
        for (team, tickets, expected) in [
            (own, vec![one], vec![early.id, twin.id, late.id]),
            (own, vec![two], vec![between.id]),
            (own, vec![two, one, two], vec![early.id, between.id, twin.id, late.id]),
            (own, vec![], vec![]),
            (own, vec![self.ids.id(), foreign[0]], vec![]),
            (theirs, vec![one, two], vec![]),
            (theirs, foreign.to_vec(), vec![]),
        ] {
            assert_eq!(self.ids_listed(team, &tickets).await, expected, "the oldest first, then by id");
        }
        read(self.store.withdraw(self.own.team, announced.id).await);
        for one in [late, early, between, twin] {
            done(self.delete(&one).await, "it is deleted");
        }
    }

    /// The team's tickets have nothing visible by now.
    async fn no_more_than_a_ticket_takes(&self) {
        let [full, other] = self.own.tickets;
        let mut held = Vec::new();
        for seconds in 0..48 {
            held.push(self.stored(self.of_ticket(full, seconds)).await);
        }
        let claim = |fingerprint| claimed(self.own.team, "/contract/tickets", fingerprint);
        let kept = self.of_ticket(full, 48);
        read(self.store.announce(&claim(1), &kept).await);
        done(self.store.complete(claim(1), kept.id).await, "the last but one is completed");
        let announced = self.of_ticket(full, 49);
        assert_eq!(read(self.announce(&announced).await), Announced::Now, "the last one is taken");

        let refused = self.of_ticket(full, 50);
        match self.announce(&refused).await {
            Err(AttachmentError::TooMany { most: 50 }) => self.is_not_announced(&refused).await,
            other => panic!("what is announced counts, too: {other:?}"),
        }
        let again = read(self.store.announce(&claim(1), &self.of_ticket(full, 48)).await);
        assert_eq!(again, Announced::Before(stored_answer()), "a repeated request gets the stored response");
        let drawing = self.stored(self.attachment("Plan.pdf")).await;
        let elsewhere = self.stored(self.of_ticket(other, 0)).await;
        assert_eq!(self.ids_listed(self.own.team, &[full]).await.len(), 49, "others take more");

        read(self.store.withdraw(self.own.team, announced.id).await);
        assert_eq!(read(self.announce(&refused).await), Announced::Now, "one that was withdrawn makes room");
        let one_more = self.of_ticket(full, 51);
        let too_many = self.announce(&one_more).await;
        assert!(matches!(too_many, Err(AttachmentError::TooMany { .. })), "{too_many:?}");
        done(self.delete(&kept).await, "it is deleted");
        self.stored(one_more).await;
        for one in [drawing, elsewhere] {
            self.is_stored(&one).await;
        }
    }
}
