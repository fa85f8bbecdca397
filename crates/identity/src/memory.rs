//! The ports in memory, for examples and tests. It writes no audit trail.

mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::Actor;
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, TeamId, UserId, VendorId};
use kernel::memory::{InMemoryState, page};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use self::state::{Session, State};
use crate::api_key::{ApiKey, ApiKeyError, ApiKeyText};
use crate::ports::{
    Account, ApiKeys, Attempt, CallerLookups, Foundation, LogIns, Refreshed, Sessions, Teams, UserFilter,
    Users,
};
use crate::session::{NewRefreshToken, NewSession, RefreshTokenId, RefreshTokenText, SessionId};
use crate::team::{Team, TeamChange, TeamError};
use crate::user::{Email, PasswordHash, User, UserChange, UserError};

/// Teams with their users, sessions and API keys, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryIdentity {
    state: Mutex<State>,
}

impl InMemoryIdentity {
    /// Adds a vendor of a team, for the users that belong to one.
    pub fn add_vendor(&self, team: TeamId, vendor: VendorId) {
        self.lock().vendors.insert((team, vendor));
    }

    // Every write checks first and stores last, so a panic between leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Teams for InMemoryIdentity {
    async fn create(
        &self,
        context: WriteContext<Foundation>,
        foundation: Foundation,
    ) -> Result<Written<Foundation>, TeamError> {
        self.lock().once(&context, |state| {
            let Foundation { team, admin, password, key } = foundation.clone();
            state.check_name(&team)?;
            if state.has_email(&admin) {
                return Err(TeamError::EmailTaken);
            }
            state.accounts.insert(admin.id, Account { team: team.id, user: admin, password });
            state.keys.insert(key.id, key);
            state.teams.insert(team.id, team);
            Ok(foundation)
        })
    }

    async fn find_by_name(&self, name_key: &str) -> Result<Option<TeamId>, StoreError> {
        let state = self.lock();
        Ok(state.teams.values().find(|team| team.name.key() == name_key).map(|team| team.id))
    }

    async fn find(&self, team: TeamId) -> Result<Option<Team>, StoreError> {
        Ok(self.lock().teams.get(&team).cloned())
    }

    async fn change(
        &self,
        context: WriteContext<Team>,
        change: TeamChange,
    ) -> Result<Written<Team>, TeamError> {
        self.lock().once(&context, |state| {
            let before = state.teams.get(&context.team).ok_or(TeamError::NotFound)?;
            let Some(after) = before.change(&change, context.at) else { return Ok(before.clone()) };
            state.check_name(&after)?;
            state.teams.insert(after.id, after.clone());
            Ok(after)
        })
    }
}

#[async_trait]
impl Users for InMemoryIdentity {
    async fn create(
        &self,
        context: WriteContext<User>,
        user: User,
        password: PasswordHash,
    ) -> Result<Written<User>, UserError> {
        self.lock().once(&context, |state| {
            state.check_user(context.team, &user)?;
            state.accounts.insert(user.id, Account { team: context.team, user: user.clone(), password });
            Ok(user)
        })
    }

    async fn change(
        &self,
        context: WriteContext<User>,
        id: UserId,
        change: UserChange,
    ) -> Result<Written<User>, UserError> {
        self.lock().once(&context, |state| state.change_user(context.team, id, &change, context.at))
    }

    async fn find(&self, team: TeamId, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.lock().account(team, id).map(|account| account.user.clone()))
    }

    async fn list(
        &self,
        team: TeamId,
        filter: UserFilter,
        window: Window,
    ) -> Result<Listing<User>, StoreError> {
        let mut found: Vec<_> = self.lock().users(team, filter).cloned().collect();
        found.sort_by_key(|user| (user.email.key(), user.id));
        Ok(page(found, window))
    }
}

#[async_trait]
impl LogIns for InMemoryIdentity {
    async fn account(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let state = self.lock();
        let mut active = state.accounts.values().filter(|account| account.user.is_active);
        Ok(active.find(|account| account.user.email.key() == email.key()).cloned())
    }

    async fn locked_until(
        &self,
        attempt: &Attempt,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let state = self.lock();
        let wrong = state.wrong_attempts.get(&attempt.fingerprint());
        Ok(wrong.and_then(|wrong| wrong.locked_until(now)))
    }

    async fn settle(
        &self,
        attempt: &Attempt,
        right: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut state = self.lock();
        let wrong = state.wrong_attempts.entry(attempt.fingerprint()).or_default();
        let locked_until = wrong.locked_until(now);
        match (locked_until, right) {
            (Some(_), _) => {}
            (None, true) => wrong.clear(),
            (None, false) => wrong.add(now),
        }
        Ok(locked_until)
    }
}

#[async_trait]
impl Sessions for InMemoryIdentity {
    async fn begin(
        &self,
        context: WriteContext<()>,
        session: NewSession,
        token: NewRefreshToken,
    ) -> Result<Written<()>, StoreError> {
        self.lock().once(&context, |state| {
            let begun = Session { team: context.team, user: session.user, ended: false };
            state.sessions.insert(session.id, begun);
            state.add_token(session.id, token);
            Ok(())
        })
    }

