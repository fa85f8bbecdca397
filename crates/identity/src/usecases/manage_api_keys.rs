use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::access::Actor;
use kernel::clock::IdSource;
use kernel::id::{ApiKeyId, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::api_key::{ApiKey, ApiKeyError, ApiKeyText, NewApiKey, Overlap, may_grant};
use crate::caller_cache::CallerCache;
use crate::ports::ApiKeys;

/// A key with its secret, which is shown this once; `None` where an earlier answer is given again, which was stored without it.
pub type Disclosed = (Written<ApiKey>, Option<ApiKeyText>);

/// Administers the API keys of a team (`docs/spec/common.md`, "API keys").
pub struct ManageApiKeys {
    keys: Arc<dyn ApiKeys>,
    callers: Arc<CallerCache>,
    ids: Arc<dyn IdSource>,
}

impl ManageApiKeys {
    pub fn new(keys: Arc<dyn ApiKeys>, callers: Arc<CallerCache>, ids: Arc<dyn IdSource>) -> Self {
        Self { keys, callers, ids }
    }

    /// Creates a key.
    ///
    /// # Errors
    /// [`ApiKeyError::ExpiryPassed`], or [`ApiKeyError::ExceedsCaller`] where the key may do more than `caller`.
    pub async fn create(
        &self,
        caller: &Actor,
        context: WriteContext<ApiKey>,
        new: NewApiKey,
    ) -> Result<Disclosed, ApiKeyError> {
        new.check_expiry(context.at)?;
        if !may_grant(caller, new.permission, &new.scopes) {
            return Err(ApiKeyError::ExceedsCaller);
        }
        let text = ApiKeyText::compose(self.ids.id(), &self.ids.secret());
        let key = ApiKey::create(&text, context.team, new, context.at);
        Ok(disclosed(self.keys.create(context, key).await?, text))
    }

    /// Gives a key a new secret; the old one is still taken for the overlap.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`], [`ApiKeyError::Ended`], or [`ApiKeyError::ExceedsCaller`].
    pub async fn rotate(
        &self,
        caller: &Actor,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
        overlap: Overlap,
    ) -> Result<Disclosed, ApiKeyError> {
        // preset and scopes of a key never change, so what is read here still holds when it is rotated
        let key = self.find(context.team, id).await?;
        if !may_grant(caller, key.permission, &key.scopes) {
            return Err(ApiKeyError::ExceedsCaller);
        }
        let text = ApiKeyText::compose(id, &self.ids.secret());
        let rotated = self.keys.rotate(context, text.clone(), overlap.length()).await;
        self.callers.forget();
        Ok(disclosed(rotated?, text))
    }

    /// Revokes a key, at once and for good.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`].
    pub async fn revoke(
        &self,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
    ) -> Result<Written<ApiKey>, ApiKeyError> {
        let revoked = self.keys.revoke(context, id).await;
        self.callers.forget();
        revoked
    }

    /// The team's key of that id.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`].
    pub async fn find(&self, team: TeamId, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
        self.keys.find(team, id).await?.ok_or(ApiKeyError::NotFound)
    }

    /// The window of the team's keys, the newest first; `live_at` leaves out those ended by then.
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
    use crate::api_key::{KeyName, Networks};
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

    fn context(caller: &Actor) -> WriteContext<ApiKey> {
        WriteContext::unclaimed(caller, "req", DateTime::UNIX_EPOCH)
    }

    fn new(permission: KeyPermission) -> NewApiKey {
        NewApiKey {
            name: KeyName::try_new("ERP").unwrap(),
            permission,
            scopes: Default::default(),
            expires_at: None,
            allowed: Networks::default(),
        }
    }

    #[test]
    fn a_new_key_is_disclosed_once_and_stored_as_a_hash() {
        let mut keys = MockApiKeys::new();
        keys.expect_create().times(1).returning(|_, key| Ok(Written::Done(key)));
        let caller = manager(KeyPermission::ReadOnly);
        let manage = manage(keys);
        let created =
            pollster::block_on(manage.create(&caller, context(&caller), new(KeyPermission::ReadOnly)))
                .unwrap();
        let (Written::Done(key), Some(text)) = created else { panic!("the key is disclosed: {created:?}") };
        assert_eq!((key.secret_hash, key.id, key.team), (text.hash(), text.id(), team()));
    }

    #[test]
    fn a_repeated_request_does_not_disclose_the_secret_again() {
        let stored =
            kernel::write::StoredResponse { status: 201, content: kernel::write::Content::Json("{}".into()) };
        let mut keys = MockApiKeys::new();
        keys.expect_create().times(1).returning(move |_, _| Ok(Written::Replayed(stored.clone())));
        let caller = manager(KeyPermission::Admin);
        let manage = manage(keys);
        let (_, text) =
            pollster::block_on(manage.create(&caller, context(&caller), new(KeyPermission::Admin))).unwrap();
        assert_eq!(text, None);
    }

    #[test]
    fn a_key_neither_creates_nor_rotates_one_that_may_do_more() {
        let caller = manager(KeyPermission::ReadOnly);
        let refused = manage(MockApiKeys::new());
        let refused =
            pollster::block_on(refused.create(&caller, context(&caller), new(KeyPermission::Admin)));
        assert!(matches!(refused, Err(ApiKeyError::ExceedsCaller)));

        let text = ApiKeyText::compose(Id::new(Uuid::from_u128(7)), &[1; 32]);
        let admin = ApiKey::create(&text, team(), new(KeyPermission::Admin), DateTime::UNIX_EPOCH);
        let mut keys = MockApiKeys::new();
        keys.expect_find().returning(move |_, _| Ok(Some(admin.clone())));
        let manage = manage(keys);
        let rotate = manage.rotate(&caller, context(&caller), text.id(), Overlap::default());
        assert!(matches!(pollster::block_on(rotate), Err(ApiKeyError::ExceedsCaller)));
    }
}
