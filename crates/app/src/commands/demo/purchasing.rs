//! What the demo buys in: two vendors, a purchase order at each stage, and an open ticket.

use adapter_http::{ProcurementServices, ReceivingServices, SalesServices};
use grn_ticketing::receipt::{
    DispatchId as ArrivedDispatchId, GoodsReceipt, ItemCount, ItemStatus, Verification,
};
use grn_ticketing::ticket::{CommentText, TicketId, TicketStatus};
use kernel::access::{Actor, Visibility};
use kernel::id::{Id, VendorId};
use kernel::money::UnitPrice;
use kernel::quantity::{Amount, Quantity};
use kernel::write::WriteContext;
use procurement::assignment::{Assignment, OrderId, Reason, TrackingReference};
use procurement::dispatch::Dispatch;
use procurement::purchase_order::PurchaseOrder;
use procurement::supply::{NewAssignment, NewDispatch, NewDispatchItem, VendorAnswer};
use sales_orders::order::{
    Channel, Command, Customer, DeliveryAddress, NewLine, NewOrder, SalesOrder, SalesOrderId,
};
use sales_orders::ports::OrderRef;
use sales_orders::values::{AddressLine, CustomerName, Notes, ProductName};

use super::{CommandError, done};
use crate::wiring;

pub(super) struct Purchasing<'a> {
    pub(super) sales: &'a SalesServices,
    pub(super) procurement: &'a ProcurementServices,
    pub(super) receiving: &'a ReceivingServices,
    pub(super) actor: &'a Actor,
    pub(super) vendors: [VendorId; 2],
}

fn value<T, E: std::error::Error>(read: Result<T, E>) -> Result<T, CommandError> {
    read.map_err(|error| CommandError::of(&error))
}

fn quantity(number: i64) -> Result<Quantity, CommandError> {
    value(Quantity::try_new(number.into()))
}

fn amount(number: i64) -> Result<Amount, CommandError> {
    value(Amount::try_new(number.into()))
}

