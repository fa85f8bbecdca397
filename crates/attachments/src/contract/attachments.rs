use chrono::TimeDelta;
use kernel::clock::IdSource;
use kernel::contract::{
    changed_at, claimed, context, created_at, done, is_replayed, read, shown, stored_answer, window,
};
use kernel::error::StoreError;

use super::suite::{Owners, Suite};
use crate::attachment::{Attachment, AttachmentError, AttachmentId, AttachmentType, Owner, Within};
use crate::ports::{Announced, AttachmentFilter, Attachments, OrphanedObject, OrphanedObjects};

/// Attachments of operations are announced, completed, listed and deleted within their team, and their orphaned objects
/// are found.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn attachments(
    store: &dyn Attachments,
    orphans: &dyn OrphanedObjects,
    ids: &dyn IdSource,
    own: Owners,
    other: Owners,
) {
    let suite = Suite { store, orphans, ids, own, other };
    let drawing = suite.announced_and_completed().await;
    suite.unknown_operations_are_refused().await;
    suite.announcements_are_withdrawn(&drawing).await;
    suite.other_teams_see_nothing(&drawing).await;
    suite.listed(&drawing).await;
    suite.deleted_and_forgotten(&drawing).await;
    suite.given_up_for_lost().await;
    suite.claims_are_answered_alike().await;
}

