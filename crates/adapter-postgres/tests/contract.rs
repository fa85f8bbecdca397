//! The domains' own suites, on PostgreSQL.

use std::sync::Arc;

use adapter_postgres::attachments::{PgAttachments, PgOrphanedObjects};
use adapter_postgres::audit::{PgAccessLog, PgAuditTrail, PgChains, PgSealer};
use adapter_postgres::equipment::PgEquipment;
use adapter_postgres::identity::{PgApiKeys, PgCallers, PgLogIns, PgSessions, PgTeams, PgUsers};
use adapter_postgres::invoicing::{PgExchanges, PgInvoiceLedger};
use adapter_postgres::order_import::{
    PgImportHistory, PgImportRoutings, PgImportWorkCentres, PgManufacturingOrders,
};
use adapter_postgres::procurement::PgVendors;
use adapter_postgres::production_ops::{
    PgActivities, PgAttendances, PgCollections, PgDepartments, PgOperations, PgOperators, PgOrders,
    PgPauseReasons, PgRoutings, PgWorkCentres,
};
use adapter_postgres::sales_orders::{PgProducts, PgSalesOrders};
use adapter_postgres::team_locale::PgTeamLocales;
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use identity::contract::people::People;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{Id, TeamId};
use kernel::manufacturing::{OrderNumber, OrderStatus};
use order_import::contract::{Harness, ShopFloor, Suite};
use production_ops::contract::{OrderStores, RoutingStores, Teams};
use serde_json::json;
use testkit::Database;

use crate::attachments::owners;
use crate::equipment::hall;
use crate::support::{Store, block_on, connect, connections};

mod order_imports {
    order_import::contract_tests!(super::run);
}

fn run(suite: Suite) {
    let store = Store::shared();
    let (team, other_team) = (store.plant(), store.team());
    for name in ["Standard", "Express", "Old"] {
        store.routing(team, name, &[json!({}), json!({})]);
    }
    let old = format!("UPDATE routings SET is_active = false WHERE team_id = '{team}' AND name = 'Old'");
    store.database.execute(&old);
    let harness = Harness {
        orders: Arc::new(PgManufacturingOrders::new(store.db.clone())),
        history: Arc::new(PgImportHistory::new(store.db.clone())),
        work_centres: Arc::new(PgImportWorkCentres::new(store.db.clone())),
        routings: Arc::new(PgImportRoutings::new(store.db.clone())),
        locales: Arc::new(PgTeamLocales::new(store.db.clone())),
        shop_floor: Arc::new(SqlShopFloor { database: store.database.clone() }),
        ids: Arc::new(SystemIds),
        team,
        other_team,
    };
    block_on(suite(&harness));
}

/// A shop floor that goes past every rule but the table's own.
struct SqlShopFloor {
    database: Arc<Database>,
}

#[async_trait]
impl ShopFloor for SqlShopFloor {
    async fn set_status(&self, team: TeamId, number: &OrderNumber, status: OrderStatus) {
        let set = "UPDATE manufacturing_orders
                   SET status = $3, held_status = CASE $3 WHEN 'on_hold' THEN 'pending' END, version = version + 1
                   WHERE team_id = $1 AND order_number = $2";
        let set = sql_query(set)
            .bind::<diesel::sql_types::Uuid, _>(team.uuid())
            .bind::<Text, _>(number.as_str())
            .bind::<Text, _>(status.as_str())
            .execute(&mut connect(&self.database.superuser_url()));
        assert_eq!(set, Ok(1), "the team has an order {number}");
    }
}

#[test]
fn teams_are_founded_whole_and_found_again() {
    let store = Store::shared();
    let (teams, callers) = (PgTeams::new(store.db.clone()), PgCallers::new(store.db));
    block_on(identity::contract::teams(&teams, &callers, &SystemIds));
}

/// Runs a suite of people, sessions and keys for two teams of its own.
macro_rules! people {
    ($suite:ident) => {{
        let store = Store::shared();
        let db = &store.db;
        let people = People {
            teams: &PgTeams::new(db.clone()),
            users: &PgUsers::new(db.clone()),
            sessions: &PgSessions::new(db.clone()),
            log_ins: &PgLogIns::new(db.clone()),
            keys: &PgApiKeys::new(db.clone()),
            callers: &PgCallers::new(db.clone()),
            ids: &SystemIds,
            team: store.team(),
            vendor: Id::new(SystemIds.uuid()),
            other_team: store.team(),
        };
        store.database.execute(&format!(
            "INSERT INTO vendors SELECT '{}', '{}', 'V1', 'Vendor', 'vendor', NULL, NULL, 30, true, 1, now(), now()",
            people.team, people.vendor
        ));
        block_on(identity::contract::people::$suite(&people));
    }};
}

#[test]
fn users_keep_their_contract() {
    people!(users);
}

#[test]
fn sessions_keep_their_contract() {
    people!(sessions);
}

#[test]
fn log_ins_keep_their_contract() {
    people!(log_ins);
}

#[test]
fn api_keys_keep_their_contract() {
    people!(keys);
}

#[test]
fn team_settings_keep_their_contract() {
    people!(settings);
}

#[test]
fn the_audit_trail_keeps_its_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    let trail = PgAuditTrail::new(store.db.clone());
    let (sealer, chains) = (PgSealer::new(store.db.clone()), PgChains::new(store.db));
    block_on(audit::contract::trail(&trail, &sealer, &chains, team, other_team));
}

