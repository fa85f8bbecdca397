//! People, sessions and keys: what comes of many at once, and what is left of it in the audit trail.

mod audit;

use adapter_postgres::identity::{PgApiKeys, PgCallers, PgLogIns, PgTeams, PgUsers};
use adapter_postgres::{Db, DbSettings};
use chrono::{DateTime, TimeDelta, Utc};
use identity::api_key::ApiKeyText;
use identity::contract::admin;
use identity::ports::{ApiKeys, Attempt, CallerLookups, LogIns, Refreshed, Teams, Users};
use identity::team::TeamChange;
use identity::user::{Email, PasswordHash, User, UserChange, UserError};
use kernel::access::Role;
use kernel::clock::{IdSource, SystemIds};
use kernel::id::{ApiKeyId, Id, TeamId};
use kernel::write::Written;
use testkit::race;

use crate::support::{Store, at, block_on, context, done};

fn email() -> Email {
    Email::try_new(&format!("{}@people.example", SystemIds.uuid().simple())).expect("an e-mail")
}

/// An ADMIN about to exist.
fn new_admin(email: &Email) -> (User, PasswordHash) {
    admin(email.as_str(), &SystemIds)
}

fn create(
    store: &Store,
    team: TeamId,
    (user, password): (User, PasswordHash),
) -> Result<Written<User>, UserError> {
    block_on(PgUsers::new(store.db.clone()).create(context(team), user, password))
}

/// The one API key that a team was founded with.
fn key_of(store: &Store, team: TeamId) -> ApiKeyId {
    let id = store.database.scalar(&format!("SELECT id FROM api_keys WHERE team_id = '{team}'"));
    Id::new(id.parse().expect("an id"))
}

#[test]
fn of_many_that_present_one_refresh_token_at_once_one_is_renewed_and_the_family_ends() {
    let store = Store::shared().crowded(20);
    let team = store.team();
    for _ in 0..5 {
        let (session, token) = store.session_begun(team, at());
        let outcomes = race(20, |_| store.refresh(team, &token, at()));
        let count =
            |is: fn(&Refreshed) -> bool| outcomes.iter().filter(|(refreshed, _)| is(refreshed)).count();
        let counts = (
            count(|refreshed| matches!(refreshed, Refreshed::Renewed { .. })),
            count(|refreshed| *refreshed == Refreshed::Reused),
            count(|refreshed| *refreshed == Refreshed::Refused),
        );
        assert_eq!(counts, (1, 1, 18), "the second ends the session, and the others find it ended");
        let going_on = block_on(PgCallers::new(store.db.clone()).session(session)).expect("it is read");
        assert_eq!(going_on, None);
        for (_, next) in &outcomes {
            assert_eq!(store.refresh(team, next, at()).0, Refreshed::Refused, "nobody goes on");
        }
        let tokens = format!("SELECT count(*) FROM refresh_tokens WHERE session_id = '{session}'");
        assert_eq!(store.number(&tokens), 2, "one token followed the first");
    }
}

#[test]
fn of_two_admins_that_take_each_others_place_away_at_once_one_is_left() {
    let store = Store::shared();
    let demoted = UserChange { roles: Some([Role::Ops].into()), ..Default::default() };
    let idle = UserChange { is_active: Some(false), ..Default::default() };
    for round in 0..30 {
        let team = store.team();
        let first = store.database.scalar(&format!("SELECT id FROM users WHERE team_id = '{team}'"));
        let second = done(create(&store, team, new_admin(&email()))).id;
        let others = [second, Id::new(first.parse().expect("an id"))];
        let changes = [&demoted, if round % 2 == 0 { &demoted } else { &idle }];
        let outcomes = race(2, |racer| {
            let (other, change) = (others[racer], changes[racer].clone());
            block_on(PgUsers::new(store.db.clone()).change(context(team), other, change))
        });
        let done = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Written::Done(_)))).count();
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(UserError::LastAdmin)));
        assert_eq!((done, refused.count()), (1, 1), "round {round}: {outcomes:?}");
        let left = format!(
            "SELECT count(*) FROM users WHERE team_id = '{team}' AND is_active AND 'ADMIN' = ANY (roles)"
        );
        assert_eq!(store.number(&left), 1, "round {round}");
    }
}

#[test]
fn of_two_teams_that_take_one_email_at_once_one_gets_it_and_the_other_leaves_nothing() {
    let store = Store::shared();
    for _ in 0..10 {
        let (teams, email) = ([store.team(), store.team()], email());
        // the same in capitals
        let loud = Email::try_new(&email.as_str().to_uppercase()).expect("an e-mail");
        let emails = [&email, &loud];
        let outcomes = race(2, |racer| create(&store, teams[racer], new_admin(emails[racer])));
        let won = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Written::Done(_)))).count();
        let lost = outcomes.iter().filter(|outcome| matches!(outcome, Err(UserError::EmailTaken)));
        assert_eq!((won, lost.count()), (1, 1), "{outcomes:?}");
        let of_both = format!("team_id IN ('{}', '{}')", teams[0], teams[1]);
        let users = format!("SELECT count(*) FROM users WHERE {of_both}");
        let entries =
            format!("SELECT count(*) FROM audit_entries WHERE {of_both} AND action = 'user.created'");
        assert_eq!((store.number(&users), store.number(&entries)), (3, 1), "beside the teams' first users");
    }
}

