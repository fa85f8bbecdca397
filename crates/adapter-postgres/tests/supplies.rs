//! The suites of procurement and of receiving goods, on PostgreSQL: each domain's orders, goods and people are the others'.

use adapter_postgres::Db;
use adapter_postgres::grn_ticketing::{PgGoodsReceipts, PgTickets};
use adapter_postgres::procurement::{PgAssignments, PgDispatches, PgPurchaseOrders, PgVendors};
use adapter_postgres::sales_orders::PgSalesOrders;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use grn_ticketing::contract::{Arrivals, Load, ReceivingStores};
use grn_ticketing::ports::GoodsReceipts;
use grn_ticketing::receipt::{ArrivedDispatch, ArrivedItem, Verification};
use kernel::access::{Role, Visibility};
use kernel::clock::{IdSource, SystemIds};
use kernel::contract::{context, created_at, done};
use kernel::id::{Id, TeamId, UserId, Uuid};
use kernel::quantity::{Amount, Quantity};
use kernel::write::WriteContext;
use procurement::Vendor;
use procurement::assignment::{Assignment, OrderId, OrderRef, OrderedLine};
use procurement::contract::{Orders, SupplyStores};
use procurement::dispatch::{DispatchId, Receipt};
use procurement::ports::{Assignments, Dispatches, PurchaseOrders, Vendors};
use procurement::supply::{NewAssignment, NewDispatch, NewDispatchItem, OrderSupply, Standing, VendorAnswer};
use sales_orders::order::{
    Channel, Command, NewLine, NewOrder, Placed, SalesOrder, SalesOrderError, SalesOrderId,
};
use sales_orders::ports::{OrderRef as SalesOrderRef, SalesOrders};
use sales_orders::values::ProductName;

use crate::support::{LOCALE, Store, block_on, vendor};

#[test]
fn assignments_keep_their_contract() {
    with_supplies(|stores, team, other| {
        block_on(procurement::contract::assignments(stores, &SystemIds, team, other));
    });
}

#[test]
fn purchase_orders_keep_their_contract() {
    with_supplies(|stores, team, other| {
        block_on(procurement::contract::purchase_orders(stores, &SystemIds, team, other));
    });
}

#[test]
fn dispatches_keep_their_contract() {
    with_supplies(|stores, team, other| {
        block_on(procurement::contract::dispatches(stores, &SystemIds, team, other));
    });
}

#[test]
fn goods_receipts_keep_their_contract() {
    with_arrivals(|stores, team, other| {
        block_on(grn_ticketing::contract::goods_receipts(stores, &SystemIds, team, other));
    });
}

#[test]
fn tickets_keep_their_contract() {
    with_arrivals(|stores, team, other| {
        block_on(grn_ticketing::contract::tickets(stores, &SystemIds, team, other));
    });
}

fn with_supplies(suite: impl FnOnce(SupplyStores<'_>, TeamId, TeamId)) {
    let store = Store::shared();
    let (team, other) = (store.team(), store.team());
    let domains = Domains { db: store.db.clone(), store };
    let (vendors, assignments) = (PgVendors::new(domains.db.clone()), PgAssignments::new(domains.db.clone()));
    let purchase_orders = PgPurchaseOrders::new(domains.db.clone());
    let dispatches = PgDispatches::new(domains.db.clone());
    let stores = SupplyStores {
        vendors: &vendors,
        assignments: &assignments,
        purchase_orders: &purchase_orders,
        dispatches: &dispatches,
        orders: &domains,
    };
    suite(stores, team, other);
}

fn with_arrivals(suite: impl FnOnce(ReceivingStores<'_>, TeamId, TeamId)) {
    let store = Store::shared();
    let (team, other) = (store.team(), store.team());
    let domains = Domains { db: store.db.clone(), store };
    let (receipts, tickets) = (PgGoodsReceipts::new(domains.db.clone()), PgTickets::new(domains.db.clone()));
    suite(ReceivingStores { receipts: &receipts, tickets: &tickets, arrivals: &domains }, team, other);
}

/// The stores of the other domains, in the same database.
struct Domains {
    db: Db,
    store: Store,
}

fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).expect("a quantity")
}

