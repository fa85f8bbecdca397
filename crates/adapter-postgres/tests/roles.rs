//! The check of the service's own role, against real roles.

use adapter_postgres::roles::{RoleError, check};
use testkit::Cluster;

use crate::support::Store;

/// A role of the cluster for this test alone, with these properties.
fn role(store: &Store, name: &str, properties: &str, grants: &str) -> String {
    store.database.execute(&format!(
        "CREATE ROLE {name} LOGIN {properties}; GRANT CONNECT ON DATABASE {} TO {name}; {grants}",
        database(store)
    ));
    Cluster::shared().url(name, &database(store))
}

fn database(store: &Store) -> String {
    store.database.scalar("SELECT current_database()")
}

/// Asserts that the role of a URL is refused with this reason, and with what mends it.
fn is_refused(url: &str, role: &str, why: &str) {
    match check(url) {
        Err(RoleError::Unfit(message)) => {
            let start = format!("the database role `{role}` {why}; ");
            assert!(message.starts_with(&start), "{message}");
            assert!(message.contains("`throughline migrate --print-roles` prints the SQL"), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
        other => panic!("{role} is refused: {other:?}"),
    }
}

const GROUPS: &str = "throughline_team, throughline_auth, throughline_system";

#[test]
fn the_services_own_role_passes() {
    let store = Store::own();
    check(&store.database.service_url()).expect("the role is fit");
    let grants = format!("GRANT {GROUPS} TO another_service");
    let another = role(&store, "another_service", "NOINHERIT", &grants);
    check(&another).expect("another role made alike is fit");
}

#[test]
fn a_superuser_and_the_owner_are_refused() {
    let store = Store::own();
    let superuser = store.database.scalar("SELECT current_user");
    let why = "is a superuser, so row-level security would not hold";
    is_refused(&store.database.superuser_url(), &superuser, why);
    let why = "owns tables, so row-level security would not hold for it";
    is_refused(&store.database.owner_url(), "throughline_owner", why);
}

#[test]
fn a_role_past_row_level_security_is_refused() {
    let store = Store::own();
    let url = role(&store, "bypassing", "BYPASSRLS", &format!("GRANT {GROUPS} TO bypassing"));
    is_refused(&url, "bypassing", "has BYPASSRLS, so row-level security would not hold");
}

#[test]
fn a_role_that_can_not_become_what_the_service_becomes_is_refused() {
    let store = Store::own();
    let why = "is no member of throughline_team, throughline_auth and throughline_system";
    is_refused(&role(&store, "stranger", "", ""), "stranger", why);
    let grants = "GRANT throughline_team, throughline_auth TO half_member";
    is_refused(&role(&store, "half_member", "", grants), "half_member", why);
}

#[test]
fn a_role_that_inherits_what_the_service_becomes_is_refused() {
    let store = Store::own();
    let url = role(&store, "inheriting", "INHERIT", &format!("GRANT {GROUPS} TO inheriting"));
    is_refused(
        &url,
        "inheriting",
        "inherits the rights of throughline_team, throughline_auth or throughline_system instead of taking them on \
         (from PostgreSQL 16 on: GRANT … WITH INHERIT FALSE)",
    );
}

#[test]
fn a_role_that_has_the_owners_rights_is_refused() {
    let store = Store::own();
    let heir = role(&store, "heir", "", &format!("GRANT throughline_owner, {GROUPS} TO heir"));
    is_refused(&heir, "heir", "owns tables, so row-level security would not hold for it");
}

#[test]
fn a_role_that_the_service_becomes_may_not_own_tables_either() {
    for group in ["throughline_team", "throughline_auth", "throughline_system"] {
        let store = Store::own();
        store.database.execute(&format!("ALTER TABLE departments OWNER TO {group}"));
        let why = "owns tables, so row-level security would not hold for it";
        is_refused(&store.database.service_url(), group, why);
    }
}

#[test]
fn a_role_that_may_not_stage_an_import_is_refused() {
    let store = Store::own();
    store
        .database
        .execute(&format!("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC, throughline_team", database(&store)));
    let why = "lacks a right: GRANT TEMPORARY ON DATABASE … TO throughline_team";
    is_refused(&store.database.service_url(), "throughline", why);
}

#[test]
fn a_database_that_can_not_be_reached_is_said_to_be_so() {
    let error = check(&Cluster::shared().url("throughline", "no_such_database")).expect_err("there is none");
    assert!(matches!(error, RoleError::Connection(_)), "{error:?}");
    assert_eq!(error.to_string(), "PostgreSQL can't be reached; check DATABASE_URL");
}
