use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity, Visibility};
use kernel::clock::{CountedIds, IdSource};
use kernel::error::{Classified, ErrorKind};
use kernel::money::Currency;
use kernel::page::{Listing, Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::{MockTeamLocales, TeamLocale, TeamLocales};
use kernel::write::{WriteContext, Written};
use kernel::zone::TimeZone;

use crate::ports::{MockAssignments, MockDispatches, MockPurchaseOrders, MockVendors, VendorFilter};
use crate::supply::tests::{id, quantity};
use crate::supply::{NewAssignment, NewDispatch, SupplyError, SupplyFault};
use crate::{
    ManageAssignments, ManageDispatches, ManagePurchaseOrders, ManageVendors, NewVendor, PaymentTerm,
    VendorCode, VendorError, VendorName, VendorSearch,
};

fn ids() -> Arc<dyn IdSource> {
    Arc::new(CountedIds::default())
}

fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(1)
}

fn context<O>() -> WriteContext<O> {
    let actor = Actor { team: ids().id(), identity: Identity::System { part: "test" } };
    WriteContext::unclaimed(&actor, "test", at())
}

fn new() -> NewVendor {
    NewVendor {
        code: VendorCode::try_new("ven001").unwrap(),
        name: VendorName::try_new("Green Farms").unwrap(),
        email: None,
        address: None,
        payment_term: PaymentTerm::default(),
    }
}

fn managing(store: MockVendors) -> ManageVendors {
    ManageVendors::new(Arc::new(store), ids())
}

#[test]
fn a_vendor_is_created_at_the_contexts_time_with_a_new_id() {
    let mut store = MockVendors::new();
    store.expect_create().times(1).returning(|_, vendor| Ok(Written::Done(vendor)));
    let Written::Done(made) = pollster::block_on(managing(store).create(context(), new())).unwrap() else {
        panic!("nothing was replayed")
    };
    let facts = (made.id, made.code.as_str(), made.is_active, made.version, made.created_at);
    assert_eq!(facts, (ids().id(), "VEN001", true, 1, at()));
}

#[test]
fn a_taken_code_is_a_conflict() {
    let mut store = MockVendors::new();
    store.expect_create().returning(|_, _| Err(VendorError::CodeTaken));
    let error = pollster::block_on(managing(store).create(context(), new())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "VENDOR_CODE_TAKEN"));
}

#[test]
fn what_a_caller_does_not_see_is_not_found() {
    let own = ids().id();
    let mut store = MockVendors::new();
    store
        .expect_find()
        .withf(move |_, visibility, _| *visibility == Visibility::Own(own))
        .returning(|_, _, _| Ok(None));
    let error =
        pollster::block_on(managing(store).find(ids().id(), Visibility::Own(own), ids().id())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
}

#[test]
fn a_list_is_asked_for_with_the_callers_sight() {
    let own = ids().id();
    let filter = VendorFilter { is_active: Some(true), search: VendorSearch::try_new("green").ok() };
    let window = Window::try_new(20, 10, 100).unwrap();
    let mut store = MockVendors::new();
    let expected = (ids().id(), Visibility::Own(own), filter.clone(), window);
    store
        .expect_list()
        .withf(move |team, visibility, filter, window| {
            (*team, *visibility, filter.clone(), *window) == expected
        })
        .returning(|_, _, _, _| Ok(Listing { items: Vec::new(), total: 0 }));
    let listing =
        pollster::block_on(managing(store).list(ids().id(), Visibility::Own(own), filter, window)).unwrap();
    assert_eq!(listing, Listing { items: Vec::new(), total: 0 });
}

fn locales() -> Arc<dyn TeamLocales> {
    let mut locales = MockTeamLocales::new();
    locales.expect_of().returning(|_| Ok(LOCALE));
    locales.expect_zone().returning(|_| Ok(LOCALE.zone));
    Arc::new(locales)
}

const LOCALE: TeamLocale = TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR };

fn window() -> (Window, bool) {
    (Window::try_new(0, 10, 100).unwrap(), true)
}

/// From a day to another, in the team's zone.
fn days(from: &str, to: &str) -> PeriodRequest {
    PeriodRequest { from: from.parse().ok(), to: to.parse().ok() }
}

/// The period of the two days that [`days`] names in these tests.
fn october() -> Period {
    Period { from: "2024-10-01T00:00:00Z".parse().ok(), before: "2024-10-03T00:00:00Z".parse().ok() }
}

#[test]
fn every_entry_is_assigned_under_an_id_of_its_own() {
    let mut store = MockAssignments::new();
    store
        .expect_assign()
        .withf(|_, order, ids, new| {
            let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
            *order == id(7) && distinct.len() == 3 && new.len() == 3
        })
        .returning(|_, _, _, _| Ok(Written::Done(Vec::new())));
    let managing = ManageAssignments::new(Arc::new(store), locales(), ids());
    let entry = NewAssignment { line: id(1), vendor: id(1), quantity: quantity(1) };
    let made = pollster::block_on(managing.assign(context(), id(7), vec![entry; 3])).unwrap();
    assert_eq!(made, Written::Done(Vec::new()));
}

