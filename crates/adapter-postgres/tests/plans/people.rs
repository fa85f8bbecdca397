//! Callers are looked up in every request and people listed by page, whatever other teams have.

use std::sync::Mutex;

use adapter_postgres::identity::{PgApiKeys, PgCallers, PgLogIns, PgSessions, PgUsers};
use adapter_postgres::sweeper::{sweep_log_in_attempts, sweep_refresh_tokens, sweep_sessions};
use chrono::{DateTime, TimeDelta, Utc};
use identity::ports::{ApiKeys, Attempt, CallerLookups, LogIns, Refreshed, Sessions, UserFilter, Users};
use identity::session::NewRefreshToken;
use identity::user::Email;
use kernel::access::Role;
use kernel::id::{Id, TeamId};
use uuid::Uuid;

use super::{TIMES, first_page, reads_at_most};
use crate::support::{Store, at, block_on, context, done, refresh_token};

const PEOPLE: i64 = 1_000;
const OTHERS: i64 = 4_000;
/// What planning looks up at the ends of an index, where a table is joined or asked for the oldest.
const PLANNED: i64 = 2;

/// A team with users, keys, sessions and refresh tokens, as many of each, among three with many more; every tenth user
/// is an ADMIN, and every tenth key revoked. Wrong passwords were tried for every user.
fn full_of_people() -> (Store, TeamId) {
    let store = Store::own();
    let teams = [(); 4].map(|()| store.team());
    for (team, people) in teams.into_iter().zip([PEOPLE, OTHERS, OTHERS, OTHERS]) {
        // one of each was there from the beginning
        let more = people - 1;
        store.database.execute(&format!(
            "SET session_replication_role = replica; -- the foreign keys hold by construction
             INSERT INTO users (team_id, id, email, email_key, password_hash, roles, created_at, updated_at)
             SELECT '{team}', gen_random_uuid(), mail, mail, '$argon2id$',
                    ARRAY[CASE n % 10 WHEN 0 THEN 'ADMIN' ELSE 'OPS' END], now(), now()
             FROM generate_series(1, {more}) n, LATERAL (SELECT n || '@{team}.example') m (mail);
             INSERT INTO api_keys (team_id, id, name, prefix, secret_hash, permission, scopes, created_at, revoked_at)
             SELECT '{team}', gen_random_uuid(), 'ERP', 'tlk_0', sha256(n::text::bytea), 'read-only', '{{}}',
                    now() - n * interval '1 minute', CASE n % 10 WHEN 0 THEN now() END
             FROM generate_series(1, {more}) n;
             INSERT INTO sessions (team_id, id, user_id, begun_at)
             SELECT team_id, gen_random_uuid(), id, '{now}' FROM users WHERE team_id = '{team}';
             INSERT INTO refresh_tokens (team_id, id, session_id, hash, issued_at, expires_at)
             SELECT team_id, gen_random_uuid(), id, sha256(id::text::bytea), '{now}', '{now}'::timestamptz + interval '30 days'
             FROM sessions WHERE team_id = '{team}';
             INSERT INTO log_in_attempts
             SELECT sha256(id::text::bytea), ARRAY['{now}'::timestamptz], '{now}' FROM users WHERE team_id = '{team}'",
            now = at()
        ));
    }
    for table in ["users", "api_keys", "sessions", "refresh_tokens", "log_in_attempts"] {
        store.database.execute(&format!("VACUUM ANALYZE {table}"));
    }
    (store, teams[0])
}

/// The id of one of a team's rows.
fn one_of<K>(store: &Store, team: TeamId, table: &str) -> Id<K> {
    let id = format!("SELECT id FROM {table} WHERE team_id = '{team}' ORDER BY id LIMIT 1 OFFSET 500");
    Id::new(store.database.scalar(&id).parse::<Uuid>().expect("an id"))
}

