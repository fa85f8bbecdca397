use std::ops::Deref;

use kernel::access::Role;
use kernel::clock::IdSource;
use kernel::contract::{claimed, context, done, is_replayed, read, window};
use kernel::error::StoreError;
use kernel::id::{TeamId, UserId};
use kernel::page::Window;

use super::receiving::{
    Model, ReceivingStores, Stage, all, count, is_refused, listed, minute, minutes, only, verification,
    windows,
};
use crate::ports::{CommentView, TicketFilter, TicketView};
use crate::receipt::{ItemStatus, ReceiptStatus};
use crate::ticket::{
    Comment, CommentText, Priority, Stage as TicketStage, Ticket, TicketError, TicketStatus,
};

/// Tickets are moved on, given to people, commented on and listed within their team.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn tickets(stores: ReceivingStores<'_>, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite(Stage { stores, ids, team, other_team });
    let short = suite.short().await;
    let [damaged, excess] = suite.two_at_once().await;
    let grown = suite.joined().await;
    suite.commented(short.ticket()).await;
    let user = suite.assigned(damaged.ticket()).await;
    let short = suite.moved_on(&short).await;
    let reopened = suite.opened_again(&short).await;
    suite.listed(&[&short, &damaged, &excess, &grown], &reopened, user).await;
    suite.other_teams_see_nothing(&short).await;
    suite.claims_are_answered_alike().await;
}

/// What there is once the scenario has ended, the latest first; those of one moment by their ids.
const WHOLE: [&str; 5] = ["MEDIUM OPEN", "HIGH OPEN", "LOW OPEN", "URGENT OPEN", "MEDIUM CLOSED"];

fn shown(view: &TicketView) -> String {
    format!("{} {}", view.ticket.priority.as_str(), view.ticket.stage.status().as_str())
}

#[expect(clippy::expect_used, reason = "test support: a bad text is the suite's own fault")]
fn text(text: &str) -> CommentText {
    CommentText::try_new(text).expect("a comment")
}

struct Suite<'a>(Stage<'a>);

impl<'a> Deref for Suite<'a> {
    type Target = Stage<'a>;

    fn deref(&self) -> &Stage<'a> {
        &self.0
    }
}

