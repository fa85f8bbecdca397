//! What the suites of receipts and tickets share: dispatches that arrive, and a model of each receipt, which every step is
//! compared with.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::Role;
use kernel::clock::IdSource;
use kernel::contract::{context, created_at, done, read, window};
use kernel::id::{TeamId, UserId};
use kernel::money::Currency;
use kernel::page::{Page, Window};
use kernel::period::Period;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::TeamLocale;
use kernel::write::Written;
use kernel::zone::TimeZone;

use crate::ports::{GoodsReceipts, ReceiptView, TicketSummary, TicketView, Tickets, VerificationOutcome};
use crate::receipt::{
    ArrivedDispatch, ArrivedItem, DamageDescription, GoodsReceipt, ItemCount, ItemStatus, ReceiptItem,
    Remarks, Verification, Verified,
};
use crate::ticket::{NewTicket, Ticket, raise};

/// The stores of one kind that receiving goods needs.
#[derive(Clone, Copy)]
pub struct ReceivingStores<'a> {
    pub receipts: &'a dyn GoodsReceipts,
    pub tickets: &'a dyn Tickets,
    /// What other domains bring, in the same stores.
    pub arrivals: &'a dyn Arrivals,
}

/// What other domains bring: goods that are under way, and people.
#[async_trait]
pub trait Arrivals: Sync {
    /// Sends goods of a new order that one new vendor supplies, a dispatch a load: what each carries of products, by name.
    /// Of each product the vendor was asked for, and confirmed, what all loads carry of it together.
    async fn send(&self, team: TeamId, loads: &[&[(&str, i64)]]) -> Vec<Load>;

    /// A user with these roles, and their e-mail.
    async fn user(&self, team: TeamId, roles: &[Role], is_active: bool) -> (UserId, String);
}

/// A dispatch under way, and what its receipt shall show of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    pub dispatch: ArrivedDispatch,
    pub items: Vec<ArrivedItem>,
}

pub(super) const LOCALE: TeamLocale = TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR };

/// A moment so many minutes after the first.
pub(super) fn minute(minutes: i64) -> DateTime<Utc> {
    created_at() + TimeDelta::minutes(minutes)
}

/// From one minute until before another.
pub(super) fn minutes(from: Option<i64>, before: Option<i64>) -> Period {
    Period { from: from.map(minute), before: before.map(minute) }
}

/// The first ten entries of a list.
pub(super) fn all() -> Window {
    window(0, 10)
}

#[expect(clippy::expect_used, reason = "test support: a bad amount is the suite's own fault")]
pub(super) fn amount(number: i64) -> Amount {
    Amount::try_new(number.into()).expect("an amount")
}

/// A count of an item that was not as it was sent; damaged goods are described.
pub(super) fn count(item: &ReceiptItem, received: i64, status: ItemStatus) -> ItemCount {
    let is_damaged = status == ItemStatus::DamageReported;
    ItemCount {
        item: item.id,
        assigned_item: Some(item.goods.assigned_item),
        assigned: Some(item.goods.assigned.value()),
        confirmed: Some(item.goods.dispatched.value()),
        received: amount(received),
        discrepancy: Some(amount(received).value() - item.goods.dispatched.value()),
        status,
        remarks: Remarks::try_new("Seen\nby two").ok(),
        is_damage_reported: is_damaged,
        damage_description: is_damaged.then(|| DamageDescription::try_new("Crushed").ok()).flatten(),
        damaged: None,
        accepts_excess: false,
    }
}

/// A verification of all of a receipt that is open.
pub(super) fn verification(receipt: &GoodsReceipt, counts: Vec<ItemCount>) -> Verification {
    Verification { receipt: receipt.id, number: None, dispatch: None, remarks: None, counts, only: None }
}

/// A verification of one item alone.
pub(super) fn only(receipt: &GoodsReceipt, item: &ReceiptItem, count: Option<ItemCount>) -> Verification {
    Verification { only: Some(vec![item.id]), ..verification(receipt, count.into_iter().collect()) }
}

