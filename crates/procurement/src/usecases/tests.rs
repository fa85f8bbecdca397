use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity, Visibility};
use kernel::change::Change;
use kernel::clock::{CountedIds, IdSource};
use kernel::error::{Classified, ErrorKind};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::fields::codes;
use crate::ports::{MockVendors, VendorFilter, VendorStoreError};
use crate::{
    ChangeVendor, CreateVendor, GetVendor, ListVendors, VendorChange, VendorDraft, VendorPatch, VendorSearch,
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

fn draft() -> VendorDraft {
    VendorDraft { code: Some("ven001".into()), name: Some("Green Farms".into()), ..Default::default() }
}

#[test]
fn a_vendor_is_created_at_the_contexts_time_with_a_new_id() {
    let mut store = MockVendors::new();
    store.expect_create().times(1).returning(|_, vendor| Ok(Written::Done(vendor)));
    let create = CreateVendor::new(Arc::new(store), ids());
    let Written::Done(made) = pollster::block_on(create.run(context(), &draft())).unwrap() else {
        panic!("nothing was replayed")
    };
    let facts = (made.id, made.code.as_str(), made.is_active, made.version, made.created_at);
    assert_eq!(facts, (ids().id(), "VEN001", true, 1, at()));
}

#[test]
fn faulty_input_never_reaches_the_store() {
    let vendors = Arc::new(MockVendors::new());
    let create = CreateVendor::new(vendors.clone(), ids());
    let error = pollster::block_on(create.run(context(), &VendorDraft::default())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "VALIDATION_ERROR"));
    assert_eq!(codes(error.faults()), [("code", "MISSING_FIELD"), ("name", "MISSING_FIELD")]);
    assert_eq!(error.to_string(), "validation failed");
    let change = ChangeVendor::new(vendors);
    let error = pollster::block_on(change.run(context(), ids().id(), &VendorPatch::default())).unwrap_err();
    assert_eq!((error.kind(), codes(error.faults())), (ErrorKind::Invalid, vec![("body", "MISSING_FIELD")]));
}

#[test]
fn a_taken_code_is_a_conflict_of_the_field() {
    let mut store = MockVendors::new();
    store.expect_create().returning(|_, _| Err(VendorStoreError::CodeTaken));
    let create = CreateVendor::new(Arc::new(store), ids());
    let error = pollster::block_on(create.run(context(), &draft())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "VENDOR_CODE_TAKEN"));
    assert_eq!(codes(error.faults()), [("code", "VENDOR_CODE_TAKEN")]);
}

#[test]
fn a_patch_reaches_the_store_as_a_change() {
    let mut store = MockVendors::new();
    store.expect_change().times(1).returning(|_, _, change| {
        assert_eq!(change, VendorChange { email: Change::Clear, ..Default::default() });
        Err(VendorStoreError::NotFound)
    });
    let change = ChangeVendor::new(Arc::new(store));
    let patch = VendorPatch { email: Change::Clear, ..Default::default() };
    let error = pollster::block_on(change.run(context(), ids().id(), &patch)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
}

#[test]
fn what_a_caller_does_not_see_is_not_found() {
    let own = ids().id();
    let mut store = MockVendors::new();
    store
        .expect_find()
        .withf(move |_, visibility, _| *visibility == Visibility::Own(own))
        .returning(|_, _, _| Ok(None));
    let get = GetVendor::new(Arc::new(store));
    let error = pollster::block_on(get.run(ids().id(), Visibility::Own(own), ids().id())).unwrap_err();
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
    let list = ListVendors::new(Arc::new(store));
    let listing = pollster::block_on(list.run(ids().id(), Visibility::Own(own), filter, window)).unwrap();
    assert_eq!(listing, Listing { items: Vec::new(), total: 0 });
}
