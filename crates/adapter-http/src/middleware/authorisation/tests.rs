//! Every declared route, with every kind of caller that must be turned away.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, web};
use async_trait::async_trait;
use attachments::ManageAttachments;
use attachments::memory::InMemoryAttachments;
use audit::memory::InMemoryAudit;
use audit::{ListAccess, ListAudit, RecordRefusal};
use chrono::{DateTime, TimeDelta};
use equipment::MonitorEquipment;
use equipment::memory::InMemoryEquipment;
use file_intake::memory::InMemoryObjects;
use grn_ticketing::ports::{MockGoodsReceipts, MockTickets};
use grn_ticketing::{ManageGoodsReceipts, ManageTickets, VerifyGoodsReceipt};
use identity::api_key::{KeyName, Networks, NewApiKey};
use identity::ports::{MockApiKeys, MockCallerLookups, MockLogIns, MockSessions, MockTeams, MockUsers};
use identity::{
    AccessTokens, ApiKey, ApiKeyText, Authenticate, CallerCache, LogIn, LogOut, ManageApiKeys, ManageTeam,
    ManageUsers, RefreshSession,
};
use invoicing::accounting::GatewayDelays;
use invoicing::memory::{InMemoryAccounting, InMemoryConnections, InMemoryExchanges, InMemoryLedger};
use invoicing::ports::MockPause;
use invoicing::{GetInvoice, ListExchanges, ManageConnection, ProcessBatch, ProcessingLimits};
use kernel::access::{KeyPermission, Requirement};
use kernel::clock::{CountedIds, FixedClock};
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Page};
use kernel::team_locale::MockTeamLocales;
use kernel::write::{StoredResponse, StoredResponses, WriteContext, Written};
use order_import::memory::InMemoryOrders;
use order_import::{GetImport, ImportOrders, ListImports};
use procurement::memory::InMemoryProcurement;
use procurement::ports::{MockAssignments, MockDispatches, MockPurchaseOrders};
use procurement::{ManageAssignments, ManageDispatches, ManagePurchaseOrders, ManageVendors};
use production_ops::memory::InMemoryPlant;
use production_ops::ports::{MockCollections, MockOperations, MockOrders, OrderPage};
use production_ops::{
    CollectData, ManageActivities, ManageDepartments, ManageOperators, ManageOrders, ManagePauseReasons,
    ManageRoutings, ManageWorkCentres, RecordAttendance, RunOperations,
};
use sales_orders::ports::{MockProducts, MockSalesOrders};
use sales_orders::{ManageProducts, ManageSalesOrders};
use secrets::signing::SigningKeys;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::routes::Route;
use crate::{
    AccessLogWriter, AccountingServices, AuditServices, Background, FileServices, IdentityServices,
    ImportServices, Offload, PlantServices, ProcurementServices, Readiness, ReceivingServices, SalesServices,
    surfaces,
};

struct KeepsNothing;

#[async_trait]
impl StoredResponses for KeepsNothing {
    async fn store_response(
        &self,
        _: WriteContext<StoredResponse>,
        answer: StoredResponse,
    ) -> Result<Written<StoredResponse>, StoreError> {
        Ok(Written::Done(answer))
    }
}

struct AlwaysReady;

#[async_trait]
impl Readiness for AlwaysReady {
    async fn check(&self) -> Result<(), &'static str> {
        Ok(())
    }
}

fn team() -> TeamId {
    Id::new(Uuid::from_u128(1))
}

/// A read-only key without scopes of its own, the only key there is.
fn read_only() -> ApiKeyText {
    ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[7; 32])
}

