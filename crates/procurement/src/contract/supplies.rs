//! What the suites of assignments, purchase orders and dispatches share: orders with a model of their supply beside them,
//! which every step is compared with.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::contract::{context, created_at, done, read, window};
use kernel::email::Email;
use kernel::id::{TeamId, Uuid, VendorId};
use kernel::money::Currency;
use kernel::page::Page;
use kernel::period::Period;
use kernel::quantity::{Amount, Quantity};
use kernel::team_locale::TeamLocale;
use kernel::write::Written;
use kernel::zone::TimeZone;

use crate::assignment::{Assignment, AssignmentId, OrderId, Reason};
use crate::dispatch::{DispatchId, Receipt};
use crate::ports::{Assignments, Dispatches, PurchaseOrders, Vendors};
use crate::purchase_order::PurchaseOrder;
use crate::supply::{NewAssignment, OrderSupply, Standing, SupplyError, VendorAnswer};
use crate::vendor::{NewVendor, PaymentTerm, Vendor, VendorChange, VendorCode, VendorName};

/// The stores of one kind that the supply of orders needs.
#[derive(Clone, Copy)]
pub struct SupplyStores<'a> {
    pub vendors: &'a dyn Vendors,
    pub assignments: &'a dyn Assignments,
    pub purchase_orders: &'a dyn PurchaseOrders,
    pub dispatches: &'a dyn Dispatches,
    /// What other domains do to orders and goods, in the same stores.
    pub orders: &'a dyn Orders,
}

/// What other domains do to orders and their goods.
#[async_trait]
pub trait Orders: Sync {
    /// Places an order of the order API, in euros, with these lines: product name, quantity and unit price.
    async fn place(&self, team: TeamId, lines: &[(&str, i64, &str)]) -> OrderSupply;

    /// Cancels an order of which nothing is dispatched.
    async fn cancel(&self, team: TeamId, order: OrderId, at: DateTime<Utc>);

    /// Takes in the goods of a dispatch: the receipt as the dispatch shows it then.
    async fn receive(&self, team: TeamId, dispatch: DispatchId, at: DateTime<Utc>) -> Receipt;

    /// Verifies a receipt, all of whose goods came as they were sent.
    async fn verify(&self, team: TeamId, receipt: Uuid, at: DateTime<Utc>);
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

#[expect(clippy::expect_used, reason = "test support: a bad quantity is the suite's own fault")]
pub(super) fn quantity(number: i64) -> Quantity {
    Quantity::try_new(number.into()).expect("a quantity")
}

#[expect(clippy::expect_used, reason = "test support: a bad value is the suite's own fault")]
pub(super) fn answer(number: i64, reason: Option<&str>) -> VendorAnswer {
    let confirmed = Amount::try_new(number.into()).expect("an amount");
    VendorAnswer { confirmed, reason: reason.map(|reason| Reason::try_new(reason).expect("a reason")) }
}

/// What the rules of the domain make of a step that they allow.
pub(super) fn allowed<T>(result: Result<T, SupplyError>) -> T {
    result.unwrap_or_else(|fault| panic!("the suite's own step is refused: {fault:?}"))
}

/// What the rules of the domain say to a step that they refuse.
pub(super) fn refusal<T: Debug>(result: Result<T, SupplyError>) -> SupplyError {
    match result {
        Err(refusal) => refusal,
        Ok(allowed) => panic!("the suite's own fault is allowed: {allowed:?}"),
    }
}

/// A change is refused as the domain refuses it.
pub(super) fn is_refused<O: Debug>(
    result: Result<Written<O>, SupplyError>,
    expected: &SupplyError,
    what: &str,
) {
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

/// Stores, teams and vendors that a suite takes place among.
pub(super) struct Stage<'a> {
    pub(super) stores: SupplyStores<'a>,
    pub(super) ids: &'a dyn IdSource,
    pub(super) team: TeamId,
    pub(super) other_team: TeamId,
    pub(super) green: Vendor,
    pub(super) blue: Vendor,
    /// Out of use.
    pub(super) retired: Vendor,
    /// Another team's.
    pub(super) foreign: Vendor,
}

impl<'a> Stage<'a> {
    pub(super) async fn new(
        stores: SupplyStores<'a>,
        ids: &'a dyn IdSource,
        team: TeamId,
        other_team: TeamId,
    ) -> Self {
        let create = |team, code, name| {
            let vendor = Vendor::create(ids.id(), new_vendor(code, name), minute(0));
            stores.vendors.create(context(team, minute(0)), vendor)
        };
        let green = done(create(team, "VEN001", "Green Farms").await, "a vendor is created");
        let blue = done(create(team, "VEN002", "Blue Lake").await, "a vendor is created");
        let retired = done(create(team, "VEN003", "Old Mill").await, "a vendor is created");
        let foreign = done(create(other_team, "VEN004", "Far Away").await, "a vendor is created");
        let change = VendorChange { is_active: Some(false), ..VendorChange::default() };
        let retired = stores.vendors.change(context(team, minute(0)), retired.id, change).await;
        let retired = done(retired, "a vendor is taken out of use");
        Self { stores, ids, team, other_team, green, blue, retired, foreign }
    }

    pub(super) async fn order(&self, lines: &[(&str, i64, &str)]) -> OrderSupply {
        let supply = self.stores.orders.place(self.team, lines).await;
        let placed = supply.lines.iter().map(|line| (&*line.product_name, line.quantity)).collect::<Vec<_>>();
        let wanted = lines.iter().map(|(name, number, _)| (*name, quantity(*number))).collect::<Vec<_>>();
        assert_eq!((placed, supply.assignments.len()), (wanted, 0), "an order is placed");
        supply
    }

