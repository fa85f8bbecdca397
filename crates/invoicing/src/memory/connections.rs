use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::accounting::{AccountingConnection, ConnectionError, StoredConnection};
use crate::ports::Connections;

/// The connections of teams in memory, with their keys in the clear.
#[derive(Debug, Default)]
pub struct InMemoryConnections {
    connections: Mutex<HashMap<TeamId, StoredConnection>>,
}

#[async_trait]
impl Connections for InMemoryConnections {
    async fn find(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionError> {
        Ok(self.connections.lock().unwrap_or_else(PoisonError::into_inner).get(&team).cloned())
    }

    async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        connection: AccountingConnection,
        seen: Option<DateTime<Utc>>,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let previous = connections.get(&context.team);
        if previous.map(|stored| stored.updated_at) != seen {
            return Err(ConnectionError::Overtaken);
        }
        let created_at = previous.map_or(context.at, |stored| stored.created_at);
        let stored = StoredConnection { connection, created_at, updated_at: context.at };
        connections.insert(context.team, stored.clone());
        Ok(Written::Done(stored))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::Id;
    use uuid::Uuid;

    #[test]
    fn it_stores_the_connections_of_teams() {
        let [team, other] = [1, 2].map(|number| Id::new(Uuid::from_u128(number)));
        pollster::block_on(crate::contract::connections(&InMemoryConnections::default(), team, other));
    }
}