/// What the routes of people, keys and teams stand on: stores that nobody gets to, for each is refused first.
fn identity(callers: Arc<CallerCache>, clock: Arc<FixedClock>) -> IdentityServices {
    let tokens = AccessTokens::new(Arc::new(SigningKeys::new([7; 32], None))).unwrap();
    let (tokens, ids) = (Arc::new(tokens), Arc::new(CountedIds::default()));
    let sessions = Arc::new(MockSessions::new());
    let log_ins = Arc::new(MockLogIns::new());
    let log_in = Arc::new(LogIn::new(log_ins, sessions.clone(), tokens.clone(), ids.clone(), clock.clone()));
    let users = ManageUsers::new(Arc::new(MockUsers::new()), callers.clone(), log_in.clone(), ids.clone());
    IdentityServices {
        refresh_session: RefreshSession::new(
            sessions.clone(),
            callers.clone(),
            log_in.clone(),
            ids.clone(),
            clock,
        ),
        log_out: LogOut::new(sessions, callers.clone()),
        users: Arc::new(users),
        api_keys: ManageApiKeys::new(Arc::new(MockApiKeys::new()), callers, ids),
        team: ManageTeam::new(Arc::new(MockTeams::new())),
        log_in,
        tokens,
    }
}

/// Accounting of a team that has no connection.
fn accounting(clock: Arc<FixedClock>) -> AccountingServices {
    let (ledger, connections) =
        (Arc::new(InMemoryLedger::default()), Arc::new(InMemoryConnections::default()));
    let gateway = Arc::new(InMemoryAccounting::new([], DateTime::UNIX_EPOCH));
    let limits = ProcessingLimits {
        at_once: 8,
        deadline: TimeDelta::seconds(30),
        lease: TimeDelta::seconds(10),
        delays: GatewayDelays { call: TimeDelta::seconds(15), visibility: TimeDelta::minutes(10) },
        poll_interval: std::time::Duration::from_millis(100),
        retry_after: std::time::Duration::from_secs(1),
    };
    let pause = Arc::new(MockPause::new());
    let process = ProcessBatch::new(gateway, ledger.clone(), connections.clone(), clock, pause, limits);
    AccountingServices {
        process_batch: Arc::new(process),
        get_invoice: GetInvoice::new(ledger),
        connection: ManageConnection::new(connections),
        exchanges: ListExchanges::new(Arc::new(InMemoryExchanges::default())),
        offload: Offload::new(1),
    }
}