impl Domains {
    async fn placed(&self, team: TeamId, lines: &[(&str, i64, &str)]) -> SalesOrder {
        let line = |(name, number, price): &(&str, i64, &str)| NewLine::BoughtIn {
            name: ProductName::try_new(name).expect("a name"),
            sku: None,
            quantity: quantity(*number),
            unit_price: kernel::money::UnitPrice::try_new(price.parse().expect("a number")).expect("a price"),
        };
        let new = NewOrder::of(Channel::Oms, lines.iter().map(line).collect());
        let ids = lines.iter().map(|_| Id::new(SystemIds.uuid())).collect();
        let context: WriteContext<Placed> = context(team, created_at());
        let orders = PgSalesOrders::new(self.db.clone());
        let placed = orders.create(context, Id::new(SystemIds.uuid()), ids, new, LOCALE).await;
        done(placed, "an order is placed").order
    }

    /// A receipt's verification that finds all as it was sent.
    fn faultless(receipt: Uuid) -> Verification {
        Verification {
            receipt: Id::new(receipt),
            number: None,
            dispatch: None,
            remarks: None,
            counts: Vec::new(),
            only: None,
        }
    }

    /// What a vendor confirmed of an order, ordered from it.
    async fn ordered(&self, team: TeamId, order: &SalesOrder, vendor: &Vendor) -> Vec<Assignment> {
        let new = order.lines.iter().map(|line| NewAssignment {
            line: Id::new(line.id.uuid()),
            vendor: vendor.id,
            quantity: line.quantity,
        });
        let new: Vec<_> = new.collect();
        let ids = new.iter().map(|_| Id::new(SystemIds.uuid())).collect();
        let assignments = PgAssignments::new(self.db.clone());
        let order = Id::new(order.id.uuid());
        let made = assignments.assign(context(team, created_at()), order, ids, new).await;
        let made = done(made, "lines are assigned");
        for assignment in &made {
            let answer = VendorAnswer { confirmed: Amount::from(assignment.quantity), reason: None };
            let confirmed = assignments
                .confirm(context(team, created_at()), Visibility::All, assignment.id, answer)
                .await;
            done(confirmed, "an assignment is confirmed");
        }
        made
    }
}

#[async_trait]
impl Orders for Domains {
    async fn place(&self, team: TeamId, lines: &[(&str, i64, &str)]) -> OrderSupply {
        let order = self.placed(team, lines).await;
        OrderSupply {
            order: OrderRef { id: Id::new(order.id.uuid()), number: order.order_number.clone() },
            standing: Standing::Open,
            currency: order.currency,
            lines: order
                .lines
                .iter()
                .map(|line| OrderedLine {
                    id: Id::new(line.id.uuid()),
                    product_name: line.product_name.as_str().into(),
                    sku: line.sku.clone(),
                    quantity: line.quantity,
                    unit_price: line.unit_price,
                })
                .collect(),
            assignments: Vec::new(),
        }
    }

    async fn cancel(&self, team: TeamId, order: OrderId, at: DateTime<Utc>) {
        let which = SalesOrderRef::Id(SalesOrderId::new(order.uuid()));
        let orders = PgSalesOrders::new(self.db.clone());
        let cancel = Command::Cancel { reason: None };
        let cancelled = orders.apply(context(team, at), which, cancel, None).await;
        done::<_, SalesOrderError>(cancelled, "an order is cancelled");
    }

    async fn receive(&self, team: TeamId, dispatch: DispatchId, at: DateTime<Utc>) -> Receipt {
        let receipts = PgGoodsReceipts::new(self.db.clone());
        let id = Id::new(SystemIds.uuid());
        let received = receipts.receive(context(team, at), Id::new(dispatch.uuid()), id, LOCALE).await;
        let receipt = done(received, "a dispatch is received").receipt;
        Receipt {
            id: receipt.id.uuid(),
            number: receipt.number.clone(),
            status: receipt.status().as_str().into(),
            at,
        }
    }

