//! The accounting system and its stores.

use std::sync::Arc;
use std::time::Duration;

use adapter_http::{AccountingServices, Offload};
use adapter_postgres::Db;
use adapter_postgres::invoicing::{PgConnections, PgExchanges, PgInvoiceLedger};
use adapter_wfirma::{ClientError, Settings, WfirmaClient};
use async_trait::async_trait;
use chrono::TimeDelta;
use invoicing::accounting::{CompanyId, ConnectionError, GatewayDelays, Keys};
use invoicing::ports::{Connections, Exchanges, InvoiceLedger, LookupSchedule, Pause};
use invoicing::{
    GetInvoice, ListExchanges, ManageConnection, ProcessBatch, ProcessingLimits, ReconcileInvoices,
};
use kernel::access::{Actor, Identity};
use kernel::id::TeamId;
use kernel::write::WriteContext;
use secrets::sealing::SealingKeys;
use url::Url;

use crate::config::Config;
use crate::system::{clock, ids};

/// The deadline of a request (`docs/spec/gepard.md`).
const DEADLINE: TimeDelta = TimeDelta::seconds(30);
/// The lease in which a claimed invoice must be sent; after it, others look up the invoices of a process that died.
const LEASE: TimeDelta = TimeDelta::seconds(10);
/// The poll interval of a request that waits for another's invoice.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The approximate pause before an invoice is retried within its request.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Large batches read concurrently: each takes up to 200 MiB of memory.
const MAX_CONCURRENT_BATCHES: usize = 2;
/// The schedule of look-ups of unknown outcomes.
const SCHEDULE: LookupSchedule = LookupSchedule {
    batch_size: 20,
    min_interval: TimeDelta::seconds(5),
    max_interval: TimeDelta::minutes(10),
    timeout: TimeDelta::seconds(15),
};

/// The settings of the accounting system.
#[derive(Debug, Clone)]
pub struct AccountingSettings {
    /// wFirma's address.
    pub url: Url,
    /// How long a new invoice may not be found yet.
    pub visibility: TimeDelta,
    /// The most invoices of one request in flight.
    pub parallel: usize,
}

impl AccountingSettings {
    /// The configured settings.
    pub(crate) fn of(config: &Config) -> Self {
        let wfirma = &config.wfirma;
        Self { url: wfirma.url.clone(), visibility: wfirma.visibility, parallel: wfirma.parallel }
    }
}

/// The accounting system, the invoices and connections of the teams, and the exchanges with it.
#[derive(Clone)]
pub struct Accounting {
    gateway: Arc<WfirmaClient>,
    ledger: Arc<dyn InvoiceLedger>,
    connections: Arc<dyn Connections>,
    exchanges: Arc<dyn Exchanges>,
    settings: AccountingSettings,
    /// How long a call that creates an invoice may take.
    call: Duration,
}

impl Accounting {
    /// Opens it without sending anything; one for the whole process, as it limits the calls in flight.
    ///
    /// # Errors
    /// When no HTTP client can be created.
    pub fn open(db: &Db, keys: Arc<SealingKeys>, settings: AccountingSettings) -> Result<Self, ClientError> {
        let exchanges: Arc<dyn Exchanges> = Arc::new(PgExchanges::new(db.clone(), ids()));
        let wfirma = Settings::new(settings.url.clone());
        let call = wfirma.write_timeout;
        let gateway = WfirmaClient::new(wfirma, clock(), exchanges.clone())?;
        Ok(Self {
            gateway,
            ledger: Arc::new(PgInvoiceLedger::new(db.clone())),
            connections: Arc::new(PgConnections::new(db.clone(), keys, ids())),
            exchanges,
            settings,
            call,
        })
    }

    pub(crate) fn services(&self) -> AccountingServices {
        let limits = ProcessingLimits {
            at_once: self.settings.parallel,
            deadline: DEADLINE,
            lease: LEASE,
            delays: self.delays(),
            poll_interval: POLL_INTERVAL,
            retry_after: RETRY_AFTER,
        };
        let (gateway, ledger, connections) =
            (self.gateway.clone(), self.ledger.clone(), self.connections.clone());
        let process = ProcessBatch::new(gateway, ledger, connections, clock(), Arc::new(Sleep), limits);
        AccountingServices {
            process_batch: Arc::new(process),
            get_invoice: GetInvoice::new(self.ledger.clone()),
            connection: self.manage_connection(),
            exchanges: ListExchanges::new(self.exchanges.clone()),
            offload: Offload::new(MAX_CONCURRENT_BATCHES),
        }
    }

    fn delays(&self) -> GatewayDelays {
        let call = TimeDelta::from_std(self.call).unwrap_or(TimeDelta::MAX);
        GatewayDelays { call, visibility: self.settings.visibility }
    }

    fn manage_connection(&self) -> ManageConnection {
        ManageConnection::new(self.connections.clone())
    }

    /// Connects a team to a company, without changing its connection's other settings; `part` is the acting component.
    pub(crate) async fn connect(
        &self,
        team: TeamId,
        (company, keys): (CompanyId, Keys),
        part: &'static str,
    ) -> Result<(), ConnectionError> {
        let actor = Actor { team, identity: Identity::System { part } };
        let context = WriteContext::unclaimed(&actor, part, clock().now());
        self.manage_connection().connect(context, company, keys).await.map(drop)
    }

    pub(crate) fn reconcile(&self) -> ReconcileInvoices {
        let (gateway, ledger, connections) =
            (self.gateway.clone(), self.ledger.clone(), self.connections.clone());
        ReconcileInvoices::new(gateway, ledger, connections, clock(), SCHEDULE, self.delays())
    }
}

/// Waits on the runtime's clock.
struct Sleep;

#[async_trait]
impl Pause for Sleep {
    /// Waits between half and one and a half times as long, so that concurrent waits end at different times.
    async fn pause(&self, duration: Duration) {
        #[expect(clippy::disallowed_methods, reason = "the pause between two look-ups")]
        tokio::time::sleep(duration.mul_f64(0.5 + rand::random::<f64>())).await;
    }
}