pub(crate) fn services() -> web::Data<Services> {
    let mut lookups = MockCallerLookups::new();
    lookups.expect_key().returning(|id| {
        let new = NewApiKey {
            name: KeyName::try_new("tests").unwrap(),
            permission: KeyPermission::ReadOnly,
            scopes: Default::default(),
            expires_at: None,
            allowed: Networks::default(),
        };
        let key = ApiKey::create(&read_only(), team(), new, DateTime::UNIX_EPOCH);
        Ok((id == key.id).then_some(key))
    });
    let clock = Arc::new(FixedClock(DateTime::UNIX_EPOCH));
    let (orders, plant) = (Arc::new(InMemoryOrders::default()), Arc::new(InMemoryPlant::default()));
    let audit = Arc::new(InMemoryAudit::default());
    let vendors = Arc::new(InMemoryProcurement::default());
    let ids = || Arc::new(CountedIds::default());
    let callers = Arc::new(CallerCache::new(Arc::new(lookups), clock.clone()));
    let identity = identity(callers.clone(), clock.clone());
    let accounting = accounting(clock.clone());
    web::Data::new(Services {
        authenticate: Authenticate::new(callers, identity.tokens.clone(), clock.clone()),
        trusted_proxies: Networks::default(),
        hashing: Offload::new(1),
        identity,
        limits: None,
        responses: Arc::new(KeepsNothing),
        clock,
        ids: ids(),
        readiness: Arc::new(AlwaysReady),
        metrics: Box::new(String::new),
        offload: Offload::new(1),
        background: Background::new(tokio::runtime::Handle::current()),
        audit: AuditServices {
            list_audit: ListAudit::new(audit.clone()),
            list_access: ListAccess::new(audit.clone()),
            record_refusal: RecordRefusal::new(audit.clone()),
            recorder: AccessLogWriter::new(audit).0,
        },
        import: ImportServices {
            import_orders: Arc::new(ImportOrders::new(
                orders.clone(),
                orders.clone(),
                orders.clone(),
                orders.clone(),
                ids(),
            )),
            list_imports: ListImports::new(orders.clone()),
            get_import: GetImport::new(orders),
        },
        plant: PlantServices {
            departments: ManageDepartments::new(plant.clone(), ids()),
            work_centres: ManageWorkCentres::new(plant.clone(), ids()),
            orders: ManageOrders::new(Arc::new(no_orders()), Arc::new(MockTeamLocales::new()), ids()),
            operations: RunOperations::new(Arc::new(no_operations()), Arc::new(MockTeamLocales::new())),
            collections: CollectData::new(Arc::new(no_data()), ids()),
            activities: ManageActivities::new(plant.clone(), ids()),
            operators: ManageOperators::new(plant.clone(), ids()),
            attendance: RecordAttendance::new(plant.clone(), plant.clone()),
            pause_reasons: ManagePauseReasons::new(plant.clone(), ids()),
            routings: ManageRoutings::new(plant, ids()),
        },
        equipment: MonitorEquipment::new(
            Arc::new(InMemoryEquipment::default()),
            Arc::new(MockTeamLocales::new()),
            ids(),
        ),
        files: FileServices {
            attachments: Arc::new(ManageAttachments::new(
                Arc::new(InMemoryAttachments::default()),
                Arc::new(InMemoryObjects::default()),
                None,
                ids(),
            )),
            offload: Offload::new(1),
        },
        procurement: ProcurementServices {
            vendors: ManageVendors::new(vendors, ids()),
            assignments: ManageAssignments::new(
                Arc::new(no_assignments()),
                Arc::new(MockTeamLocales::new()),
                ids(),
            ),
            purchase_orders: ManagePurchaseOrders::new(
                Arc::new(no_purchase_orders()),
                Arc::new(MockTeamLocales::new()),
                ids(),
            ),
            dispatches: ManageDispatches::new(
                Arc::new(no_dispatches()),
                Arc::new(MockTeamLocales::new()),
                ids(),
            ),
        },
        receiving: ReceivingServices {
            receipts: ManageGoodsReceipts::new(
                Arc::new(no_receipts()),
                Arc::new(MockTeamLocales::new()),
                ids(),
            ),
            verify: VerifyGoodsReceipt::new(Arc::new(no_receipts()), Arc::new(MockTeamLocales::new()), ids()),
            tickets: ManageTickets::new(Arc::new(no_tickets()), Arc::new(MockTeamLocales::new()), ids()),
        },
        sales: SalesServices {
            products: ManageProducts::new(Arc::new(MockProducts::new()), ids()),
            orders: ManageSalesOrders::new(
                Arc::new(MockSalesOrders::new()),
                Arc::new(MockTeamLocales::new()),
                ids(),
            ),
        },
        accounting,
    })
}

/// Stores of orders, operations and data with nothing in them.
fn no_orders() -> MockOrders {
    let mut orders = MockOrders::new();
    let empty = || OrderPage { orders: Vec::new(), total: Some(0), has_more: false };
    orders.expect_list().returning(move |_, _, _, _, _| Ok(empty()));
    orders.expect_find().returning(|_, _| Ok(None));
    orders
}

fn no_operations() -> MockOperations {
    let mut operations = MockOperations::new();
    operations.expect_list().returning(|_, _, _| Ok(Listing { items: Vec::new(), total: 0 }));
    operations.expect_find().returning(|_, _| Ok(None));
    operations
}

fn no_data() -> MockCollections {
    let mut collections = MockCollections::new();
    collections.expect_list().returning(|_, _, _| Ok(Listing { items: Vec::new(), total: 0 }));
    collections
}

fn no_assignments() -> MockAssignments {
    let mut assignments = MockAssignments::new();
    assignments.expect_list().returning(|_, _, _, _, counted| Ok(Page::empty(counted)));
    assignments.expect_find().returning(|_, _, _| Ok(None));
    assignments
}

