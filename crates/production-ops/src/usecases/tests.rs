use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Identity};
use kernel::clock::{CountedIds, IdSource};
use kernel::error::{Classified, ErrorKind};
use kernel::master_data::{Manage, MockRegister};
use kernel::write::WriteContext;

use crate::department::{Department, DepartmentChange, DepartmentError};
use crate::name::Name;

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

fn managing(register: MockRegister<Department>) -> Manage<Department> {
    Manage::new(Arc::new(register), ids())
}

#[test]
fn a_record_gets_a_new_id_and_the_registers_refusal_is_passed_on() {
    let mut register = MockRegister::new();
    register
        .expect_create()
        .withf(|context, id, name: &Name| (context.at, *id, name.as_str()) == (at(), ids().id(), "Milling"))
        .times(1)
        .returning(|_, _, _| Err(DepartmentError::NameTaken));
    let name = Name::try_new(" Milling ").unwrap();
    let error = pollster::block_on(managing(register).create(context(), name)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "DEPARTMENT_NAME_TAKEN"));
}

#[test]
fn a_change_reaches_the_register() {
    let change = DepartmentChange { name: None, is_active: Some(false) };
    let expected = change.clone();
    let mut register = MockRegister::new();
    register.expect_change().times(1).returning(move |_, _, change| {
        assert_eq!(change, expected);
        Err(DepartmentError::NotFound)
    });
    let error = pollster::block_on(managing(register).change(context(), ids().id(), change)).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let mut register = MockRegister::new();
    register.expect_find().returning(|_, _| Ok(None));
    let error = pollster::block_on(managing(register).find(ids().id(), ids().id())).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "NOT_FOUND"));
}
