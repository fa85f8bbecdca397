use kernel::clock::IdSource;
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::manufacturing::Sku;
use kernel::money::{Currency, UnitPrice};
use kernel::quantity::Quantity;
use kernel::team_locale::TeamLocale;
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;

use super::minute;
use super::products::new as new_product;
use crate::order::{
    Channel, Command, Customer, DeliveryAddress, NewLine, NewOrder, OrderFault, PaymentStatus, Placed,
    PosChange, PosStatus, SalesOrder, SalesOrderError, SalesStatus,
};
use crate::ports::{OrderFilter, OrderRef, Products, SalesOrders};
use crate::values::{AddressLine, CustomerName, Notes, Phone, ProductName, Source};
use kernel::contract::{claimed, context, done, read, stored_answer, window};

/// The stores that an order needs, of one kind.
#[derive(Clone, Copy)]
pub struct OrderStores<'a> {
    pub orders: &'a dyn SalesOrders,
    /// What they are sold from.
    pub products: &'a dyn Products,
}

/// Orders are placed, changed and listed within their team; what they take from stock comes back once.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn sales_orders(stores: OrderStores<'_>, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite { stores, ids, team, other_team };
    for sku in ["A", "B"] {
        let created =
            stores.products.create(context(team, minute(0)), ids.id(), new_product(sku, "10")).await;
        done(created, "a product is created");
    }
    let sold = suite.sold().await;
    let bought = suite.bought_in().await;
    suite.changed(&sold).await;
    suite.only_its_channel_changes_it(&sold, &bought).await;
    suite.refused().await;
    suite.listed(&sold, &bought).await;
    suite.given_back(&sold).await;
    suite.other_teams_see_nothing(&bought).await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    stores: OrderStores<'a>,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
}

const LOCALE: TeamLocale = TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR };

#[expect(clippy::expect_used, reason = "test support: a bad quantity is the suite's own fault")]
fn of_till(items: &[(i64, i64)]) -> NewOrder {
    let line = |(product, quantity): &(i64, i64)| NewLine::FromStock {
        product: *product,
        quantity: Quantity::try_new((*quantity).into()).expect("a quantity"),
        notes: None,
    };
    let name = CustomerName::try_new("John Doe").ok();
    NewOrder {
        customer: Customer { number: Some(7), name, ..Default::default() },
        ..NewOrder::of(Channel::Pos, items.iter().map(line).collect())
    }
}

#[expect(clippy::expect_used, reason = "test support: a bad value is the suite's own fault")]
fn of_order_api() -> NewOrder {
    let address = |text| AddressLine::try_new(text).expect("a line of an address");
    NewOrder {
        customer: Customer {
            number: None,
            name: CustomerName::try_new("Ann").ok(),
            phone: Phone::try_new("+91").ok(),
            email: Email::try_new("ann@example.com").ok(),
        },
        delivery: Some(DeliveryAddress {
            street: address("S"),
            city: address("C"),
            state: Some(address("K")),
            pincode: address("1"),
            landmark: Some(address("Mall")),
        }),
        source: Source::try_new("API").ok(),
        payment_method: None,
        notes: Notes::try_new("soon").ok(),
        channel: Channel::Oms,
        lines: vec![NewLine::BoughtIn {
            name: ProductName::try_new("Tomatoes").expect("a name"),
            sku: Sku::try_new("TOM").ok(),
            quantity: Quantity::try_new(50.into()).expect("a quantity"),
            unit_price: "45.0001"
                .parse()
                .ok()
                .and_then(|price| UnitPrice::try_new(price).ok())
                .expect("a price"),
        }],
    }
}

fn to(status: PosStatus) -> Command {
    Command::Change(PosChange { status: Some(status), ..Default::default() })
}