fn no_purchase_orders() -> MockPurchaseOrders {
    let mut orders = MockPurchaseOrders::new();
    orders.expect_list().returning(|_, _, _, _, counted| Ok(Page::empty(counted)));
    orders.expect_find().returning(|_, _, _| Ok(None));
    orders
}

fn no_dispatches() -> MockDispatches {
    let mut dispatches = MockDispatches::new();
    dispatches.expect_list().returning(|_, _, _, _, counted| Ok(Page::empty(counted)));
    dispatches.expect_find().returning(|_, _, _| Ok(None));
    dispatches
}

fn no_receipts() -> MockGoodsReceipts {
    let mut receipts = MockGoodsReceipts::new();
    receipts.expect_list().returning(|_, _, _, counted| Ok(Page::empty(counted)));
    receipts.expect_find().returning(|_, _| Ok(None));
    receipts
}

fn no_tickets() -> MockTickets {
    let mut tickets = MockTickets::new();
    tickets.expect_list().returning(|_, _, _, counted| Ok(Page::empty(counted)));
    tickets.expect_find().returning(|_, _| Ok(None));
    tickets
}

/// The status and body of a call with these headers.
async fn answer(route: &Route, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let app =
        init_service(App::new().service(surfaces(services(), Default::default(), &Default::default()))).await;
    let path = route.path.replace(['{', '}'], "x");
    let mut request = TestRequest::default().method(route.method.clone()).uri(&path);
    for header in headers {
        request = request.insert_header(*header);
    }
    let response = call_service(&app, request.to_request()).await;
    assert!(response.headers().contains_key("x-request-id"), "{path}");
    (response.status(), read_body_json(response).await)
}

fn guarded() -> impl Iterator<Item = &'static Route> {
    crate::tables().into_iter().flatten().filter(|route| route.policy.requirement != Requirement::Public)
}

#[actix_web::test]
async fn every_guarded_route_turns_away_callers_without_a_good_key() {
    let unknown = ApiKeyText::compose(Id::new(Uuid::from_u128(8)), &[7; 32]);
    let forged = ApiKeyText::compose(read_only().id(), &[8; 32]);
    let mut tried = 0;
    for route in guarded() {
        for key in ["", "nonsense", unknown.as_str(), forged.as_str()] {
            let bearer = format!("Bearer {key}");
            let (status, body) = answer(route, &[("authorization", &bearer)]).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {}", route.method, route.path);
            assert!(
                body.get("success") == Some(&Value::Bool(false)) || body.get("error").is_some(),
                "{body}"
            );
            tried += 1;
        }
    }
    assert!(tried >= 40, "only {tried} calls were tried");
}

#[actix_web::test]
async fn every_route_that_needs_more_than_reading_is_forbidden_to_a_read_only_key() {
    let bearer = format!("Bearer {}", read_only().as_str());
    let team = team().to_string();
    for route in guarded() {
        let headers = [("authorization", bearer.as_str()), ("x-mes-team-id", team.as_str())];
        let may = match route.policy.requirement {
            Requirement::Grant { scope, .. } => scope.action() == kernel::access::Action::Read,
            _ => false,
        };
        let (status, _) = answer(route, &headers).await;
        assert_eq!(status != StatusCode::FORBIDDEN, may, "{} {}: {status}", route.method, route.path);
    }
}

#[actix_web::test]
async fn every_mes_route_demands_the_keys_own_team() {
    let bearer = format!("Bearer {}", read_only().as_str());
    let other = Uuid::from_u128(2).to_string();
    for route in guarded().filter(|route| route.path.starts_with("/api/v1/")) {
        let (status, body) = answer(route, &[("authorization", &bearer)]).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (StatusCode::BAD_REQUEST, &Value::from("MISSING_TEAM_ID"))
        );
        for foreign in [other.as_str(), "not-a-team"] {
            let (status, body) =
                answer(route, &[("authorization", &bearer), ("x-mes-team-id", foreign)]).await;
            assert_eq!((status, &body["error"]["code"]), (StatusCode::FORBIDDEN, &Value::from("FORBIDDEN")));
        }
    }
}
