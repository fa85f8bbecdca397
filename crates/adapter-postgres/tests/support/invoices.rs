//! A team with an accounting system.

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::invoicing::{PgConnections, PgExchanges, PgInvoiceLedger};
use invoicing::accounting::{
    AccountingConnection, CompanyId, ContractorId, InvoiceEvent, InvoiceId, LedgerEntry, PayloadHash,
    RequestedInvoice,
};
use invoicing::contract::connection;
use invoicing::ports::{
    Connections, Exchange, ExchangeAnswer, Exchanges, InvoiceLedger, LedgerError, LedgerUpdate,
};
use kernel::clock::SystemIds;
use kernel::id::TeamId;
use kernel::money::Money;
use secrets::sealing::SealingKeys;

use super::{Store, block_on, context, done, minute};

/// The connections of a store, under a key made of this byte.
pub(crate) fn connections(store: &Store, key: u8) -> PgConnections {
    let keys = SealingKeys::new([key; 32], None);
    PgConnections::new(store.db.clone(), Arc::new(keys), Arc::new(SystemIds))
}

/// A request for an invoice of 184.50; each variant has other content.
pub(crate) fn requested(variant: u8) -> RequestedInvoice {
    RequestedInvoice {
        payload: PayloadHash::new([variant; 32]),
        contractor: ContractorId::try_new("152158328").expect("a contractor"),
        company: CompanyId::try_new("1").expect("a company"),
        gross: Money::try_new("184.50".parse().expect("a number")).expect("a sum"),
    }
}

/// The id of a team's invoice: another in each team.
pub(crate) fn invoice_id(team: TeamId, number: u16) -> InvoiceId {
    let own: String = team.to_string().chars().skip(24).collect();
    format!("550e8400-e29b-4000-8{number:03x}-{own}").parse().expect("an id")
}

impl Store {
    /// Records an event of an invoice.
    pub(crate) fn record(
        &self,
        team: TeamId,
        invoice: InvoiceId,
        expected_version: Option<i64>,
        event: InvoiceEvent,
    ) -> Result<LedgerEntry, LedgerError> {
        let update = LedgerUpdate { invoice, expected_version, event, requested: requested(7) };
        block_on(PgInvoiceLedger::new(self.db.clone()).record(context(team), update))
    }

    /// An invoice that somebody is about to send.
    pub(crate) fn claimed_invoice(&self, team: TeamId, number: u16) -> InvoiceId {
        let invoice = invoice_id(team, number);
        let event = InvoiceEvent::Claimed { at: minute(0), lease: minute(1) };
        self.record(team, invoice, None, event).expect("it is claimed");
        invoice
    }

    /// An invoice that somebody sends until the first minute is over.
    pub(crate) fn sent_invoice(&self, team: TeamId, number: u16) -> InvoiceId {
        let invoice = self.claimed_invoice(team, number);
        let sending = InvoiceEvent::Sending { lease: minute(1) };
        self.record(team, invoice, Some(1), sending).expect("it is being sent");
        invoice
    }

    /// Adds a team's connection, an invoice that is claimed, one that is sent, and an exchange about it.
    pub(super) fn fill_accounting(&self, team: TeamId) {
        let ours = AccountingConnection { team, ..connection("1") };
        done(block_on(connections(self, 1).set(context(team), ours, None)));
        self.claimed_invoice(team, 1);
        let invoice = self.sent_invoice(team, 2);
        let exchange = Exchange {
            team,
            invoice: Some(invoice),
            action: "invoices/add".into(),
            at: minute(0),
            took: Duration::from_millis(200),
            request: "{}".to_owned(),
            answer: Ok(ExchangeAnswer { status: 200, body: "{}".to_owned() }),
        };
        let exchanges = PgExchanges::new(self.db.clone(), Arc::new(SystemIds));
        block_on(exchanges.record(exchange)).expect("it is stored");
    }
}
