use std::ops::Deref;

use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::contract::{claimed, context, done, is_replayed, read, window};
use kernel::error::StoreError;
use kernel::id::{TeamId, VendorId};
use kernel::page::Window;
use kernel::write::Written;

use super::supplies::{
    LOCALE, Stage, SupplyStores, all, answer, is_refused, listed, minute, minutes, refusal, windows,
};
use crate::assignment::{Answer, OrderId};
use crate::ports::{Ordered, PurchaseOrderFilter};
use crate::purchase_order::{PurchaseOrder, PurchaseOrderStatus};
use crate::supply::{OrderSupply, SupplyError, SupplyFault, VendorAnswer};

/// What vendors confirmed is ordered from them within their team, all of it once, and each caller sees only what is theirs to
/// see.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn purchase_orders(stores: SupplyStores<'_>, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite(Stage::new(stores, ids, team, other_team).await);
    let mut greens = suite.order(&[("Tomatoes", 50, "0.335"), ("Spinach", 30, "0.335")]).await;
    let mut basil = suite.order(&[("Basil", 10, "1")]).await;
    suite.nothing_to_order(&mut greens).await;
    let first = suite.first_ordered(&mut greens).await;
    let second = suite.what_is_confirmed_later_is_ordered_apart(&mut greens, &first).await;
    suite.assigned(&mut basil, minute(5), &[(0, &suite.green, 10)]).await;
    suite.all_confirmed(&mut basil, 6).await;
    let of_basil = suite.ordered(&mut basil, minute(7), &suite.green).await;
    suite.same_again(&greens, &second).await;
    let of_basil = suite.cancelled(&mut basil, &of_basil).await;
    suite.listed(&greens, &basil).await;
    suite.seen_by_whom_it_may(&first).await;
    suite.other_teams_see_nothing(&greens, &of_basil).await;
    suite.claims_are_answered_alike().await;
    suite.is_kept_order(&greens, &second).await;
}

/// What it is of and what it comes to, as the numbers are the store's affair.
fn shown(order: &PurchaseOrder) -> String {
    let items = order.items.iter().map(|item| format!(" {} {}", item.line.product_name, item.quantity));
    format!("{}{}: {}", order.vendor.code, items.collect::<String>(), order.total)
}

/// What there is once the scenario has ended, the latest first; those of one moment by their ids.
const WHOLE: [&str; 4] = [
    "VEN001 Basil 10: 10.00",
    "VEN002 Spinach 10: 3.35",
    "VEN001 Tomatoes 20: 6.70",
    "VEN001 Tomatoes 1 Spinach 1: 0.68",
];

struct Suite<'a>(Stage<'a>);

impl<'a> Deref for Suite<'a> {
    type Target = Stage<'a>;

    fn deref(&self) -> &Stage<'a> {
        &self.0
    }
}

