//! The implementations of the ports.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use adapter_http::{AccessLogWriter, AuditServices, Background};
use adapter_http::{
    FileServices, IdentityServices, ImportServices, Offload, PlantServices, ProcurementServices,
    ReceivingServices, SalesServices, Services,
};
use adapter_objects::{OpenError, StoredObjects};
use adapter_postgres::Db;
use adapter_postgres::attachments::{PgAttachments, PgOrphanedObjects};
use adapter_postgres::audit::{PgAccessLog, PgAuditTrail, PgChains, PgSealer};
use adapter_postgres::effects::PgStoredResponses;
use adapter_postgres::equipment::PgEquipment;
use adapter_postgres::grn_ticketing::{PgGoodsReceipts, PgTickets};
use adapter_postgres::identity::{PgApiKeys, PgCallers, PgLogIns, PgSessions, PgTeams, PgUsers};
use adapter_postgres::order_import::{
    PgImportHistory, PgImportRoutings, PgImportWorkCentres, PgManufacturingOrders,
};
use adapter_postgres::procurement::{PgAssignments, PgDispatches, PgPurchaseOrders, PgVendors};
use adapter_postgres::production_ops::{
    PgActivities, PgAttendances, PgCollections, PgDepartments, PgOperations, PgOperators, PgOrders,
    PgPauseReasons, PgRoutings, PgWorkCentres,
};
use adapter_postgres::relay::Relay;
use adapter_postgres::sales_orders::{PgProducts, PgSalesOrders};
use adapter_postgres::team_locale::PgTeamLocales;
use adapter_redis::{FallbackLimits, InvalidUrl, RedisLimits};
use attachments::{ManageAttachments, SweepAttachments};
use audit::{ListAccess, ListAudit, RecordRefusal, SealAudit, SignHeads, VerifyAudit};
use equipment::MonitorEquipment;
use file_intake::Objects;
use grn_ticketing::{ManageGoodsReceipts, ManageTickets, VerifyGoodsReceipt};
use identity::api_key::Networks;
use identity::limits::InProcessLimits;
use identity::ports::RateLimits;
use identity::{
    AccessTokens, Authenticate, Bootstrap, CallerCache, LogIn, LogOut, ManageApiKeys, ManageTeam,
    ManageUsers, RefreshSession,
};
use kernel::relay::Consumer;
use order_import::{GetImport, ImportOrders, ListImports};
use procurement::{ManageAssignments, ManageDispatches, ManagePurchaseOrders, ManageVendors};
use production_ops::{
    CollectData, ManageActivities, ManageDepartments, ManageOperators, ManageOrders, ManagePauseReasons,
    ManageRoutings, ManageWorkCentres, RecordAttendance, RunOperations,
};
use sales_orders::{ManageProducts, ManageSalesOrders, ReceiveGoods};
use secrets::signing::SigningKeys;

use crate::accounting::Accounting;
use crate::config::Config;
use crate::heads::HeadFiles;
use crate::readiness::Ready;
pub use crate::system::{clock, ids};

/// The backends of the service.
#[derive(Clone)]
pub struct Backends {
    /// The database.
    pub db: Db,
    /// Where the bytes of files are kept.
    pub objects: Arc<dyn Objects>,
    /// The accounting system.
    pub accounting: Accounting,
}

/// Concurrent imports, which hold their rows in memory.
const MAX_CONCURRENT_IMPORTS: usize = 2;

/// Files validated and stored concurrently: each takes up to 10 MiB.
const MAX_CONCURRENT_FILES: usize = 4;

/// Passwords hashed concurrently: each takes 19 MiB and tens of milliseconds of a processor.
const MAX_CONCURRENT_HASHES: usize = 2;

/// Creates teams.
pub fn bootstrap(db: &Db) -> Bootstrap {
    Bootstrap::new(Arc::new(PgTeams::new(db.clone())), ids(), clock())
}

pub(crate) fn team(db: &Db) -> ManageTeam {
    ManageTeam::new(Arc::new(PgTeams::new(db.clone())))
}

pub(crate) fn import_orders(db: &Db) -> ImportOrders {
    ImportOrders::new(
        Arc::new(PgManufacturingOrders::new(db.clone())),
        Arc::new(PgImportWorkCentres::new(db.clone())),
        Arc::new(PgImportRoutings::new(db.clone())),
        Arc::new(PgTeamLocales::new(db.clone())),
        ids(),
    )
}

