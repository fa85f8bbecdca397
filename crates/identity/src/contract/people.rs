//! What every implementation of the ports of people, sessions and keys must show.
//!
//! The suites take [`People`]: stores that share their data, with two teams that exist and a vendor of the first.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::{Identity, KeyPermission, Role, Scope};
use kernel::clock::IdSource;
use kernel::contract::{context, done, read, window};
use kernel::id::{Id, TeamId, UserId, VendorId};
use kernel::money::Rate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::admin;
use crate::api_key::{ApiKey, ApiKeyError, ApiKeyText, KeyName, Networks, NewApiKey};
use crate::ports::{ApiKeys, Attempt, CallerLookups, LogIns, Refreshed, Sessions, Teams, UserFilter, Users};
use crate::session::{NewRefreshToken, NewSession, RefreshTokenText, SessionId};
use crate::team::{Shift, ShiftCalendar, SkillCheck, TeamChange, TeamError, TeamName, TeamSettings};
use crate::user::{Email, Membership, PasswordHash, User, UserChange, UserError};

/// The stores under test, and what they hold already.
pub struct People<'a> {
    pub teams: &'a dyn Teams,
    pub users: &'a dyn Users,
    pub sessions: &'a dyn Sessions,
    pub log_ins: &'a dyn LogIns,
    pub keys: &'a dyn ApiKeys,
    pub callers: &'a dyn CallerLookups,
    pub ids: &'a dyn IdSource,
    /// A team with one user, an ADMIN.
    pub team: TeamId,
    pub vendor: VendorId,
    /// Another team.
    pub other_team: TeamId,
}

impl People<'_> {
    fn email(&self) -> String {
        format!("{}@contract.example", self.ids.uuid().simple())
    }

    fn new_user(&self, email: &str, membership: Membership) -> (User, PasswordHash) {
        let (user, password) = admin(email, self.ids);
        (User { membership, ..user }, password)
    }

    async fn user(&self, email: &str, membership: Membership) -> User {
        let (user, password) = self.new_user(email, membership);
        done(self.users.create(context(self.team, at(0)), user, password).await, "a user is created")
    }

    async fn session(&self, user: UserId) -> (SessionId, RefreshTokenText) {
        let text = RefreshTokenText::compose(self.ids.id(), &self.ids.secret());
        let session = NewSession { id: self.ids.id(), user, address: "2001:db8::7".parse().ok() };
        let id = session.id;
        let begun =
            self.sessions.begin(context(self.team, at(0)), session, NewRefreshToken::of(&text, at(0)));
        done(begun.await, "a session begins");
        (id, text)
    }

    async fn refresh(
        &self,
        presented: &RefreshTokenText,
        now: DateTime<Utc>,
    ) -> (Refreshed, RefreshTokenText) {
        let next = RefreshTokenText::compose(self.ids.id(), &self.ids.secret());
        let context = context(self.team, now);
        let refreshed = self.sessions.refresh(context, presented.clone(), NewRefreshToken::of(&next, now));
        (done(refreshed.await, "a refresh is answered"), next)
    }

    async fn goes_on(&self, session: SessionId) -> bool {
        read(self.callers.session(session).await).is_some()
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

#[expect(clippy::expect_used, reason = "test support: bad roles are the suite's own fault")]
fn membership(roles: &[Role], vendor: Option<VendorId>) -> Membership {
    Membership::try_new(roles.iter().copied().collect(), vendor).expect("roles and vendor go together")
}

/// Users are kept, changed and listed within their team; e-mails are taken in the whole installation; a team keeps
/// an ADMIN.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn users(people: &People<'_>) {
    let vendors = membership(&[Role::Vendor, Role::Ops], Some(people.vendor));
    let email = people.email();
    let user = people.user(&email, vendors.clone()).await;
    assert_eq!(read(people.users.find(people.team, user.id).await), Some(user.clone()), "a user is found");
    assert_eq!(read(people.users.find(people.other_team, user.id).await), None, "by their own team alone");

    let create =
        async |team, (user, password)| people.users.create(context(team, at(0)), user, password).await;
    let refused = create(people.other_team, admin(&email.to_uppercase(), people.ids)).await;
    assert!(matches!(refused, Err(UserError::EmailTaken)), "an e-mail is taken in any team: {refused:?}");
    let stray = membership(&[Role::Vendor], Some(people.ids.id()));
    let refused = create(people.team, people.new_user(&people.email(), stray)).await;
    assert!(matches!(refused, Err(UserError::UnknownVendor)), "a vendor exists: {refused:?}");
    let refused = create(people.other_team, people.new_user(&people.email(), vendors)).await;
    assert!(matches!(refused, Err(UserError::UnknownVendor)), "and is the team's own: {refused:?}");

    let change = UserChange { roles: Some([Role::Accounts].into()), ..Default::default() };
    let changed = people.users.change(context(people.team, at(9)), user.id, change.clone()).await;
    let changed = done(changed, "a user is changed");
    let expected =
        User { membership: membership(&[Role::Accounts], None), version: 2, updated_at: at(9), ..user };
    assert_eq!(changed, expected, "a change is given back");
    assert_eq!(read(people.users.find(people.team, changed.id).await), Some(changed.clone()), "and kept");
    let again = people.users.change(context(people.team, at(10)), changed.id, change.clone()).await;
    assert_eq!(done(again, "the same again"), changed, "the same change again changes nothing");
    for (team, id) in [(people.other_team, changed.id), (people.team, people.ids.id())] {
        let refused = people.users.change(context(team, at(9)), id, change.clone()).await;
        assert!(matches!(refused, Err(UserError::NotFound)), "foreign and absent alike: {refused:?}");
    }
    let unfit = UserChange { vendor: Some(people.vendor), ..Default::default() };
    let refused = people.users.change(context(people.team, at(9)), changed.id, unfit).await;
    assert!(matches!(refused, Err(UserError::Membership(_))), "a vendor needs the role: {refused:?}");
    let email = UserChange { email: Email::try_new(&people.email()).ok(), ..Default::default() };
    let renamed = people.users.change(context(people.team, at(9)), changed.id, email.clone()).await;
    assert_eq!(Some(done(renamed, "an e-mail is changed").email), email.email);

    last_admin(people).await;
    listed(people).await;
}

