use std::ops::Deref;

use kernel::access::Visibility;
use kernel::clock::IdSource;
use kernel::contract::{claimed, context, done, is_replayed, read, window};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::Window;

use super::supplies::{
    Stage, SupplyStores, all, allowed, answer, is_refused, listed, minute, minutes, refusal, windows,
};
use crate::assignment::{Assignment, AssignmentStatus};
use crate::ports::AssignmentFilter;
use crate::supply::{OrderSupply, SupplyError};

/// Lines of orders are assigned and answered within their team, never more than was ordered, and each caller sees only what
/// is theirs to see.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn assignments(stores: SupplyStores<'_>, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite(Stage::new(stores, ids, team, other_team).await);
    let mut greens = suite.order(&[("Tomatoes", 50, "45.0001"), ("Spinach", 30, "25")]).await;
    let mut basil = suite.order(&[("Basil", 10, "1")]).await;
    let (green, blue) = (&suite.green, &suite.blue);
    let first = [(0, green, 30), (0, green, 5), (1, blue, 20)];
    let first = suite.assigned(&mut greens, minute(1), &first).await;
    suite.assigned(&mut basil, minute(2), &[(0, green, 10)]).await;
    suite.refused(&greens).await;
    let [tomatoes, _, spinach] = &first[..] else { panic!("three were assigned: {first:?}") };
    suite.confirmed(&mut greens, minute(3), tomatoes, answer(20, Some("The rest\nis not ripe"))).await;
    suite.confirmed(&mut greens, minute(4), spinach, answer(0, Some("None left"))).await;
    suite.answers_refused(&greens, &first).await;
    suite.freed_again(&mut greens).await;
    suite.ended(&mut basil).await;
    suite.listed(&greens, &basil).await;
    suite.listed_of_orders(&greens, &basil).await;
    suite.seen_by_whom_it_may(tomatoes).await;
    suite.other_teams_see_nothing(&greens).await;
    suite.claims_are_answered_alike().await;
}

fn shown(assignment: &Assignment) -> String {
    format!("{} {} {}", assignment.line.product_name, assignment.vendor.code, assignment.quantity)
}

/// What there is once the scenario has ended, the latest first; those of one call by their ids.
const WHOLE: [&str; 5] =
    ["Tomatoes VEN002 25", "Basil VEN001 10", "Spinach VEN002 20", "Tomatoes VEN001 5", "Tomatoes VEN001 30"];

struct Suite<'a>(Stage<'a>);

impl<'a> Deref for Suite<'a> {
    type Target = Stage<'a>;

    fn deref(&self) -> &Stage<'a> {
        &self.0
    }
}

