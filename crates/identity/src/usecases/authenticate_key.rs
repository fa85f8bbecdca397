use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::Clock;
use kernel::error::StoreError;

use crate::api_key::ApiKeyText;
use crate::ports::ApiKeys;

/// Turns a presented API key into the caller it belongs to.
pub struct AuthenticateKey {
    keys: Arc<dyn ApiKeys>,
    clock: Arc<dyn Clock>,
}

/// Why a key was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// Malformed, unknown, expired or revoked; which of them is nobody's business.
    #[error("the API key is not valid")]
    Refused,
    /// The key could not be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthenticateKey {
    /// Stands on a key store and a clock.
    pub fn new(keys: Arc<dyn ApiKeys>, clock: Arc<dyn Clock>) -> Self {
        Self { keys, clock }
    }

    /// The caller that `presented` belongs to.
    ///
    /// # Errors
    /// [`AuthenticationError::Refused`] for every key that isn't good now.
    pub async fn run(&self, presented: &str) -> Result<Actor, AuthenticationError> {
        let presented = ApiKeyText::parse(presented).ok_or(AuthenticationError::Refused)?;
        let key = self.keys.find(presented.id()).await?.ok_or(AuthenticationError::Refused)?;
        if !key.accepts(&presented, self.clock.now()) {
            return Err(AuthenticationError::Refused);
        }
        let identity = Identity::ApiKey { id: key.id, permission: key.permission, scopes: key.scopes };
        Ok(Actor { team: key.team, identity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_key::ApiKey;
    use crate::ports::MockApiKeys;
    use chrono::DateTime;
    use kernel::access::KeyPermission;
    use kernel::clock::FixedClock;
    use kernel::id::Id;
    use uuid::Uuid;

    fn text() -> ApiKeyText {
        ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[1; 32])
    }

    fn key() -> ApiKey {
        ApiKey {
            id: text().id(),
            team: Id::new(Uuid::from_u128(1)),
            secret_hash: text().secret_hash(),
            permission: KeyPermission::Admin,
            scopes: Default::default(),
            expires_at: None,
            revoked_at: None,
        }
    }

    fn authenticate(stored: Option<ApiKey>, presented: &str) -> Result<Actor, AuthenticationError> {
        let mut keys = MockApiKeys::new();
        keys.expect_find().returning(move |_| Ok(stored.clone()));
        let clock = FixedClock(DateTime::UNIX_EPOCH);
        pollster::block_on(AuthenticateKey::new(Arc::new(keys), Arc::new(clock)).run(presented))
    }

    #[test]
    fn a_good_key_becomes_its_teams_actor() {
        let actor = authenticate(Some(key()), text().as_str()).unwrap();
        assert_eq!(actor.team, key().team);
    }

    #[test]
    fn unknown_revoked_and_malformed_keys_are_refused_alike() {
        let revoked = ApiKey { revoked_at: Some(DateTime::UNIX_EPOCH), ..key() };
        for (stored, presented) in [
            (None, text().as_str().to_owned()),
            (Some(revoked), text().as_str().to_owned()),
            (Some(key()), "x".into()),
        ] {
            assert!(matches!(authenticate(stored, &presented), Err(AuthenticationError::Refused)));
        }
    }
}