/// A change is refused as the domain refuses it.
pub(super) fn is_refused<O: Debug, E: Debug>(result: Result<Written<O>, E>, expected: &E, what: &str) {
    match result {
        Err(found) => assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{what}"),
        Ok(done) => panic!("{what}: {done:?}"),
    }
}

/// A list for comparison: what `show` makes of each entry, in order, and the total.
pub(super) fn listed<T, E: Debug>(
    page: Result<Page<T>, E>,
    show: impl Fn(&T) -> String,
) -> (Vec<String>, Option<u64>) {
    let page = read(page);
    (page.items.iter().map(show).collect(), page.total)
}

/// Every window of a whole list, and what it shows of it.
pub(super) fn windows(whole: &[&str]) -> Vec<((u32, u32), Vec<String>)> {
    let offsets = 0..=whole.len();
    let windows = offsets.flat_map(|offset| [1, 2, 100].map(|limit| (offset, limit)));
    let part = |(offset, limit)| {
        let part = whole.iter().skip(offset).take(limit).map(|text| (*text).to_owned());
        ((offset as u32, limit as u32), part.collect())
    };
    windows.map(part).collect()
}

/// What a receipt is of, as its number is the store's affair.
pub(super) fn goods(receipt: &GoodsReceipt) -> String {
    let name = |item: &ReceiptItem| format!("{} {}", item.goods.product_name, item.goods.dispatched);
    receipt.items.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The receipt without what depends on when it is read: what was received before matters only until an item is verified.
fn settled(mut receipt: GoodsReceipt) -> GoodsReceipt {
    for item in receipt.items.iter_mut().filter(|item| item.check.is_some()) {
        item.goods.received_before = Amount::ZERO;
    }
    receipt
}

/// The receipt with the ticket of what a verification found amiss.
fn with_ticket(verified: &Verified, ticket: Option<&Ticket>) -> GoodsReceipt {
    let mut receipt = verified.receipt.clone();
    for item in &mut receipt.items {
        let is_now = verified.items.iter().any(|now| now.id == item.id);
        if let Some(check) = item.check.as_mut().filter(|check| is_now && check.is_mismatch()) {
            check.ticket = ticket.map(|ticket| ticket.id);
        }
    }
    receipt
}

/// A receipt and its latest ticket, as they are to be.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) receipt: GoodsReceipt,
    pub(super) ticket: Option<Ticket>,
}

impl Model {
    #[expect(clippy::expect_used, reason = "test support: a missing item is the suite's own fault")]
    pub(super) fn item(&self, place: usize) -> &ReceiptItem {
        self.receipt.items.get(place).expect("an item")
    }

    #[expect(clippy::expect_used, reason = "test support: a missing ticket is the suite's own fault")]
    pub(super) fn ticket(&self) -> &Ticket {
        self.ticket.as_ref().expect("a ticket")
    }
}

/// Stores and teams that a suite takes place among.
pub(super) struct Stage<'a> {
    pub(super) stores: ReceivingStores<'a>,
    pub(super) ids: &'a dyn IdSource,
    pub(super) team: TeamId,
    pub(super) other_team: TeamId,
}