impl Suite<'_> {
    /// A ticket is found by its id and by its receipt, and shows no people where the system made it.
    async fn is_found(&self, model: &Model, comments: &[&Comment]) -> TicketView {
        let ticket = model.ticket();
        let found = self.ticket(ticket).await;
        let expected = TicketView {
            ticket: ticket.clone(),
            receipt_number: model.receipt.number.clone(),
            receipt_status: model.receipt.status(),
            created_by: None,
            assignee: None,
            comments: found.comments.clone(),
        };
        assert_eq!(found, expected, "a ticket shows its receipt");
        let said: Vec<_> = found.comments.iter().map(|said| &said.comment).collect();
        assert!(said.ends_with(comments), "the comments end with these, the first first: {said:?}");
        assert!(found.comments.iter().all(|said| said.email.is_none()), "nobody wrote them");
        let of_receipt = read(self.stores.tickets.of_receipt(self.team, model.receipt.id).await);
        assert_eq!(of_receipt.as_ref(), Some(&found), "the ticket of its receipt");
        found
    }

    /// Of two items the first is short, and the second not yet verified.
    async fn short(&self) -> Model {
        let load = self.load(&[("Tomatoes", 100), ("Spinach", 50)]).await;
        let model = self.received(minute(0), &load).await;
        let none = read(self.stores.tickets.of_receipt(self.team, model.receipt.id).await);
        assert_eq!(none, None, "a receipt without mismatches has no ticket");
        let short = count(model.item(0), 95, ItemStatus::QuantityMismatch);
        let (model, _) =
            self.verified(minute(1), &model, only(&model.receipt, model.item(0), Some(short))).await;
        let found = self.is_found(&model, &[]).await;
        assert_eq!((found.comments.len(), found.receipt_status), (1, ReceiptStatus::PartiallyVerified));
        model
    }

    async fn two_at_once(&self) -> [Model; 2] {
        let (basil, mint) = (self.load(&[("Basil", 20)]).await, self.load(&[("Mint", 10)]).await);
        let (basil, mint) = (self.received(minute(0), &basil).await, self.received(minute(0), &mint).await);
        let damaged = count(basil.item(0), 20, ItemStatus::DamageReported);
        let damaged = verification(&basil.receipt, vec![damaged]);
        let (damaged, _) = self.verified(minute(2), &basil, damaged).await;
        let excess = count(mint.item(0), 12, ItemStatus::ExcessReceived);
        let excess = verification(&mint.receipt, vec![excess]);
        let (excess, _) = self.verified(minute(2), &mint, excess).await;
        assert_ne!(damaged.ticket().number, excess.ticket().number, "no number twice");
        [damaged, excess]
    }

    /// Two verifications of 40 units too few each have one ticket, of the priority of both together.
    async fn joined(&self) -> Model {
        let load = self.load(&[("Sage", 60), ("Thyme", 70)]).await;
        let model = self.received(minute(0), &load).await;
        let sage = count(model.item(0), 20, ItemStatus::ShortageReported);
        let sage = only(&model.receipt, model.item(0), Some(sage));
        let (model, _) = self.verified(minute(3), &model, sage).await;
        assert_eq!(model.ticket().priority, Priority::Medium);
        let first = self.is_found(&model, &[]).await;
        let thyme = count(model.item(1), 30, ItemStatus::ShortageReported);
        let thyme = verification(&model.receipt, vec![thyme]);
        let (model, _) = self.verified(minute(4), &model, thyme).await;
        let ticket = model.ticket();
        assert_eq!((ticket.priority, ticket.version), (Priority::High, 2), "a ticket grows more urgent");
        assert_eq!((ticket.created_at, ticket.updated_at), (minute(3), minute(4)));
        let found = self.is_found(&model, &[]).await;
        assert_eq!((found.comments.len(), found.comments.first()), (2, first.comments.first()));
        model
    }

    async fn commented(&self, ticket: &Ticket) {
        let (store, id) = (self.stores.tickets, self.ids.id());
        let before = self.ticket(ticket).await;
        let content = text("Called them.\nThey look into it.");
        let said = store.comment(context(self.team, minute(5)), ticket.id, (id, content.clone())).await;
        let expected = CommentView {
            comment: Comment { id, content: content.into(), by: None, at: minute(5) },
            email: None,
        };
        assert_eq!(done(said, "a ticket is commented on"), expected);
        let after = self.ticket(ticket).await;
        assert_eq!(after.comments.len(), before.comments.len() + 1);
        assert_eq!(after.comments.last(), Some(&expected), "a comment is found as it was written");

        let nobody = context(self.team, minute(5));
        let unknown = store.comment(nobody, self.ids.id(), (self.ids.id(), text("Lost"))).await;
        is_refused(unknown, &TicketError::NotFound, "no such ticket");
    }

    async fn assigned(&self, ticket: &Ticket) -> UserId {
        let store = self.stores.tickets;
        let assign = |at, id, user| store.assign(context(self.team, minute(at)), id, user);
        let (ops, email) = self.stores.arrivals.user(self.team, &[Role::Ops], true).await;
        let (admin, _) = self.stores.arrivals.user(self.team, &[Role::Accounts, Role::Admin], true).await;
        let given = done(assign(5, ticket.id, Some(ops)).await, "a ticket is given to somebody");
        let after = Ticket {
            assignee: Some(ops),
            version: ticket.version + 1,
            updated_at: minute(5),
            ..ticket.clone()
        };
        let found = self.ticket(&after).await;
        assert_eq!(given, found, "it is found as it was given");
        assert_eq!(found.assignee, Some((ops, email.into())), "with the e-mail of whoever has it");
        let again = done(assign(6, ticket.id, Some(ops)).await, "the same again is no fault");
        assert_eq!(again, found, "and changes nothing");

        let (inactive, _) = self.stores.arrivals.user(self.team, &[Role::Ops], false).await;
        let (accounts, _) = self.stores.arrivals.user(self.team, &[Role::Accounts], true).await;
        let (foreign, _) = self.stores.arrivals.user(self.other_team, &[Role::Ops], true).await;
        for (user, what) in [
            (inactive, "nobody who may not log in"),
            (accounts, "nobody without the role"),
            (foreign, "nobody of another team"),
            (self.ids.id(), "nobody unknown"),
        ] {
            is_refused(assign(6, ticket.id, Some(user)).await, &TicketError::NotAssignable, what);
            assert_eq!(self.ticket(&after).await, found, "a refusal leaves it");
        }
        is_refused(assign(6, self.ids.id(), Some(ops)).await, &TicketError::NotFound, "no such ticket");

        let other = done(assign(7, ticket.id, Some(admin)).await, "a ticket is given to somebody else");
        assert_eq!((other.ticket.assignee, other.ticket.version), (Some(admin), after.version + 1));
        let taken = done(assign(8, ticket.id, None).await, "a ticket is taken back");
        assert_eq!((taken.ticket.version, taken.assignee.clone()), (after.version + 2, None));
        assert_eq!(self.ticket(&taken.ticket).await, taken);
        let back = done(assign(9, ticket.id, Some(ops)).await, "and given again");
        assert_eq!(self.ticket(&back.ticket).await, back);
        ops
    }

    /// Every step, each with the next status alone; a comment comes with its step or not at all.
    async fn moved_on(&self, model: &Model) -> Model {
        let store = self.stores.tickets;
        let advance = |at, id, to, comment| store.advance(context(self.team, minute(at)), id, to, comment);
        let mut model = model.clone();
        for (at, to, said, stage) in [
            (6, TicketStatus::InProgress, Some("Started"), TicketStage::InProgress),
            (7, TicketStatus::Resolved, None, TicketStage::Resolved { at: minute(7) }),
            (
                8,
                TicketStatus::Closed,
                Some("Done"),
                TicketStage::Closed { resolved_at: minute(7), at: minute(8) },
            ),
        ] {
            let ticket = model.ticket().clone();
            let before = self.ticket(&ticket).await;
            for other in TicketStatus::ALL.iter().copied().filter(|other| *other != to) {
                let comment = Some((self.ids.id(), text("No")));
                let refused = advance(9, ticket.id, other, comment).await;
                let expected = TicketError::Transition { from: ticket.stage.status(), to: other };
                is_refused(refused, &expected, "one step a call");
            }
            assert_eq!(self.ticket(&ticket).await, before, "a refusal leaves no comment either");

            let comment = said.map(|said| (self.ids.id(), text(said)));
            let moved = done(advance(at, ticket.id, to, comment.clone()).await, "a ticket moves on");
            let expected =
                Ticket { stage, version: ticket.version + 1, updated_at: minute(at), ..ticket.clone() };
            assert_eq!(moved, expected);
            let said = comment.map(|(id, content)| Comment {
                id,
                content: content.into(),
                by: None,
                at: minute(at),
            });
            model.ticket = Some(moved);
            let after = self.is_found(&model, said.iter().collect::<Vec<_>>().as_slice()).await;
            assert_eq!(after.comments.len(), before.comments.len() + usize::from(said.is_some()));
            self.is_kept(&model).await;
        }
        let closed = advance(9, model.ticket().id, TicketStatus::Closed, None).await;
        let expected = TicketError::Transition { from: TicketStatus::Closed, to: TicketStatus::Closed };
        is_refused(closed, &expected, "what is closed stays");
        let unknown = advance(9, self.ids.id(), TicketStatus::InProgress, None).await;
        is_refused(unknown, &TicketError::NotFound, "no such ticket");
        model
    }

    /// Mismatches after the ticket was closed open another.
    async fn opened_again(&self, model: &Model) -> Model {
        let closed = model.ticket();
        let before = self.ticket(closed).await;
        let short = count(model.item(1), 49, ItemStatus::ShortageReported);
        let short = verification(&model.receipt, vec![short]);
        let (after, outcome) = self.verified(minute(9), model, short).await;
        assert!(!outcome.is_joined && after.ticket().id != closed.id, "another ticket is opened");
        self.is_found(&after, &[]).await;
        let expected = TicketView { receipt_status: ReceiptStatus::VerifiedMismatch, ..before };
        assert_eq!(self.ticket(closed).await, expected, "the closed one stays");
        after
    }

    async fn list(&self, filter: TicketFilter, window: Window, counted: bool) -> (Vec<String>, Option<u64>) {
        listed(self.stores.tickets.list(self.team, filter, window, counted).await, shown)
    }

    async fn listed(&self, [short, damaged, excess, grown]: &[&Model; 4], reopened: &Model, user: UserId) {
        let [of_reopened, of_grown, of_excess, of_damaged, of_short] = WHOLE;
        let status = |status| TicketFilter { status: Some(status), ..Default::default() };
        let priority = |priority| TicketFilter { priority: Some(priority), ..Default::default() };
        let assignee = |user| TicketFilter { assignee: Some(user), ..Default::default() };
        let vendor = |model: &Model| TicketFilter {
            vendor: Some(model.receipt.dispatch.vendor),
            ..Default::default()
        };
        let order =
            |model: &Model| TicketFilter { order: Some(model.receipt.dispatch.order), ..Default::default() };
        let created = |from, before| TicketFilter { created: minutes(from, before), ..Default::default() };
        let several = TicketFilter {
            status: Some(TicketStatus::Open),
            priority: Some(Priority::Urgent),
            assignee: Some(user),
            vendor: Some(damaged.receipt.dispatch.vendor),
            order: Some(damaged.receipt.dispatch.order),
            created: minutes(Some(2), Some(3)),
        };
        for (filter, expected) in [
            (TicketFilter::default(), WHOLE.to_vec()),
            (status(TicketStatus::Open), vec![of_reopened, of_grown, of_excess, of_damaged]),
            (status(TicketStatus::Closed), vec![of_short]),
            (status(TicketStatus::Resolved), vec![]),
            (priority(Priority::Medium), vec![of_reopened, of_short]),
            (priority(Priority::High), vec![of_grown]),
            (priority(Priority::Low), vec![of_excess]),
            (priority(Priority::Urgent), vec![of_damaged]),
            (assignee(user), vec![of_damaged]),
            (assignee(self.ids.id()), vec![]),
            (vendor(short), vec![of_reopened, of_short]),
            (vendor(excess), vec![of_excess]),
            (TicketFilter { vendor: Some(self.ids.id()), ..Default::default() }, vec![]),
            (order(reopened), vec![of_reopened, of_short]),
            (order(grown), vec![of_grown]),
            (created(Some(3), None), vec![of_reopened, of_grown]),
            (created(None, Some(2)), vec![of_short]),
            (created(Some(2), Some(3)), vec![of_excess, of_damaged]),
            (several.clone(), vec![of_damaged]),
            (TicketFilter { priority: Some(Priority::High), ..several }, vec![]),
        ] {
            let total = expected.len() as u64;
            let found = self.list(filter.clone(), all(), true).await;
            assert_eq!(
                found,
                (expected.iter().map(ToString::to_string).collect(), Some(total)),
                "{filter:?}"
            );
            let uncounted = self.list(filter.clone(), all(), false).await;
            assert_eq!(uncounted, (found.0, None), "counted only where that is wanted: {filter:?}");
        }
        for ((offset, limit), expected) in windows(&WHOLE) {
            let found = self.list(TicketFilter::default(), window(offset, limit), true).await;
            assert_eq!(found, (expected, Some(5)), "{limit} after the first {offset}");
        }
        let page = self.stores.tickets.list(self.team, TicketFilter::default(), all(), false).await;
        for view in read(page).items {
            let found = TicketView { comments: Vec::new(), ..self.ticket(&view.ticket).await };
            assert_eq!(view, found, "a list shows what is found, but no comments");
        }
    }

    async fn other_teams_see_nothing(&self, model: &Model) {
        let (store, team, id) = (self.stores.tickets, self.other_team, model.ticket().id);
        assert_eq!(read(store.find(team, id).await), None, "another team's isn't found");
        assert_eq!(read(store.of_receipt(team, model.receipt.id).await), None, "nor by its receipt");
        let list = store.list(team, TicketFilter::default(), all(), true).await;
        assert_eq!(listed(list, shown), (vec![], Some(0)), "another team's aren't listed");

        let before = self.ticket(model.ticket()).await;
        let context_of = |at| context(team, minute(at));
        let advanced = store.advance(context_of(9), id, TicketStatus::InProgress, None).await;
        is_refused(advanced, &TicketError::NotFound, "nor moved on");
        let (user, _) = self.stores.arrivals.user(team, &[Role::Admin], true).await;
        let assigned = store.assign(context(team, minute(9)), id, Some(user)).await;
        is_refused(assigned, &TicketError::NotFound, "nor given to anybody");
        let comment = (self.ids.id(), text("Hello"));
        let commented = store.comment(context(team, minute(9)), id, comment).await;
        is_refused(commented, &TicketError::NotFound, "nor commented on");
        assert_eq!(self.ticket(model.ticket()).await, before);
    }

    async fn claims_are_answered_alike(&self) {
        let store = self.stores.tickets;
        let load = self.load(&[("Thyme", 3)]).await;
        let model = self.received(minute(9), &load).await;
        let short = count(model.item(0), 0, ItemStatus::ShortageReported);
        let (model, _) = self.verified(minute(9), &model, verification(&model.receipt, vec![short])).await;
        let (ticket, path) = (model.ticket(), "/contract/tickets");

        let comment = |fingerprint| {
            let context = claimed(self.team, &format!("{path}/comments"), fingerprint);
            store.comment(context, ticket.id, (self.ids.id(), text("Once")))
        };
        let said = done(comment(1).await, "a claimed comment is written");
        is_replayed(comment(1).await);
        let reused = comment(2).await;
        assert!(matches!(reused, Err(TicketError::Store(StoreError::ClaimReused))), "{reused:?}");
        let comments = self.ticket(ticket).await.comments;
        assert_eq!(comments.iter().filter(|it| it.comment.id == said.comment.id).count(), 1);
        assert_eq!(comments.len(), 2, "and neither leaves another");

        let (user, _) = self.stores.arrivals.user(self.team, &[Role::Admin], true).await;
        let assign = |fingerprint| {
            store.assign(claimed(self.team, &format!("{path}/assignee"), fingerprint), ticket.id, Some(user))
        };
        let given = done(assign(1).await, "a claimed ticket is given").ticket;
        is_replayed(assign(1).await);
        let reused = assign(2).await;
        assert!(matches!(reused, Err(TicketError::Store(StoreError::ClaimReused))), "{reused:?}");
        self.ticket(&given).await;

        let advance = |fingerprint| {
            let context = claimed(self.team, &format!("{path}/status"), fingerprint);
            let comment = Some((self.ids.id(), text("Started")));
            store.advance(context, ticket.id, TicketStatus::InProgress, comment)
        };
        let moved = done(advance(1).await, "a claimed ticket moves on");
        is_replayed(advance(1).await);
        let reused = advance(2).await;
        assert!(matches!(reused, Err(TicketError::Store(StoreError::ClaimReused))), "{reused:?}");
        assert_eq!(self.ticket(&moved).await.comments.len(), 3, "once");
    }
}
