//! One of each change of what is bought in, each ready to be made of an order of its own.

use adapter_postgres::grn_ticketing::PgTickets;
use adapter_postgres::procurement::PgAssignments;
use grn_ticketing::ports::Tickets;
use grn_ticketing::ticket::{CommentText, TicketId, TicketStatus};
use kernel::access::Visibility;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId, Uuid};
use procurement::ports::Assignments;
use procurement::supply::VendorAnswer;
use sales_orders::order::{Command, SalesOrder};

use crate::support::{Store, block_on, context, done, fate, minute, short};

/// Whether something was done, or the code of why not.
pub(super) type Fate = Result<(), &'static str>;

/// A change that can be made.
pub(super) struct Change {
    pub(super) name: &'static str,
    /// The sales order that it is of.
    pub(super) order: Uuid,
    /// The tables that it writes.
    pub(super) tables: Vec<&'static str>,
    make: Box<dyn Fn(&Store) -> Fate + Send + Sync>,
}

impl Change {
    fn new(
        name: &'static str,
        order: Uuid,
        tables: &[&'static str],
        make: impl Fn(&Store) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let tables = tables.iter().copied().chain(["outbox", "audit_entries"]).collect();
        Self { name, order, tables, make: Box::new(make) }
    }

    pub(super) fn make(&self, store: &Store) -> Fate {
        (self.make)(store)
    }
}

/// An order with two lines of ten, whose vendor confirmed all of it.
fn confirmed(store: &Store, team: TeamId) -> SalesOrder {
    let order = store.order_of(team, 2);
    store.confirmed(team, &order, store.some_vendor(team), 10);
    order
}

/// The changes that begin with the order: they lock it first.
pub(super) fn of_orders(store: &Store, team: TeamId) -> Vec<Change> {
    let vendor = store.some_vendor(team);
    let mut changes = Vec::new();
    let order = store.order_of(team, 2);
    changes.push(Change::new("assign", order.id.uuid(), &["assignments", "sales_orders"], move |store| {
        fate(store.try_assign(context(team), &order, vendor, 10))
    }));
    let order = store.order_of(team, 1);
    let id = order.id.uuid();
    let mut assigned = done(store.try_assign(context(team), &order, vendor, 10));
    let assigned = assigned.pop().expect("a line was assigned");
    changes.push(Change::new("confirm", id, &["assignments", "sales_orders"], move |store| {
        let answer = VendorAnswer { confirmed: assigned.quantity.into(), reason: None };
        let assignments = PgAssignments::new(store.db.clone());
        fate(block_on(assignments.confirm(context(team), Visibility::All, assigned.id, answer)))
    }));
    let order = confirmed(store, team);
    changes.push(Change::new("order", order.id.uuid(), &["purchase_orders", "assignments"], move |store| {
        fate(store.try_order_from(context(team), &order, vendor))
    }));
    let order = store.order_of(team, 2);
    let purchase_order = store.ordered(team, &order, vendor, 10);
    let tables = ["dispatches", "dispatch_items", "assignments", "purchase_orders"];
    changes.push(Change::new("dispatch", order.id.uuid(), &tables, move |store| {
        fate(store.try_dispatch(context(team), &purchase_order, 10))
    }));
    let dispatch = store.dispatched(team, 2);
    let tables = ["dispatches", "goods_receipts", "goods_receipt_items"];
    changes.push(Change::new("receive", dispatch.order.id.uuid(), &tables, move |store| {
        fate(store.try_receive(context(team), &dispatch))
    }));
    let receipt = store.received(team, 2);
    let tables = [
        "goods_receipts",
        "goods_receipt_items",
        "tickets",
        "ticket_comments",
        "assignments",
        "purchase_orders",
        "sales_orders",
    ];
    changes.push(Change::new("verify", receipt.receipt.dispatch.order.uuid(), &tables, move |store| {
        fate(store.try_verify(context(team), short(&receipt)))
    }));
    changes.extend(ends(store, team));
    changes
}

/// Both ways in which an order ends with something still to come of it.
fn ends(store: &Store, team: TeamId) -> [Change; 2] {
    [("cancel", Command::Cancel { reason: None }), ("close", Command::Close { reason: None })].map(
        |(name, command)| {
            let order = store.order_of(team, 2);
            store.ordered(team, &order, store.some_vendor(team), 10);
            let tables = ["sales_orders", "assignments", "purchase_orders"];
            Change::new(name, order.id.uuid(), &tables, move |store| {
                fate(store.apply(team, &order, command.clone()))
            })
        },
    )
}

/// The changes of a ticket alone.
pub(super) fn of_tickets(store: &Store, team: TeamId) -> Vec<Change> {
    let user = store.database.scalar(&format!("SELECT min(id::text) FROM users WHERE team_id = '{team}'"));
    let user = user.parse().expect("an id");
    let raised = || {
        let receipt = store.received(team, 1);
        let verified = done(store.try_verify(context(team), short(&receipt)));
        (receipt.receipt.dispatch.order.uuid(), verified.ticket.expect("goods are missing").id)
    };
    let (advanced, assigned, commented) = (raised(), raised(), raised());
    vec![
        Change::new("advance", advanced.0, &["tickets", "ticket_comments"], move |store| {
            advance(store, team, advanced.1, TicketStatus::InProgress)
        }),
        Change::new("give", assigned.0, &["tickets"], move |store| {
            let tickets = PgTickets::new(store.db.clone());
            fate(block_on(tickets.assign(context(team), assigned.1, Some(Id::new(user)))))
        }),
        Change::new("comment", commented.0, &["ticket_comments"], move |store| {
            comment(store, team, commented.1)
        }),
    ]
}

/// Moves a ticket one step on, with a comment.
pub(super) fn advance(store: &Store, team: TeamId, ticket: TicketId, to: TicketStatus) -> Fate {
    let tickets = PgTickets::new(store.db.clone());
    let comment = (Id::new(SystemIds.uuid()), text("On it"));
    let context = kernel::write::WriteContext { at: minute(5), ..context(team) };
    fate(block_on(tickets.advance(context, ticket, to, Some(comment))))
}

pub(super) fn comment(store: &Store, team: TeamId, ticket: TicketId) -> Fate {
    let tickets = PgTickets::new(store.db.clone());
    fate(block_on(tickets.comment(context(team), ticket, (Id::new(SystemIds.uuid()), text("Called them")))))
}

fn text(text: &str) -> CommentText {
    CommentText::try_new(text).expect("a text")
}