    async fn verify(&self, team: TeamId, receipt: Uuid, at: DateTime<Utc>) {
        let receipts = PgGoodsReceipts::new(self.db.clone());
        let ids = (Id::new(SystemIds.uuid()), Id::new(SystemIds.uuid()));
        let verified = receipts.verify(context(team, at), Self::faultless(receipt), ids, LOCALE).await;
        done(verified, "a receipt is verified");
    }
}

#[async_trait]
impl Arrivals for Domains {
    async fn send(&self, team: TeamId, loads: &[&[(&str, i64)]]) -> Vec<Load> {
        let code = format!("V-{}", &SystemIds.uuid().simple().to_string()[20..]);
        let supplier = vendor(&code, "Green Farms");
        let vendors = PgVendors::new(self.db.clone());
        let supplier = vendors.create(context(team, created_at()), supplier).await;
        let supplier = done(supplier, "a vendor is created");
        let mut lines: Vec<(&str, i64, &str)> = Vec::new();
        for (name, number) in loads.iter().flat_map(|load| load.iter()) {
            match lines.iter_mut().find(|(known, _, _)| known == name) {
                Some((_, sum, _)) => *sum += number,
                None => lines.push((name, *number, "1")),
            }
        }
        let order = self.placed(team, &lines).await;
        let made = self.ordered(team, &order, &supplier).await;
        let purchase_orders = PgPurchaseOrders::new(self.db.clone());
        let ordered = purchase_orders
            .create(
                context(team, created_at()),
                Id::new(SystemIds.uuid()),
                Id::new(order.id.uuid()),
                supplier.id,
                LOCALE,
            )
            .await;
        let ordered = done(ordered, "a purchase order is created").purchase_order;
        let mut sent = Vec::new();
        for load in loads {
            let of = |name: &str| made.iter().find(|it| &*it.line.product_name == name).expect("a product");
            let items = load.iter().map(|(name, number)| NewDispatchItem {
                assignment: of(name).id,
                quantity: quantity(*number),
            });
            let new = NewDispatch {
                purchase_order: ordered.id,
                items: items.collect(),
                tracking_reference: None,
                remarks: None,
            };
            let dispatches = PgDispatches::new(self.db.clone());
            let dispatch = dispatches
                .create(context(team, created_at()), Visibility::All, Id::new(SystemIds.uuid()), new, LOCALE)
                .await;
            let dispatch = done(dispatch, "goods are sent");
            let item = |(name, number): &(&str, i64)| ArrivedItem {
                assigned_item: Id::new(of(name).id.uuid()),
                line: Id::new(of(name).line.id.uuid()),
                product_name: (*name).into(),
                sku: None,
                assigned: of(name).quantity,
                dispatched: quantity(*number),
                received_before: Amount::ZERO,
            };
            sent.push(Load {
                dispatch: ArrivedDispatch {
                    id: Id::new(dispatch.id.uuid()),
                    number: dispatch.number.clone(),
                    tracking_reference: None,
                    purchase_order: Id::new(ordered.id.uuid()),
                    purchase_order_number: ordered.number.clone(),
                    order: Id::new(order.id.uuid()),
                    order_number: order.order_number.clone(),
                    vendor: supplier.id,
                    vendor_code: supplier.code.as_str().into(),
                    vendor_name: supplier.name.as_str().into(),
                    vendor_email: supplier.email.as_ref().map(|email| email.as_str().into()),
                },
                items: load.iter().map(item).collect(),
            });
        }
        sent
    }

    async fn user(&self, team: TeamId, roles: &[Role], is_active: bool) -> (UserId, String) {
        let id = self.store.user(team);
        let roles: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        self.store.database.execute(&format!(
            "UPDATE users SET roles = '{{{}}}', is_active = {is_active} WHERE id = '{id}'",
            roles.join(",")
        ));
        (id, format!("{id}@team.example"))
    }
}
