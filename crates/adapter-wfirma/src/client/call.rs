//! One call of wFirma: whether it may be sent, its outcome, and the record of the exchange.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use invoicing::accounting::{AccountingConnection, CompanyId, InvoiceId, Keys};
use invoicing::ports::{Exchange, ExchangeAnswer};
use kernel::error::Cause;
use kernel::id::TeamId;

use super::{Settings, WfirmaClient};
use crate::protocol::{Action, HEADERS, Reply, Status, formats};

/// The most bytes read of a response.
const MAX_RESPONSE_BYTES: usize = 8 << 20;
/// How long refused keys are not sent again: more attempts lock the account.
const CREDENTIAL_COOLDOWN: TimeDelta = TimeDelta::minutes(5);

/// A call of wFirma.
pub(super) struct Call<'a> {
    pub(super) connection: &'a AccountingConnection,
    pub(super) action: Action,
    pub(super) invoice: Option<InvoiceId>,
    pub(super) body: String,
    /// The moment after which it must not be sent; a read is also given up then.
    pub(super) until: Option<DateTime<Utc>>,
}

/// Why a call has no response.
#[derive(Debug)]
pub(super) enum CallError {
    NotSent(Cause),
    /// It was not sent, because wFirma could not be reached; a retry may help.
    Unreachable(Cause),
    /// It was sent, and there is no readable response.
    Lost(Cause),
}

/// The refused keys of each team's company, and the end of their cooldown.
pub(super) type CredentialCooldowns = Mutex<HashMap<(TeamId, CompanyId), (Keys, DateTime<Utc>)>>;

