//! A team that buys in: what it assigns to vendors, what they send, and what is found of it when it arrives.

use adapter_postgres::grn_ticketing::PgGoodsReceipts;
use adapter_postgres::procurement::{PgAssignments, PgDispatches, PgPurchaseOrders};
use grn_ticketing::ports::{GoodsReceipts, ReceiptView, VerificationOutcome};
use grn_ticketing::receipt::{ItemCount, ItemStatus, ReceiptError, ReceiptItem, Verification};
use grn_ticketing::ticket::TicketId;
use kernel::access::Visibility;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId, VendorId};
use kernel::quantity::{Amount, Quantity};
use kernel::write::{WriteContext, Written};
use procurement::assignment::Assignment;
use procurement::dispatch::Dispatch;
use procurement::ports::{Assignments, Dispatches, Ordered, PurchaseOrders};
use procurement::purchase_order::PurchaseOrder;
use procurement::supply::{NewAssignment, NewDispatch, NewDispatchItem, SupplyError, VendorAnswer};
use sales_orders::order::{NewLine, SalesOrder};

use super::{LOCALE, Store, block_on, bought_in, context, done};

impl Store {
    /// An order of the order API with so many lines of ten.
    pub(crate) fn order_of(&self, team: TeamId, lines: usize) -> SalesOrder {
        let one = bought_in("Ann", "Tomatoes", 10, "1.50");
        let lines: Vec<NewLine> = one.lines.iter().cycle().take(lines).cloned().collect();
        done(self.place(context(team), sales_orders::order::NewOrder { lines, ..one })).order
    }

    /// The first vendor of a team, a new one if it has none.
    pub(crate) fn some_vendor(&self, team: TeamId) -> VendorId {
        let first =
            format!("SELECT id FROM vendors WHERE team_id = '{team}' ORDER BY created_at, id LIMIT 1");
        match self.database.scalar(&first).parse() {
            Ok(id) => id,
            Err(_) => self.vendor(team, "FARM").id,
        }
    }

    /// Gives so much of each line of an order to a vendor, or fails to.
    pub(crate) fn try_assign(
        &self,
        context: WriteContext<Vec<Assignment>>,
        order: &SalesOrder,
        vendor: VendorId,
        quantity: i64,
    ) -> Result<Written<Vec<Assignment>>, SupplyError> {
        let line = |line: &sales_orders::order::OrderLine| NewAssignment {
            line: Id::new(line.id.uuid()),
            vendor,
            quantity: of(quantity),
        };
        let new: Vec<_> = order.lines.iter().map(line).collect();
        let ids = new.iter().map(|_| Id::new(SystemIds.uuid())).collect();
        block_on(PgAssignments::new(self.db.clone()).assign(context, Id::new(order.id.uuid()), ids, new))
    }

    /// So much of each line of an order, given to a vendor and confirmed.
    pub(crate) fn confirmed(
        &self,
        team: TeamId,
        order: &SalesOrder,
        vendor: VendorId,
        quantity: i64,
    ) -> Vec<Assignment> {
        let assigned = done(self.try_assign(context(team), order, vendor, quantity));
        let assignments = PgAssignments::new(self.db.clone());
        let confirm = |assigned: Assignment| {
            let answer = VendorAnswer { confirmed: assigned.quantity.into(), reason: None };
            done(block_on(assignments.confirm(context(team), Visibility::All, assigned.id, answer)))
        };
        assigned.into_iter().map(confirm).collect()
    }

    /// Orders from a vendor what it confirmed of an order, or fails to.
    pub(crate) fn try_order_from(
        &self,
        context: WriteContext<Ordered>,
        order: &SalesOrder,
        vendor: VendorId,
    ) -> Result<Written<Ordered>, SupplyError> {
        let (id, order) = (Id::new(SystemIds.uuid()), Id::new(order.id.uuid()));
        block_on(PgPurchaseOrders::new(self.db.clone()).create(context, id, order, vendor, LOCALE))
    }

    /// A purchase order over all of an order, so much of each line.
    pub(crate) fn ordered(
        &self,
        team: TeamId,
        order: &SalesOrder,
        vendor: VendorId,
        quantity: i64,
    ) -> PurchaseOrder {
        self.confirmed(team, order, vendor, quantity);
        done(self.try_order_from(context(team), order, vendor)).purchase_order
    }