impl Suite<'_> {
    async fn refuses(&self, supply: &OrderSupply, entries: &[(usize, &crate::Vendor, i64)], what: &str) {
        let (ids, new) = self.news(supply, entries);
        let expected = refusal(supply.assign(&new, &ids, &self.vendors(), minute(9)));
        let context = context(self.team, minute(9));
        let refused = self.stores.assignments.assign(context, supply.order.id, ids, new).await;
        is_refused(refused, &expected, what);
        self.is_kept(supply).await;
    }

    /// Of the tomatoes 15 are left, of the spinach 10.
    async fn refused(&self, supply: &OrderSupply) {
        let faults = [(0, &self.green, 1), (0, &self.foreign, 1), (1, &self.retired, 31)];
        self.refuses(supply, &faults, "every entry that is invalid is named").await;
        let short = [(0, &self.green, 15), (0, &self.blue, 1), (1, &self.green, 10), (1, &self.green, 2)];
        self.refuses(supply, &short, "entries follow those before them, and all are refused").await;

        let (ids, mut new) = self.news(supply, &[(0, &self.green, 1)]);
        new.iter_mut().for_each(|new| new.line = self.ids.id());
        let expected = refusal(supply.assign(&new, &ids, &self.vendors(), minute(9)));
        let order = supply.order.id;
        let assign =
            |order, ids, new| self.stores.assignments.assign(context(self.team, minute(9)), order, ids, new);
        is_refused(assign(order, ids, new).await, &expected, "a line of no order isn't assigned");
        let (ids, new) = self.news(supply, &[(0, &self.green, 1)]);
        let unknown = assign(self.ids.id(), ids, new).await;
        assert!(matches!(unknown, Err(SupplyError::NotFound(_))), "no such order: {unknown:?}");
        self.is_kept(supply).await;
    }

    /// The first and the third of them are answered; the second, of 5, is not.
    async fn answers_refused(&self, supply: &OrderSupply, assignments: &[Assignment]) {
        let (own, other) = (Visibility::Own(self.green.id), Visibility::Own(self.blue.id));
        let [first, second, third] = assignments else { panic!("three were assigned") };
        for (by, assignment, number, reason, what) in [
            (own, first, 30, None, "an assignment is answered once"),
            (other, third, 0, Some("Again"), "also where it was declined"),
            (other, second, 5, None, "another vendor's is not found"),
            (Visibility::Nothing, second, 5, None, "nor by whoever sees nothing"),
            (own, second, 6, None, "not more than was asked for"),
            (own, second, 4, None, "less needs a reason"),
            (Visibility::All, second, 0, None, "nothing needs one too"),
        ] {
            let answer = answer(number, reason);
            let expected = refusal(supply.confirm(by, assignment.id, &answer, minute(9)));
            let context = context(self.team, minute(9));
            let refused = self.stores.assignments.confirm(context, by, assignment.id, answer).await;
            is_refused(refused, &expected, what);
        }
        let nobody = context(self.team, minute(9));
        let id = self.ids.id();
        let unknown = self.stores.assignments.confirm(nobody, Visibility::All, id, answer(1, None)).await;
        assert!(matches!(unknown, Err(SupplyError::NotFound(_))), "no such assignment: {unknown:?}");
        self.is_kept(supply).await;
    }

    /// What was confirmed short may be assigned again, and no more than that.
    async fn freed_again(&self, supply: &mut OrderSupply) {
        self.refuses(supply, &[(0, &self.blue, 26)], "of the tomatoes 25 are left").await;
        self.assigned(supply, minute(5), &[(0, &self.blue, 25)]).await;
        self.refuses(supply, &[(0, &self.blue, 1)], "and now none").await;
    }

    /// What is cancelled is released: neither is it answered, nor is more of it assigned.
    async fn ended(&self, supply: &mut OrderSupply) {
        self.cancel(supply, minute(6)).await;
        for assignment in &supply.assignments {
            assert_eq!(assignment.status(), AssignmentStatus::Released);
            let answer = answer(10, None);
            let context = context(self.team, minute(9));
            let refused =
                self.stores.assignments.confirm(context, Visibility::All, assignment.id, answer).await;
            is_refused(refused, &SupplyError::Released, "what is released isn't answered");
        }
        self.refuses(supply, &[(0, &self.green, 1)], "an order that ended is not bought in").await;
    }

    async fn list(
        &self,
        visibility: Visibility,
        filter: AssignmentFilter,
        window: Window,
        counted: bool,
    ) -> (Vec<String>, Option<u64>) {
        listed(self.stores.assignments.list(self.team, visibility, filter, window, counted).await, shown)
    }

    async fn listed(&self, greens: &OrderSupply, basil: &OrderSupply) {
        use AssignmentStatus::{Assigned, Confirmed, Declined, Released};
        let [latest, of_basil, spinach, five, thirty] = WHOLE;
        let status = |status| AssignmentFilter { status: Some(status), ..Default::default() };
        let vendor = |vendor| AssignmentFilter { vendor: Some(vendor), ..Default::default() };
        let order =
            |order: &OrderSupply| AssignmentFilter { order: Some(order.order.id), ..Default::default() };
        let assigned =
            |from, before| AssignmentFilter { assigned: minutes(from, before), ..Default::default() };
        let several = AssignmentFilter {
            status: Some(Assigned),
            vendor: Some(self.green.id),
            order: Some(greens.order.id),
            assigned: minutes(Some(1), Some(2)),
        };
        for (filter, expected) in [
            (AssignmentFilter::default(), WHOLE.to_vec()),
            (status(Assigned), vec![latest, five]),
            (status(Confirmed), vec![thirty]),
            (status(Declined), vec![spinach]),
            (status(Released), vec![of_basil]),
            (vendor(self.green.id), vec![of_basil, five, thirty]),
            (vendor(self.ids.id()), vec![]),
            (order(greens), vec![latest, spinach, five, thirty]),
            (order(basil), vec![of_basil]),
            (assigned(Some(2), None), vec![latest, of_basil]),
            (assigned(None, Some(2)), vec![spinach, five, thirty]),
            (assigned(Some(2), Some(5)), vec![of_basil]),
            (several.clone(), vec![five]),
            (AssignmentFilter { status: Some(Declined), ..several }, vec![]),
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
            let found =
                self.list(Visibility::All, AssignmentFilter::default(), window(offset, limit), true).await;
            assert_eq!(found, (expected, Some(5)), "{limit} after the first {offset}");
        }
    }

    async fn listed_of_orders(&self, greens: &OrderSupply, basil: &OrderSupply) {
        let [latest, of_basil, spinach, five, thirty] = WHOLE;
        let (one, other) = (greens.order.id, basil.order.id);
        for (visibility, orders, expected) in [
            (Visibility::All, vec![other, one], vec![thirty, five, spinach, of_basil, latest]),
            (Visibility::All, vec![other], vec![of_basil]),
            (Visibility::All, vec![], vec![]),
            (Visibility::All, vec![self.ids.id(), other], vec![of_basil]),
            (Visibility::Own(self.blue.id), vec![one, other], vec![spinach, latest]),
            (Visibility::Own(self.retired.id), vec![one, other], vec![]),
            (Visibility::Nothing, vec![one, other], vec![]),
        ] {
            let found = self.stores.assignments.of_orders(self.team, visibility, orders).await;
            let found: Vec<_> = read(found).iter().map(shown).collect();
            assert_eq!(found, expected, "{visibility:?} sees it of these orders");
        }
    }

    async fn seen_by_whom_it_may(&self, of_green: &Assignment) {
        let [latest, of_basil, spinach, five, thirty] = WHOLE;
        for (visibility, is_found, expected) in [
            (Visibility::Own(self.green.id), true, vec![of_basil, five, thirty]),
            (Visibility::Own(self.blue.id), false, vec![latest, spinach]),
            (Visibility::Own(self.retired.id), false, vec![]),
            (Visibility::Nothing, false, vec![]),
        ] {
            let found = read(self.stores.assignments.find(self.team, visibility, of_green.id).await);
            assert_eq!(found.is_some(), is_found, "{visibility:?} finds what it may");
            let total = expected.len() as u64;
            let found = self.list(visibility, AssignmentFilter::default(), all(), true).await;
            let expected = (expected.iter().map(ToString::to_string).collect(), Some(total));
            assert_eq!(found, expected, "{visibility:?} lists it");
        }
        let of_blue = AssignmentFilter { vendor: Some(self.blue.id), ..Default::default() };
        let found = self.list(Visibility::Own(self.green.id), of_blue, all(), true).await;
        assert_eq!(found, (vec![], Some(0)), "a filter shows nobody more than is theirs");
    }

    async fn other_teams_see_nothing(&self, supply: &OrderSupply) {
        let (store, team, order) = (self.stores.assignments, self.other_team, supply.order.id);
        for visibility in [Visibility::All, Visibility::Own(self.green.id)] {
            for assignment in &supply.assignments {
                assert_eq!(read(store.find(team, visibility, assignment.id).await), None);
            }
            assert_eq!(read(store.of_orders(team, visibility, vec![order]).await), []);
            let list = store.list(team, visibility, AssignmentFilter::default(), all(), true).await;
            assert_eq!(listed(list, shown), (vec![], Some(0)), "another team's aren't listed");
        }
        let (ids, new) = self.news(supply, &[(1, &self.foreign, 1)]);
        let foreign = store.assign(context(team, minute(9)), order, ids, new).await;
        assert!(matches!(foreign, Err(SupplyError::NotFound(_))), "another team's order: {foreign:?}");
        for assignment in &supply.assignments {
            let context = context(team, minute(9));
            let foreign = store.confirm(context, Visibility::All, assignment.id, answer(5, None)).await;
            assert!(matches!(foreign, Err(SupplyError::NotFound(_))), "another team's: {foreign:?}");
        }
        self.is_kept(supply).await;
    }

    async fn claims_are_answered_alike(&self) {
        let store = self.stores.assignments;
        let mut supply = self.order(&[("Mint", 10, "1")]).await;
        let order = supply.order.id;
        let assign = |fingerprint| {
            let (ids, new) = self.news(&supply, &[(0, &self.green, 4)]);
            store.assign(claimed(self.team, "/contract/assignments", fingerprint), order, ids, new)
        };
        let made = done(assign(1).await, "a claimed assignment is made");
        is_replayed(assign(1).await);
        let reused = assign(2).await;
        assert!(matches!(reused, Err(SupplyError::Store(StoreError::ClaimReused))), "{reused:?}");
        supply = supply.with(&made);
        self.is_kept(&supply).await;

        let [assignment] = &made[..] else { panic!("one was assigned: {made:?}") };
        let confirm = |fingerprint| {
            let context = claimed(self.team, "/contract/confirm", fingerprint);
            store.confirm(context, Visibility::All, assignment.id, answer(4, None))
        };
        let confirmed = done(confirm(1).await, "a claimed answer is taken");
        is_replayed(confirm(1).await);
        let reused = confirm(2).await;
        assert!(matches!(reused, Err(SupplyError::Store(StoreError::ClaimReused))), "{reused:?}");
        let expected =
            supply.confirm(Visibility::All, assignment.id, &answer(4, None), kernel::contract::created_at());
        assert_eq!(confirmed, allowed(expected));
        self.is_kept(&supply.with(&[confirmed])).await;
    }
}
