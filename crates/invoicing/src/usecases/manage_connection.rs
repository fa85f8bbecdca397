use std::sync::Arc;

use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};
use serde_json::{Map, Value};

use crate::accounting::AccountingConnection;
use crate::ports::{Connections, KeptConnection};

/// Shows and sets the accounting connection of a team.
pub struct ManageConnection {
    connections: Arc<dyn Connections>,
}

/// Why a connection was not set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// What was given is wrong; the faults say what.
    #[error("validation failed")]
    Invalid(Vec<Fault>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for ConnectionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::Store(_) => &[],
        }
    }
}

impl ManageConnection {
    /// Stands on the connections of the teams.
    pub fn new(connections: Arc<dyn Connections>) -> Self {
        Self { connections }
    }

    /// The team's connection, if it has one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(&self, team: TeamId) -> Result<Option<KeptConnection>, StoreError> {
        self.connections.find(team).await
    }

    /// Sets the team's connection as a request says ([`AccountingConnection::read`]).
    ///
    /// # Errors
    /// Every fault of the request at once.
    pub async fn run(
        &self,
        context: WriteContext<KeptConnection>,
        request: &Map<String, Value>,
    ) -> Result<Written<KeptConnection>, ConnectionError> {
        let before = self.connections.find(context.team).await?;
        let stored = before.as_ref().map(|kept| &kept.connection);
        let connection =
            AccountingConnection::read(context.team, request, stored).map_err(ConnectionError::Invalid)?;
        Ok(self.set(context, before, connection).await?)
    }

    /// Sets the team's connection; one that is so already is left as it is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_to(
        &self,
        context: WriteContext<KeptConnection>,
        connection: AccountingConnection,
    ) -> Result<Written<KeptConnection>, StoreError> {
        let before = self.connections.find(context.team).await?;
        self.set(context, before, connection).await
    }

    async fn set(
        &self,
        context: WriteContext<KeptConnection>,
        before: Option<KeptConnection>,
        connection: AccountingConnection,
    ) -> Result<Written<KeptConnection>, StoreError> {
        match before {
            Some(kept) if kept.connection == connection => Ok(Written::Done(kept)),
            _ => self.connections.set(context, connection).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::connection;
    use crate::ports::MockConnections;
    use kernel::contract::{context, created_at, done};

    #[test]
    fn a_connection_that_is_so_already_is_not_set_again() {
        let ours = connection("1");
        let kept =
            KeptConnection { connection: ours.clone(), created_at: created_at(), updated_at: created_at() };
        let mut connections = MockConnections::new();
        let found = kept.clone();
        connections.expect_find().returning(move |_| Ok(Some(found.clone())));
        connections.expect_set().never();
        let manage = ManageConnection::new(Arc::new(connections));
        let set = pollster::block_on(manage.set_to(context(ours.team, created_at()), ours.clone()));
        assert_eq!(done(set, "it is as it was"), kept);
        let request = serde_json::json!({"companyId": "1"});
        let set = manage.run(context(ours.team, created_at()), request.as_object().unwrap());
        assert_eq!(done(pollster::block_on(set), "and so is one whose keys are left out"), kept);
    }

    #[test]
    fn a_faulty_request_sets_nothing() {
        let mut connections = MockConnections::new();
        connections.expect_find().returning(|_| Ok(None));
        connections.expect_set().never();
        let manage = ManageConnection::new(Arc::new(connections));
        let set = pollster::block_on(manage.run(context(connection("1").team, created_at()), &Map::new()));
        match set {
            Err(ConnectionError::Invalid(faults)) => assert_eq!(faults.len(), 4),
            other => panic!("it is refused: {other:?}"),
        }
    }
}