    /// Sends so much of each item of a purchase order, or fails to.
    pub(crate) fn try_dispatch(
        &self,
        context: WriteContext<Dispatch>,
        purchase_order: &PurchaseOrder,
        quantity: i64,
    ) -> Result<Written<Dispatch>, SupplyError> {
        let items = purchase_order.items.iter();
        let items = items.map(|item| NewDispatchItem { assignment: item.assignment, quantity: of(quantity) });
        let new = NewDispatch {
            purchase_order: purchase_order.id,
            items: items.collect(),
            tracking_reference: None,
            remarks: None,
        };
        let (dispatches, id) = (PgDispatches::new(self.db.clone()), Id::new(SystemIds.uuid()));
        block_on(dispatches.create(context, Visibility::All, id, new, LOCALE))
    }

    /// A new order with so many lines of ten, all of it on its way from a vendor.
    pub(crate) fn dispatched(&self, team: TeamId, lines: usize) -> Dispatch {
        let order = self.order_of(team, lines);
        let purchase_order = self.ordered(team, &order, self.some_vendor(team), 10);
        done(self.try_dispatch(context(team), &purchase_order, 10))
    }

    /// Makes the receipt of a dispatch, or fails to.
    pub(crate) fn try_receive(
        &self,
        context: WriteContext<ReceiptView>,
        dispatch: &Dispatch,
    ) -> Result<Written<ReceiptView>, ReceiptError> {
        let (dispatch, id) = (Id::new(dispatch.id.uuid()), Id::new(SystemIds.uuid()));
        block_on(PgGoodsReceipts::new(self.db.clone()).receive(context, dispatch, id, LOCALE))
    }

    /// A new order with so many lines of ten, all of which arrived and nothing of which is verified.
    pub(crate) fn received(&self, team: TeamId, lines: usize) -> ReceiptView {
        let dispatch = self.dispatched(team, lines);
        done(self.try_receive(context(team), &dispatch))
    }

    /// Verifies a receipt, or fails to.
    pub(crate) fn try_verify(
        &self,
        context: WriteContext<VerificationOutcome>,
        verification: Verification,
    ) -> Result<Written<VerificationOutcome>, ReceiptError> {
        let ids = (Id::new(SystemIds.uuid()), Id::new(SystemIds.uuid()));
        block_on(PgGoodsReceipts::new(self.db.clone()).verify(context, verification, ids, LOCALE))
    }

    /// A ticket of goods that did not all arrive, with a comment that says so.
    pub(crate) fn ticket(&self, team: TeamId) -> TicketId {
        let receipt = self.received(team, 1);
        let verified = done(self.try_verify(context(team), short(&receipt)));
        verified.ticket.expect("goods are missing").id
    }
}

/// That of each item of a receipt one is missing.
pub(crate) fn short(view: &ReceiptView) -> Verification {
    let one_less = |item: &ReceiptItem| {
        let received = item.goods.dispatched.value() - rust_decimal::Decimal::ONE;
        counted(item, received, ItemStatus::ShortageReported)
    };
    let counts = view.receipt.items.iter().map(one_less).collect();
    Verification { counts, ..in_full(view) }
}

/// That a receipt is as it was sent.
fn in_full(view: &ReceiptView) -> Verification {
    Verification {
        receipt: view.receipt.id,
        number: None,
        dispatch: None,
        remarks: None,
        counts: Vec::new(),
        only: None,
    }
}

fn counted(item: &ReceiptItem, received: rust_decimal::Decimal, status: ItemStatus) -> ItemCount {
    ItemCount {
        item: item.id,
        assigned_item: None,
        assigned: None,
        confirmed: None,
        received: Amount::try_new(received).expect("an amount"),
        discrepancy: None,
        status,
        remarks: None,
        is_damage_reported: false,
        damage_description: None,
        damaged: None,
        accepts_excess: false,
    }
}

fn of(number: i64) -> Quantity {
    Quantity::try_new(number.into()).expect("a quantity")
}