    /// The team's vendors.
    pub(super) fn vendors(&self) -> BTreeMap<VendorId, Vendor> {
        [&self.green, &self.blue, &self.retired].map(|vendor| (vendor.id, vendor.clone())).into()
    }

    /// So much of the lines, by their places, for each vendor.
    #[expect(clippy::expect_used, reason = "test support: a missing line is the suite's own fault")]
    pub(super) fn news(
        &self,
        supply: &OrderSupply,
        entries: &[(usize, &Vendor, i64)],
    ) -> (Vec<AssignmentId>, Vec<NewAssignment>) {
        let new = |(line, vendor, number): &(usize, &Vendor, i64)| NewAssignment {
            line: supply.lines.get(*line).expect("a line").id,
            vendor: vendor.id,
            quantity: quantity(*number),
        };
        (entries.iter().map(|_| self.ids.id()).collect(), entries.iter().map(new).collect())
    }

    /// Assigns lines of an order, as the domain does.
    pub(super) async fn assigned(
        &self,
        supply: &mut OrderSupply,
        at: DateTime<Utc>,
        entries: &[(usize, &Vendor, i64)],
    ) -> Vec<Assignment> {
        let (ids, new) = self.news(supply, entries);
        let expected = allowed(supply.assign(&new, &ids, &self.vendors(), at));
        let assigned =
            self.stores.assignments.assign(context(self.team, at), supply.order.id, ids, new).await;
        assert_eq!(done(assigned, "lines are assigned"), expected);
        *supply = supply.clone().with(&expected);
        self.is_kept(supply).await;
        expected
    }

    /// Takes a vendor's own answer, as the domain does.
    pub(super) async fn confirmed(
        &self,
        supply: &mut OrderSupply,
        at: DateTime<Utc>,
        assignment: &Assignment,
        answer: VendorAnswer,
    ) -> Assignment {
        let (by, id) = (Visibility::Own(assignment.vendor.id), assignment.id);
        let expected = allowed(supply.confirm(by, id, &answer, at));
        let confirmed = self.stores.assignments.confirm(context(self.team, at), by, id, answer).await;
        assert_eq!(done(confirmed, "an answer is taken"), expected);
        *supply = supply.clone().with(std::slice::from_ref(&expected));
        self.is_kept(supply).await;
        expected
    }

    /// Orders from a vendor, as the domain does. Which number it gets is the store's affair.
    pub(super) async fn ordered(
        &self,
        supply: &mut OrderSupply,
        at: DateTime<Utc>,
        vendor: &Vendor,
    ) -> PurchaseOrder {
        let (id, order) = (self.ids.id(), supply.order.id);
        let covered = allowed(supply.cover(vendor.id, id, at));
        let ordered =
            self.stores.purchase_orders.create(context(self.team, at), id, order, vendor.id, LOCALE).await;
        let ordered = done(ordered, "what was confirmed is ordered");
        let number = ordered.purchase_order.number.clone();
        let expected = allowed(supply.purchase_order(id, &number, &covered, at));
        assert_eq!(Some(&ordered.purchase_order), expected.as_ref());
        assert!(ordered.is_new, "it was made now");
        *supply = supply.clone().with(&covered);
        self.is_kept(supply).await;
        ordered.purchase_order
    }

    /// Cancels an order, which releases what is still to be dispatched of it.
    pub(super) async fn cancel(&self, supply: &mut OrderSupply, at: DateTime<Utc>) {
        self.stores.orders.cancel(self.team, supply.order.id, at).await;
        *supply = supply.clone().with(&supply.released(at));
        supply.standing = Standing::Ended("CANCELLED");
        self.is_kept(supply).await;
    }

    /// The order's assignments are stored as its model has them.
    pub(super) async fn is_kept(&self, supply: &OrderSupply) {
        let store = self.stores.assignments;
        let found = store.of_orders(self.team, Visibility::All, vec![supply.order.id]).await;
        assert_eq!(read(found), supply.assignments, "assignments of an order are found as they were stored");
        for assignment in &supply.assignments {
            let found = read(store.find(self.team, Visibility::All, assignment.id).await);
            assert_eq!(found.as_ref(), Some(assignment), "an assignment is found as it was stored");
        }
    }

    /// The purchase order is stored with its items as the order's model has them.
    pub(super) async fn is_kept_order(&self, supply: &OrderSupply, order: &PurchaseOrder) -> PurchaseOrder {
        let found = read(self.stores.purchase_orders.find(self.team, Visibility::All, order.id).await);
        let Some(found) = found else { panic!("a purchase order is found") };
        let covered = supply.assignments.iter().filter(|it| it.purchase_order == Some(order.id));
        let covered: Vec<_> = covered.cloned().collect();
        let expected = allowed(supply.purchase_order(order.id, &order.number, &covered, order.created_at));
        let expected = expected.map(|expected| PurchaseOrder {
            version: found.version,
            updated_at: found.updated_at,
            ..expected
        });
        assert_eq!(Some(&found), expected.as_ref(), "a purchase order follows its assignments");
        found
    }
}

#[expect(clippy::expect_used, reason = "test support: a bad value is the suite's own fault")]
fn new_vendor(code: &str, name: &str) -> NewVendor {
    NewVendor {
        code: VendorCode::try_new(code).expect("a valid code"),
        name: VendorName::try_new(name).expect("a valid name"),
        email: (code == "VEN001").then(|| Email::try_new("sales@green.example").expect("an e-mail")),
        address: None,
        payment_term: PaymentTerm::default(),
    }
}

/// The first ten entries of a list.
pub(super) fn all() -> kernel::page::Window {
    window(0, 10)
}