    async fn owner(&self, token: RefreshTokenId) -> Result<Option<(TeamId, UserId)>, StoreError> {
        let state = self.lock();
        let session = state.tokens.get(&token).and_then(|token| state.sessions.get(&token.session));
        Ok(session.map(|session| (session.team, session.user)))
    }

    async fn refresh(
        &self,
        context: WriteContext<Refreshed>,
        presented: RefreshTokenText,
        successor: NewRefreshToken,
    ) -> Result<Written<Refreshed>, StoreError> {
        self.lock().once(&context, |state| Ok(state.refresh(&context, &presented, successor)))
    }

    async fn end(&self, context: WriteContext<()>, session: SessionId) -> Result<Written<()>, StoreError> {
        self.lock().once(&context, |state| {
            state.end_sessions(|id, one| id == session && one.team == context.team);
            Ok(())
        })
    }
}

#[async_trait]
impl ApiKeys for InMemoryIdentity {
    async fn create(
        &self,
        context: WriteContext<ApiKey>,
        key: ApiKey,
    ) -> Result<Written<ApiKey>, StoreError> {
        self.lock().once(&context, |state| {
            state.keys.insert(key.id, key.clone());
            Ok(key)
        })
    }

    async fn rotate(
        &self,
        context: WriteContext<ApiKey>,
        secret: ApiKeyText,
        overlap: TimeDelta,
    ) -> Result<Written<ApiKey>, ApiKeyError> {
        self.lock().once(&context, |state| {
            let key = state.key(context.team, secret.id()).ok_or(ApiKeyError::NotFound)?;
            let rotated = key.rotate(&secret, overlap, context.at).ok_or(ApiKeyError::Ended)?;
            state.keys.insert(rotated.id, rotated.clone());
            Ok(rotated)
        })
    }

    async fn revoke(
        &self,
        context: WriteContext<ApiKey>,
        id: ApiKeyId,
    ) -> Result<Written<ApiKey>, ApiKeyError> {
        self.lock().once(&context, |state| {
            let key = state.key(context.team, id).ok_or(ApiKeyError::NotFound)?;
            let Some(revoked) = key.revoke(context.at) else { return Ok(key.clone()) };
            state.keys.insert(id, revoked.clone());
            Ok(revoked)
        })
    }

    async fn find(&self, team: TeamId, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.lock().key(team, id).cloned())
    }

    async fn list(
        &self,
        team: TeamId,
        live_at: Option<DateTime<Utc>>,
        window: Window,
    ) -> Result<Listing<ApiKey>, StoreError> {
        let state = self.lock();
        let keys = state.keys.values().filter(|key| key.team == team);
        let mut found: Vec<_> =
            keys.filter(|key| live_at.is_none_or(|at| key.is_live(at))).cloned().collect();
        found.sort_by_key(|key| std::cmp::Reverse((key.created_at, key.id)));
        Ok(page(found, window))
    }
}

#[async_trait]
impl CallerLookups for InMemoryIdentity {
    async fn key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.lock().keys.get(&id).cloned())
    }

    async fn session(&self, id: SessionId) -> Result<Option<Actor>, StoreError> {
        let state = self.lock();
        let session = state.sessions.get(&id).filter(|session| !session.ended);
        let account = session.and_then(|session| state.account(session.team, session.user));
        Ok(account.filter(|account| account.user.is_active).map(|account| account.user.actor(account.team)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::people::{self, People};
    use crate::contract::{self, foundation};
    use kernel::clock::{CountedIds, IdSource};
    use kernel::contract::context;
    use pollster::block_on;

    /// Runs a suite of people, sessions and keys for two teams of its own.
    async fn run(suite: impl AsyncFn(&People<'_>)) {
        let (store, ids) = (InMemoryIdentity::default(), CountedIds::default());
        let ids: &dyn IdSource = &ids;
        let team = async |name: &str| {
            let foundation = foundation(name, &format!("{name}@team.example"), ids);
            let (team, at) = (foundation.team.id, foundation.team.created_at);
            Teams::create(&store, context(team, at), foundation).await.unwrap();
            team
        };
        let people = People {
            teams: &store,
            users: &store,
            sessions: &store,
            log_ins: &store,
            keys: &store,
            callers: &store,
            ids,
            team: team("first").await,
            vendor: ids.id(),
            other_team: team("other").await,
        };
        store.add_vendor(people.team, people.vendor);
        suite(&people).await;
    }

    #[test]
    fn teams_are_founded_whole_and_found_again() {
        let (store, ids) = (InMemoryIdentity::default(), CountedIds::default());
        block_on(contract::teams(&store, &store, &ids));
    }

    #[test]
    fn users_keep_their_contract() {
        block_on(run(people::users));
    }

    #[test]
    fn sessions_keep_their_contract() {
        block_on(run(people::sessions));
    }

    #[test]
    fn log_ins_keep_their_contract() {
        block_on(run(people::log_ins));
    }

    #[test]
    fn api_keys_keep_their_contract() {
        block_on(run(people::keys));
    }

    #[test]
    fn settings_keep_their_contract() {
        block_on(run(people::settings));
    }
}
