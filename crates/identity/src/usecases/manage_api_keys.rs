use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::access::Actor;
use kernel::clock::IdSource;
use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::id::{ApiKeyId, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::api_key::{ApiKey, ApiKeyDraft, ApiKeyText, RotationRequest, may_grant};
use crate::caller_cache::CallerCache;
use crate::fields::listed;
use crate::ports::{ApiKeys, KeyStoreError};

/// Why an API key was not made, changed or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// What was given is wrong.
    #[error("the API key is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The team has no such key.
    #[error("there is no such API key")]
    NotFound,
    /// The key has expired or was revoked.
    #[error("this API key has expired or was revoked; create another one")]
    Ended,
    /// The caller is a key, and the key it asks for may more than itself.
    #[error("an API key can't hand out more than it may itself")]
    BeyondItself,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<KeyStoreError> for ApiKeyError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::NotFound => Self::NotFound,
            KeyStoreError::Ended => Self::Ended,
            KeyStoreError::Store(error) => Self::Store(error),
        }
    }
}

impl Classified for ApiKeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::Ended => ErrorKind::Conflict,
            Self::BeyondItself => ErrorKind::Forbidden,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::Ended => "API_KEY_ENDED",
            Self::BeyondItself => "FORBIDDEN",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
    }
}

/// A key with its secret, which is shown this once; `None` where the answer was kept before, without it.
pub type Disclosed = (Written<ApiKey>, Option<ApiKeyText>);

/// Administers the API keys of a team (seed 004, *API Key Management*).
pub struct ManageApiKeys {
    keys: Arc<dyn ApiKeys>,
    callers: Arc<CallerCache>,
    ids: Arc<dyn IdSource>,
}

impl ManageApiKeys {
    /// Stands on keys, callers and ids.
    pub fn new(keys: Arc<dyn ApiKeys>, callers: Arc<CallerCache>, ids: Arc<dyn IdSource>) -> Self {
        Self { keys, callers, ids }
    }

    /// Creates the key that `draft` asks for.
    ///
    /// # Errors
    /// Every fault of the draft at once, or that it asks for more than its maker may.
    pub async fn create(
        &self,
        maker: &Actor,
        context: WriteContext<ApiKey>,
        draft: &ApiKeyDraft,
    ) -> Result<Disclosed, ApiKeyError> {
        let new = draft.validate(context.at).map_err(ApiKeyError::Invalid)?;
        if !may_grant(maker, new.permission, &new.scopes) {
            return Err(ApiKeyError::BeyondItself);
        }
        let text = ApiKeyText::compose(self.ids.id(), &self.ids.secret());
        let key = ApiKey::create(&text, context.team, new, context.at);
        Ok(disclosed(self.keys.create(context, key).await?, text))
    }

    /// Gives a key a new secret; the old one is still taken for as long as the request says.
    ///
    /// # Errors
    /// A faulty overlap, that there is no such key, that it has ended, or that it may more than its maker.
    pub async fn rotate(
        &self,
        maker: &Actor,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
        request: &RotationRequest,
    ) -> Result<Disclosed, ApiKeyError> {
        let overlap = request.validate().map_err(ApiKeyError::Invalid)?;
        // preset and scopes of a key never change, so what is read here still holds when it is rotated
        let key = self.get(context.team, id).await?;
        if !may_grant(maker, key.permission, &key.scopes) {
            return Err(ApiKeyError::BeyondItself);
        }
        let text = ApiKeyText::compose(id, &self.ids.secret());
        let rotated = self.keys.rotate(context, text.clone(), overlap).await;
        self.callers.forget();
        Ok(disclosed(rotated?, text))
    }

    /// Revokes a key, at once and for good.
    ///
    /// # Errors
    /// That there is no such key.
    pub async fn revoke(
        &self,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
    ) -> Result<Written<ApiKey>, ApiKeyError> {
        let revoked = self.keys.revoke(context, id).await;
        self.callers.forget();
        Ok(revoked?)
    }

    /// The team's key of that id.
    ///
    /// # Errors
    /// That there is none.
    pub async fn get(&self, team: TeamId, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
        self.keys.find(team, id).await?.ok_or(ApiKeyError::NotFound)
    }