async fn last_admin(people: &People<'_>) {
    let admins = UserFilter { role: Some(Role::Admin), is_active: Some(true) };
    let only = read(people.users.list(people.team, admins, window(0, 10)).await).items;
    let [only] = only.as_slice() else { panic!("the team has one ADMIN: {only:?}") };
    let idle = UserChange { is_active: Some(false), ..Default::default() };
    let refused = people.users.change(context(people.team, at(9)), only.id, idle.clone()).await;
    assert!(matches!(refused, Err(UserError::LastAdmin)), "the last ADMIN stays: {refused:?}");
    let second = people.user(&people.email(), Membership::admin()).await;
    let first = people.users.change(context(people.team, at(9)), second.id, idle).await;
    assert!(!done(first, "one of two ADMINs may go").is_active);
}

async fn listed(people: &People<'_>) {
    let emails = ["B@list.example", "a@list.example", "c@list.example"]
        .map(|email| format!("0000-{}", email.replace('@', &format!("@{}.", people.ids.uuid().simple()))));
    for email in &emails {
        people.user(email, membership(&[Role::Operator], None)).await;
    }
    let operators = UserFilter { role: Some(Role::Operator), is_active: Some(true) };
    let page = read(people.users.list(people.team, operators, window(0, 2)).await);
    let found: Vec<_> = page.items.iter().map(|user| user.email.as_str().to_owned()).collect();
    let [b, a, _] = emails;
    assert_eq!((found, page.total), (vec![a, b], 3), "users are listed by e-mail in any case");
    let none = read(people.users.list(people.other_team, operators, window(0, 2)).await);
    assert_eq!((none.items, none.total), (Vec::new(), 0), "within their team");
}

