//! Changes: a write that takes the idempotency key's claim first and leaves events, audit entry and stored response last, in
//! one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::upsert::excluded;
use kernel::access::ActorRef;
use kernel::audit::{AuditEntry, Audited};
use kernel::clock::{IdSource, SystemIds};
use kernel::error::StoreError;
use kernel::events::OutboxMessage;
use kernel::id::TeamId;
use kernel::write::{Claim, ClaimKey, Content, StoredResponse, StoredResponses, WriteContext, Written};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::{Db, Lane, Scope};
use crate::schema::idempotent_answers;
use crate::statement::{column, statement};
use crate::write_error::WriteError;

/// The outcome of a change, with its events and its audit entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<O> {
    /// What it came to.
    pub outcome: O,
    pub events: Vec<OutboxMessage>,
    /// Its audit entries; none if nothing was changed.
    pub audit: Vec<AuditEntry>,
}

impl<O> Change<O> {
    /// A change that turned out to change nothing.
    pub fn nothing(outcome: O) -> Self {
        Self { outcome, events: Vec::new(), audit: Vec::new() }
    }

    /// A thing was made; no event.
    pub fn created(after: O) -> Self
    where
        O: Audited,
    {
        let entry = AuditEntry::created(&after);
        Self::audited(after, entry)
    }

    /// A thing was changed; no event.
    pub fn changed(before: &O, after: O) -> Self
    where
        O: Audited,
    {
        let entry = AuditEntry::changed(before, &after);
        Self::audited(after, entry)
    }

    /// A change that leaves an audit entry and no event.
    pub fn audited(outcome: O, entry: AuditEntry) -> Self {
        Self { outcome, events: Vec::new(), audit: vec![entry] }
    }
}

impl Db {
    /// A change: a write that also takes the context's claim, and leaves events, audit entry and answer.
    ///
    /// # Errors
    /// As [`Db::write`]; and [`StoreError::ClaimInFlight`] or [`StoreError::ClaimReused`].
    pub async fn change<O, E>(
        &self,
        lane: Lane,
        context: WriteContext<O>,
        mut work: impl FnMut(&mut PgConnection) -> Result<Change<O>, WriteError<E>> + Send + 'static,
    ) -> Result<Written<O>, E>
    where
        O: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write(Scope::Team(context.team), lane, move |connection| {
            if let Claimed::Before(answer) = claim(connection, &context)? {
                return Ok(Written::Replayed(answer));
            }
            let change = work(connection)?;
            record(connection, &context, &change)?;
            Ok(Written::Done(change.outcome))
        })
        .await
    }
}

/// What became of a claim to an idempotency key.
pub(crate) enum Claimed {
    /// This is the first request with the key, or it has none.
    Now,
    /// An earlier one was answered.
    Before(StoredResponse),
}

/// How long a response is stored (`docs/spec/common.md`, "Kept answers").
const RETENTION: TimeDelta = TimeDelta::hours(24);

/// Takes the context's claim, until the transaction ends: the first statement of every change.
pub(crate) fn claim<O, E: From<StoreError>>(
    connection: &mut PgConnection,
    context: &WriteContext<O>,
) -> Result<Claimed, WriteError<E>> {
    match &context.claim {
        Some(claim) => Claimant::of(context).claim(connection, &claim.key),
        None => Ok(Claimed::Now),
    }
}

/// Who claims a key, and when.
#[derive(Clone, Copy)]
pub(crate) struct Claimant {
    team: TeamId,
    actor: ActorRef,
    at: DateTime<Utc>,
}

impl Claimant {
    /// Whoever makes the change.
    pub(crate) fn of<O>(context: &WriteContext<O>) -> Self {
        Self { team: context.team, actor: context.actor, at: context.at }
    }

    /// Takes the key until the transaction ends.
    pub(crate) fn claim<E: From<StoreError>>(
        self,
        connection: &mut PgConnection,
        key: &ClaimKey,
    ) -> Result<Claimed, WriteError<E>> {
        let free: bool = diesel::select(
            diesel::dsl::sql::<Bool>("pg_try_advisory_xact_lock(")
                .bind::<BigInt, _>(lock_number(self, key))
                .sql(")"),
        )
        .get_result(connection)?;
        if !free {
            return Err(WriteError::store(StoreError::ClaimInFlight));
        }
        match find_stored(connection, self, key)? {
            None => Ok(Claimed::Now),
            Some(kept) if kept.fingerprint == key.fingerprint => Ok(Claimed::Before(kept.answer())),
            Some(_) => Err(WriteError::store(StoreError::ClaimReused)),
        }
    }
}