impl Suite<'_> {
    async fn create(
        &self,
        at: i64,
        order: OrderId,
        vendor: VendorId,
    ) -> Result<Written<Ordered>, SupplyError> {
        let context = context(self.team, minute(at));
        self.stores.purchase_orders.create(context, self.ids.id(), order, vendor, LOCALE).await
    }

    /// Leaves two assignments of the green vendor, of 1 each, unanswered, and one of the blue one declined.
    async fn nothing_to_order(&self, supply: &mut OrderSupply) {
        let order = supply.order.id;
        let none = self.create(1, order, self.green.id).await;
        is_refused(none, &SupplyError::NothingConfirmed, "nothing is assigned");
        let entries = [(0, &self.green, 1), (1, &self.green, 1), (1, &self.blue, 5)];
        let made = self.assigned(supply, minute(1), &entries).await;
        let none = self.create(1, order, self.green.id).await;
        is_refused(none, &SupplyError::NothingConfirmed, "nothing is answered");
        for assignment in made.iter().filter(|it| it.vendor.id == self.blue.id) {
            self.confirmed(supply, minute(2), assignment, answer(0, Some("None left"))).await;
        }
        let none = self.create(2, order, self.blue.id).await;
        is_refused(none, &SupplyError::NothingConfirmed, "all is declined");

        for (order, vendor, expected) in [
            (self.ids.id(), self.green.id, SupplyFault::UnknownOrder),
            (order, self.ids.id(), SupplyFault::NoSuchVendor),
            (order, self.foreign.id, SupplyFault::NoSuchVendor),
        ] {
            let expected = SupplyError::Invalid(vec![expected]);
            is_refused(self.create(2, order, vendor).await, &expected, "what the team has not");
        }
        self.is_kept(supply).await;
        let list = self.list(Visibility::All, PurchaseOrderFilter::default(), all(), true).await;
        assert_eq!(list, (vec![], Some(0)), "a refusal leaves nothing");
    }

    /// Confirms what is not answered, in full.
    async fn all_confirmed(&self, supply: &mut OrderSupply, at: i64) {
        for assignment in supply.assignments.clone() {
            if assignment.answer == Answer::Awaited {
                let answer = VendorAnswer { confirmed: assignment.quantity.into(), reason: None };
                self.confirmed(supply, minute(at), &assignment, answer).await;
            }
        }
    }

    async fn first_ordered(&self, supply: &mut OrderSupply) -> PurchaseOrder {
        self.all_confirmed(supply, 3).await;
        let first = self.ordered(supply, minute(4), &self.green).await;
        assert!(first.number.starts_with("PO-2024-"), "numbered by the year: {}", first.number);
        assert_eq!(shown(&first), WHOLE[3], "each item rounded by itself");
        assert_eq!((first.status, first.version), (PurchaseOrderStatus::Issued, 1));
        assert_eq!(
            self.is_kept_order(supply, &first).await,
            first,
            "a purchase order is found as it was made"
        );
        self.same_again(supply, &first).await;
        first
    }

    /// Ordering again makes nothing.
    async fn same_again(&self, supply: &OrderSupply, latest: &PurchaseOrder) {
        let before = self.list(Visibility::All, PurchaseOrderFilter::default(), all(), true).await;
        let again = self.create(9, supply.order.id, latest.vendor.id).await;
        let again = done(again, "what is all ordered is no fault");
        assert_eq!((&again.purchase_order, again.is_new), (latest, false), "the latest one is given");
        self.is_kept(supply).await;
        let after = self.list(Visibility::All, PurchaseOrderFilter::default(), all(), true).await;
        assert_eq!(after, before, "and nothing is left behind");
    }

    async fn what_is_confirmed_later_is_ordered_apart(
        &self,
        supply: &mut OrderSupply,
        first: &PurchaseOrder,
    ) -> PurchaseOrder {
        let entries = [(0, &self.green, 20), (1, &self.blue, 10)];
        self.assigned(supply, minute(4), &entries).await;
        self.same_again(supply, first).await;
        self.all_confirmed(supply, 5).await;
        let second = self.ordered(supply, minute(5), &self.green).await;
        let third = self.ordered(supply, minute(5), &self.blue).await;
        assert_eq!([&second, &third].map(shown), [WHOLE[2], WHOLE[1]], "only what none covers yet");
        let mut numbers = [&first.number, &second.number, &third.number];
        numbers.sort();
        assert!(numbers.windows(2).all(|pair| pair.first() != pair.last()), "no number twice: {numbers:?}");
        for order in [first, &second, &third] {
            assert_eq!(self.is_kept_order(supply, order).await, *order, "each keeps its items");
        }
        self.same_again(supply, &second).await;
        self.same_again(supply, &third).await;
        second
    }

    async fn cancelled(&self, supply: &mut OrderSupply, order: &PurchaseOrder) -> PurchaseOrder {
        self.cancel(supply, minute(8)).await;
        let cancelled = self.is_kept_order(supply, order).await;
        let found = (cancelled.status, cancelled.version, cancelled.updated_at);
        let expected = (PurchaseOrderStatus::Cancelled, order.version + 1, minute(8));
        assert_eq!(found, expected, "a purchase order is cancelled with its order");
        let expected = refusal(supply.cover(self.green.id, self.ids.id(), minute(9)));
        let ended = self.create(9, supply.order.id, self.green.id).await;
        is_refused(ended, &expected, "nothing more of it is ordered");
        cancelled
    }

    async fn list(
        &self,
        visibility: Visibility,
        filter: PurchaseOrderFilter,
        window: Window,
        counted: bool,
    ) -> (Vec<String>, Option<u64>) {
        listed(self.stores.purchase_orders.list(self.team, visibility, filter, window, counted).await, shown)
    }

    async fn listed(&self, greens: &OrderSupply, basil: &OrderSupply) {
        use PurchaseOrderStatus::{Cancelled, Dispatched, Issued};
        let [of_basil, third, second, first] = WHOLE;
        let status = |status| PurchaseOrderFilter { status: Some(status), ..Default::default() };
        let vendor = |vendor| PurchaseOrderFilter { vendor: Some(vendor), ..Default::default() };
        let order =
            |order: &OrderSupply| PurchaseOrderFilter { order: Some(order.order.id), ..Default::default() };
        let created =
            |from, before| PurchaseOrderFilter { created: minutes(from, before), ..Default::default() };
        let several = PurchaseOrderFilter {
            status: Some(Issued),
            vendor: Some(self.green.id),
            order: Some(greens.order.id),
            created: minutes(Some(5), Some(6)),
        };
        for (filter, expected) in [
            (PurchaseOrderFilter::default(), WHOLE.to_vec()),
            (status(Issued), vec![third, second, first]),
            (status(Cancelled), vec![of_basil]),
            (status(Dispatched), vec![]),
            (vendor(self.green.id), vec![of_basil, second, first]),
            (vendor(self.ids.id()), vec![]),
            (order(greens), vec![third, second, first]),
            (order(basil), vec![of_basil]),
            (created(Some(5), None), vec![of_basil, third, second]),
            (created(None, Some(5)), vec![first]),
            (created(Some(5), Some(7)), vec![third, second]),
            (several.clone(), vec![second]),
            (PurchaseOrderFilter { status: Some(Cancelled), ..several }, vec![]),
        ] {
            let total = expected.len() as u64;
            let found = self.list(Visibility::All, filter.clone(), all(), true).await;
            assert_eq!(
                found,
                (expected.iter().map(ToString::to_string).collect(), Some(total)),
                "{filter:?}"
            );
            let uncounted = self.list(Visibility::All, filter.clone(), all(), false).await;
            assert_eq!(uncounted, (found.0, None), "counted only where that is wanted: {filter:?}");
        }
        for ((offset, limit), expected) in windows(&WHOLE) {
            let window = window(offset, limit);
            let found = self.list(Visibility::All, PurchaseOrderFilter::default(), window, true).await;
            assert_eq!(found, (expected, Some(4)), "{limit} after the first {offset}");
        }
    }

    async fn seen_by_whom_it_may(&self, of_green: &PurchaseOrder) {
        let [of_basil, third, second, first] = WHOLE;
        for (visibility, is_found, expected) in [
            (Visibility::Own(self.green.id), true, vec![of_basil, second, first]),
            (Visibility::Own(self.blue.id), false, vec![third]),
            (Visibility::Own(self.retired.id), false, vec![]),
            (Visibility::Nothing, false, vec![]),
        ] {
            let found = read(self.stores.purchase_orders.find(self.team, visibility, of_green.id).await);
            assert_eq!(found.is_some(), is_found, "{visibility:?} finds what it may");
            let total = expected.len() as u64;
            let found = self.list(visibility, PurchaseOrderFilter::default(), all(), true).await;
            let expected = (expected.iter().map(ToString::to_string).collect(), Some(total));
            assert_eq!(found, expected, "{visibility:?} lists it");
        }
        let of_blue = PurchaseOrderFilter { vendor: Some(self.blue.id), ..Default::default() };
        let found = self.list(Visibility::Own(self.green.id), of_blue, all(), true).await;
        assert_eq!(found, (vec![], Some(0)), "a filter shows nobody more than is theirs");
    }

    async fn other_teams_see_nothing(&self, supply: &OrderSupply, order: &PurchaseOrder) {
        let (store, team) = (self.stores.purchase_orders, self.other_team);
        for visibility in [Visibility::All, Visibility::Own(self.green.id)] {
            assert_eq!(
                read(store.find(team, visibility, order.id).await),
                None,
                "another team's isn't found"
            );
            let list = store.list(team, visibility, PurchaseOrderFilter::default(), all(), true).await;
            assert_eq!(listed(list, shown), (vec![], Some(0)), "another team's aren't listed");
        }
        let (id, at) = (self.ids.id(), minute(9));
        let foreign = store.create(context(team, at), id, supply.order.id, self.foreign.id, LOCALE).await;
        let expected = SupplyError::Invalid(vec![SupplyFault::UnknownOrder]);
        is_refused(foreign, &expected, "another team's order isn't ordered");
        self.is_kept(supply).await;
    }

    async fn claims_are_answered_alike(&self) {
        let mut supply = self.order(&[("Mint", 10, "1")]).await;
        self.assigned(&mut supply, minute(1), &[(0, &self.blue, 4)]).await;
        self.all_confirmed(&mut supply, 2).await;
        let (order, vendor) = (supply.order.id, self.blue.id);
        let create = |fingerprint| {
            let context = claimed(self.team, "/contract/purchase-orders", fingerprint);
            self.stores.purchase_orders.create(context, self.ids.id(), order, vendor, LOCALE)
        };
        let made = done(create(1).await, "a claimed purchase order is made").purchase_order;
        is_replayed(create(1).await);
        let reused = create(2).await;
        assert!(matches!(reused, Err(SupplyError::Store(StoreError::ClaimReused))), "{reused:?}");
        let of_order = PurchaseOrderFilter { order: Some(order), ..Default::default() };
        let list = self.list(Visibility::All, of_order, all(), true).await;
        assert_eq!(list, (vec![shown(&made)], Some(1)), "and neither leaves another");
    }
}