/// Attempts at once, wrong but for the one named; gives for each until when it was refused.
fn attempted(
    log_ins: &PgLogIns,
    attempt: &Attempt,
    count: usize,
    right: Option<usize>,
) -> Vec<Option<DateTime<Utc>>> {
    race(count, |racer| {
        block_on(log_ins.settle(attempt, Some(racer) == right, at())).expect("an attempt is settled")
    })
}

fn attempt() -> Attempt {
    Attempt { email: email(), address: "192.0.2.7".parse().ok() }
}

const LOCK: TimeDelta = TimeDelta::minutes(15);

#[test]
fn of_fifty_wrong_passwords_at_once_five_stand_and_the_others_are_refused() {
    let log_ins = PgLogIns::new(Store::shared().crowded(50).db);
    for _ in 0..3 {
        let attempt = attempt();
        let outcomes = attempted(&log_ins, &attempt, 50, None);
        let count = |outcome| outcomes.iter().filter(|found| **found == outcome).count();
        assert_eq!((count(None), count(Some(at() + LOCK))), (5, 45), "{outcomes:?}");
        let locked = block_on(log_ins.locked_until(&attempt, at())).expect("it is read");
        assert_eq!(locked, Some(at() + LOCK));
    }
}

#[test]
fn a_right_password_among_wrong_ones_at_once_never_opens_a_lock() {
    let log_ins = PgLogIns::new(Store::shared().crowded(21).db);
    for round in 0..20 {
        let (attempt, right) = (attempt(), round);
        let outcomes = attempted(&log_ins, &attempt, 21, Some(right));
        let refused = outcomes.iter().filter(|outcome| outcome.is_some());
        assert!(refused.clone().all(|until| *until == Some(at() + LOCK)), "{outcomes:?}");
        let wrong_that_stood =
            outcomes.iter().enumerate().filter(|(racer, outcome)| *racer != right && outcome.is_none());
        let most = if outcomes[right].is_some() { 5..=5 } else { 5..=9 };
        let stood = wrong_that_stood.count();
        assert!(most.contains(&stood), "a right one makes at most four forgotten: {stood} in {outcomes:?}");
        for right in [true, false] {
            let late = block_on(log_ins.settle(&attempt, right, at())).expect("an attempt is settled");
            assert_eq!(late, Some(at() + LOCK), "and then it is locked, for a right one too");
        }
    }
}

#[test]
fn two_rotations_of_a_key_at_once_follow_each_other_and_the_last_ones_secret_is_the_keys() {
    let store = Store::shared();
    for _ in 0..10 {
        let team = store.team();
        let (keys, id) = (PgApiKeys::new(store.db.clone()), key_of(&store, team));
        let before = block_on(keys.find(team, id)).expect("it is read").expect("it is there");
        let rotated = race(2, |_| {
            let secret = ApiKeyText::compose(id, &SystemIds.secret());
            done(block_on(keys.rotate(context(team), secret, TimeDelta::hours(1))))
        });
        let replaced = |racer: usize| rotated[racer].previous.as_ref().map(|previous| previous.hash);
        let (first, last) = if replaced(0) == Some(before.secret_hash) { (0, 1) } else { (1, 0) };
        assert_eq!(replaced(first), Some(before.secret_hash), "one replaces what was there");
        assert_eq!(replaced(last), Some(rotated[first].secret_hash), "and the other what that one made");
        let stored = block_on(keys.find(team, id)).expect("it is read");
        assert_eq!(stored.as_ref(), Some(&rotated[last]));
    }
}

#[test]
fn people_and_settings_change_while_something_long_runs_in_their_team() {
    let store = Store::shared();
    let team = store.team();
    let other = done(create(&store, team, new_admin(&email())));
    // as an import does: whatever is added to a team holds on to the team's row
    let import = store.database.hold(&format!(
        "INSERT INTO departments VALUES ('{team}', gen_random_uuid(), 'New', 'new', true, 1, now(), now())"
    ));
    let idle = UserChange { is_active: Some(false), ..Default::default() };
    let changed = block_on(PgUsers::new(store.db.clone()).change(context(team), other.id, idle));
    assert!(!done(changed).is_active);
    let careful = TeamChange { four_eyes_payment: Some(true), ..Default::default() };
    let changed = block_on(PgTeams::new(store.db.clone()).change(context(team), careful));
    assert!(done(changed).settings.four_eyes_payment);
    drop(import);
}

#[test]
fn callers_are_looked_up_while_columns_come_and_go() {
    let store = Store::own();
    let team = store.team();
    let (id, session) = (key_of(&store, team), store.session(team));
    let settings = DbSettings { url: store.database.service_url(), connections: 1 };
    let db = Db::open(&settings).expect("a pool opens");
    let email = Email::try_new(&store.database.scalar("SELECT email FROM users")).expect("an e-mail");
    let look = || {
        let (callers, log_ins) = (PgCallers::new(db.clone()), PgLogIns::new(db.clone()));
        let key = block_on(callers.key(id)).expect("a key is read").expect("it is there");
        let actor = block_on(callers.session(session)).expect("a session is read").expect("it goes on");
        let account = block_on(log_ins.account(&email)).expect("an account is read").expect("it is there");
        (key, actor, account)
    };
    let before = look();
    for change in ["ADD COLUMN nickname text NOT NULL DEFAULT ''", "DROP COLUMN nickname"] {
        for table in ["api_keys", "users", "sessions"] {
            store.database.execute(&format!("ALTER TABLE {table} {change}"));
        }
        assert_eq!(look(), before, "on the same connection after {change}");
    }
}
