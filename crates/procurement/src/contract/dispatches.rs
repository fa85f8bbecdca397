use std::ops::Deref;

use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::contract::{claimed, context, created_at, done, is_replayed, read, window};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::Window;
use kernel::write::Written;

use super::supplies::{
    LOCALE, Stage, SupplyStores, all, allowed, answer, is_refused, listed, minute, minutes, quantity,
    refusal, windows,
};
use crate::assignment::{Assignment, AssignmentId, Remarks, TrackingReference};
use crate::dispatch::{Dispatch, DispatchStatus};
use crate::ports::DispatchFilter;
use crate::purchase_order::{PurchaseOrder, PurchaseOrderId, PurchaseOrderStatus};
use crate::supply::{NewDispatch, NewDispatchItem, OrderSupply, SupplyError, VerifiedGoods};

/// Goods of purchase orders are sent within their team, never more than was confirmed, and each caller sees only what is
/// theirs to see. What becomes of them shows at their assignments and their purchase order.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn dispatches(stores: SupplyStores<'_>, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite(Stage::new(stores, ids, team, other_team).await);
    let mut supply = suite.order(&[("Tomatoes", 50, "45.0001"), ("Spinach", 30, "25")]).await;
    let mut basil = suite.order(&[("Basil", 10, "1")]).await;
    let (of_green, of_blue) = suite.both_ordered(&mut supply).await;
    suite.refused(&supply, &of_green).await;
    let first = suite.first_sent(&mut supply, &of_green).await;
    let (second, third) = suite.the_rest_sent(&mut supply, &of_green, &of_blue).await;
    suite.ended(&mut basil).await;
    suite.received(&mut supply, &of_green, &first, &second).await;
    suite.listed(&supply, &of_green, &of_blue, &basil).await;
    suite.seen_by_whom_it_may(&third).await;
    suite.other_teams_see_nothing(&supply, &of_green, &third).await;
    suite.claims_are_answered_alike().await;
}

/// What it carries, as the numbers are the store's affair.
fn shown(dispatch: &Dispatch) -> String {
    let items = dispatch.items.iter().map(|item| format!(" {} {}", item.product_name, item.quantity));
    format!("{}{}", dispatch.vendor.code, items.collect::<String>())
}

/// What there is once the scenario has ended, the latest first; those of one moment by their ids.
const WHOLE: [&str; 3] = ["VEN002 Tomatoes 10", "VEN001 Tomatoes 15", "VEN001 Spinach 30 Tomatoes 5"];

fn sending(order: PurchaseOrderId, items: &[(AssignmentId, i64)]) -> NewDispatch {
    let item = |(assignment, number): &(AssignmentId, i64)| NewDispatchItem {
        assignment: *assignment,
        quantity: quantity(*number),
    };
    NewDispatch {
        purchase_order: order,
        items: items.iter().map(item).collect(),
        tracking_reference: None,
        remarks: None,
    }
}

#[expect(clippy::expect_used, reason = "test support: a missing line is the suite's own fault")]
fn of_line<'a>(supply: &'a OrderSupply, name: &str, order: &PurchaseOrder) -> &'a Assignment {
    let mut its = supply.assignments.iter().filter(|it| it.purchase_order == Some(order.id));
    its.find(|it| &*it.line.product_name == name).expect("an assignment of the line")
}

struct Suite<'a>(Stage<'a>);

impl<'a> Deref for Suite<'a> {
    type Target = Stage<'a>;

    fn deref(&self) -> &Stage<'a> {
        &self.0
    }
}