#[test]
fn assignments_of_no_orders_are_none_and_the_store_is_not_asked() {
    let managing = ManageAssignments::new(Arc::new(MockAssignments::new()), locales(), ids());
    let found = pollster::block_on(managing.of_orders(ids().id(), Visibility::All, Vec::new()));
    assert_eq!(found.unwrap(), []);
}

#[test]
fn documents_are_made_under_new_ids_in_the_teams_locale() {
    let mut orders = MockPurchaseOrders::new();
    let is_new =
        |made, order, vendor, locale| (made, order, vendor, locale) == (ids().id(), id(7), id(8), LOCALE);
    orders
        .expect_create()
        .withf(move |_, made, order, vendor, locale| is_new(*made, *order, *vendor, *locale))
        .returning(|_, _, _, _, _| Err(SupplyError::NothingConfirmed));
    let managing = ManagePurchaseOrders::new(Arc::new(orders), locales(), ids());
    let refused = pollster::block_on(managing.create(context(), id(7), id(8))).unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "NOTHING_CONFIRMED"));

    let new =
        NewDispatch { purchase_order: id(7), items: Vec::new(), tracking_reference: None, remarks: None };
    let expected = (Visibility::Own(id(8)), ids().id(), new.clone(), LOCALE);
    let mut dispatches = MockDispatches::new();
    dispatches
        .expect_create()
        .withf(move |_, by, made, new, locale| (*by, *made, new.clone(), *locale) == expected)
        .returning(|_, _, _, _, _| Err(SupplyError::Invalid(vec![SupplyFault::UnknownPurchaseOrder])));
    let managing = ManageDispatches::new(Arc::new(dispatches), locales(), ids());
    let refused = pollster::block_on(managing.create(context(), Visibility::Own(id(8)), new)).unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
}

#[test]
fn lists_are_of_the_period_that_is_asked_for() {
    let (team, own) = (ids().id(), Visibility::Own(id(8)));
    let mut assignments = MockAssignments::new();
    assignments
        .expect_list()
        .withf(move |_, by, filter, _, counted| (*by, filter.assigned, *counted) == (own, october(), true))
        .returning(|_, _, _, _, counted| Ok(Page::empty(counted)));
    let assignments = ManageAssignments::new(Arc::new(assignments), locales(), ids());
    let mut orders = MockPurchaseOrders::new();
    orders
        .expect_list()
        .withf(move |_, by, filter, _, counted| (*by, filter.created, *counted) == (own, october(), true))
        .returning(|_, _, _, _, counted| Ok(Page::empty(counted)));
    let orders = ManagePurchaseOrders::new(Arc::new(orders), locales(), ids());
    let mut dispatches = MockDispatches::new();
    dispatches
        .expect_list()
        .withf(move |_, by, filter, _, counted| (*by, filter.dispatched, *counted) == (own, october(), true))
        .returning(|_, _, _, _, counted| Ok(Page::empty(counted)));
    let dispatches = ManageDispatches::new(Arc::new(dispatches), locales(), ids());
    for (period, is_empty) in
        [(days("2024-10-01", "2024-10-02"), false), (days("2024-10-02", "2024-10-01"), true)]
    {
        let found = [
            pollster::block_on(assignments.list(team, own, Default::default(), period, window())).err(),
            pollster::block_on(orders.list(team, own, Default::default(), period, window())).err(),
            pollster::block_on(dispatches.list(team, own, Default::default(), period, window())).err(),
        ];
        let found = found.map(|refused| refused.map(|refused| (refused.kind(), refused.code())));
        let expected = is_empty.then_some((ErrorKind::Invalid, "VALIDATION_ERROR"));
        assert_eq!(found, [expected; 3], "a period that ends before it begins is refused");
    }
}

#[test]
fn what_a_caller_of_supplies_does_not_see_is_not_found() {
    let (team, own) = (ids().id(), Visibility::Own(id(8)));
    let mut assignments = MockAssignments::new();
    assignments.expect_find().withf(move |_, by, _| *by == own).returning(|_, _, _| Ok(None));
    let mut orders = MockPurchaseOrders::new();
    orders.expect_find().withf(move |_, by, _| *by == own).returning(|_, _, _| Ok(None));
    let mut dispatches = MockDispatches::new();
    dispatches.expect_find().withf(move |_, by, _| *by == own).returning(|_, _, _| Ok(None));
    let assignments = ManageAssignments::new(Arc::new(assignments), locales(), ids());
    let orders = ManagePurchaseOrders::new(Arc::new(orders), locales(), ids());
    let dispatches = ManageDispatches::new(Arc::new(dispatches), locales(), ids());
    let refused = [
        pollster::block_on(assignments.find(team, own, id(1))).unwrap_err(),
        pollster::block_on(orders.find(team, own, id(1))).unwrap_err(),
        pollster::block_on(dispatches.find(team, own, id(1))).unwrap_err(),
    ];
    assert_eq!(refused.each_ref().map(|it| (it.kind(), it.code())), [(ErrorKind::NotFound, "NOT_FOUND"); 3]);
    let messages = refused.map(|it| it.to_string());
    assert_eq!(messages, ["assignment not found", "purchase order not found", "dispatch not found"]);
}