/// Sessions begin, are carried on by each refresh token once, and end: by a token spent twice, by logging out, by a
/// new password, by their user's end.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn sessions(people: &People<'_>) {
    let user = people.user(&people.email(), membership(&[Role::Ops], None)).await;
    let (session, first) = people.session(user.id).await;
    let actor = read(people.callers.session(session).await);
    assert_eq!(actor, Some(user.actor(people.team)), "a session is its user");
    assert_eq!(read(people.callers.session(people.ids.id()).await), None, "no session is nobody");
    let owner = read(people.sessions.owner(first.id()).await);
    assert_eq!(owner, Some((people.team, user.id)), "a token is its user's");
    assert_eq!(read(people.sessions.owner(people.ids.id()).await), None);

    let forged = RefreshTokenText::compose(first.id(), &[0; 32]);
    assert_eq!(people.refresh(&forged, at(1)).await.0, Refreshed::Refused, "another secret is no token");
    let (renewed, second) = people.refresh(&first, at(1)).await;
    assert_eq!(renewed, Refreshed::Renewed { session, user: user.clone() }, "a token is spent for the next");
    let (renewed, third) = people.refresh(&second, at(2)).await;
    assert!(matches!(renewed, Refreshed::Renewed { .. }), "and that for the one after: {renewed:?}");
    assert!(people.goes_on(session).await);
    assert_eq!(people.refresh(&first, at(3)).await.0, Refreshed::Reused, "a spent one was stolen");
    assert!(!people.goes_on(session).await, "and ends its session");
    assert_eq!(people.refresh(&third, at(4)).await.0, Refreshed::Refused, "with every token of it");

    let (late, token) = people.session(user.id).await;
    let after = at(0) + crate::session::REFRESH_TOKEN_LIFE;
    assert_eq!(people.refresh(&token, after).await.0, Refreshed::Refused, "a token expires");
    for _ in 0..2 {
        done(people.sessions.end(context(people.team, at(5)), late).await, "a session is ended");
        assert!(!people.goes_on(late).await, "and stays so");
    }
    ended_by_changes(people, &user).await;
}

async fn ended_by_changes(people: &People<'_>, user: &User) {
    let (kept, _) = people.session(user.id).await;
    let (other, token) = people.session(user.id).await;
    let password = Some(PasswordHash::from_stored("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$bmV3".into()));
    let change = UserChange { password: password.clone(), kept_session: Some(kept), ..Default::default() };
    done(people.users.change(context(people.team, at(6)), user.id, change).await, "a password is changed");
    assert!(people.goes_on(kept).await, "the session that changed a password goes on");
    assert!(!people.goes_on(other).await, "the others end");
    assert_eq!(people.refresh(&token, at(7)).await.0, Refreshed::Refused);
    let account = read(people.log_ins.account(&user.email).await);
    assert_eq!(account.map(|account| account.password), password, "the new password counts");

    let roles = UserChange { roles: Some([Role::Accounts].into()), ..Default::default() };
    done(people.users.change(context(people.team, at(7)), user.id, roles).await, "roles are changed");
    let actor = read(people.callers.session(kept).await);
    let roles = actor.map(|actor| match actor.identity {
        Identity::User { roles, .. } => roles,
        _ => BTreeSet::new(),
    });
    assert_eq!(roles, Some([Role::Accounts].into()), "new roles bite in sessions that go on");

    let idle = UserChange { is_active: Some(false), ..Default::default() };
    done(people.users.change(context(people.team, at(8)), user.id, idle).await, "a user is put to rest");
    assert!(!people.goes_on(kept).await, "and their sessions end");
    assert_eq!(read(people.log_ins.account(&user.email).await), None, "and they log in no more");
}