#[test]
fn a_caller_is_looked_up_by_one_row_of_each_table() {
    let (store, team) = full_of_people();
    let (key, session, token) = (
        one_of(&store, team, "api_keys"),
        one_of(&store, team, "sessions"),
        one_of(&store, team, "refresh_tokens"),
    );
    let email = store
        .database
        .scalar(&format!("SELECT email FROM users WHERE team_id = '{team}' AND email ~ '^77@'"));
    let email = Email::try_new(&email).expect("an e-mail");

    let store = reads_at_most(store, &[("api_keys", 1)], |db| {
        let found = block_on(PgCallers::new(db.clone()).key(key)).expect("a key is read");
        assert!(found.is_some_and(|found| found.id == key && found.team == team));
    });
    let store = reads_at_most(store, &[("sessions", 1 + PLANNED), ("users", 1 + PLANNED)], |db| {
        let found = block_on(PgCallers::new(db.clone()).session(session)).expect("a session is read");
        assert!(found.is_some_and(|actor| actor.team == team));
    });
    let store = reads_at_most(store, &[("refresh_tokens", 1 + PLANNED), ("sessions", 1 + PLANNED)], |db| {
        let found = block_on(PgSessions::new(db.clone()).owner(token)).expect("a token is read");
        assert!(found.is_some_and(|(of, _)| of == team));
    });
    reads_at_most(store, &[("users", 1)], |db| {
        let found = block_on(PgLogIns::new(db.clone()).account(&email)).expect("an account is read");
        assert!(found.is_some_and(|account| account.team == team && account.user.email == email));
    });
}

#[test]
fn a_log_in_and_a_refresh_read_nothing_of_others() {
    let (store, team) = full_of_people();
    let attempt = Attempt { email: Email::try_new("ann@works.example").expect("an e-mail"), address: None };
    // the row comes and goes, and its versions stay in the index for a while
    let store = reads_at_most(store, &[("log_in_attempts", 6 * TIMES)], |db| {
        let log_ins = PgLogIns::new(db.clone());
        for right in [false, true] {
            assert_eq!(block_on(log_ins.locked_until(&attempt, at())).expect("it is read"), None);
            assert_eq!(block_on(log_ins.settle(&attempt, right, at())).expect("it is settled"), None);
        }
    });
    let (_, token) = store.session_begun(team, at());
    let token = Mutex::new(token);
    reads_at_most(store, &[("refresh_tokens", 8), ("sessions", 8), ("users", 4)], |db| {
        let (presented, next) = (token.lock().expect("nobody panicked").clone(), refresh_token());
        let sessions = PgSessions::new(db.clone());
        let refreshed = sessions.refresh(context(team), presented, NewRefreshToken::of(&next, at()));
        let refreshed = done(block_on(refreshed));
        assert!(matches!(refreshed, Refreshed::Renewed { .. }), "{refreshed:?}");
        *token.lock().expect("nobody panicked") = next;
    });
}

#[test]
fn a_page_of_users_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team) = full_of_people();
    let admins = UserFilter { role: Some(Role::Admin), is_active: Some(true) };
    for (filter, total, page) in [(UserFilter::default(), PEOPLE, 20), (admins, PEOPLE / 10, 200)] {
        store = reads_at_most(store, &[("users", PEOPLE + page + 20)], |db| {
            let listed = block_on(PgUsers::new(db.clone()).list(team, filter, first_page()));
            let listed = listed.expect("users are read");
            assert_eq!((listed.items.len(), listed.total), (20, total.unsigned_abs()));
        });
    }
}

#[test]
fn a_page_of_keys_reads_no_more_than_itself_beside_the_count() {
    let (mut store, team) = full_of_people();
    let now: DateTime<Utc> = "2100-01-01T00:00:00Z".parse().expect("a moment");
    for (live_at, total) in [(None, PEOPLE), (Some(now), PEOPLE - PEOPLE / 10 + 1)] {
        store = reads_at_most(store, &[("api_keys", PEOPLE + 40)], |db| {
            let listed = block_on(PgApiKeys::new(db.clone()).list(team, live_at, first_page()));
            let listed = listed.expect("keys are read");
            assert_eq!((listed.items.len(), listed.total), (20, total.unsigned_abs()));
        });
    }
}

#[test]
fn a_sweep_of_nothing_reads_nothing() {
    let (store, _) = full_of_people();
    // the condition stands in each statement twice, and is planned twice
    let tables = ["refresh_tokens", "sessions", "log_in_attempts"].map(|table| (table, 2 * PLANNED));
    reads_at_most(store, &tables, |db| {
        let now = at() + TimeDelta::hours(1);
        let swept = [
            block_on(sweep_refresh_tokens(db, now)),
            block_on(sweep_sessions(db, now)),
            block_on(sweep_log_in_attempts(db, now)),
        ];
        assert!(swept.iter().all(|swept| matches!(swept, Ok(0))), "{swept:?}");
    });
}
