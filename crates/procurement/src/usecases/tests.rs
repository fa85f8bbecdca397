use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity, Visibility};
use kernel::clock::{CountedIds, IdSource};
use kernel::error::{Classified, ErrorKind};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::ports::{MockVendors, VendorFilter};
use crate::{ManageVendors, NewVendor, PaymentTerm, VendorCode, VendorError, VendorName, VendorSearch};

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