/// Accounts are found by e-mail in any case; five wrong attempts within 15 minutes lock for 15 minutes, whether the
/// account exists or not.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn log_ins(people: &People<'_>) {
    let user = people.user(&people.email(), membership(&[Role::Ops], None)).await;
    let loud = Email::try_new(&user.email.as_str().to_uppercase());
    let Ok(loud) = loud else { panic!("an e-mail in capitals is one: {loud:?}") };
    let account = read(people.log_ins.account(&loud).await);
    assert_eq!(account.map(|account| (account.team, account.user)), Some((people.team, user.clone())));
    let unknown = Email::try_new(&people.email());
    let Ok(unknown) = unknown else { panic!("an e-mail is one: {unknown:?}") };
    assert_eq!(read(people.log_ins.account(&unknown).await), None, "an unknown e-mail is nobody's");
    for email in [user.email, unknown] {
        locked(people, &Attempt { email, address: "192.0.2.7".parse().ok() }).await;
    }
}

async fn locked(people: &People<'_>, attempt: &Attempt) {
    let minutes = |count: i64| at(60 * count);
    let settle = async |right, moment| read(people.log_ins.settle(attempt, right, moment).await);
    let locked_until = async |moment| read(people.log_ins.locked_until(attempt, moment).await);
    for minute in [0, 1, 2, 3] {
        assert_eq!(settle(false, minutes(minute)).await, None, "wrong attempts stand at first");
    }
    assert_eq!(settle(true, minutes(4)).await, None, "a right one forgets them");
    for minute in [5, 6, 7, 8, 21] {
        assert_eq!(settle(false, minutes(minute)).await, None, "five within 16 minutes do not lock");
    }
    assert_eq!(locked_until(minutes(21)).await, None);
    assert_eq!(settle(false, minutes(21)).await, None, "the five last are within 15 minutes");
    assert_eq!(locked_until(minutes(21)).await, Some(minutes(36)), "so the account is locked for 15 minutes");
    assert_eq!(settle(true, minutes(22)).await, Some(minutes(36)), "a right attempt is refused");
    assert_eq!(settle(false, minutes(35)).await, Some(minutes(36)), "a wrong one too, and does not count");
    assert_eq!(locked_until(minutes(36)).await, None, "until the lock ends");
    let elsewhere = Attempt { address: "192.0.2.8".parse().ok(), ..attempt.clone() };
    assert_eq!(
        read(people.log_ins.locked_until(&elsewhere, minutes(22)).await),
        None,
        "for this address alone"
    );
    assert_eq!(settle(false, minutes(36)).await, None, "then attempts stand again");
    assert_eq!(locked_until(minutes(36)).await, None);
    assert_eq!(settle(true, minutes(36)).await, None);
}

fn key(people: &People<'_>, seconds: i64) -> (ApiKey, ApiKeyText) {
    let text = ApiKeyText::compose(people.ids.id(), &people.ids.secret());
    let (name, allowed) =
        (KeyName::try_new("ERP"), Networks::parse(&["10.0.0.0/8".into(), "2001:db8::/32".into()]));
    let (Ok(name), Ok(allowed)) = (name, allowed) else { panic!("a good name and networks") };
    let new = NewApiKey {
        name,
        permission: KeyPermission::ReadWrite,
        scopes: [Scope::OrdersImport].into(),
        expires_at: Some(at(1_000)),
        allowed,
    };
    (ApiKey::create(&text, people.team, new, at(seconds)), text)
}

