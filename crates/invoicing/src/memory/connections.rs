use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::accounting::AccountingConnection;
use crate::ports::{ConnectionStoreError, Connections, StoredConnection};

/// The connections of teams, as long as it lives: its keys are where they are kept already, in memory.
#[derive(Debug, Default)]
pub struct InMemoryConnections {
    kept: Mutex<HashMap<TeamId, StoredConnection>>,
}

#[async_trait]
impl Connections for InMemoryConnections {
    async fn find(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionStoreError> {
        Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&team).cloned())
    }

    async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        connection: AccountingConnection,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Written<StoredConnection>, ConnectionStoreError> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&context.team).map(|kept| kept.updated_at) != seen {
            return Err(ConnectionStoreError::Overtaken);
        }
        let created_at = all.get(&context.team).map_or(context.at, |kept| kept.created_at);
        let kept = StoredConnection { connection, created_at, updated_at: context.at };
        all.insert(context.team, kept.clone());
        Ok(Written::Done(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use uuid::Uuid;

    #[test]
    fn it_keeps_the_connections_of_teams() {
        let [team, other] = [1, 2].map(|number| Id::new(Uuid::from_u128(number)));
        pollster::block_on(crate::contract::connections(&InMemoryConnections::default(), team, other));
    }
}
