use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::Role;
use kernel::id::{ApiKeyId, TeamId, UserId, VendorId};
use kernel::memory::{InMemoryResponses, InMemoryState};
use kernel::write::WriteContext;

use crate::api_key::ApiKey;
use crate::ports::{Account, Refreshed, UserFilter};
use crate::session::{
    NewRefreshToken, RefreshTokenId, RefreshTokenText, RefreshVerdict, SessionId, StoredRefreshToken,
};
use crate::team::{Team, TeamError};
use crate::user::{User, UserChange, UserError, keeps_an_admin};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) teams: BTreeMap<TeamId, Team>,
    pub(super) vendors: BTreeSet<(TeamId, VendorId)>,
    pub(super) accounts: BTreeMap<UserId, Account>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) tokens: BTreeMap<RefreshTokenId, Token>,
    pub(super) keys: BTreeMap<ApiKeyId, ApiKey>,
    pub(super) wrong_attempts: BTreeMap<[u8; 32], WrongAttempts>,
    responses: InMemoryResponses,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) team: TeamId,
    pub(super) user: UserId,
    pub(super) ended: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) session: SessionId,
    hash: [u8; 32],
    spent_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
}

/// When the last wrong attempts were, five at most.
#[derive(Debug, Default)]
pub(super) struct WrongAttempts(Vec<DateTime<Utc>>);

impl WrongAttempts {
    const MAX: usize = 5;
    const PERIOD: TimeDelta = TimeDelta::minutes(15);

    pub(super) fn locked_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let [first, _, _, _, last] = *self.0.as_slice() else { return None };
        Some(last + Self::PERIOD).filter(|until| last - first <= Self::PERIOD && now < *until)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn add(&mut self, now: DateTime<Utc>) {
        if self.0.len() == Self::MAX {
            self.0.remove(0);
        }
        self.0.push(now);
    }
}

impl InMemoryState for State {
    fn responses(&mut self) -> &mut InMemoryResponses {
        &mut self.responses
    }
}

impl State {
    pub(super) fn check_name(&self, team: &Team) -> Result<(), TeamError> {
        let mut others = self.teams.values().filter(|other| other.id != team.id);
        if others.any(|other| other.name.key() == team.name.key()) {
            Err(TeamError::NameTaken)
        } else {
            Ok(())
        }
    }

    /// Whether another user of any team has the user's e-mail.
    pub(super) fn has_email(&self, user: &User) -> bool {
        let others = self.accounts.values().map(|account| &account.user).filter(|other| other.id != user.id);
        others.into_iter().any(|other| other.email.key() == user.email.key())
    }

    pub(super) fn check_user(&self, team: TeamId, user: &User) -> Result<(), UserError> {
        if self.has_email(user) {
            return Err(UserError::EmailTaken);
        }
        let is_known = |vendor| self.vendors.contains(&(team, vendor));
        if user.membership.vendor().is_none_or(is_known) { Ok(()) } else { Err(UserError::UnknownVendor) }
    }

    pub(super) fn account(&self, team: TeamId, id: UserId) -> Option<&Account> {
        self.accounts.get(&id).filter(|account| account.team == team)
    }

    pub(super) fn users(&self, team: TeamId, filter: UserFilter) -> impl Iterator<Item = &User> {
        let users = self.accounts.values().filter(move |account| account.team == team);
        users.map(|account| &account.user).filter(move |user| filter.passes(user))
    }

    pub(super) fn change_user(
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

    pub(super) fn end_sessions(&mut self, ends: impl Fn(SessionId, &Session) -> bool) {
        for (id, session) in &mut self.sessions {
            session.ended |= ends(*id, session);
        }
    }

    pub(super) fn add_token(&mut self, session: SessionId, token: NewRefreshToken) {
        let NewRefreshToken { id, hash, expires_at } = token;
        self.tokens.insert(id, Token { session, hash, spent_at: None, expires_at });
    }

    pub(super) fn refresh(
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

    pub(super) fn key(&self, team: TeamId, id: ApiKeyId) -> Option<&ApiKey> {
        self.keys.get(&id).filter(|key| key.team == team)
    }
}
