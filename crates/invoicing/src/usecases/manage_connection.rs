use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::id::TeamId;
use kernel::write::{WriteContext, Written};

use crate::accounting::{
    AccountingConnection, CompanyId, ConnectionError, ConnectionSettings, Keys, SealedConnection,
    StoredConnection,
};
use crate::ports::Connections;

/// Shows and sets the accounting connection of a team.
pub struct ManageConnection {
    connections: Arc<dyn Connections>,
}

/// The connection that a team has before it is set.
#[derive(Debug)]
pub enum PreviousConnection {
    None,
    Readable(Box<StoredConnection>),
    /// The keys can't be decrypted, so they have to be set anew.
    Sealed(Box<SealedConnection>),
}

impl PreviousConnection {
    /// The keys that stay unless others are set.
    pub fn keys(&self) -> Option<&Keys> {
        match self {
            Self::Readable(stored) => Some(&stored.connection.keys),
            Self::None | Self::Sealed(_) => None,
        }
    }

    fn updated_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::None => None,
            Self::Readable(stored) => Some(stored.updated_at),
            Self::Sealed(sealed) => Some(sealed.updated_at),
        }
    }
}

impl ManageConnection {
    pub fn new(connections: Arc<dyn Connections>) -> Self {
        Self { connections }
    }

    /// The team's connection, if it has one.
    ///
    /// # Errors
    /// [`ConnectionError::Sealed`].
    pub async fn find(&self, team: TeamId) -> Result<Option<StoredConnection>, ConnectionError> {
        self.connections.find(team).await
    }

    /// The connection that [`set`](Self::set) is going to replace.
    pub async fn previous(&self, team: TeamId) -> Result<PreviousConnection, ConnectionError> {
        match self.connections.find(team).await {
            Ok(None) => Ok(PreviousConnection::None),
            Ok(Some(stored)) => Ok(PreviousConnection::Readable(Box::new(stored))),
            Err(ConnectionError::Sealed(sealed)) => Ok(PreviousConnection::Sealed(sealed)),
            Err(error) => Err(error),
        }
    }

    /// Sets the team's connection in place of the previous one.
    ///
    /// # Errors
    /// [`ConnectionError::KeysMissing`], [`ConnectionError::Overtaken`].
    pub async fn set(
        &self,
        context: WriteContext<StoredConnection>,
        previous: PreviousConnection,
        settings: ConnectionSettings,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let connection = AccountingConnection::with_settings(context.team, settings, previous.keys())?;
        self.replace(context, previous, connection).await
    }

    /// Connects the team to a company; its other settings stay.
    ///
    /// # Errors
    /// [`ConnectionError::Overtaken`].
    pub async fn connect(
        &self,
        context: WriteContext<StoredConnection>,
        company: CompanyId,
        keys: Keys,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let previous = self.previous(context.team).await?;
        let defaults = AccountingConnection::with_defaults(context.team, company, keys);
        let connection = match &previous {
            PreviousConnection::None => defaults,
            PreviousConnection::Readable(stored) => AccountingConnection {
                company: defaults.company,
                keys: defaults.keys,
                ..stored.connection.clone()
            },
            PreviousConnection::Sealed(sealed) => AccountingConnection {
                zone: sealed.zone,
                payment_method: sealed.payment_method,
                payment_term: sealed.payment_term,
                prices: sealed.prices,
                ..defaults
            },
        };
        self.replace(context, previous, connection).await
    }

    /// Stores the connection, unless it is the same as before.
    async fn replace(
        &self,
        context: WriteContext<StoredConnection>,
        previous: PreviousConnection,
        connection: AccountingConnection,
    ) -> Result<Written<StoredConnection>, ConnectionError> {
        let seen = previous.updated_at();
        match previous {
            PreviousConnection::Readable(stored) if stored.connection == connection => {
                Ok(Written::Done(*stored))
            }
            _ => self.connections.set(context, connection, seen).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::{AccountingKey, PriceType};
    use crate::contract::connection;
    use crate::ports::MockConnections;
    use kernel::contract::{context, created_at, done};
    use kernel::error::{Classified, ErrorKind};

    fn settings(company: CompanyId, access_key: Option<AccountingKey>) -> ConnectionSettings {
        ConnectionSettings {
            company,
            access_key,
            secret_key: None,
            app_key: None,
            zone: None,
            payment_method: None,
            payment_term: None,
            prices: None,
        }
    }

    #[test]
    fn a_connection_that_stays_the_same_is_not_stored_again() {
        let ours = connection("1");
        let stored =
            StoredConnection { connection: ours.clone(), created_at: created_at(), updated_at: created_at() };
        let mut connections = MockConnections::new();
        let found = stored.clone();
        connections.expect_find().returning(move |_| Ok(Some(found.clone())));
        connections.expect_set().never();
        let manage = ManageConnection::new(Arc::new(connections));
        let (company, keys) = (ours.company.clone(), ours.keys.clone());
        let set = pollster::block_on(manage.connect(context(ours.team, created_at()), company, keys));
        assert_eq!(done(set, "it is as it was"), stored);
        let previous = pollster::block_on(manage.previous(ours.team)).unwrap();
        let set = manage.set(context(ours.team, created_at()), previous, settings(ours.company, None));
        assert_eq!(done(pollster::block_on(set), "and so is one whose keys are left out"), stored);
    }

    #[test]
    fn a_connection_whose_keys_can_t_be_decrypted_can_be_set_anew_with_all_of_them() {
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
        let found = move |_| Err(ConnectionError::Sealed(Box::new(sealed.clone())));
        connections.expect_find().returning(found);
        connections.expect_set().times(1).returning(|context, connection, seen| {
            assert_eq!(seen, Some(created_at()));
            let (created_at, updated_at) = (context.at, context.at);
            Ok(Written::Done(StoredConnection { connection, created_at, updated_at }))
        });
        let manage = ManageConnection::new(Arc::new(connections));
        let error = pollster::block_on(manage.find(ours.team)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "CONNECTION_SEALED"));
        let previous = pollster::block_on(manage.previous(ours.team)).unwrap();
        assert_eq!(previous.keys(), None);
        let one_key = settings(ours.company.clone(), AccountingKey::try_new("an-access-key").ok());
        let set = pollster::block_on(manage.set(context(ours.team, created_at()), previous, one_key));
        assert!(matches!(set, Err(ConnectionError::KeysMissing)), "no key stays as it is: {set:?}");
        let set = manage.connect(context(ours.team, created_at()), ours.company.clone(), ours.keys.clone());
        let set = done(pollster::block_on(set), "it is set anew");
        assert_eq!(set.connection, ours, "the other settings stay");
    }

    #[test]
    fn an_overtaken_change_is_a_conflict() {
        let mut connections = MockConnections::new();
        connections.expect_find().returning(|_| Ok(None));
        connections.expect_set().returning(|_, _, _| Err(ConnectionError::Overtaken));
        let manage = ManageConnection::new(Arc::new(connections));
        let ours = connection("1");
        let set = manage.connect(context(ours.team, created_at()), ours.company, ours.keys);
        let error = pollster::block_on(set).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, "CONNECTION_CHANGED"));
    }
}