impl WfirmaClient {
    /// Waits for a permit, sends, and reads the response. The permit is returned before the exchange is stored, so that a
    /// slow store delays no other call.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Reply, CallError> {
        self.check_may_send(call)?;
        let permit = tokio::time::timeout(self.left(call.until), self.permits.acquire()).await;
        let permit =
            permit.map_err(|_| deadline_passed())?.map_err(|error| CallError::NotSent(error.into()))?;
        // another call may have failed while this one waited for its permit
        self.check_may_send(call)?;
        let (outcome, exchange) = self.exchange(call).await;
        drop(permit);
        match outage(&outcome) {
            None => self.breaker.record_success(),
            Some(cause) if self.breaker.record_failure() => self.start_probing(call.connection, &cause),
            Some(_) => {}
        }
        self.store(exchange).await;
        outcome
    }

    /// Fails if a call must not be sent now.
    fn check_may_send(&self, call: &Call<'_>) -> Result<(), CallError> {
        let not_sent = |why: &'static str| Err(CallError::NotSent(why.into()));
        if self.is_cooling_down(call.connection) {
            return not_sent("wFirma refused these keys a moment ago");
        }
        if self.breaker.is_open() {
            return not_sent("wFirma is down: nothing is sent until it works again");
        }
        if self.left(call.until).is_zero() {
            return Err(deadline_passed());
        }
        Ok(())
    }

    /// The time left until a moment, if there is one.
    pub(super) fn left(&self, until: Option<DateTime<Utc>>) -> Duration {
        until.map_or(Duration::MAX, |until| (until - self.clock.now()).to_std().unwrap_or_default())
    }

    /// Probes wFirma periodically in the background until it works again.
    fn start_probing(&self, connection: &AccountingConnection, cause: &str) {
        tracing::warn!(cause, "wFirma is down: it is probed every {:?}", self.settings.open_for);
        let (me, connection) = (self.me.clone(), connection.clone());
        tokio::spawn(async move {
            while let Some(client) = me.upgrade() {
                #[expect(clippy::disallowed_methods, reason = "the breaker opens for a time")]
                tokio::time::sleep(client.settings.open_for).await;
                if client.probe(&connection).await {
                    client.breaker.close();
                    tracing::info!("wFirma is back");
                    return;
                }
            }
        });
    }

    /// Whether wFirma works, by a read: the outcome of a lost write would be unknown. Keys in their cooldown are not sent. A
    /// locked company shows that wFirma works for others.
    async fn probe(&self, connection: &AccountingConnection) -> bool {
        let Ok(permit) = self.permits.acquire().await else { return false };
        if self.is_cooling_down(connection) {
            return false;
        }
        let (outcome, exchange) = self.exchange(&super::vat_codes_call(connection, 1, 1, None)).await;
        drop(permit);
        self.store(exchange).await;
        outcome.as_ref().is_ok_and(|reply| reply.status == Status::Locked) || outage(&outcome).is_none()
    }

    /// Sends and reads the response; returns the outcome, and the exchange to be stored, without the keys, which a response
    /// may repeat.
    async fn exchange(&self, call: &Call<'_>) -> (Result<Reply, CallError>, Exchange) {
        let (at, began) = (self.clock.now(), Instant::now());
        let answer = self.send(call).await;
        let took = began.elapsed();
        let keys = &call.connection.keys;
        let outcome = match &answer {
            Ok((http, body)) => Reply::read(*http, body)
                .map(|mut reply| {
                    reply.code = keys.redacted(&reply.code);
                    reply
                })
                .ok_or_else(|| CallError::Lost(format!("HTTP {http} and nothing that could be read").into())),
            Err(error) if error.is_connect() => Err(CallError::Unreachable(describe(error).into())),
            Err(error) => Err(CallError::Lost(describe(error).into())),
        };
        if let Ok(reply) = &outcome
            && reply.status == Status::Auth
        {
            self.start_credential_cooldown(call.connection, &reply.code);
        }
        let answer = match answer {
            Ok((status, body)) => {
                Ok(ExchangeAnswer { status, body: keys.redacted(&String::from_utf8_lossy(&body)) })
            }
            Err(error) => Err(keys.redacted(&describe(&error))),
        };
        let exchange = Exchange {
            team: call.connection.team,
            invoice: call.invoice,
            action: call.action.path().into(),
            at,
            took,
            request: keys.redacted(&call.body),
            answer,
        };
        (outcome, exchange)
    }

    async fn send(&self, call: &Call<'_>) -> Result<(u16, Vec<u8>), reqwest::Error> {
        let mut url = self.settings.url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}", call.action.path()));
        url.query_pairs_mut().extend_pairs(formats(call.connection));
        let Settings { write_timeout, read_timeout, .. } = self.settings;
        let timeout =
            if call.action.writes() { write_timeout } else { read_timeout.min(self.left(call.until)) };
        let mut request = self.http.post(url).timeout(timeout).header("Content-Type", "application/json");
        for (name, key) in HEADERS {
            let mut key = reqwest::header::HeaderValue::from_str(key(&call.connection.keys))
                .unwrap_or_else(|_| reqwest::header::HeaderValue::from_static(""));
            key.set_sensitive(true);
            request = request.header(name, key);
        }
        let mut response = request.body(call.body.clone()).send().await?;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            let room = MAX_RESPONSE_BYTES.saturating_sub(body.len());
            body.extend(piece.iter().take(room));
        }
        Ok((response.status().as_u16(), body))
    }

    pub(super) fn is_cooling_down(&self, connection: &AccountingConnection) -> bool {
        let cooldowns = self.credential_cooldowns.lock().unwrap_or_else(PoisonError::into_inner);
        cooldowns
            .get(&(connection.team, connection.company.clone()))
            .is_some_and(|(keys, until)| *keys == connection.keys && self.clock.now() < *until)
    }

    fn start_credential_cooldown(&self, connection: &AccountingConnection, code: &str) {
        let (team, company) = (connection.team, connection.company.as_str());
        tracing::error!(
            alert = "wfirma_keys_refused", %team, company, code,
            "wFirma refuses the keys of a team: no invoice is created until they are replaced"
        );
        let now = self.clock.now();
        let mut cooldowns = self.credential_cooldowns.lock().unwrap_or_else(PoisonError::into_inner);
        cooldowns.retain(|_, (_, until)| now < *until);
        let company = (connection.team, connection.company.clone());
        cooldowns.insert(company, (connection.keys.clone(), now + CREDENTIAL_COOLDOWN));
    }

    async fn store(&self, exchange: Exchange) {
        if let Err(error) = self.exchanges.record(exchange).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an exchange with wFirma was not stored"
            );
        }
    }
}

fn deadline_passed() -> CallError {
    CallError::NotSent("the time to send it was up".into())
}

/// The cause of an outage, if an outcome shows that wFirma does not work; any other response shows that it does.
fn outage(outcome: &Result<Reply, CallError>) -> Option<String> {
    match outcome {
        Ok(reply) => matches!(reply.status, Status::Outage | Status::Locked).then(|| reply.code.clone()),
        Err(CallError::NotSent(cause) | CallError::Unreachable(cause) | CallError::Lost(cause)) => {
            Some(cause.to_string())
        }
    }
}

/// An error and its causes on one line.
fn describe(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
