use std::sync::Arc;

use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};
use serde_json::{Map, Value};

use crate::accounting::{AccountingConnection, CompanyId, Keys};
use crate::ports::{ConnectionStoreError, Connections, SealedConnection, StoredConnection};

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
    Sealed,
    /// Somebody else has set the connection meanwhile.
    #[error("the accounting connection was set by somebody else meanwhile; look at it, and set it again")]
    Overtaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConnectionStoreError> for ConnectionError {
    fn from(error: ConnectionStoreError) -> Self {
        match error {
            ConnectionStoreError::Sealed(_) => Self::Sealed,
            ConnectionStoreError::Overtaken => Self::Overtaken,
            ConnectionStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for ConnectionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Sealed | Self::Overtaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::Sealed => "CONNECTION_SEALED",
            Self::Overtaken => "CONNECTION_CHANGED",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) => faults,
            Self::Sealed | Self::Overtaken | Self::Store(_) => &[],
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
    pub async fn get(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionError> {
        Ok(self.connections.find(team).await?)
    }

    /// Sets the team's connection as a request says ([`AccountingConnection::read`]).
    ///
    /// # Errors
    /// Every fault of the request at once.
    pub async fn run(
        &self,
        context: WriteContext<StoredConnection>,
        request: &Map<String, Value>,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let before = self.before(context.team).await?;
        let keys = before.kept().map(|kept| &kept.connection.keys);
        let connection =
            AccountingConnection::read(context.team, request, keys).map_err(ConnectionError::Invalid)?;
        self.set(context, before, connection).await
    }

    /// Connects the team to a company; what else it has set of its connection stays.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn connect(
        &self,
        context: WriteContext<StoredConnection>,
        company: CompanyId,
        keys: Keys,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let before = self.before(context.team).await?;
        let usual = AccountingConnection::usual(context.team, company.clone(), keys.clone());
        let connection = match &before {
            Before::Nothing => usual,
            Before::LedgerEntry(kept) => AccountingConnection { company, keys, ..kept.connection.clone() },
            Before::Sealed(sealed) => AccountingConnection {
                zone: sealed.zone,
                payment_method: sealed.payment_method,
                payment_term: sealed.payment_term,
                prices: sealed.prices,
                ..usual
            },
        };
        self.set(context, before, connection).await
    }

    async fn before(&self, team: TeamId) -> Result<Before, ConnectionError> {
        match self.connections.find(team).await {
            Ok(None) => Ok(Before::Nothing),
            Ok(Some(kept)) => Ok(Before::LedgerEntry(kept)),
            Err(ConnectionStoreError::Sealed(sealed)) => Ok(Before::Sealed(sealed)),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets the connection, unless it is so already.
    async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        before: Before,
        connection: AccountingConnection,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let seen = match before {
            Before::LedgerEntry(kept) if kept.connection == connection => return Ok(Written::Done(kept)),
            Before::LedgerEntry(kept) => Some(kept.updated_at),
            Before::Sealed(sealed) => Some(sealed.updated_at),
            Before::Nothing => None,
        };
        Ok(self.connections.set(context, connection, seen).await?)
    }
}

/// The connection that a team has when it is set.
enum Before {
    Nothing,
    LedgerEntry(StoredConnection),
    /// Its keys can't be decrypted, so they have to be given.
    Sealed(Box<SealedConnection>),
}

impl Before {
    const fn kept(&self) -> Option<&StoredConnection> {
        match self {
            Self::LedgerEntry(kept) => Some(kept),
            Self::Nothing | Self::Sealed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::PriceType;
    use crate::contract::connection;
    use crate::ports::MockConnections;
    use kernel::contract::{context, created_at, done};

    #[test]
    fn a_connection_that_is_so_already_is_not_set_again() {
        let ours = connection("1");
        let kept =
            StoredConnection { connection: ours.clone(), created_at: created_at(), updated_at: created_at() };
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
        let ours = AccountingConnection { prices: PriceType::Gross, ..connection("1") };
        let sealed = SealedConnection {
            company: ours.company.clone(),
            zone: ours.zone,
            payment_method: ours.payment_method,
            payment_term: ours.payment_term,
            prices: ours.prices,
            updated_at: created_at(),
        };
        let mut connections = MockConnections::new();
        let found = move |_| Err(ConnectionStoreError::Sealed(Box::new(sealed.clone())));
        connections.expect_find().returning(found);
        connections.expect_set().times(1).returning(|context, connection, seen| {
            assert_eq!(seen, Some(created_at()));
            let (created_at, updated_at) = (context.at, context.at);
            Ok(Written::Done(StoredConnection { connection, created_at, updated_at }))
        });
        let manage = ManageConnection::new(Arc::new(connections));
        let got = pollster::block_on(manage.get(ours.team)).unwrap_err();
        assert_eq!((got.kind(), got.code()), (ErrorKind::Conflict, "CONNECTION_SEALED"));
        let some = serde_json::json!({"companyId": "1", "accessKey": "an-access-key"});
        let set = manage.run(context(ours.team, created_at()), some.as_object().unwrap());
        match pollster::block_on(set) {
            Err(ConnectionError::Invalid(faults)) => {
                let named: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
                assert_eq!(named, ["secretKey", "appKey"], "none stays as it is");
            }
            other => panic!("it is refused: {other:?}"),
        }
        let set = manage.connect(context(ours.team, created_at()), ours.company.clone(), ours.keys.clone());
        assert_eq!(
            done(pollster::block_on(set), "it is set anew").connection,
            ours,
            "what else it was stays"
        );
    }

    #[test]
    fn whoever_is_overtaken_is_told_so() {
        let mut connections = MockConnections::new();
        connections.expect_find().returning(|_| Ok(None));
        connections.expect_set().returning(|_, _, _| Err(ConnectionStoreError::Overtaken));
        let manage = ManageConnection::new(Arc::new(connections));
        let ours = connection("1");
        let set = manage.connect(context(ours.team, created_at()), ours.company, ours.keys);
        let error = pollster::block_on(set).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "CONNECTION_CHANGED"));
    }
}