impl Purchasing<'_> {
    /// An order at each stage, from one that waits for vendors to one that is all there.
    pub(super) async fn fill(&self) -> Result<(), CommandError> {
        let [farms, dairy] = self.vendors;
        self.order("Fresh Spinach", 30).await?;
        let milk = self.order("Milk", 200).await?;
        let asked = self.assign(&milk, dairy, 200).await?;
        let short = value(Reason::try_new("Half the herd is on the alp"))?;
        self.confirm(&asked, 120, Some(short)).await?;
        self.assign(&milk, farms, 80).await?;

        self.ordered("Carrots", 40, farms).await?;
        let (_, half) = self.ordered("Potatoes", 500, farms).await?;
        self.dispatch(&half, 300).await?;
        let (_, sent) = self.ordered("Butter", 60, dairy).await?;
        self.receive(&self.dispatch(&sent, 60).await?).await?;
        let (_, there) = self.ordered("Cheese", 25, dairy).await?;
        self.verified(&there, 25, 25).await?;
        let (_, lacking) = self.ordered("Organic Tomatoes", 100, farms).await?;
        self.verified(&lacking, 100, 95).await?;

        let (cancelled, _) = self.ordered("Leek", 10, farms).await?;
        self.end(&cancelled, Command::Cancel { reason: Notes::try_new("Ordered twice").ok() }).await?;
        let (closed, lost) = self.ordered("Cream", 90, dairy).await?;
        if let Some(ticket) = self.verified(&lost, 45, 0).await? {
            self.resolve(ticket).await?;
        }
        self.end(&closed, Command::Close { reason: Notes::try_new("The lorry was lost").ok() }).await
    }

    fn context<O>(&self) -> WriteContext<O> {
        WriteContext::unclaimed(self.actor, "demo", wiring::clock().now())
    }

    async fn order(&self, product: &str, ordered: i64) -> Result<SalesOrder, CommandError> {
        let line = |text| value(AddressLine::try_new(text));
        let lines = vec![NewLine::BoughtIn {
            name: value(ProductName::try_new(product))?,
            sku: None,
            quantity: quantity(ordered)?,
            unit_price: value(UnitPrice::try_new(2.into()))?,
        }];
        let new = NewOrder {
            customer: Customer { name: CustomerName::try_new("Corner Shop").ok(), ..Customer::default() },
            delivery: Some(DeliveryAddress {
                street: line("1 Market Square")?,
                city: line("Springfield")?,
                state: None,
                pincode: line("12345")?,
                landmark: None,
            }),
            ..NewOrder::of(Channel::Oms, lines)
        };
        Ok(done("orders", self.sales.orders.create(self.context(), new).await)?.order)
    }

    async fn assign(
        &self,
        order: &SalesOrder,
        vendor: VendorId,
        assigned: i64,
    ) -> Result<Assignment, CommandError> {
        let lines = order.lines.iter().map(|line| {
            let line = Id::new(line.id.uuid());
            Ok(NewAssignment { line, vendor, quantity: quantity(assigned)? })
        });
        let new = lines.collect::<Result<_, CommandError>>()?;
        let assignments = &self.procurement.assignments;
        let made = assignments.assign(self.context(), OrderId::new(order.id.uuid()), new).await;
        let made = done("assignments", made)?.into_iter().next();
        made.ok_or_else(|| CommandError::Message("the demo's order has no line".into()))
    }

    async fn confirm(
        &self,
        assignment: &Assignment,
        confirmed: i64,
        reason: Option<Reason>,
    ) -> Result<(), CommandError> {
        let answer = VendorAnswer { confirmed: amount(confirmed)?, reason };
        let assignments = &self.procurement.assignments;
        let answered = assignments.confirm(self.context(), Visibility::All, assignment.id, answer).await;
        done("confirmations", answered).map(drop)
    }

    /// An order whose only line a vendor confirmed, ordered from it.
    async fn ordered(
        &self,
        product: &str,
        ordered: i64,
        vendor: VendorId,
    ) -> Result<(SalesOrder, PurchaseOrder), CommandError> {
        let order = self.order(product, ordered).await?;
        let assignment = self.assign(&order, vendor, ordered).await?;
        self.confirm(&assignment, ordered, None).await?;
        let orders = &self.procurement.purchase_orders;
        let made = orders.create(self.context(), OrderId::new(order.id.uuid()), vendor).await;
        Ok((order, done("purchase orders", made)?.purchase_order))
    }

    async fn dispatch(&self, order: &PurchaseOrder, sent: i64) -> Result<Dispatch, CommandError> {
        let items = order
            .items
            .iter()
            .map(|item| Ok(NewDispatchItem { assignment: item.assignment, quantity: quantity(sent)? }));
        let new = NewDispatch {
            purchase_order: order.id,
            items: items.collect::<Result<_, CommandError>>()?,
            tracking_reference: TrackingReference::try_new("AWB 123").ok(),
            remarks: None,
        };
        let created = self.procurement.dispatches.create(self.context(), Visibility::All, new).await;
        done("dispatches", created)
    }

    async fn receive(&self, dispatch: &Dispatch) -> Result<GoodsReceipt, CommandError> {
        let id = ArrivedDispatchId::new(dispatch.id.uuid());
        let received = self.receiving.receipts.receive(self.context(), id).await;
        Ok(done("goods receipts", received)?.receipt)
    }

    /// Sends goods, receives so much of them, and verifies that; the ticket of what is missing.
    async fn verified(
        &self,
        order: &PurchaseOrder,
        sent: i64,
        received: i64,
    ) -> Result<Option<TicketId>, CommandError> {
        let receipt = self.receive(&self.dispatch(order, sent).await?).await?;
        let counts = receipt.items.iter().filter(|_| received != sent).map(|item| {
            Ok(ItemCount {
                item: item.id,
                assigned_item: None,
                assigned: None,
                confirmed: None,
                received: amount(received)?,
                discrepancy: None,
                status: ItemStatus::ShortageReported,
                remarks: None,
                is_damage_reported: false,
                damage_description: None,
                damaged: None,
                accepts_excess: false,
            })
        });
        let found = Verification {
            receipt: receipt.id,
            number: None,
            dispatch: None,
            remarks: None,
            counts: counts.collect::<Result<_, CommandError>>()?,
            only: None,
        };
        let verified = self.receiving.verify.verify(self.context(), found).await;
        Ok(done("verifications", verified)?.ticket.map(|ticket| ticket.id))
    }

    async fn resolve(&self, ticket: TicketId) -> Result<(), CommandError> {
        for (to, said) in [
            (TicketStatus::InProgress, "The carrier looks for it"),
            (TicketStatus::Resolved, "Lost; the vendor does not deliver again"),
        ] {
            let comment = CommentText::try_new(said).ok();
            let moved = self.receiving.tickets.advance(self.context(), ticket, to, comment).await;
            done("tickets", moved)?;
        }
        Ok(())
    }

    async fn end(&self, order: &SalesOrder, how: Command) -> Result<(), CommandError> {
        let which = OrderRef::Id(SalesOrderId::new(order.id.uuid()));
        done("orders", self.sales.orders.apply(self.context(), which, how, None).await).map(drop)
    }
}
