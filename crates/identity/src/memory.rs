//! The ports in memory, for examples and tests. It writes no audit trail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Actor, Role};
use kernel::error::StoreError;
use kernel::id::{ApiKeyId, TeamId, UserId, VendorId};
use kernel::memory::{InMemoryResponses, InMemoryState, page};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::api_key::{ApiKey, ApiKeyError, ApiKeyText};
use crate::ports::{
    Account, ApiKeys, Attempt, CallerLookups, Foundation, LogIns, Refreshed, Sessions, Teams, UserFilter,
    Users,
};
use crate::session::{
    NewRefreshToken, NewSession, RefreshTokenId, RefreshTokenText, RefreshVerdict, SessionId,
    StoredRefreshToken,
};
use crate::team::{Team, TeamChange, TeamError};
use crate::user::{Email, PasswordHash, User, UserChange, UserError, keeps_an_admin};

/// Teams with their users, sessions and API keys, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryIdentity {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    teams: BTreeMap<TeamId, Team>,
    vendors: BTreeSet<(TeamId, VendorId)>,
    accounts: BTreeMap<UserId, Account>,
    sessions: BTreeMap<SessionId, Session>,
    tokens: BTreeMap<RefreshTokenId, Token>,
    keys: BTreeMap<ApiKeyId, ApiKey>,
    wrong_attempts: BTreeMap<[u8; 32], WrongAttempts>,
    responses: InMemoryResponses,
}

#[derive(Debug, Clone)]
struct Session {
    team: TeamId,
    user: UserId,
    ended: bool,
}

#[derive(Debug, Clone)]
struct Token {
    session: SessionId,
    hash: [u8; 32],
    spent_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

/// When the last wrong attempts were, five at most.
#[derive(Debug, Default)]
struct WrongAttempts(Vec<DateTime<Utc>>);

impl WrongAttempts {
    const MAX: usize = 5;
    const PERIOD: TimeDelta = TimeDelta::minutes(15);

    fn locked_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let [first, _, _, _, last] = *self.0.as_slice() else { return None };
        Some(last + Self::PERIOD).filter(|until| last - first <= Self::PERIOD && now < *until)
    }

    fn add(&mut self, now: DateTime<Utc>) {
        if self.0.len() == Self::MAX {
            self.0.remove(0);
        }
        self.0.push(now);
    }
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
            (None, true) => wrong.0.clear(),
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

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

impl State {
    fn check_name(&self, team: &Team) -> Result<(), TeamError> {
        let mut others = self.teams.values().filter(|other| other.id != team.id);
        if others.any(|other| other.name.key() == team.name.key()) {
            Err(TeamError::NameTaken)
        } else {
            Ok(())
        }
    }

    /// Whether another user of any team has the user's e-mail.
    fn has_email(&self, user: &User) -> bool {
        let others = self.accounts.values().map(|account| &account.user).filter(|other| other.id != user.id);
        others.into_iter().any(|other| other.email.key() == user.email.key())
    }

    fn check_user(&self, team: TeamId, user: &User) -> Result<(), UserError> {
        if self.has_email(user) {
            return Err(UserError::EmailTaken);
        }
        let is_known = |vendor| self.vendors.contains(&(team, vendor));
        if user.membership.vendor().is_none_or(is_known) { Ok(()) } else { Err(UserError::UnknownVendor) }
    }

    fn account(&self, team: TeamId, id: UserId) -> Option<&Account> {
        self.accounts.get(&id).filter(|account| account.team == team)
    }

    fn users(&self, team: TeamId, filter: UserFilter) -> impl Iterator<Item = &User> {
        let users = self.accounts.values().filter(move |account| account.team == team);
        users.map(|account| &account.user).filter(move |user| filter.passes(user))
    }

    fn change_user(
        &mut self,
        team: TeamId,
        id: UserId,
        change: &UserChange,
        at: DateTime<Utc>,
    ) -> Result<User, UserError> {
        let account = self.account(team, id).ok_or(UserError::NotFound)?;
        let before = &account.user;
        let Some(after) = before.change(change, at)? else { return Ok(before.clone()) };
        let active_admins = UserFilter { role: Some(Role::Admin), is_active: Some(true) };
        let others = self.users(team, active_admins).filter(|user| user.id != id).count();
        if !keeps_an_admin(before, &after, others as u64) {
            return Err(UserError::LastAdmin);
        }
        self.check_user(team, &after)?;
        let ends_sessions = change.password.is_some() || (before.is_active && !after.is_active);
        let password = change.password.as_ref().unwrap_or(&account.password).clone();
        self.accounts.insert(id, Account { team, user: after.clone(), password });
        if ends_sessions {
            self.end_sessions(|session, one| one.user == id && Some(session) != change.kept_session);
        }
        Ok(after)
    }

    fn end_sessions(&mut self, ends: impl Fn(SessionId, &Session) -> bool) {
        for (id, session) in &mut self.sessions {
            session.ended |= ends(*id, session);
        }
    }

    fn add_token(&mut self, session: SessionId, token: NewRefreshToken) {
        let NewRefreshToken { id, hash, expires_at } = token;
        self.tokens.insert(id, Token { session, hash, spent_at: None, expires_at });
    }

    fn refresh(
        &mut self,
        context: &WriteContext<Refreshed>,
        presented: &RefreshTokenText,
        successor: NewRefreshToken,
    ) -> Refreshed {
        let Some(token) = self.tokens.get(&presented.id()) else { return Refreshed::Refused };
        let (id, session) = (token.session, self.sessions.get(&token.session));
        let Some(session) = session.filter(|session| session.team == context.team) else {
            return Refreshed::Refused;
        };
        let Some(account) = self.account(session.team, session.user) else { return Refreshed::Refused };
        let stored = StoredRefreshToken {
            hash: token.hash,
            spent_at: token.spent_at,
            expires_at: token.expires_at,
            session_goes_on: !session.ended,
            user_is_active: account.user.is_active,
        };
        let user = account.user.clone();
        match stored.judge(presented, context.at) {
            RefreshVerdict::Refused => Refreshed::Refused,
            RefreshVerdict::Reused => {
                self.end_sessions(|session, _| session == id);
                Refreshed::Reused
            }
            RefreshVerdict::Renew => {
                if let Some(token) = self.tokens.get_mut(&presented.id()) {
                    token.spent_at = Some(context.at);
                }
                self.add_token(id, successor);
                Refreshed::Renewed { session: id, user }
            }
        }
    }

    fn key(&self, team: TeamId, id: ApiKeyId) -> Option<&ApiKey> {
        self.keys.get(&id).filter(|key| key.team == team)
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
