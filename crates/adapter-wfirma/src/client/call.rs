//! One call: when it may go out, what came of it, and what is kept of it.

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

/// The most that is read of an answer.
const LONGEST_ANSWER: usize = 8 << 20;
/// How long keys that were refused are not tried again: more tries lock the account (wfirma.md).
const KEYS_REST_FOR: TimeDelta = TimeDelta::minutes(5);

/// What is asked of wFirma.
pub(super) struct Call<'a> {
    pub(super) connection: &'a AccountingConnection,
    pub(super) action: Action,
    pub(super) invoice: Option<InvoiceId>,
    pub(super) body: String,
    /// After which moment it must not be sent any more; what reads is also given up then.
    pub(super) until: Option<DateTime<Utc>>,
}

/// What a call came to, if to no answer.
#[derive(Debug)]
pub(super) enum CallError {
    /// It was not sent.
    NotSent(Cause),
    /// It was not sent, because wFirma could not be reached; trying again may help.
    Unreachable(Cause),
    /// It was sent, and nothing came back that says what was done.
    Lost(Cause),
}

/// Keys that were refused, of which team and company, and until when they rest.
pub(super) type Resting = Mutex<HashMap<(TeamId, CompanyId), (Keys, DateTime<Utc>)>>;

impl WfirmaClient {
    /// Waits for a turn, sends, and reads what comes back. The turn is given back before the exchange is kept, so that a
    /// slow store holds up nobody else.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Reply, CallError> {
        self.may_send(call)?;
        let turn = tokio::time::timeout(self.left(call.until), self.turns.acquire()).await;
        let turn = turn.map_err(|_| time_is_up())?.map_err(|error| CallError::NotSent(error.into()))?;
        // others may have found out while this one waited for its turn
        self.may_send(call)?;
        let (outcome, exchange) = self.exchanged(call).await;
        drop(turn);
        match incident(&outcome) {
            None => self.breaker.works(),
            Some(incident) if self.breaker.fails() => self.opened(call.connection, &incident),
            Some(_) => {}
        }
        self.keep(exchange).await;
        outcome
    }

    /// Whether a call may go out now.
    fn may_send(&self, call: &Call<'_>) -> Result<(), CallError> {
        let not_sent = |why: &'static str| Err(CallError::NotSent(why.into()));
        if self.keys_rest(call.connection) {
            return not_sent("wFirma refused these keys a moment ago");
        }
        if self.breaker.is_open() {
            return not_sent("wFirma is down: nothing is sent until it is seen to work again");
        }
        if self.left(call.until).is_zero() {
            return Err(time_is_up());
        }
        Ok(())
    }

    /// How much time is left until a moment, if there is one.
    pub(super) fn left(&self, until: Option<DateTime<Utc>>) -> Duration {
        until.map_or(Duration::MAX, |until| (until - self.clock.now()).to_std().unwrap_or_default())
    }

    /// The breaker has opened: asks now and then whether wFirma is back. Nobody's request waits for that.
    fn opened(&self, connection: &AccountingConnection, incident: &str) {
        tracing::warn!(
            incident,
            "wFirma is down: it is asked every {:?} whether it is back",
            self.settings.open_for
        );
        let (me, connection) = (self.me.clone(), connection.clone());
        tokio::spawn(async move {
            while let Some(client) = me.upgrade() {
                #[expect(clippy::disallowed_methods, reason = "the breaker opens for a time")]
                tokio::time::sleep(client.settings.open_for).await;
                if client.is_back(&connection).await {
                    client.breaker.close();
                    tracing::info!("wFirma is back");
                    return;
                }
            }
        });
    }

    /// A write never asks that: were it lost, nobody would know what it did. Keys that rest do not ask either, so that it
    /// is asked a round later. A locked company shows that wFirma works: others must not wait for it.
    async fn is_back(&self, connection: &AccountingConnection) -> bool {
        let Ok(turn) = self.turns.acquire().await else { return false };
        if self.keys_rest(connection) {
            return false;
        }
        let (outcome, exchange) = self.exchanged(&super::vat_codes_call(connection, 1, 1, None)).await;
        drop(turn);
        self.keep(exchange).await;
        outcome.as_ref().is_ok_and(|reply| reply.status == Status::Locked) || incident(&outcome).is_none()
    }

    /// Sends and reads what comes back; gives both to be kept, without the keys, which an answer may repeat.
    async fn exchanged(&self, call: &Call<'_>) -> (Result<Reply, CallError>, Exchange) {
        let (at, began) = (self.clock.now(), Instant::now());
        let answer = self.sent(call).await;
        let took = began.elapsed();
        let keys = &call.connection.keys;
        let outcome = match &answer {
            Ok((http, body)) => Reply::read(*http, body)
                .map(|mut reply| {
                    reply.code = keys.redacted(&reply.code);
                    reply
                })
                .ok_or_else(|| CallError::Lost(format!("HTTP {http} and nothing that could be read").into())),
            Err(error) if error.is_connect() => Err(CallError::Unreachable(told(error).into())),
            Err(error) => Err(CallError::Lost(told(error).into())),
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
            Err(error) => Err(keys.redacted(&told(&error))),
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

    async fn sent(&self, call: &Call<'_>) -> Result<(u16, Vec<u8>), reqwest::Error> {
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
        let mut answer = request.body(call.body.clone()).send().await?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            let room = LONGEST_ANSWER.saturating_sub(body.len());
            body.extend(piece.iter().take(room));
        }
        Ok((answer.status().as_u16(), body))
    }

    pub(super) fn keys_rest(&self, connection: &AccountingConnection) -> bool {
        let credential_cooldown = self.credential_cooldown.lock().unwrap_or_else(PoisonError::into_inner);
        credential_cooldown
            .get(&(connection.team, connection.company.clone()))
            .is_some_and(|(keys, until)| *keys == connection.keys && self.clock.now() < *until)
    }

    fn start_credential_cooldown(&self, connection: &AccountingConnection, code: &str) {
        let (team, company) = (connection.team, connection.company.as_str());
        tracing::error!(
            alert = "wfirma_keys_refused", %team, company, code,
            "wFirma refuses the keys of a team: no invoice is made until they are set anew"
        );
        let now = self.clock.now();
        let mut credential_cooldown = self.credential_cooldown.lock().unwrap_or_else(PoisonError::into_inner);
        credential_cooldown.retain(|_, (_, until)| now < *until);
        let whose = (connection.team, connection.company.clone());
        credential_cooldown.insert(whose, (connection.keys.clone(), now + KEYS_REST_FOR));
    }

    async fn keep(&self, exchange: Exchange) {
        if let Err(error) = self.exchanges.record(exchange).await {
            tracing::error!(error = &error as &dyn std::error::Error, "an exchange with wFirma was not kept");
        }
    }
}

/// It was not sent in time.
fn time_is_up() -> CallError {
    CallError::NotSent("the time to send it was up".into())
}

/// What shows that wFirma does not work, if an outcome does; any answer but that it is out of service shows that it does.
fn incident(outcome: &Result<Reply, CallError>) -> Option<String> {
    match outcome {
        Ok(reply) => matches!(reply.status, Status::Outage | Status::Locked).then(|| reply.code.clone()),
        Err(CallError::NotSent(cause) | CallError::Unreachable(cause) | CallError::Lost(cause)) => {
            Some(cause.to_string())
        }
    }
}

/// An error and its causes on one line.
fn told(error: &reqwest::Error) -> String {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