/// Keys are kept, rotated, revoked and listed within their team, and looked up by callers of none.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn keys(people: &People<'_>) {
    let (made, text) = key(people, 0);
    let stored =
        done(people.keys.create(context(people.team, at(0)), made.clone()).await, "a key is created");
    assert_eq!(stored, made);
    assert_eq!(read(people.keys.find(people.team, made.id).await), Some(made.clone()), "a key is found");
    assert_eq!(read(people.keys.find(people.other_team, made.id).await), None, "by its own team alone");
    assert_eq!(read(people.callers.key(made.id).await), Some(made.clone()), "a caller's key is looked up");
    assert_eq!(read(people.callers.key(people.ids.id()).await), None);

    let next = ApiKeyText::compose(made.id, &people.ids.secret());
    let (overlap, rotating) = (TimeDelta::hours(1), context(people.team, at(1)));
    let rotated = done(people.keys.rotate(rotating, next.clone(), overlap).await, "a key is rotated");
    assert_eq!(Some(&rotated), made.rotate(&next, overlap, at(1)).as_ref(), "as the rule says");
    assert_eq!(read(people.callers.key(made.id).await), Some(rotated.clone()), "and kept so");
    let foreign = people.keys.rotate(context(people.other_team, at(1)), text, overlap).await;
    assert!(matches!(foreign, Err(ApiKeyError::NotFound)), "another team's key is none: {foreign:?}");

    let foreign = people.keys.revoke(context(people.other_team, at(2)), made.id).await;
    assert!(matches!(foreign, Err(ApiKeyError::NotFound)), "another team's key is none: {foreign:?}");
    let revoked = done(people.keys.revoke(context(people.team, at(2)), made.id).await, "a key is revoked");
    assert_eq!(Some(&revoked), rotated.revoke(at(2)).as_ref(), "as the rule says");
    let again = done(people.keys.revoke(context(people.team, at(3)), made.id).await, "and again");
    assert_eq!(again, revoked, "which changes nothing");
    let ended = people.keys.rotate(context(people.team, at(3)), next, overlap).await;
    assert!(matches!(ended, Err(ApiKeyError::Ended)), "a revoked key is rotated no more: {ended:?}");

    let (later, _) = key(people, 5);
    done(people.keys.create(context(people.team, at(5)), later.clone()).await, "another key is created");
    let ours = |ids: Vec<ApiKey>| -> Vec<Uuid> { ids.iter().take(2).map(|key| key.id.uuid()).collect() };
    let all = read(people.keys.list(people.team, None, window(0, 10)).await);
    assert_eq!(ours(all.items), [later.id.uuid(), made.id.uuid()], "the newest key comes first");
    let live = read(people.keys.list(people.team, Some(at(6)), window(0, 10)).await);
    assert!(
        live.items.iter().all(|key| key.is_live(at(6))) && live.total < all.total,
        "ended ones can be left out"
    );
    let expired = read(people.keys.list(people.team, Some(at(1_000)), window(0, 10)).await);
    assert!(expired.items.iter().all(|key| key.id != later.id), "an expired key has ended");
    let foreign = read(people.keys.list(people.other_team, None, window(0, 10)).await);
    assert!(
        foreign.items.iter().all(|key| key.id != made.id && key.id != later.id),
        "keys stay in their team"
    );
}

/// A team's settings have their defaults, and change.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn settings(people: &People<'_>) {
    let before = read(people.teams.find(people.team).await);
    let Some(before) = before else { panic!("the team is found") };
    assert_eq!(before.settings, TeamSettings::default(), "a team begins with the defaults");
    assert_eq!(read(people.teams.find(Id::new(people.ids.uuid())).await), None, "no team is none");

    let night = Shift::try_new("Night", &["monday".into(), "friday".into()], "22:00", "06:00");
    let shifts = night.and_then(|night| ShiftCalendar::try_new(vec![night]));
    let change = TeamChange {
        name: TeamName::try_new(&format!("Renamed {}", people.ids.uuid())).ok(),
        time_zone: "Europe/Warsaw".parse().ok(),
        currency: "PLN".parse().ok(),
        tax_rate: Rate::try_new(Decimal::new(2_355, 4)).ok(),
        shifts: shifts.ok(),
        four_eyes_payment: Some(true),
        skill_check: Some(SkillCheck::Warn),
    };
    let changed = people.teams.change(context(people.team, at(9)), change.clone()).await;
    let changed = done(changed, "a team is changed");
    assert_eq!(Some(&changed), before.change(&change, at(9)).as_ref(), "as the rule says");
    assert_eq!(read(people.teams.find(people.team).await), Some(changed.clone()), "and kept so");
    let again = people.teams.change(context(people.team, at(10)), change).await;
    assert_eq!(done(again, "the same again"), changed, "the same change again changes nothing");
    let taken = TeamChange { name: Some(changed.name), ..Default::default() };
    let refused = people.teams.change(context(people.other_team, at(9)), taken).await;
    assert!(matches!(refused, Err(TeamError::NameTaken)), "a name is taken: {refused:?}");
}
