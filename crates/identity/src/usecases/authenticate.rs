use std::net::IpAddr;
use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::Clock;
use kernel::error::StoreError;

use crate::api_key::{ApiKeyText, KeyVerdict};
use crate::caller_cache::{CallerCache, Purpose};
use crate::session::{AccessTokens, SessionId};

/// Finds the caller that credentials belong to. Every surface goes through it.
pub struct Authenticate {
    callers: Arc<CallerCache>,
    tokens: Arc<AccessTokens>,
    clock: Arc<dyn Clock>,
}

/// A caller whose credentials are good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub actor: Actor,
    /// The session they call in, if they are a person.
    pub session: Option<SessionId>,
}

/// Why credentials were not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// Malformed, unknown, expired or revoked: the answer is the same, so that nobody learns which.
    #[error("the credentials are not valid")]
    Refused,
    /// A good key, used from an address it does not allow.
    #[error("the API key may not be used from this address")]
    AddressNotAllowed(Actor),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authenticate {
    pub fn new(callers: Arc<CallerCache>, tokens: Arc<AccessTokens>, clock: Arc<dyn Clock>) -> Self {
        Self { callers, tokens, clock }
    }

    /// The caller that `presented`, an API key or an access token, belongs to.
    ///
    /// # Errors
    /// [`AuthenticationError::Refused`] for whatever isn't good now; [`AuthenticationError::AddressNotAllowed`] for a good key
    /// from an address that it does not allow.
    pub async fn run(
        &self,
        presented: &str,
        address: Option<IpAddr>,
        purpose: Purpose,
    ) -> Result<Caller, AuthenticationError> {
        match ApiKeyText::parse(presented) {
            Some(key) => self.key(&key, address, purpose).await,
            None => self.token(presented, purpose).await,
        }
    }

    async fn key(
        &self,
        presented: &ApiKeyText,
        address: Option<IpAddr>,
        purpose: Purpose,
    ) -> Result<Caller, AuthenticationError> {
        let key = self.callers.key(presented.id(), purpose).await?.ok_or(AuthenticationError::Refused)?;
        match key.judge(presented, self.clock.now(), address) {
            KeyVerdict::Good => Ok(Caller { actor: key.actor(), session: None }),
            KeyVerdict::AddressNotAllowed => Err(AuthenticationError::AddressNotAllowed(key.actor())),
            KeyVerdict::Refused => Err(AuthenticationError::Refused),
        }
    }

    async fn token(&self, presented: &str, purpose: Purpose) -> Result<Caller, AuthenticationError> {
        let claims = self.tokens.read(presented, self.clock.now()).ok_or(AuthenticationError::Refused)?;
        let actor = self.callers.session(claims.session, purpose).await?;
        // a token whose user and session don't go together was not issued here, whoever signed it
        let owns = |actor: &Actor| matches!(actor.identity, Identity::User { id, .. } if id == claims.user);
        let actor = actor.filter(|actor| owns(actor)).ok_or(AuthenticationError::Refused)?;
        Ok(Caller { actor: (*actor).clone(), session: Some(claims.session) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_key::{ApiKey, KeyName, Networks, NewApiKey};
    use crate::ports::MockCallerLookups;
    use chrono::DateTime;
    use kernel::access::KeyPermission;
    use kernel::clock::FixedClock;
    use kernel::id::Id;
    use secrets::signing::SigningKeys;
    use uuid::Uuid;

    fn text() -> ApiKeyText {
        ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[1; 32])
    }

    fn key() -> ApiKey {
        let new = NewApiKey {
            name: KeyName::try_new("ERP").unwrap(),
            permission: KeyPermission::Admin,
            scopes: Default::default(),
            expires_at: None,
            allowed: Networks::parse(&["10.0.0.0/8".into()]).unwrap(),
        };
        ApiKey::create(&text(), Id::new(Uuid::from_u128(1)), new, DateTime::UNIX_EPOCH)
    }

    fn person() -> Actor {
        let identity =
            Identity::User { id: Id::new(Uuid::from_u128(3)), roles: Default::default(), vendor: None };
        Actor { team: Id::new(Uuid::from_u128(1)), identity }
    }

    fn tokens() -> Arc<AccessTokens> {
        Arc::new(AccessTokens::new(Arc::new(SigningKeys::new([7; 32], None))).unwrap())
    }

    fn authenticate(
        key: Option<ApiKey>,
        session: Option<Actor>,
        presented: &str,
        address: &str,
    ) -> Result<Caller, AuthenticationError> {
        let mut lookups = MockCallerLookups::new();
        lookups.expect_key().returning(move |_| Ok(key.clone()));
        lookups.expect_session().returning(move |_| Ok(session.clone()));
        let clock = Arc::new(FixedClock(DateTime::UNIX_EPOCH));
        let callers = Arc::new(CallerCache::new(Arc::new(lookups), clock.clone()));
        let authenticate = Authenticate::new(callers, tokens(), clock);
        pollster::block_on(authenticate.run(presented, address.parse().ok(), Purpose::Read))
    }

    #[test]
    fn a_good_key_is_its_teams_actor() {
        let caller = authenticate(Some(key()), None, text().as_str(), "10.1.1.1").unwrap();
        assert_eq!(caller, Caller { actor: key().actor(), session: None });
    }

    #[test]
    fn unknown_revoked_and_malformed_keys_are_refused_alike() {
        let revoked = key().revoke(DateTime::UNIX_EPOCH);
        for (stored, presented) in
            [(None, text().as_str()), (revoked, text().as_str()), (Some(key()), "x"), (Some(key()), "")]
        {
            let refused = authenticate(stored, None, presented, "10.1.1.1");
            assert!(matches!(refused, Err(AuthenticationError::Refused)), "{refused:?}");
        }
    }

    #[test]
    fn a_good_key_from_an_address_it_does_not_allow_is_known_all_the_same() {
        let refused = authenticate(Some(key()), None, text().as_str(), "192.0.2.1");
        assert!(
            matches!(refused, Err(AuthenticationError::AddressNotAllowed(actor)) if actor == key().actor())
        );
    }

    #[test]
    fn a_token_is_the_person_of_its_session_while_that_goes_on() {
        let session = Id::new(Uuid::from_u128(5));
        let token =
            tokens().issue(Uuid::nil(), Id::new(Uuid::from_u128(3)), session, DateTime::UNIX_EPOCH).unwrap();
        let caller = authenticate(None, Some(person()), &token, "10.1.1.1").unwrap();
        assert_eq!(caller, Caller { actor: person(), session: Some(session) });
        let ended = authenticate(None, None, &token, "10.1.1.1");
        assert!(matches!(ended, Err(AuthenticationError::Refused)));
    }
    #[test]
    fn a_token_that_names_another_user_than_its_session_is_refused() {
        let (stranger, session) = (Id::new(Uuid::from_u128(4)), Id::new(Uuid::from_u128(5)));
        let token = tokens().issue(Uuid::nil(), stranger, session, DateTime::UNIX_EPOCH).unwrap();
        let refused = authenticate(None, Some(person()), &token, "10.1.1.1");
        assert!(matches!(refused, Err(AuthenticationError::Refused)));
    }
}