impl Suite<'_> {
    async fn is_not_seen(&self, id: AttachmentId) {
        assert_eq!(
            read(self.store.find(self.own.team, Within::Operations, id).await),
            None,
            "it isn't found"
        );
        let list = self.store.list(self.own.team, AttachmentFilter::default(), window(0, 100)).await;
        let (listed, total) = shown(list, |one| one.id);
        assert!(!listed.contains(&id) && total == listed.len() as u64, "nor listed, nor counted");
    }

    async fn announced_and_completed(&self) -> Attachment {
        let (work_order_operation, routing_operation) = self.own.operations;
        let drawing = Attachment {
            owner: Owner::operations(Some(work_order_operation), Some(routing_operation)),
            description: Some("Front\nand side".into()),
            uploaded_by: Some(self.own.user),
            ..self.attachment("Rahmen \"A\" größer.pdf")
        };
        assert_eq!(read(self.announce(&drawing).await), Announced::Now);
        self.is_not_seen(drawing.id).await;
        let deleted = self.delete(&drawing).await;
        assert!(
            matches!(deleted, Err(AttachmentError::NotFound)),
            "what isn't seen isn't deleted: {deleted:?}"
        );
        assert_eq!(done(self.complete(drawing.id).await, "an attachment is completed"), drawing);
        self.is_stored(&drawing).await;
        for id in [drawing.id, self.ids.id()] {
            let again = self.complete(id).await;
            assert!(
                matches!(again, Err(AttachmentError::NotFound)),
                "only what is announced is completed: {again:?}"
            );
        }
        drawing
    }

    async fn unknown_operations_are_refused(&self) {
        let ((own_work, own_routing), (foreign_work, foreign_routing)) =
            (self.own.operations, self.other.operations);
        for (work, routing, expected) in [
            (Some(foreign_work), Some(own_routing), (true, false)),
            (Some(own_work), Some(foreign_routing), (false, true)),
            (Some(self.ids.id()), Some(self.ids.id()), (true, true)),
            (Some(foreign_work), None, (true, false)),
            (None, Some(foreign_routing), (false, true)),
        ] {
            let owner = Owner::operations(work, routing);
            let attachment = Attachment { owner, ..self.attachment("Plan.pdf") };
            match self.announce(&attachment).await {
                Err(AttachmentError::UnknownOperations { work_order_operation, routing_operation }) => {
                    assert_eq!((work_order_operation, routing_operation), expected, "each is named");
                }
                other => panic!("an operation is one of the team: {other:?}"),
            }
            let completed = self.complete(attachment.id).await;
            assert!(
                matches!(completed, Err(AttachmentError::NotFound)),
                "a refused announcement leaves nothing: {completed:?}"
            );
        }
    }

    async fn announcements_are_withdrawn(&self, drawing: &Attachment) {
        let plan = self.attachment("Plan.pdf");
        read(self.announce(&plan).await);
        read(self.store.withdraw(self.other.team, plan.id).await);
        read(self.store.withdraw(self.own.team, plan.id).await);
        let completed = self.complete(plan.id).await;
        assert!(
            matches!(completed, Err(AttachmentError::NotFound)),
            "what was withdrawn isn't completed: {completed:?}"
        );
        read(self.store.withdraw(self.own.team, drawing.id).await);
        self.is_stored(drawing).await;
    }

    async fn other_teams_see_nothing(&self, drawing: &Attachment) {
        assert_eq!(read(self.store.find(self.other.team, Within::Operations, drawing.id).await), None);
        let list = self.store.list(self.other.team, AttachmentFilter::default(), window(0, 10)).await;
        assert_eq!(shown(list, |one| one.id), (vec![], 0), "another team's aren't listed");
        let plan = self.attachment("Plan.pdf");
        read(self.announce(&plan).await);
        let theirs = || context(self.other.team, changed_at());
        for refused in [
            self.store.delete(theirs(), Within::Operations, drawing.id).await,
            self.store.complete(theirs(), plan.id).await,
        ] {
            assert!(
                matches!(refused, Err(AttachmentError::NotFound)),
                "another team's attachment is neither deleted nor completed: {refused:?}"
            );
        }
        read(self.store.withdraw(self.other.team, plan.id).await);
        done(self.complete(plan.id).await, "another team withdraws nothing");
        done(self.delete(&plan).await, "it is deleted");
        self.is_stored(drawing).await;
    }

    /// The team has the drawing by now.
    async fn listed(&self, drawing: &Attachment) {
        let (work, routing) = self.own.operations;
        let after = |seconds| created_at() + TimeDelta::seconds(seconds);
        let photo = Attachment {
            attachment_type: AttachmentType::Photo,
            owner: Owner::operations(Some(work), None),
            uploaded_at: after(2),
            ..self.attachment("Photo.pdf")
        };
        let photo = self.stored(photo).await;
        let sheet = Attachment {
            attachment_type: AttachmentType::Instruction,
            owner: Owner::operations(None, Some(routing)),
            uploaded_at: after(1),
            ..self.attachment("Sheet.pdf")
        };
        let sheet = self.stored(sheet).await;
        let twin = Attachment { uploaded_at: after(1), ..self.attachment("Twin.pdf") };
        let twin = self.stored(twin).await;
        let whole = [photo.id, twin.id, sheet.id, drawing.id];
        for (offset, end) in [(0, 4), (0, 1), (1, 3), (3, 4), (4, 4)] {
            let limit = (end - offset).max(1);
            let part = whole.iter().take(end as usize).skip(offset as usize).copied().collect();
            let list =
                self.store.list(self.own.team, AttachmentFilter::default(), window(offset, limit)).await;
            assert_eq!(shown(list, |one| one.id), (part, 4), "the newest first, then by id, from {offset}");
        }
        let everything = AttachmentFilter::default();
        for (filter, expected) in [
            (AttachmentFilter { work_order_operation: Some(work), ..everything }, vec![photo.id, drawing.id]),
            (AttachmentFilter { routing_operation: Some(routing), ..everything }, vec![sheet.id, drawing.id]),
            (
                AttachmentFilter { attachment_type: Some(AttachmentType::Drawing), ..everything },
                vec![twin.id, drawing.id],
            ),
            (
                AttachmentFilter {
                    work_order_operation: Some(work),
                    routing_operation: Some(routing),
                    attachment_type: Some(AttachmentType::Drawing),
                },
                vec![drawing.id],
            ),
            (AttachmentFilter { work_order_operation: Some(self.other.operations.0), ..everything }, vec![]),
            (AttachmentFilter { attachment_type: Some(AttachmentType::Document), ..everything }, vec![]),
        ] {
            let list = self.store.list(self.own.team, filter, window(0, 10)).await;
            let total = expected.len() as u64;
            assert_eq!(shown(list, |one| one.id), (expected, total), "{filter:?}");
        }
    }

    async fn deleted_and_forgotten(&self, drawing: &Attachment) {
        let long_ago = created_at() - TimeDelta::days(1);
        assert!(!self.is_left(drawing.id, long_ago).await, "the object of a visible attachment is no orphan");
        let delete = || self.delete(drawing);
        assert_eq!(done(delete().await, "an attachment is deleted"), *drawing, "and given as it was");
        self.is_not_seen(drawing.id).await;
        let again = delete().await;
        assert!(matches!(again, Err(AttachmentError::NotFound)), "once: {again:?}");
        assert!(self.is_left(drawing.id, long_ago).await, "its object is left");
        assert_eq!(
            read(self.orphans.orphans(long_ago, 1).await).len(),
            1,
            "no more are given than asked for"
        );
        read(self.orphans.forget(&[]).await);
        assert!(self.is_left(drawing.id, long_ago).await, "until it is forgotten");
        read(self.orphans.forget(&[OrphanedObject { team: self.other.team, id: drawing.id }]).await);
        assert!(self.is_left(drawing.id, long_ago).await, "by its own team's name");
        read(self.orphans.forget(&[OrphanedObject { team: self.own.team, id: drawing.id }]).await);
        assert!(!self.is_left(drawing.id, long_ago).await);
    }

    async fn given_up_for_lost(&self) {
        let lost = self.attachment("Lost.pdf");
        read(self.announce(&lost).await);
        assert!(!self.is_left(lost.id, lost.uploaded_at).await, "what may still be stored is no orphan");
        let completed = self.stored(self.attachment("Completed.pdf")).await;
        let later = lost.uploaded_at + TimeDelta::microseconds(1);
        assert!(self.is_left(lost.id, later).await, "what was announced before is given up for lost");
        assert!(!self.is_left(completed.id, later).await, "what was completed is not");
        read(self.orphans.forget(&[OrphanedObject { team: self.own.team, id: completed.id }]).await);
        self.is_stored(&completed).await;
        let late = self.complete(lost.id).await;
        assert!(
            matches!(late, Err(AttachmentError::NotFound)),
            "what was given up for lost is not completed: {late:?}"
        );
        read(self.orphans.forget(&[OrphanedObject { team: self.own.team, id: lost.id }]).await);
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |fingerprint| claimed(self.own.team, "/contract/attachments", fingerprint);
        let first = self.attachment("Claimed.pdf");
        assert_eq!(read(self.store.announce(&claim(1), &first).await), Announced::Now);
        let raced = self.attachment("Claimed.pdf");
        assert_eq!(
            read(self.store.announce(&claim(1), &raced).await),
            Announced::Now,
            "nothing is answered yet"
        );
        let completed = self.store.complete(claim(1), first.id).await;
        assert_eq!(done(completed, "a claimed attachment is completed"), first);
        let second = self.store.complete(claim(1), raced.id).await;
        is_replayed(second);
        self.is_not_seen(raced.id).await;
        read(self.store.withdraw(self.own.team, raced.id).await);

        // the answer comes before what would be refused by now
        let owner = Owner::operations(Some(self.other.operations.0), None);
        let again = Attachment { owner, ..self.attachment("Claimed.pdf") };
        let before = read(self.store.announce(&claim(1), &again).await);
        assert_eq!(before, Announced::Before(stored_answer()), "a repeated request gets the stored response");
        let other = self.attachment("Other.pdf");
        let reused = self.store.announce(&claim(2), &other).await;
        assert!(
            matches!(reused, Err(AttachmentError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
        for id in [again.id, other.id] {
            let completed = self.complete(id).await;
            assert!(matches!(completed, Err(AttachmentError::NotFound)), "and nothing is announced");
        }
    }
}