/// The plant's master data, orders and operations.
pub fn plant(db: &Db) -> PlantServices {
    let locales = Arc::new(PgTeamLocales::new(db.clone()));
    let operators = Arc::new(PgOperators::new(db.clone()));
    PlantServices {
        orders: ManageOrders::new(Arc::new(PgOrders::new(db.clone())), locales.clone(), ids()),
        operations: RunOperations::new(Arc::new(PgOperations::new(db.clone())), locales),
        collections: CollectData::new(Arc::new(PgCollections::new(db.clone())), ids()),
        departments: ManageDepartments::new(Arc::new(PgDepartments::new(db.clone())), ids()),
        work_centres: ManageWorkCentres::new(Arc::new(PgWorkCentres::new(db.clone())), ids()),
        activities: ManageActivities::new(Arc::new(PgActivities::new(db.clone())), ids()),
        operators: ManageOperators::new(operators.clone(), ids()),
        attendance: RecordAttendance::new(Arc::new(PgAttendances::new(db.clone())), operators),
        pause_reasons: ManagePauseReasons::new(Arc::new(PgPauseReasons::new(db.clone())), ids()),
        routings: ManageRoutings::new(Arc::new(PgRoutings::new(db.clone())), ids()),
    }
}

fn equipment(db: &Db) -> MonitorEquipment {
    let register = Arc::new(PgEquipment::new(db.clone()));
    MonitorEquipment::new(register, Arc::new(PgTeamLocales::new(db.clone())), ids())
}

/// Opens the store of objects.
pub(crate) fn objects(config: &Config) -> Result<Arc<dyn Objects>, OpenError> {
    Ok(Arc::new(StoredObjects::open(&config.objects, config.objects_key.as_ref())?))
}

fn files(backends: &Backends) -> FileServices {
    let attachments = Arc::new(PgAttachments::new(backends.db.clone()));
    FileServices {
        attachments: Arc::new(ManageAttachments::new(attachments, backends.objects.clone(), None, ids())),
        offload: Offload::new(MAX_CONCURRENT_FILES),
    }
}

pub(crate) fn sweep_attachments(backends: &Backends) -> SweepAttachments {
    SweepAttachments::new(Arc::new(PgOrphanedObjects::new(backends.db.clone())), backends.objects.clone())
}

/// The cache of callers, shared by all use cases that change them.
pub(crate) fn callers(db: &Db) -> Arc<CallerCache> {
    Arc::new(CallerCache::new(Arc::new(PgCallers::new(db.clone())), clock()))
}

pub(crate) fn identity(db: &Db, tokens: Arc<AccessTokens>, callers: Arc<CallerCache>) -> IdentityServices {
    let sessions = Arc::new(PgSessions::new(db.clone()));
    let log_ins = Arc::new(PgLogIns::new(db.clone()));
    let log_in = Arc::new(LogIn::new(log_ins, sessions.clone(), tokens.clone(), ids(), clock()));
    IdentityServices {
        refresh_session: RefreshSession::new(
            sessions.clone(),
            callers.clone(),
            log_in.clone(),
            ids(),
            clock(),
        ),
        log_out: LogOut::new(sessions, callers.clone()),
        users: Arc::new(ManageUsers::new(
            Arc::new(PgUsers::new(db.clone())),
            callers.clone(),
            log_in.clone(),
            ids(),
        )),
        api_keys: ManageApiKeys::new(Arc::new(PgApiKeys::new(db.clone())), callers, ids()),
        team: team(db),
        log_in,
        tokens,
    }
}

pub(crate) fn procurement(db: &Db) -> ProcurementServices {
    let locales = Arc::new(PgTeamLocales::new(db.clone()));
    ProcurementServices {
        vendors: ManageVendors::new(Arc::new(PgVendors::new(db.clone())), ids()),
        assignments: ManageAssignments::new(Arc::new(PgAssignments::new(db.clone())), locales.clone(), ids()),
        purchase_orders: ManagePurchaseOrders::new(
            Arc::new(PgPurchaseOrders::new(db.clone())),
            locales.clone(),
            ids(),
        ),
        dispatches: ManageDispatches::new(Arc::new(PgDispatches::new(db.clone())), locales, ids()),
    }
}

