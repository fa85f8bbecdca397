//! Vendors: what a change leaves beside them, and what comes of two at once.

use adapter_postgres::procurement::PgVendors;
use kernel::access::Visibility;
use kernel::audit::Audited;
use kernel::change::Change;
use kernel::id::TeamId;
use kernel::write::Written;
use procurement::ports::Vendors;
use procurement::{Vendor, VendorChange, VendorError};
use serde_json::Value;
use testkit::race;

use crate::support::{Store, block_on, context, lines, vendor};

fn changed(store: &Store, team: TeamId, vendor: &Vendor, change: VendorChange) -> Vendor {
    let vendors = PgVendors::new(store.db.clone());
    match block_on(vendors.change(context(team), vendor.id, change)) {
        Ok(Written::Done(vendor)) => vendor,
        other => panic!("the vendor is changed: {other:?}"),
    }
}

/// A team's audit entries about a vendor: action, subject, before and after, in the order of their writing.
fn entries(store: &Store, team: TeamId) -> Vec<Value> {
    let entries = format!(
        "SELECT jsonb_build_array(action, subject_id, before, after)::text AS line FROM audit_entries
         WHERE team_id = '{team}' AND subject_kind = 'vendor' ORDER BY xid, id"
    );
    let entries = lines(&mut store.superuser(), &entries);
    entries.iter().map(|line| serde_json::from_str(line).expect("an entry")).collect()
}

#[test]
fn what_is_done_to_a_vendor_is_audited_with_what_it_was_and_became() {
    let store = Store::shared();
    let team = store.team();
    let created = store.vendor(team, "VEN001");
    let clearing = || VendorChange { email: Change::Clear, ..Default::default() };
    let cleared = changed(&store, team, &created, clearing());
    let again = changed(&store, team, &created, clearing());
    assert_eq!((&again, cleared.version), (&cleared, 2));

    let snapshot = |vendor: &Vendor| serde_json::from_str::<Value>(&vendor.snapshot()).expect("a snapshot");
    let id = created.id.to_string();
    let expected = [
        serde_json::json!(["vendor.created", id, null, snapshot(&created)]),
        serde_json::json!(["vendor.changed", id, snapshot(&created), snapshot(&cleared)]),
    ];
    assert_eq!(entries(&store, team), expected, "and where nothing differs, nothing is");
}

#[test]
fn of_two_that_take_one_code_at_once_one_gets_it_and_the_other_leaves_nothing() {
    let store = Store::shared();
    let team = store.team();
    let outcomes = race(8, |_| {
        let vendors = PgVendors::new(store.db.clone());
        block_on(vendors.create(context(team), vendor("VEN001", "Green Farms")))
    });
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Written::Done(_)))).count();
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Err(VendorError::CodeTaken))).count();
    assert_eq!((done, taken), (1, 7), "{outcomes:?}");
    assert_eq!(store.number(&format!("SELECT count(*) FROM vendors WHERE team_id = '{team}'")), 1);
    assert_eq!(entries(&store, team).len(), 1);
}

#[test]
fn changes_at_once_are_each_counted_and_none_undoes_another() {
    let store = Store::shared();
    let team = store.team();
    let created = store.vendor(team, "VEN001");
    let changes = [
        VendorChange { email: Change::Clear, ..Default::default() },
        VendorChange { address: Change::Clear, ..Default::default() },
        VendorChange { is_active: Some(false), ..Default::default() },
    ];
    race(changes.len(), |racer| {
        let change = changes.get(racer).expect("each racer has a change").clone();
        changed(&store, team, &created, change)
    });
    let vendors = PgVendors::new(store.db.clone());
    let found = block_on(vendors.find(team, Visibility::All, created.id));
    let found = found.expect("it is read").expect("it is there");
    let facts = (found.version, found.email, found.address, found.is_active);
    assert_eq!(facts, (4, None, None, false));
}