impl Suite<'_> {
    async fn place(
        &self,
        context: WriteContext<Placed>,
        new: NewOrder,
    ) -> Result<Written<Placed>, SalesOrderError> {
        let lines = new.lines.iter().map(|_| self.ids.id()).collect();
        self.stores.orders.create(context, self.ids.id(), lines, new, LOCALE).await
    }

    async fn apply(&self, order: &SalesOrder, command: Command) -> Result<SalesOrder, SalesOrderError> {
        let which = OrderRef::Id(order.id);
        let applied = self.stores.orders.apply(context(self.team, minute(5)), which, command, None).await;
        applied.map(|written| done::<_, SalesOrderError>(Ok(written), "it is applied"))
    }

    async fn found(&self, which: OrderRef) -> Option<SalesOrder> {
        read(self.stores.orders.find(self.team, which).await)
    }

    async fn stock(&self) -> [String; 2] {
        let mut stock = [const { String::new() }; 2];
        for (number, stock) in (1..).zip(&mut stock) {
            let product = read(self.stores.products.find(self.team, number).await);
            *stock = product.map(|product| product.stock.to_string()).unwrap_or_default();
        }
        stock
    }

    async fn sold(&self) -> SalesOrder {
        let new = of_till(&[(2, 8), (1, 11), (2, 2)]);
        let placed = done(self.place(context(self.team, minute(1)), new).await, "an order is placed");
        let order = placed.order;
        for which in [OrderRef::Number(order.number), OrderRef::Id(order.id)] {
            assert_eq!(self.found(which).await.as_ref(), Some(&order), "an order is found as it was placed");
        }
        assert_eq!(placed.short.iter().map(|it| it.line).collect::<Vec<_>>(), [1]);
        assert_eq!(self.stock().await, ["10", "0"], "a line that is short takes nothing");
        let ledger = read(self.stores.products.movements(self.team, 2, window(0, 2)).await);
        let ledger = ledger.map(|ledger| ledger.items).unwrap_or_default();
        let causes: Vec<_> = ledger.iter().map(|it| (it.cause.as_str(), it.order_number)).collect();
        assert_eq!(causes, [("sale", Some(order.number)); 2], "a movement a line");
        order
    }

    async fn bought_in(&self) -> SalesOrder {
        let placed = self.place(context(self.team, minute(1)), of_order_api()).await;
        let order = done(placed, "an order is placed").order;
        assert_eq!(self.found(OrderRef::Id(order.id)).await.as_ref(), Some(&order));
        assert_eq!(
            (&*order.order_number, order.totals.total.to_string()),
            ("ORD-2024-001", "2250.01".into())
        );
        assert_eq!(self.stock().await, ["10", "0"], "what is bought in moves no stock");
        order
    }

    async fn changed(&self, order: &SalesOrder) {
        let paid =
            Command::Change(PosChange { payment_status: Some(PaymentStatus::Paid), ..Default::default() });
        let orders = self.stores.orders;
        let seen = |versions: &[i64]| Some(versions.to_vec());
        let which = OrderRef::Number(order.number);
        let stale = orders.apply(context(self.team, minute(2)), which, paid.clone(), seen(&[2])).await;
        assert!(matches!(stale, Err(SalesOrderError::Stale)), "{stale:?}");
        let changed = orders.apply(context(self.team, minute(2)), which, paid.clone(), seen(&[1, 2])).await;
        let changed = done(changed, "an order is changed");
        assert_eq!(
            (changed.version, changed.updated_at, changed.payment_status),
            (2, minute(2), PaymentStatus::Paid)
        );
        assert_eq!(self.found(which).await.as_ref(), Some(&changed), "an order is found as it was changed");
        let again = orders.apply(context(self.team, minute(3)), which, paid, None).await;
        assert_eq!(done(again, "the same again"), changed, "what changes nothing leaves nothing behind");
    }

    async fn only_its_channel_changes_it(&self, sold: &SalesOrder, bought: &SalesOrder) {
        for (order, command) in [
            (sold, Command::Cancel { reason: None }),
            (bought, Command::Delete),
            (bought, to(PosStatus::Completed)),
        ] {
            let refused = self.apply(order, command).await;
            assert!(matches!(refused, Err(SalesOrderError::OtherChannel(_))), "{refused:?}");
        }
    }

    async fn refused(&self) {
        let refused = self.place(context(self.team, minute(1)), of_till(&[(1, 1), (9, 1)])).await;
        let Err(SalesOrderError::NotPlaceable { faults, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(faults, [OrderFault::UnknownProduct { line: 1, product: 9 }]);
        assert_eq!(self.stock().await, ["10", "0"], "what is refused takes nothing");
    }

    async fn listed(&self, sold: &SalesOrder, bought: &SalesOrder) {
        let list = |filter: OrderFilter, counted| async move {
            let page = read(self.stores.orders.list(self.team, filter, window(0, 10), counted).await);
            (page.items.iter().map(|order| order.number).collect::<Vec<_>>(), page.total)
        };
        let all = vec![bought.number, sold.number];
        assert_eq!(
            list(OrderFilter::default(), true).await,
            (all, Some(2)),
            "those of one moment come by id"
        );
        let received = OrderFilter { status: Some(SalesStatus::Received), ..Default::default() };
        assert_eq!(list(received, false).await.1, None);
        let paid = OrderFilter { payment_status: Some(PaymentStatus::Paid), ..Default::default() };
        assert_eq!(list(paid, true).await, (vec![sold.number], Some(1)));
        let name = OrderFilter { customer_name: Some("HN d".into()), ..Default::default() };
        assert_eq!(list(name, true).await, (vec![sold.number], Some(1)));
        let none = OrderFilter { customer_number: Some(8), ..Default::default() };
        assert_eq!(list(none, true).await, (vec![], Some(0)));
    }

    async fn given_back(&self, order: &SalesOrder) {
        let cancelled = self.apply(order, to(PosStatus::Cancelled)).await;
        assert!(cancelled.is_ok_and(|order| order.stock_returned));
        assert_eq!(self.stock().await, ["10", "10"], "what was taken comes back");
        let deleted = self.apply(order, Command::Delete).await;
        assert!(deleted.is_ok_and(|order| order.deleted));
        assert_eq!(self.stock().await, ["10", "10"], "and it comes back once");
        let gone = self.apply(order, Command::Delete).await;
        assert!(matches!(gone, Err(SalesOrderError::NotFound)), "{gone:?}");
        assert_eq!(self.found(OrderRef::Id(order.id)).await, None);
    }

    async fn other_teams_see_nothing(&self, order: &SalesOrder) {
        let (team, which) = (self.other_team, OrderRef::Id(order.id));
        assert_eq!(read(self.stores.orders.find(team, which).await), None);
        let page = read(self.stores.orders.list(team, OrderFilter::default(), window(0, 10), true).await);
        assert_eq!((page.items.len(), page.total), (0, Some(0)));
        let command = Command::Cancel { reason: None };
        let foreign = self.stores.orders.apply(context(team, minute(5)), which, command, None).await;
        assert!(matches!(foreign, Err(SalesOrderError::NotFound)), "{foreign:?}");
    }

    async fn claims_are_answered_alike(&self) {
        let create = |fingerprint| self.place(claimed(self.team, "/orders", fingerprint), of_order_api());
        let first = done(create(1).await, "the first is done").order;
        assert_eq!(read(create(1).await), Written::Replayed(stored_answer()));
        let other = create(2).await;
        assert!(matches!(other, Err(SalesOrderError::Store(StoreError::ClaimReused))), "{other:?}");
        assert_eq!(self.found(OrderRef::Id(first.id)).await, Some(first));
    }
}