/// Whether a request with the context's key was answered before. Lets a caller skip preparing a change whose response is
/// stored already.
pub(crate) async fn was_answered<O>(db: &Db, context: &WriteContext<O>) -> Result<bool, StoreError> {
    let Some(claim) = &context.claim else { return Ok(false) };
    let (key, claimant) = (claim.key.clone(), Claimant::of(context));
    db.read(Scope::Team(claimant.team), move |connection| {
        Ok(find_stored(connection, claimant, &key)?.is_some())
    })
    .await
}

/// Writes a change's events, audit entry and answer: the last statements of every change.
pub(crate) fn record<O, E: From<StoreError>>(
    connection: &mut PgConnection,
    context: &WriteContext<O>,
    change: &Change<O>,
) -> Result<(), WriteError<E>> {
    write_effects(connection, context, &change.events, &change.audit)?;
    if let Some(Claim { key, render }) = &context.claim
        && let Some(response) = render(&change.outcome)
    {
        store_response(connection, context, key, response)?;
    }
    Ok(())
}

/// Writes events and audit entries, in one statement.
fn write_effects<O>(
    connection: &mut PgConnection,
    context: &WriteContext<O>,
    events: &[OutboxMessage],
    entries: &[AuditEntry],
) -> QueryResult<()> {
    if events.is_empty() && entries.is_empty() {
        return Ok(());
    }
    let events: Vec<_> = events.iter().map(OutboxRow::new).collect();
    statement(
        "WITH announced AS (
             INSERT INTO outbox (team_id, id, event_type, aggregate_id, sequence, payload, folded_record, folded_id,
                                 occurred_at)
             SELECT {}, id, event_type, aggregate_id, sequence, payload::jsonb, folded_record, folded_id, occurred_at
             FROM unnest({}, {}, {}, {}, {}, {}, {}, {})
                  AS event (id, event_type, aggregate_id, sequence, payload, folded_record, folded_id, occurred_at)
         )
         INSERT INTO audit_entries (team_id, id, at, actor, request_id, action, subject_kind, subject_id, before, after)
         SELECT {}, id, {}, {}, {}, action, subject_kind, subject_id, before::json, after::json
         FROM unnest({}, {}, {}, {}, {}, {}) AS entry (id, action, subject_kind, subject_id, before, after)",
    )
    .bind::<SqlUuid, _>(context.team.uuid())
    .bind::<Array<SqlUuid>, _>(column(&events, |event| event.id))
    .bind::<Array<Nullable<Text>>, _>(column(&events, |event| event.event_type))
    .bind::<Array<Nullable<SqlUuid>>, _>(column(&events, |event| event.aggregate_id))
    .bind::<Array<Nullable<BigInt>>, _>(column(&events, |event| event.sequence))
    .bind::<Array<Nullable<Text>>, _>(column(&events, |event| event.payload))
    .bind::<Array<Nullable<Text>>, _>(column(&events, |event| event.folded_record))
    .bind::<Array<Nullable<SqlUuid>>, _>(column(&events, |event| event.folded_id))
    .bind::<Array<Timestamptz>, _>(column(&events, |event| event.occurred_at))
    .bind::<SqlUuid, _>(context.team.uuid())
    .bind::<Timestamptz, _>(context.at)
    .bind::<Text, _>(context.actor.to_string())
    .bind::<Text, _>(&context.request_id)
    .bind::<Array<SqlUuid>, _>(column(entries, |_| SystemIds.uuid()))
    .bind::<Array<Text>, _>(column(entries, |entry| &*entry.action))
    .bind::<Array<Text>, _>(column(entries, |entry| entry.subject_kind))
    .bind::<Array<SqlUuid>, _>(column(entries, |entry| entry.subject))
    .bind::<Array<Nullable<Text>>, _>(column(entries, |entry| entry.before.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(column(entries, |entry| entry.after.as_deref()))
    .execute(connection)
    .map(drop)
}

struct OutboxRow<'a> {
    id: Uuid,
    event_type: Option<&'a str>,
    aggregate_id: Option<Uuid>,
    sequence: Option<i64>,
    payload: Option<&'a str>,
    folded_record: Option<&'a str>,
    folded_id: Option<Uuid>,
    occurred_at: DateTime<Utc>,
}

impl<'a> OutboxRow<'a> {
    fn new(message: &'a OutboxMessage) -> Self {
        match message {
            OutboxMessage::Event(event) => Self {
                id: event.id,
                event_type: Some(event.event_type),
                aggregate_id: Some(event.aggregate),
                sequence: Some(event.sequence),
                payload: Some(&event.payload),
                folded_record: None,
                folded_id: None,
                occurred_at: event.at,
            },
            OutboxMessage::Bulk { record, id, at } => Self {
                id: *id,
                event_type: None,
                aggregate_id: None,
                sequence: None,
                payload: None,
                folded_record: Some(record),
                folded_id: Some(*id),
                occurred_at: *at,
            },
        }
    }
}