#[test]
fn sealing_keeps_its_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    let trail = PgAuditTrail::new(store.db.clone());
    let (sealer, chains) = (PgSealer::new(store.db.clone()), PgChains::new(store.db));
    block_on(audit::contract::sealing(&trail, &sealer, &chains, team, other_team));
}

#[test]
fn the_access_log_keeps_its_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    block_on(audit::contract::access_log(&PgAccessLog::new(store.db), &SystemIds, team, other_team));
}

/// Two teams with users of theirs.
fn teams(store: &Store) -> Teams {
    let (team, other_team) = (store.team(), store.team());
    let users = [store.user(team), store.user(team)];
    Teams { team, users, other_team, foreign_user: store.user(other_team) }
}

#[test]
fn departments_keep_their_contract() {
    let store = Store::shared();
    let teams = teams(&store);
    block_on(production_ops::contract::departments(&PgDepartments::new(store.db), &SystemIds, &teams));
}

#[test]
fn work_centres_keep_their_contract() {
    let store = Store::shared();
    let teams = teams(&store);
    let (departments, work_centres) = (PgDepartments::new(store.db.clone()), PgWorkCentres::new(store.db));
    block_on(production_ops::contract::work_centres(&departments, &work_centres, &SystemIds, &teams));
}

#[test]
fn activities_keep_their_contract() {
    let store = Store::shared();
    let teams = teams(&store);
    block_on(production_ops::contract::activities(&PgActivities::new(store.db), &SystemIds, &teams));
}

#[test]
fn equipment_keeps_its_contract() {
    let store = Store::shared();
    let (hall, other) = (hall(&store), hall(&store));
    let register = PgEquipment::new(store.db);
    block_on(equipment::contract::equipment(&register, &SystemIds, &hall, &other));
}

#[test]
fn operators_keep_their_contract() {
    let store = Store::shared();
    let teams = teams(&store);
    let (operators, attendances) = (PgOperators::new(store.db.clone()), PgAttendances::new(store.db));
    block_on(production_ops::contract::operators(&operators, &attendances, &SystemIds, &teams));
}

#[test]
fn attachments_keep_their_contract() {
    // what is left is found in every team's
    let store = Store::own();
    let (own, other) = (owners(&store), owners(&store));
    let (attachments, remains) =
        (PgAttachments::new(store.db.clone()), PgOrphanedObjects::new(store.db.clone()));
    block_on(attachments::contract::attachments(&attachments, &remains, &SystemIds, own, other));
}

#[test]
fn attachments_of_tickets_keep_their_contract() {
    // what is left is found in every team's
    let store = Store::own();
    let (own, other) = (owners(&store), owners(&store));
    let (attachments, remains) =
        (PgAttachments::new(store.db.clone()), PgOrphanedObjects::new(store.db.clone()));
    block_on(attachments::contract::attachments_of_tickets(&attachments, &remains, &SystemIds, own, other));
}

#[test]
fn pause_reasons_keep_their_contract() {
    let store = Store::shared();
    let teams = teams(&store);
    block_on(production_ops::contract::pause_reasons(&PgPauseReasons::new(store.db), &SystemIds, &teams));
}

#[test]
fn routings_keep_their_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    let (departments, activities) =
        (PgDepartments::new(store.db.clone()), PgActivities::new(store.db.clone()));
    let routings = PgRoutings::new(store.db);
    let stores = RoutingStores { routings: &routings, departments: &departments, activities: &activities };
    block_on(production_ops::contract::routings(stores, &SystemIds, team, other_team));
}

#[test]
fn orders_keep_their_contract() {
    let store = Store::shared();
    let teams = teams(&store);
    let stores = OrderStores {
        orders: &PgOrders::new(store.db.clone()),
        operations: &PgOperations::new(store.db.clone()),
        collections: &PgCollections::new(store.db.clone()),
        routings: &PgRoutings::new(store.db.clone()),
        departments: &PgDepartments::new(store.db.clone()),
        activities: &PgActivities::new(store.db.clone()),
        operators: &PgOperators::new(store.db.clone()),
        pause_reasons: &PgPauseReasons::new(store.db),
    };
    block_on(production_ops::contract::orders(stores, &SystemIds, &teams));
}

#[test]
fn vendors_keep_their_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    let vendors = PgVendors::new(store.db);
    block_on(procurement::contract::vendors(&vendors, &SystemIds, team, other_team));
}

#[test]
fn products_keep_their_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    let products = PgProducts::new(store.db);
    block_on(sales_orders::contract::products(&products, &SystemIds, team, other_team));
}

#[test]
fn sales_orders_keep_their_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    let (orders, products) = (PgSalesOrders::new(store.db.clone()), PgProducts::new(store.db));
    let stores = sales_orders::contract::OrderStores { orders: &orders, products: &products };
    block_on(sales_orders::contract::sales_orders(stores, &SystemIds, team, other_team));
}

#[test]
fn the_ledger_of_invoices_keeps_its_contract() {
    // what is due is found in every team's
    let store = Store::own();
    let (team, other_team) = (store.team(), store.team());
    let ledger = PgInvoiceLedger::new(store.db);
    block_on(invoicing::contract::invoice_ledger(&ledger, team, other_team));
}

#[test]
fn accounting_connections_keep_their_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    block_on(invoicing::contract::connections(&connections(&store, 1), team, other_team));
}

#[test]
fn exchanges_with_accounting_systems_keep_their_contract() {
    let store = Store::shared();
    let (team, other_team) = (store.team(), store.team());
    let exchanges = PgExchanges::new(store.db, Arc::new(SystemIds));
    block_on(invoicing::contract::exchanges(&exchanges, team, other_team));
}
