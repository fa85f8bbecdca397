//! A consumer that notes what it takes, and what else a test has it do; and a clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use adapter_postgres::db::{Lane, Scope};
use adapter_postgres::write_error::WriteError;
use adapter_postgres::{Db, inbox};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use kernel::clock::Clock;
use kernel::relay::{ConsumeError, Consumer, Delivery};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::support::{Store, at};

/// What a consumer does with an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Its effect.
    Good,
    /// Its effect, and then nothing ever again: its process was killed.
    Dies,
    /// Its effect, once the test lets it.
    Waits,
    Fails,
    Panics,
    Unavailable,
}

/// Makes room for effects.
pub(crate) fn make_room(store: &Store) {
    store.database.execute(
        "CREATE TABLE IF NOT EXISTS effects (
             place bigint GENERATED ALWAYS AS IDENTITY, consumer text, event_id uuid, said text);
         GRANT INSERT ON effects TO throughline_team",
    );
}

/// Leaves a row for each event in `effects`, with its inbox row, in one transaction.
pub(crate) struct Noting {
    db: Db,
    name: &'static str,
    types: &'static [&'static str],
    does: Mutex<Vec<(u128, Does)>>,
    handed_over: AtomicUsize,
    gate: Semaphore,
}

impl Noting {
    pub(super) fn new(store: &Store, name: &'static str, types: &'static [&'static str]) -> Arc<Self> {
        make_room(store);
        Self::of(&store.db, name, types)
    }

    /// One for a database that has room for effects.
    pub(crate) fn of(db: &Db, name: &'static str, types: &'static [&'static str]) -> Arc<Self> {
        let (does, handed_over) = (Mutex::default(), AtomicUsize::new(0));
        Arc::new(Self { db: db.clone(), name, types, does, handed_over, gate: Semaphore::new(0) })
    }

    /// From now on it does this with these events, and its effect with every other.
    pub(super) fn will(&self, does: impl IntoIterator<Item = (u128, Does)>) {
        *self.does.lock().expect("nobody panicked here") = does.into_iter().collect();
    }

    fn does(&self, event: Uuid) -> Does {
        let does = self.does.lock().expect("nobody panicked here");
        does.iter().find(|(id, _)| *id == event.as_u128()).map_or(Does::Good, |(_, does)| *does)
    }

    async fn effect(&self, delivery: &Delivery) -> Result<(), ConsumeError> {
        let (name, team, delivery) = (self.name, delivery.team, delivery.clone());
        let effect = move |connection: &mut PgConnection| {
            if !inbox::take(connection, team, name, delivery.id, at())? {
                return Ok(());
            }
            let said = format!(
                "{} {} {} {} {}",
                delivery.event_type, delivery.aggregate, delivery.sequence, delivery.at, delivery.payload
            );
            sql_query("INSERT INTO effects (consumer, event_id, said) VALUES ($1, $2, $3)")
                .bind::<Text, _>(name)
                .bind::<diesel::sql_types::Uuid, _>(delivery.id)
                .bind::<Text, _>(said)
                .execute(connection)?;
            Ok::<_, WriteError<ConsumeError>>(())
        };
        self.db.write(Scope::Team(team), Lane::Ordinary, effect).await
    }

    /// How often it was given an event.
    pub(super) fn handed_over(&self) -> usize {
        self.handed_over.load(Ordering::Relaxed)
    }

    /// Lets go on what waits for the test.
    pub(super) fn let_go_on(&self) {
        self.gate.add_permits(1);
    }
}

#[async_trait]
impl Consumer for Noting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn event_types(&self) -> &'static [&'static str] {
        self.types
    }

    async fn consume(&self, delivery: &Delivery) -> Result<(), ConsumeError> {
        self.handed_over.fetch_add(1, Ordering::Relaxed);
        match self.does(delivery.id) {
            Does::Good => self.effect(delivery).await,
            Does::Dies => {
                self.effect(delivery).await?;
                std::future::pending().await
            }
            Does::Waits => {
                drop(self.gate.acquire().await);
                self.effect(delivery).await
            }
            Does::Fails => Err(ConsumeError::Failed("it can't be taken".into())),
            Does::Panics => panic!("it can't be taken"),
            Does::Unavailable => Err(ConsumeError::Unavailable("away for lunch".into())),
        }
    }
}

/// A clock that tests move.
pub(super) struct Hand(Mutex<DateTime<Utc>>);

impl Hand {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(at())))
    }

    pub(super) fn forward(&self, time: TimeDelta) {
        *self.0.lock().expect("nobody panicked here") += time;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panicked here")
    }
}
