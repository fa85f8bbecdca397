use std::sync::Arc;

use kernel::error::{Cause, Classified, ErrorKind, Fault, StoreError};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};
use serde_json::{Map, Value};

use crate::accounting::{AccountingConnection, CompanyId, Keys};
use crate::ports::{ConnectionStoreError, Connections, KeptConnection};

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
    /// The keys that are kept were encrypted with a key that is not there.
    #[error(
        "the accounting keys were encrypted with a key that this installation lacks; set all three anew, or have \
         ENCRYPTION_KEY=NEW,OLD configured"
    )]
    Sealed(#[source] Cause),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConnectionStoreError> for ConnectionError {
    fn from(error: ConnectionStoreError) -> Self {
        match error {
            ConnectionStoreError::Sealed(cause) => Self::Sealed(cause),
            ConnectionStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for ConnectionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Sealed(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::Sealed(_) => "CONNECTION_SEALED",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::Sealed(_) | Self::Store(_) => &[],
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
    /// [`ConnectionError::Sealed`] when its keys can't be decrypted.
    pub async fn get(&self, team: TeamId) -> Result<Option<KeptConnection>, ConnectionError> {
        Ok(self.connections.find(team).await?)
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
        let before = self.readable(context.team).await?;
        let stored = before.as_ref().map(|kept| &kept.connection);
        let connection =
            AccountingConnection::read(context.team, request, stored).map_err(ConnectionError::Invalid)?;
        self.set(context, before, connection).await
    }

    /// Connects the team to a company; what else it has set of its connection stays.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn connect(
        &self,
        context: WriteContext<KeptConnection>,
        company: CompanyId,
        keys: Keys,
    ) -> Result<Written<KeptConnection>, ConnectionError> {
        let before = self.readable(context.team).await?;
        let connection = match &before {
            Some(kept) => AccountingConnection { company, keys, ..kept.connection.clone() },
            None => AccountingConnection::usual(context.team, company, keys),
        };
        self.set(context, before, connection).await
    }

    /// The team's connection, unless its keys can't be decrypted: then it is set as if there were none.
    async fn readable(&self, team: TeamId) -> Result<Option<KeptConnection>, StoreError> {
        match self.connections.find(team).await {
            Ok(kept) => Ok(kept),
            Err(ConnectionStoreError::Sealed(_)) => Ok(None),
            Err(ConnectionStoreError::Store(error)) => Err(error),
        }
    }

    /// Sets the connection, unless it is so already.
    async fn set(
        &self,
        context: WriteContext<KeptConnection>,
        before: Option<KeptConnection>,
        connection: AccountingConnection,
    ) -> Result<Written<KeptConnection>, ConnectionError> {
        match before {
            Some(kept) if kept.connection == connection => Ok(Written::Done(kept)),
            _ => Ok(self.connections.set(context, connection).await?),
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
        let (company, keys) = (ours.company.clone(), ours.keys.clone());
        let set = pollster::block_on(manage.connect(context(ours.team, created_at()), company, keys));
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

    #[test]
    fn a_connection_whose_keys_can_t_be_decrypted_is_told_so_and_can_be_set_anew() {
        let mut connections = MockConnections::new();
        connections.expect_find().returning(|_| Err(ConnectionStoreError::Sealed("another key".into())));
        connections.expect_set().times(1).returning(|context, connection| {
            let (created_at, updated_at) = (context.at, context.at);
            Ok(Written::Done(KeptConnection { connection, created_at, updated_at }))
        });
        let manage = ManageConnection::new(Arc::new(connections));
        let team = connection("1").team;
        let got = pollster::block_on(manage.get(team)).unwrap_err();
        assert_eq!((got.kind(), got.code()), (ErrorKind::Conflict, "CONNECTION_SEALED"));
        let some = serde_json::json!({"companyId": "1", "accessKey": "an-access-key"});
        let set = manage.run(context(team, created_at()), some.as_object().unwrap());
        match pollster::block_on(set) {
            Err(ConnectionError::Invalid(faults)) => {
                let named: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
                assert_eq!(named, ["secretKey", "appKey"], "none stays as it is");
            }
            other => panic!("it is refused: {other:?}"),
        }
        let ours = connection("1");
        let set = manage.connect(context(team, created_at()), ours.company.clone(), ours.keys);
        assert_eq!(done(pollster::block_on(set), "it is set anew").connection.company, ours.company);
    }
}