impl Stage<'_> {
    /// Dispatches of one order, each of the loads.
    pub(super) async fn loads<const N: usize>(&self, loads: [&[(&str, i64)]; N]) -> [Load; N] {
        let sent = self.stores.arrivals.send(self.team, &loads).await;
        for (load, wanted) in sent.iter().zip(loads) {
            let found = load.items.iter().map(|item| (&*item.product_name, item.dispatched));
            let wanted = wanted.iter().map(|(name, number)| (*name, quantity(*number)));
            assert!(found.eq(wanted), "goods are sent: {load:?}");
        }
        match sent.try_into() {
            Ok(sent) => sent,
            Err(sent) => panic!("a dispatch a load: {sent:?}"),
        }
    }

    pub(super) async fn load(&self, items: &[(&str, i64)]) -> Load {
        let [load] = self.loads([items]).await;
        load
    }

    /// Takes in the goods of a dispatch, as the domain does. Which number the receipt gets is the store's affair.
    pub(super) async fn received(&self, at: DateTime<Utc>, load: &Load) -> Model {
        let id = self.ids.id();
        let received =
            self.stores.receipts.receive(context(self.team, at), load.dispatch.id, id, LOCALE).await;
        let received = done(received, "goods are received");
        let number = received.receipt.number.clone();
        assert!(number.starts_with("GRN-2024-"), "numbered by the year: {number}");
        let (dispatch, items) = (load.dispatch.clone(), load.items.clone());
        let mut receipt = GoodsReceipt::receive((id, &number), dispatch, items, self.ids, None, at);
        for (item, found) in receipt.items.iter_mut().zip(&received.receipt.items) {
            item.id = found.id;
        }
        let expected = ReceiptView { receipt, received_by: None, verified_by: None, ticket: None };
        assert_eq!(received, expected, "a receipt shows what its dispatch carries");
        let model = Model { receipt: expected.receipt, ticket: None };
        self.is_kept(&model).await;
        model
    }

    /// Verifies a receipt, as the domain does.
    pub(super) async fn verified(
        &self,
        at: DateTime<Utc>,
        before: &Model,
        verification: Verification,
    ) -> (Model, VerificationOutcome) {
        let new = NewTicket { id: self.ids.id(), number: "".into(), comment: self.ids.id() };
        let verified = before.receipt.verify(&verification, None, at);
        let verified = verified.unwrap_or_else(|fault| panic!("the suite's own step is refused: {fault:?}"));
        let ids = (new.id, new.comment);
        let outcome = self.stores.receipts.verify(context(self.team, at), verification, ids, LOCALE).await;
        let outcome = done(outcome, "a receipt is verified");

        let number = outcome.ticket.as_ref().map(|ticket| ticket.number.clone()).unwrap_or_default();
        let raised = raise(&verified, before.ticket.as_ref(), &NewTicket { number, ..new }, None, at);
        let ticket = raised.as_ref().map(|raised| &raised.ticket);
        assert_eq!(outcome.ticket, ticket.map(TicketSummary::from), "mismatches raise a ticket");
        let is_joined = raised.as_ref().is_some_and(|raised| raised.before.is_some());
        assert_eq!(outcome.is_joined, is_joined, "which they open, or join");
        assert_eq!(outcome.mismatches, verified.mismatches().len(), "as many as there are now");
        let status = (outcome.receipt.status(), outcome.receipt.version, outcome.receipt.verified_at);
        let expected = (verified.receipt.status(), verified.receipt.version, Some(at));
        assert_eq!(status, expected, "a receipt is verified at the context's time");

        let receipt = with_ticket(&verified, ticket);
        let model = Model { receipt, ticket: ticket.or(before.ticket.as_ref()).cloned() };
        self.is_kept(&model).await;
        if let Some(raised) = &raised {
            let found = self.ticket(&raised.ticket).await;
            let comment = found.comments.last().map(|said| &said.comment);
            assert_eq!(comment, Some(&raised.comment), "and a comment names them");
        }
        (model, outcome)
    }

    /// A receipt is stored as its model has it, beside its latest ticket.
    pub(super) async fn is_kept(&self, model: &Model) {
        let found = read(self.stores.receipts.find(self.team, model.receipt.id).await);
        let found =
            found.map(|view| (settled(view.receipt), view.received_by, view.verified_by, view.ticket));
        let ticket = model.ticket.as_ref().map(TicketSummary::from);
        let expected = (settled(model.receipt.clone()), None, None, ticket);
        assert_eq!(found, Some(expected), "a receipt is found as it was stored");
    }

    /// A ticket that is stored like this.
    pub(super) async fn ticket(&self, ticket: &Ticket) -> TicketView {
        let found = read(self.stores.tickets.find(self.team, ticket.id).await);
        let Some(found) = found else { panic!("a ticket is found") };
        assert_eq!(found.ticket, *ticket, "a ticket is found as it was stored");
        found
    }
}

#[expect(clippy::expect_used, reason = "test support: a bad quantity is the suite's own fault")]
fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).expect("a quantity")
}