    /// The window of the team's keys, the newest first; `live_at` leaves out those ended by then.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        live_at: Option<DateTime<Utc>>,
        window: Window,
    ) -> Result<Listing<ApiKey>, ApiKeyError> {
        Ok(self.keys.list(team, live_at, window).await?)
    }
}

fn disclosed(written: Written<ApiKey>, text: ApiKeyText) -> Disclosed {
    let text = matches!(written, Written::Done(_)).then_some(text);
    (written, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{MockApiKeys, MockCallerLookups};
    use kernel::access::{Identity, KeyPermission, Scope};
    use kernel::clock::{CountedIds, FixedClock};
    use kernel::id::Id;
    use uuid::Uuid;

    fn team() -> TeamId {
        Id::new(Uuid::from_u128(1))
    }

    fn manager(permission: KeyPermission) -> Actor {
        let scopes = [Scope::ApiKeysManage].into();
        Actor { team: team(), identity: Identity::ApiKey { id: Id::new(Uuid::nil()), permission, scopes } }
    }

    fn manage(keys: MockApiKeys) -> ManageApiKeys {
        let clock = Arc::new(FixedClock(DateTime::UNIX_EPOCH));
        let callers = CallerCache::new(Arc::new(MockCallerLookups::new()), clock);
        ManageApiKeys::new(Arc::new(keys), Arc::new(callers), Arc::new(CountedIds::default()))
    }

    fn context(maker: &Actor) -> WriteContext<ApiKey> {
        WriteContext::unclaimed(maker, "req", DateTime::UNIX_EPOCH)
    }

    fn draft(permission: &str) -> ApiKeyDraft {
        let (name, permission) = (Some("ERP".into()), Some(permission.into()));
        ApiKeyDraft { name, permission, ..Default::default() }
    }

    #[test]
    fn a_new_key_is_disclosed_once_and_kept_as_a_hash() {
        let mut keys = MockApiKeys::new();
        keys.expect_create().times(1).returning(|_, key| Ok(Written::Done(key)));
        let maker = manager(KeyPermission::ReadOnly);
        let made = manage(keys);
        let made = pollster::block_on(made.create(&maker, context(&maker), &draft("read-only"))).unwrap();
        let (Written::Done(key), Some(text)) = made else { panic!("the key is disclosed: {made:?}") };
        assert_eq!((key.secret_hash, key.id, key.team), (text.hash(), text.id(), team()));
    }

    #[test]
    fn a_repeated_request_does_not_disclose_the_secret_again() {
        let kept =
            kernel::write::StoredResponse { status: 201, content: kernel::write::Content::Json("{}".into()) };
        let mut keys = MockApiKeys::new();
        keys.expect_create().times(1).returning(move |_, _| Ok(Written::Replayed(kept.clone())));
        let maker = manager(KeyPermission::Admin);
        let made = manage(keys);
        let (_, text) = pollster::block_on(made.create(&maker, context(&maker), &draft("admin"))).unwrap();
        assert_eq!(text, None);
    }

    #[test]
    fn a_key_neither_makes_nor_rotates_one_that_may_more() {
        let maker = manager(KeyPermission::ReadOnly);
        let refused = manage(MockApiKeys::new());
        let refused = pollster::block_on(refused.create(&maker, context(&maker), &draft("admin")));
        assert!(matches!(refused, Err(ApiKeyError::BeyondItself)));

        let new = draft("admin").validate(DateTime::UNIX_EPOCH).unwrap();
        let text = ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[1; 32]);
        let admin = ApiKey::create(&text, team(), new, DateTime::UNIX_EPOCH);
        let mut keys = MockApiKeys::new();
        keys.expect_find().returning(move |_, _| Ok(Some(admin.clone())));
        let refused = manage(keys);
        let request = RotationRequest::default();
        let rotate = refused.rotate(&maker, context(&maker), text.id(), &request);
        assert!(matches!(pollster::block_on(rotate), Err(ApiKeyError::BeyondItself)));
    }
}