pub(crate) fn receiving(db: &Db) -> ReceivingServices {
    let locales = Arc::new(PgTeamLocales::new(db.clone()));
    let receipts = Arc::new(PgGoodsReceipts::new(db.clone()));
    ReceivingServices {
        receipts: ManageGoodsReceipts::new(receipts.clone(), locales.clone(), ids()),
        verify: VerifyGoodsReceipt::new(receipts, locales.clone(), ids()),
        tickets: ManageTickets::new(Arc::new(PgTickets::new(db.clone())), locales, ids()),
    }
}

/// The rate limits; `None` if they are off. Call it within a runtime.
pub(crate) fn limits(config: &Config) -> Result<Option<Arc<dyn RateLimits>>, InvalidUrl> {
    if !config.rate_limits {
        return Ok(None);
    }
    let own = Arc::new(InProcessLimits::default());
    let Some(url) = &config.redis_url else { return Ok(Some(own)) };
    Ok(Some(Arc::new(FallbackLimits::new(Arc::new(RedisLimits::open(url)?), own))))
}

pub(crate) fn seal_audit(db: &Db) -> SealAudit {
    SealAudit::new(Arc::new(PgSealer::new(db.clone())))
}

pub(crate) fn sign_heads(db: &Db, keys: Arc<SigningKeys>, data_dir: &Path) -> SignHeads {
    let (chains, files) = (Arc::new(PgChains::new(db.clone())), Arc::new(HeadFiles::new(data_dir)));
    SignHeads::new(chains, files, keys, clock())
}

/// The consumers of events in this process. To remove one, also delete its row of `relay_cursors` in a migration: the
/// outbox stores events that a cursor has not passed.
fn consumers(db: &Db) -> Vec<Arc<dyn Consumer>> {
    vec![Arc::new(ReceiveGoods::new(Arc::new(PgProducts::new(db.clone())), clock()))]
}

/// A relay to each consumer.
pub(crate) fn relays(db: &Db) -> Vec<Relay> {
    consumers(db).into_iter().map(|consumer| Relay::new(db.clone(), clock(), consumer)).collect()
}

pub(crate) fn verify_audit(db: &Db, keys: Arc<SigningKeys>) -> VerifyAudit {
    VerifyAudit::new(Arc::new(PgChains::new(db.clone())), keys)
}

fn audit(db: &Db, recorder: AccessLogWriter) -> AuditServices {
    let trail = Arc::new(PgAuditTrail::new(db.clone()));
    AuditServices {
        list_audit: ListAudit::new(trail.clone()),
        list_access: ListAccess::new(Arc::new(PgAccessLog::new(db.clone()))),
        record_refusal: RecordRefusal::new(trail),
        recorder,
    }
}

pub(crate) fn sales(db: &Db) -> SalesServices {
    let (products, orders) =
        (Arc::new(PgProducts::new(db.clone())), Arc::new(PgSalesOrders::new(db.clone())));
    SalesServices {
        products: ManageProducts::new(products, ids()),
        orders: ManageSalesOrders::new(orders, Arc::new(PgTeamLocales::new(db.clone())), ids()),
    }
}

/// The services of the HTTP handlers. Call it within the runtime that outlives them.
pub fn services(
    backends: &Backends,
    tokens: Arc<AccessTokens>,
    trusted_proxies: Networks,
    limits: Option<Arc<dyn RateLimits>>,
    ending: Arc<AtomicBool>,
    metrics: Box<dyn Fn() -> String + Send + Sync>,
    recorder: AccessLogWriter,
) -> Services {
    let db = &backends.db;
    let history = Arc::new(PgImportHistory::new(db.clone()));
    let callers = callers(db);
    Services {
        authenticate: Authenticate::new(callers.clone(), tokens.clone(), clock()),
        trusted_proxies,
        identity: identity(db, tokens, callers),
        hashing: Offload::new(MAX_CONCURRENT_HASHES),
        limits,
        responses: Arc::new(PgStoredResponses::new(db.clone())),
        clock: clock(),
        ids: ids(),
        readiness: Arc::new(Ready::new(db.clone(), ending)),
        metrics,
        offload: Offload::new(MAX_CONCURRENT_IMPORTS),
        background: Background::new(tokio::runtime::Handle::current()),
        audit: audit(db, recorder),
        import: ImportServices {
            import_orders: Arc::new(import_orders(db)),
            list_imports: ListImports::new(history.clone()),
            get_import: GetImport::new(history),
        },
        plant: plant(db),
        equipment: equipment(db),
        files: files(backends),
        procurement: procurement(db),
        receiving: receiving(db),
        sales: sales(db),
        accounting: backends.accounting.services(),
    }
}