impl Suite<'_> {
    /// Of the green vendor 20 tomatoes and 30 spinach, of the blue one 10 tomatoes.
    async fn both_ordered(&self, supply: &mut OrderSupply) -> (PurchaseOrder, PurchaseOrder) {
        let entries = [(0, &self.green, 25), (1, &self.green, 30), (0, &self.blue, 10)];
        let made = self.assigned(supply, minute(1), &entries).await;
        for (assignment, number) in made.iter().zip([20, 30, 10]) {
            self.confirmed(supply, minute(2), assignment, answer(number, Some("As agreed"))).await;
        }
        let of_green = self.ordered(supply, minute(3), &self.green).await;
        (of_green, self.ordered(supply, minute(3), &self.blue).await)
    }

    async fn create(
        &self,
        at: i64,
        by: Visibility,
        new: &NewDispatch,
    ) -> Result<Written<Dispatch>, SupplyError> {
        let context = context(self.team, minute(at));
        self.stores.dispatches.create(context, by, self.ids.id(), new.clone(), LOCALE).await
    }

    async fn refuses(&self, supply: &OrderSupply, by: Visibility, new: &NewDispatch, what: &str) {
        let expected = refusal(supply.dispatch(by, new, (self.ids.id(), ""), "", minute(9)));
        is_refused(self.create(9, by, new).await, &expected, what);
        self.is_kept(supply).await;
    }

    async fn refused(&self, supply: &OrderSupply, order: &PurchaseOrder) {
        let tomatoes = of_line(supply, "Tomatoes", order).id;
        let one = sending(order.id, &[(tomatoes, 1)]);
        for (by, new, what) in [
            (Visibility::All, sending(self.ids.id(), &[(tomatoes, 1)]), "there is no such purchase order"),
            (Visibility::Own(self.blue.id), one.clone(), "another vendor's is as good as none"),
            (Visibility::Nothing, one, "and whoever sees nothing sends nothing"),
        ] {
            self.refuses(supply, by, &new, what).await;
        }
        let faults = [(self.ids.id(), 1), (tomatoes, 21), (tomatoes, 1)];
        let faults = sending(order.id, &faults);
        self.refuses(supply, Visibility::All, &faults, "every item that is invalid is named").await;
        let list = self.list(Visibility::All, DispatchFilter::default(), all(), true).await;
        assert_eq!(list, (vec![], Some(0)), "a refusal leaves nothing");
    }

    /// Sends goods, as the domain does. Which number they get is the store's affair.
    async fn sent(
        &self,
        supply: &mut OrderSupply,
        at: i64,
        by: Visibility,
        (order, new): (&PurchaseOrder, &NewDispatch),
    ) -> Dispatch {
        let dispatch = done(self.create(at, by, new).await, "goods are sent");
        let ids = (dispatch.id, &*dispatch.number);
        let (expected, sent) = allowed(supply.dispatch(by, new, ids, &order.number, minute(at)));
        assert_eq!(dispatch, expected);
        let found = read(self.stores.dispatches.find(self.team, Visibility::All, dispatch.id).await);
        assert_eq!(found.as_ref(), Some(&dispatch), "a dispatch is found as it was sent");
        *supply = supply.clone().with(&sent);
        self.is_kept(supply).await;
        dispatch
    }

    async fn first_sent(&self, supply: &mut OrderSupply, order: &PurchaseOrder) -> Dispatch {
        let (tomatoes, spinach) = (of_line(supply, "Tomatoes", order), of_line(supply, "Spinach", order));
        let new = NewDispatch {
            tracking_reference: TrackingReference::try_new("AWB 123").ok(),
            remarks: Remarks::try_new("Two pallets,\none of each").ok(),
            ..sending(order.id, &[(spinach.id, 30), (tomatoes.id, 5)])
        };
        let tomatoes = tomatoes.id;
        let own = Visibility::Own(self.green.id);
        let first = self.sent(supply, 4, own, (order, &new)).await;
        assert!(first.number.starts_with("DSP-2024-"), "numbered by the year: {}", first.number);
        self.has_moved(supply, order, PurchaseOrderStatus::PartiallyDispatched, (2, 4)).await;
        let more = sending(order.id, &[(tomatoes, 16)]);
        self.refuses(supply, Visibility::All, &more, "of the tomatoes 15 are left to send").await;
        first
    }

    /// The status, version and time of a purchase order that has moved on.
    async fn has_moved(
        &self,
        supply: &OrderSupply,
        order: &PurchaseOrder,
        status: PurchaseOrderStatus,
        (version, at): (i64, i64),
    ) {
        let found = self.is_kept_order(supply, order).await;
        let found = (found.status, found.version, found.updated_at);
        assert_eq!(found, (status, version, minute(at)), "a purchase order moves with its goods");
    }

    async fn the_rest_sent(
        &self,
        supply: &mut OrderSupply,
        of_green: &PurchaseOrder,
        of_blue: &PurchaseOrder,
    ) -> (Dispatch, Dispatch) {
        let rest = sending(of_green.id, &[(of_line(supply, "Tomatoes", of_green).id, 15)]);
        let second = self.sent(supply, 5, Visibility::All, (of_green, &rest)).await;
        self.has_moved(supply, of_green, PurchaseOrderStatus::Dispatched, (3, 5)).await;
        self.refuses(supply, Visibility::All, &rest, "and now none are left").await;
        let whole = sending(of_blue.id, &[(of_line(supply, "Tomatoes", of_blue).id, 10)]);
        let third = self.sent(supply, 5, Visibility::Own(self.blue.id), (of_blue, &whole)).await;
        self.has_moved(supply, of_blue, PurchaseOrderStatus::Dispatched, (2, 5)).await;
        assert_ne!(second.number, third.number, "no number twice");
        (second, third)
    }

    /// What is cancelled is not sent.
    async fn ended(&self, supply: &mut OrderSupply) {
        let made = self.assigned(supply, minute(1), &[(0, &self.green, 10)]).await;
        for assignment in &made {
            self.confirmed(supply, minute(2), assignment, answer(10, None)).await;
        }
        let order = self.ordered(supply, minute(3), &self.green).await;
        self.cancel(supply, minute(4)).await;
        let new = sending(order.id, &[(of_line(supply, "Basil", &order).id, 1)]);
        self.refuses(supply, Visibility::All, &new, "what is cancelled isn't sent").await;
    }

    /// What arrives shows at its dispatch, and what is verified at its assignments and its purchase order.
    async fn received(
        &self,
        supply: &mut OrderSupply,
        order: &PurchaseOrder,
        first: &Dispatch,
        second: &Dispatch,
    ) {
        let store = self.stores.dispatches;
        for (dispatch, at, status, moved) in [
            (first, 6, PurchaseOrderStatus::Dispatched, (3, 5)),
            (second, 8, PurchaseOrderStatus::Received, (4, 9)),
        ] {
            let receipt = self.stores.orders.receive(self.team, dispatch.id, minute(at)).await;
            let expected = Dispatch { receipt: Some(receipt.clone()), ..dispatch.clone() };
            let found = read(store.find(self.team, Visibility::All, dispatch.id).await);
            assert_eq!(found.as_ref(), Some(&expected), "a dispatch has its receipt once it arrived");
            assert_eq!((&*receipt.status, receipt.at), ("PENDING_VERIFICATION", minute(at)));
            self.is_kept(supply).await;

            self.stores.orders.verify(self.team, receipt.id, minute(at + 1)).await;
            let verified = dispatch.items.iter().map(|item| VerifiedGoods {
                assignment: item.assignment,
                dispatched: item.quantity,
                received: item.quantity.into(),
                accepted: item.quantity.into(),
            });
            let verified: Vec<_> = verified.collect();
            *supply = supply.clone().with(&supply.verified(&verified, minute(at + 1)));
            self.is_kept(supply).await;
            self.has_moved(supply, order, status, moved).await;
            let found = read(store.find(self.team, Visibility::All, dispatch.id).await);
            let found = found.and_then(|dispatch| dispatch.receipt).map(|receipt| receipt.status);
            assert_eq!(found.as_deref(), Some("VERIFIED_OK"), "the status of its receipt moves on");
        }
    }

    async fn list(
        &self,
        visibility: Visibility,
        filter: DispatchFilter,
        window: Window,
        counted: bool,
    ) -> (Vec<String>, Option<u64>) {
        listed(self.stores.dispatches.list(self.team, visibility, filter, window, counted).await, shown)
    }

    async fn listed(
        &self,
        supply: &OrderSupply,
        of_green: &PurchaseOrder,
        of_blue: &PurchaseOrder,
        basil: &OrderSupply,
    ) {
        let [third, second, first] = WHOLE;
        let status = |status| DispatchFilter { status: Some(status), ..Default::default() };
        let vendor = |vendor| DispatchFilter { vendor: Some(vendor), ..Default::default() };
        let order =
            |order: &OrderSupply| DispatchFilter { order: Some(order.order.id), ..Default::default() };
        let of =
            |order: &PurchaseOrder| DispatchFilter { purchase_order: Some(order.id), ..Default::default() };
        let dispatched =
            |from, before| DispatchFilter { dispatched: minutes(from, before), ..Default::default() };
        let several = DispatchFilter {
            status: Some(DispatchStatus::Received),
            vendor: Some(self.green.id),
            order: Some(supply.order.id),
            purchase_order: Some(of_green.id),
            dispatched: minutes(Some(5), Some(6)),
        };
        for (filter, expected) in [
            (DispatchFilter::default(), WHOLE.to_vec()),
            (status(DispatchStatus::Dispatched), vec![third]),
            (status(DispatchStatus::Received), vec![second, first]),
            (vendor(self.green.id), vec![second, first]),
            (vendor(self.ids.id()), vec![]),
            (order(supply), WHOLE.to_vec()),
            (order(basil), vec![]),
            (of(of_green), vec![second, first]),
            (of(of_blue), vec![third]),
            (dispatched(Some(5), None), vec![third, second]),
            (dispatched(None, Some(5)), vec![first]),
            (dispatched(Some(4), Some(5)), vec![first]),
            (several.clone(), vec![second]),
            (DispatchFilter { status: Some(DispatchStatus::Dispatched), ..several }, vec![]),
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
            let found = self.list(Visibility::All, DispatchFilter::default(), window, true).await;
            assert_eq!(found, (expected, Some(3)), "{limit} after the first {offset}");
        }
    }

    async fn seen_by_whom_it_may(&self, of_blue: &Dispatch) {
        let [third, second, first] = WHOLE;
        for (visibility, is_found, expected) in [
            (Visibility::Own(self.green.id), false, vec![second, first]),
            (Visibility::Own(self.blue.id), true, vec![third]),
            (Visibility::Own(self.retired.id), false, vec![]),
            (Visibility::Nothing, false, vec![]),
        ] {
            let found = read(self.stores.dispatches.find(self.team, visibility, of_blue.id).await);
            assert_eq!(found, is_found.then(|| of_blue.clone()), "{visibility:?} finds what it may");
            let total = expected.len() as u64;
            let found = self.list(visibility, DispatchFilter::default(), all(), true).await;
            let expected = (expected.iter().map(ToString::to_string).collect(), Some(total));
            assert_eq!(found, expected, "{visibility:?} lists it");
        }
        let filter = DispatchFilter { vendor: Some(self.blue.id), ..Default::default() };
        let found = self.list(Visibility::Own(self.green.id), filter, all(), true).await;
        assert_eq!(found, (vec![], Some(0)), "a filter shows nobody more than is theirs");
    }

    async fn other_teams_see_nothing(
        &self,
        supply: &OrderSupply,
        order: &PurchaseOrder,
        dispatch: &Dispatch,
    ) {
        let (store, team) = (self.stores.dispatches, self.other_team);
        for visibility in [Visibility::All, Visibility::Own(self.blue.id)] {
            assert_eq!(
                read(store.find(team, visibility, dispatch.id).await),
                None,
                "another team's isn't found"
            );
            let list = store.list(team, visibility, DispatchFilter::default(), all(), true).await;
            assert_eq!(listed(list, shown), (vec![], Some(0)), "another team's aren't listed");
        }
        let new = sending(order.id, &[(of_line(supply, "Tomatoes", order).id, 1)]);
        let expected =
            refusal(supply.dispatch(Visibility::Nothing, &new, (self.ids.id(), ""), "", minute(9)));
        let context = context(team, minute(9));
        let foreign = store.create(context, Visibility::All, self.ids.id(), new, LOCALE).await;
        is_refused(foreign, &expected, "another team's purchase order is as good as none");
        self.is_kept(supply).await;
    }

    async fn claims_are_answered_alike(&self) {
        let mut supply = self.order(&[("Mint", 10, "1")]).await;
        let made = self.assigned(&mut supply, minute(1), &[(0, &self.blue, 4)]).await;
        for assignment in &made {
            self.confirmed(&mut supply, minute(2), assignment, answer(4, None)).await;
        }
        let order = self.ordered(&mut supply, minute(3), &self.blue).await;
        let new = sending(order.id, &[(of_line(&supply, "Mint", &order).id, 2)]);
        let create = |fingerprint| {
            let context = claimed(self.team, "/contract/dispatches", fingerprint);
            self.stores.dispatches.create(context, Visibility::All, self.ids.id(), new.clone(), LOCALE)
        };
        let sent = done(create(1).await, "claimed goods are sent");
        is_replayed(create(1).await);
        let reused = create(2).await;
        assert!(matches!(reused, Err(SupplyError::Store(StoreError::ClaimReused))), "{reused:?}");
        let ids = (sent.id, &*sent.number);
        let (_, after) = allowed(supply.dispatch(Visibility::All, &new, ids, &order.number, created_at()));
        self.is_kept(&supply.with(&after)).await;
        let of_order = DispatchFilter { order: Some(sent.order.id), ..Default::default() };
        let list = self.list(Visibility::All, of_order, all(), true).await;
        assert_eq!(list, (vec![shown(&sent)], Some(1)), "and neither leaves another");
    }
}