struct StoredRequest {
    fingerprint: [u8; 32],
    status: u16,
    content: Content,
}

impl StoredRequest {
    fn answer(self) -> StoredResponse {
        StoredResponse { status: self.status, content: self.content }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotent_answers, check_for_backend(diesel::pg::Pg))]
struct StoredResponseRow {
    fingerprint: Vec<u8>,
    status: i16,
    body: Option<String>,
    record_kind: Option<String>,
    record_id: Option<Uuid>,
}

fn find_stored(
    connection: &mut PgConnection,
    claimant: Claimant,
    key: &ClaimKey,
) -> QueryResult<Option<StoredRequest>> {
    let row = idempotent_answers::table
        .filter(idempotent_answers::team_id.eq(claimant.team.uuid()))
        .filter(idempotent_answers::caller.eq(claimant.actor.to_string()))
        .filter(idempotent_answers::method.eq(&key.method))
        .filter(idempotent_answers::path.eq(&key.path))
        .filter(idempotent_answers::key.eq(&key.key))
        .filter(idempotent_answers::expires_at.gt(claimant.at))
        .select(StoredResponseRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.and_then(|row| {
        let content = match (row.body, row.record_kind, row.record_id) {
            (Some(body), _, _) => Content::Json(body),
            (None, Some(kind), Some(id)) => Content::Record { kind, id },
            _ => return None,
        };
        let fingerprint = row.fingerprint.try_into().ok()?;
        Some(StoredRequest { fingerprint, status: u16::try_from(row.status).ok()?, content })
    }))
}

fn store_response<O>(
    connection: &mut PgConnection,
    context: &WriteContext<O>,
    key: &ClaimKey,
    answer: StoredResponse,
) -> QueryResult<()> {
    let (body, record_kind, record_id) = match answer.content {
        Content::Json(body) => (Some(body), None, None),
        Content::Record { kind, id } => (None, Some(kind), Some(id)),
    };
    diesel::insert_into(idempotent_answers::table)
        .values((
            idempotent_answers::team_id.eq(context.team.uuid()),
            idempotent_answers::caller.eq(context.actor.to_string()),
            idempotent_answers::method.eq(&key.method),
            idempotent_answers::path.eq(&key.path),
            idempotent_answers::key.eq(&key.key),
            idempotent_answers::fingerprint.eq(&key.fingerprint[..]),
            idempotent_answers::status.eq(i16::try_from(answer.status).unwrap_or(i16::MAX)),
            idempotent_answers::body.eq(body),
            idempotent_answers::record_kind.eq(record_kind),
            idempotent_answers::record_id.eq(record_id),
            idempotent_answers::expires_at.eq(context.at + RETENTION),
        ))
        // only an expired answer can be in the way: the claim's lock is held
        .on_conflict((
            idempotent_answers::team_id,
            idempotent_answers::caller,
            idempotent_answers::method,
            idempotent_answers::path,
            idempotent_answers::key,
        ))
        .do_update()
        .set((
            idempotent_answers::fingerprint.eq(excluded(idempotent_answers::fingerprint)),
            idempotent_answers::status.eq(excluded(idempotent_answers::status)),
            idempotent_answers::body.eq(excluded(idempotent_answers::body)),
            idempotent_answers::record_kind.eq(excluded(idempotent_answers::record_kind)),
            idempotent_answers::record_id.eq(excluded(idempotent_answers::record_id)),
            idempotent_answers::expires_at.eq(excluded(idempotent_answers::expires_at)),
        ))
        .execute(connection)
        .map(drop)
}

/// The advisory lock of a claim: 64 bits over everything that makes two requests the same one.
fn lock_number(claimant: Claimant, key: &ClaimKey) -> i64 {
    let mut hash = Sha256::new();
    for part in [&claimant.team.to_string(), &claimant.actor.to_string(), &key.method, &key.path, &key.key] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}

/// Responses that no change stands behind, in PostgreSQL.
pub struct PgStoredResponses {
    db: Db,
}

impl PgStoredResponses {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait::async_trait]
impl StoredResponses for PgStoredResponses {
    #[tracing::instrument(name = "StoredResponses::store_response", level = "debug", skip_all)]
    async fn store_response(
        &self,
        context: WriteContext<StoredResponse>,
        answer: StoredResponse,
    ) -> Result<Written<StoredResponse>, StoreError> {
        self.db.change(Lane::Ordinary, context, move |_| Ok(Change::nothing(answer.clone()))).await
    }
}
