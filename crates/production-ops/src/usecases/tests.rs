use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::clock::{CountedIds, IdSource};
use kernel::error::{Classified, ErrorKind};
use kernel::write::{WriteContext, Written};

use crate::ports::{MockDepartments, MockWorkCentres};
use crate::work_centre::NumbersUsedUp;
use crate::{DepartmentChange, DepartmentError, ManageDepartments, ManageWorkCentres, Name, NewWorkCentre};

pub(super) fn ids() -> Arc<dyn IdSource> {
    Arc::new(CountedIds::default())
}

pub(super) fn at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(1)
}

pub(super) fn context<O>() -> WriteContext<O> {
    let actor = Actor { team: ids().id(), identity: Identity::System { part: "test" } };
    WriteContext::unclaimed(&actor, "test", at())
}

fn milling() -> Name {
    Name::try_new(" Milling ").unwrap()
}

fn managing(store: MockDepartments) -> ManageDepartments {
    ManageDepartments::new(Arc::new(store), ids())
}

#[test]
fn a_department_is_created_at_the_contexts_time_with_a_new_id() {
    let mut store = MockDepartments::new();
    store.expect_create().times(1).returning(|_, department| Ok(Written::Done(department)));
    let Written::Done(created) = pollster::block_on(managing(store).create(context(), milling())).unwrap()
    else {
        panic!("nothing was replayed")
    };
    let facts = (created.id, created.name.as_str(), created.version, created.created_at);
    assert_eq!(facts, (ids().id(), "Milling", 1, at()));
}

#[test]
fn a_taken_name_is_a_conflict() {
    let mut store = MockDepartments::new();
    store.expect_create().returning(|_, _| Err(DepartmentError::NameTaken));
    let error = pollster::block_on(managing(store).create(context(), milling())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "DEPARTMENT_NAME_TAKEN"));
}

#[test]
fn a_change_reaches_the_store() {
    let change = DepartmentChange { name: None, is_active: Some(false) };
    let expected = change.clone();
    let mut store = MockDepartments::new();
    store.expect_change().times(1).returning(move |_, _, change| {
        assert_eq!(change, expected);
        Err(DepartmentError::NotFound)
    });
    let error = pollster::block_on(managing(store).change(context(), ids().id(), change)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let mut departments = MockDepartments::new();
    departments.expect_find().returning(|_, _| Ok(None));
    let error = pollster::block_on(managing(departments).find(ids().id(), ids().id())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));

    let mut work_centres = MockWorkCentres::new();
    work_centres.expect_find().returning(|_, _| Ok(None));
    let manage = ManageWorkCentres::new(Arc::new(work_centres), ids());
    let error = pollster::block_on(manage.find(ids().id(), ids().id())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
}

#[test]
fn a_work_centre_gets_a_new_id_and_passes_the_stores_refusal_on() {
    let mut store = MockWorkCentres::new();
    store.expect_create().withf(|_, id, _| *id == ids().id()).returning(|_, _, _| Err(NumbersUsedUp.into()));
    let department = "0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11".parse().unwrap();
    let new = NewWorkCentre { number: None, name: Name::try_new("Lathe").unwrap(), department };
    let manage = ManageWorkCentres::new(Arc::new(store), ids());
    let error = pollster::block_on(manage.create(context(), new)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "WORK_CENTRE_NUMBERS_USED_UP"));
}
