use std::collections::HashMap;

use ::audit::Seal;
use ::audit::ports::{AuditTrail, EntryFilter, ListedEntry};
use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use kernel::audit::AuditEntry;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};
use uuid::Uuid;

use super::{EntryRow, hash};
use crate::db::{Db, Lane, Scope};
use crate::effects::Change;
use crate::schema::{audit_entries, audit_seals};

/// The audit trail in PostgreSQL. Changes write to it in `effects.rs`.
pub struct PgAuditTrail {
    db: Db,
}

impl PgAuditTrail {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl AuditTrail for PgAuditTrail {
    #[tracing::instrument(name = "AuditTrail::append", level = "debug", skip_all)]
    async fn append(&self, context: WriteContext<()>, entry: AuditEntry) -> Result<Written<()>, StoreError> {
        self.db.change(Lane::Ordinary, context, move |_| Ok(Change::audited((), entry.clone()))).await
    }

    #[tracing::instrument(name = "AuditTrail::list", level = "debug", skip_all)]
    async fn list(
        &self,
        team: TeamId,
        filter: EntryFilter,
        window: Window,
    ) -> Result<Listing<ListedEntry>, StoreError> {
        let (rows, seals, total) = self
            .db
            .read(Scope::Team(team), move |connection| {
                let rows: Vec<EntryRow> = filtered(team, &filter)
                    .order((audit_entries::at.desc(), audit_entries::id.desc()))
                    .offset(window.offset().into())
                    .limit(window.limit().into())
                    .select((
                        audit_entries::team_id,
                        audit_entries::id,
                        audit_entries::at,
                        audit_entries::actor,
                        audit_entries::request_id,
                        audit_entries::action,
                        audit_entries::subject_kind,
                        audit_entries::subject_id,
                        sql::<Nullable<Text>>("before::text"),
                        sql::<Nullable<Text>>("after::text"),
                    ))
                    .load(connection)?;
                let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
                let seals: Vec<(Uuid, i64, Vec<u8>)> = audit_seals::table
                    .filter(audit_seals::team_id.eq(team.uuid()))
                    .filter(audit_seals::entry_id.eq_any(ids))
                    .select((audit_seals::entry_id, audit_seals::sequence, audit_seals::hash))
                    .load(connection)?;
                Ok((rows, seals, filtered(team, &filter).count().get_result::<i64>(connection)?))
            })
            .await?;
        let seals = seals.into_iter().map(|(entry, sequence, bytes)| {
            Ok((entry, Seal { sequence, entry: Id::new(entry), hash: hash(bytes)? }))
        });
        let seals = seals.collect::<Result<HashMap<_, _>, StoreError>>()?;
        let listed = |row: EntryRow| ListedEntry { seal: seals.get(&row.id).copied(), entry: row.into() };
        Ok(Listing { items: rows.into_iter().map(listed).collect(), total: total.unsigned_abs() })
    }
}

fn filtered(team: TeamId, filter: &EntryFilter) -> audit_entries::BoxedQuery<'_, Pg> {
    let EntryFilter { actor, action, subject_kind, subject, request_id, from, to } = filter;
    let mut query = audit_entries::table.filter(audit_entries::team_id.eq(team.uuid())).into_boxed();
    if let Some(actor) = actor {
        query = query.filter(audit_entries::actor.eq(actor));
    }
    if let Some(action) = action {
        query = query.filter(audit_entries::action.eq(action));
    }
    if let Some(kind) = subject_kind {
        query = query.filter(audit_entries::subject_kind.eq(kind));
    }
    if let Some(subject) = subject {
        query = query.filter(audit_entries::subject_id.eq(subject));
    }
    if let Some(request_id) = request_id {
        query = query.filter(audit_entries::request_id.eq(request_id));
    }
    if let Some(from) = from {
        query = query.filter(audit_entries::at.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(audit_entries::at.lt(to));
    }
    query
}
