//! The sweeper: what has ended goes, what is still good stays.

use adapter_postgres::Db;
use adapter_postgres::identity::{PgCallers, PgLogIns, PgSessions};
use adapter_postgres::sweeper::{
    BATCH, sweep_access_log, sweep_answers, sweep_inbox, sweep_log_in_attempts, sweep_outbox,
    sweep_refresh_tokens, sweep_sessions,
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use identity::ports::{Attempt, CallerLookups, LogIns, Refreshed, Sessions};
use identity::session::{NewRefreshToken, SessionId};
use identity::user::Email;
use kernel::error::StoreError;

use crate::support::{
    Store, at, block_on, claimed, context_at, done, order, prepared, refresh_token, rendered, runtime,
    until_blocked,
};

/// The moment so many days after the first.
fn day(number: i64) -> DateTime<Utc> {
    at() + TimeDelta::days(number)
}

/// Sweeps tokens and sessions; gives how many of each.
fn sweep(store: &Store, now: DateTime<Utc>) -> (usize, usize) {
    let tokens = block_on(sweep_refresh_tokens(&store.db, now)).expect("tokens are swept");
    (tokens, block_on(sweep_sessions(&store.db, now)).expect("sessions are swept"))
}

fn is_kept(store: &Store, session: SessionId) -> bool {
    store.number(&format!("SELECT count(*) FROM sessions WHERE id = '{session}'")) == 1
}

#[test]
fn rows_of_other_partitions_at_the_same_place_stay() {
    let store = Store::own();
    let team = store.team();
    store.database.execute(&format!(
        "ALTER TABLE access_log RENAME TO unpartitioned;
         CREATE TABLE access_log (LIKE unpartitioned INCLUDING DEFAULTS) PARTITION BY RANGE (at);
         CREATE TABLE access_log_2024 PARTITION OF access_log FOR VALUES FROM ('2024-01-01Z') TO ('2025-01-01Z');
         CREATE TABLE access_log_2025 PARTITION OF access_log FOR VALUES FROM ('2025-01-01Z') TO ('2026-01-01Z');
         GRANT SELECT, DELETE ON access_log TO throughline_system;
         INSERT INTO access_log (team_id, id, at, actor, request_id, method, route, path, status, microseconds)
         SELECT '{team}', gen_random_uuid(), day, 'user:1', n, 'GET', '/', '/', 200, 1
         FROM generate_series(1, 100) n, unnest('{{2024-06-01Z,2025-06-01Z}}'::timestamptz[]) day"
    ));
    let swept = block_on(sweep_access_log(&store.db, "2025-01-01T00:00:00Z".parse().expect("a moment")));
    assert_eq!(swept.expect("records are swept"), 100);
    assert_eq!(store.number("SELECT count(*) FROM access_log_2025"), 100);
}

#[test]
fn a_session_goes_with_its_last_token_and_not_before() {
    let store = Store::own();
    let team = store.team();
    let (left, _) = store.session_begun(team, day(0));
    let (logged_out, _) = store.session_begun(team, day(0));
    let sessions = PgSessions::new(store.db.clone());
    done(block_on(sessions.end(context_at(team, day(1)), logged_out)));
    let (carried_on, first) = store.session_begun(team, day(0));
    let (_, second) = store.refresh(team, &first, day(20));

    assert_eq!(sweep(&store, day(30) - TimeDelta::microseconds(1)), (0, 0), "everything is good yet");
    assert_eq!(sweep(&store, day(30)), (3, 2), "each first token has expired");
    let kept = [left, logged_out, carried_on].map(|session| is_kept(&store, session));
    assert_eq!(kept, [false, false, true], "a session begun long ago that is carried on stays");
    let going_on = block_on(PgCallers::new(store.db.clone()).session(carried_on)).expect("it is read");
    assert!(going_on.is_some_and(|actor| actor.team == team), "and is as good as before");
    let (renewed, third) = store.refresh(team, &second, day(40));
    assert!(matches!(renewed, Refreshed::Renewed { session, .. } if session == carried_on), "{renewed:?}");

    assert_eq!(sweep(&store, day(69)), (1, 0));
    assert!(matches!(store.refresh(team, &third, day(69)).0, Refreshed::Renewed { .. }), "to its last day");
    assert_eq!(sweep(&store, day(99)), (2, 1), "a token's life after its last refresh it is gone");
}

#[test]
fn a_spent_token_is_known_until_it_would_have_expired() {
    let store = Store::own();
    let team = store.team();
    let (session, spent) = store.session_begun(team, day(10));
    store.refresh(team, &spent, day(11));
    assert_eq!(sweep(&store, day(40) - TimeDelta::microseconds(1)), (0, 0));
    assert_eq!(store.refresh(team, &spent, day(39)).0, Refreshed::Reused, "whoever stole it is found out");
    assert_eq!(sweep(&store, day(40)), (1, 0));
    assert_eq!(store.refresh(team, &spent, day(40)).0, Refreshed::Refused);
    assert!(is_kept(&store, session), "it has a token yet");
}

#[test]
fn a_session_without_tokens_stays_as_long_as_one_would_have_been_good() {
    let store = Store::own();
    let team = store.team();
    let (session, _) = store.session_begun(team, day(5));
    store.database.execute("DELETE FROM refresh_tokens");
    assert_eq!(sweep(&store, day(35) - TimeDelta::microseconds(1)), (0, 0));
    assert!(is_kept(&store, session));
    assert_eq!(sweep(&store, day(35)), (0, 1));
}

#[test]
fn wrong_attempts_are_forgotten_a_day_after_the_last() {
    let store = Store::own();
    let log_ins = PgLogIns::new(store.db.clone());
    let attempt = |email: &str| Attempt { email: Email::try_new(email).expect("an e-mail"), address: None };
    let (old, new) = (attempt("old@a.example"), attempt("new@a.example"));
    let wrong = |attempt: &Attempt, at| block_on(log_ins.settle(attempt, false, at)).expect("it is counted");
    for minute in 0..5 {
        assert_eq!(wrong(&new, day(1) - TimeDelta::minutes(minute)), None);
    }
    let sweep = |now| block_on(sweep_log_in_attempts(&store.db, now)).expect("attempts are swept");
    assert_eq!(wrong(&old, day(0)), None);
    assert_eq!(sweep(day(1) - TimeDelta::microseconds(1)), 0, "the last attempt is not a day old");
    assert_eq!(sweep(day(1)), 1);
    let locked = block_on(log_ins.locked_until(&new, day(1))).expect("it is read");
    assert!(locked.is_some_and(|until| until > day(1)), "a lock holds: {locked:?}");
    assert_eq!(sweep(day(2)), 1, "there was one other");
}

#[test]
fn what_is_much_goes_in_batches() {
    let store = Store::own();
    store.database.execute(&format!(
        "CREATE TABLE statements (rows bigint);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
         AS $$ BEGIN INSERT INTO statements SELECT count(*) FROM gone; RETURN NULL; END $$;
         CREATE TRIGGER note AFTER DELETE ON log_in_attempts REFERENCING OLD TABLE AS gone
             FOR EACH STATEMENT EXECUTE FUNCTION note();
         INSERT INTO log_in_attempts SELECT sha256(n::text::bytea), '{{}}', '2024-07-01'
         FROM generate_series(1, {}) n",
        2 * BATCH + 1
    ));
    let swept = block_on(sweep_log_in_attempts(&store.db, day(0) + TimeDelta::days(1_000)));
    assert_eq!(swept.expect("attempts are swept"), 2 * BATCH + 1);
    let statements = "SELECT string_agg(rows::text, ' ' ORDER BY rows DESC) FROM statements";
    assert_eq!(store.database.scalar(statements), format!("{BATCH} {BATCH} 1"));
    assert_eq!(store.number("SELECT count(*) FROM log_in_attempts"), 0);
}

/// Sweeps while a row that has ended is being made good again; gives how many went.
fn swept_while<F>(store: &Store, revival: &str, sweep: impl FnOnce(Db) -> F) -> usize
where
    F: Future<Output = Result<usize, StoreError>> + Send + 'static,
{
    let mut other = store.superuser();
    other.batch_execute(&format!("BEGIN; {revival}")).expect("the row is changed");
    let sweeping = runtime().spawn(sweep(store.db.clone()));
    until_blocked(&store.database);
    other.batch_execute("COMMIT").expect("the row is good again");
    block_on(sweeping).expect("the sweep ends").expect("it works")
}

#[test]
fn what_is_made_good_again_while_it_is_swept_stays() {
    let store = Store::own();
    let team = store.team();
    done(store.try_import(claimed(team, "key", 1, rendered), prepared([order("A1")])));
    let revival = "UPDATE idempotent_answers SET expires_at = expires_at + interval '10 days'";
    let swept = swept_while(&store, revival, |db| async move { sweep_answers(&db, day(2)).await });
    assert_eq!(swept, 0, "an answer kept anew");

    let email = Email::try_new("new@a.example").expect("an e-mail");
    let attempt = Attempt { email, address: None };
    let log_ins = PgLogIns::new(store.db.clone());
    assert_eq!(block_on(log_ins.settle(&attempt, false, day(0))).expect("it is counted"), None);
    let revival = "UPDATE log_in_attempts SET tried_at = tried_at + interval '10 days'";
    let swept = swept_while(&store, revival, |db| async move { sweep_log_in_attempts(&db, day(2)).await });
    assert_eq!(swept, 0, "an account tried again");
}

#[test]
fn a_token_presented_while_it_is_swept_is_refused() {
    for swept in ["refresh_tokens", "refresh_tokens; DELETE FROM sessions"] {
        let store = Store::own();
        let team = store.team();
        let (_, token) = store.session_begun(team, day(0));
        let mut sweeper = store.superuser();
        sweeper.batch_execute("BEGIN; SELECT FROM sessions FOR UPDATE").expect("the session is held");
        let sessions = PgSessions::new(store.db.clone());
        let successor = NewRefreshToken::of(&refresh_token(), day(31));
        let refreshing = runtime()
            .spawn(async move { sessions.refresh(context_at(team, day(31)), token, successor).await });
        until_blocked(&store.database);
        sweeper.batch_execute(&format!("DELETE FROM {swept}; COMMIT")).expect("it is swept");
        let refreshed = done(block_on(refreshing).expect("the refresh ends"));
        assert_eq!(refreshed, Refreshed::Refused, "without {swept}");
    }
}

/// Events 1 to 6 of a team a day apart, in the transactions 11 to 16.
fn events(store: &Store) {
    let team = store.team();
    store.database.execute(&format!(
        "DELETE FROM outbox;
         INSERT INTO outbox (team_id, id, xid, event_type, aggregate_id, sequence, payload, occurred_at)
         SELECT '{team}', lpad(n::text, 32, '0')::uuid, (10 + n)::text::xid8, 'thing.made', gen_random_uuid(), 1, '{{}}',
                timestamptz '{}' + n * interval '1 day'
         FROM generate_series(1, 6) n",
        day(0).to_rfc3339()
    ));
}

/// A consumer that has come past the events of all transactions up to this one.
fn cursor(store: &Store, consumer: &str, xid: u64) {
    store.database.execute(&format!(
        "INSERT INTO relay_cursors
         SELECT '{consumer}', system_identifier, '{xid}', 'ffffffff-ffff-ffff-ffff-ffffffffffff', now()
         FROM pg_control_system()"
    ));
}

fn sweep_events(store: &Store, then: DateTime<Utc>) -> usize {
    block_on(sweep_outbox(&store.db, then)).expect("events are swept")
}

fn events_kept(store: &Store) -> String {
    store.database.scalar("SELECT string_agg(ltrim(right(id::text, 12), '0'), ' ' ORDER BY id) FROM outbox")
}

#[test]
fn an_event_goes_when_it_is_old_and_every_consumer_has_passed_it() {
    let store = Store::own();
    events(&store);
    assert_eq!(sweep_events(&store, day(100)), 0, "nobody has heard of anything yet");
    cursor(&store, "fast", 16);
    cursor(&store, "slow", 14);
    assert_eq!((sweep_events(&store, day(3)), &*events_kept(&store)), (2, "3 4 5 6"), "what is old");
    assert_eq!((sweep_events(&store, day(100)), &*events_kept(&store)), (2, "5 6"), "what both have passed");
    store.database.execute("UPDATE relay_cursors SET xid = '16'");
    assert_eq!((sweep_events(&store, day(100)), &*events_kept(&store)), (2, ""));
}

#[test]
fn an_event_stays_while_it_is_tried_again() {
    let store = Store::own();
    events(&store);
    cursor(&store, "consumer", 16);
    store.database.execute(
        "INSERT INTO relay_retries SELECT team_id, id, 'consumer', 1, now(), 'refused' FROM outbox WHERE xid = '12'",
    );
    assert_eq!((sweep_events(&store, day(100)), &*events_kept(&store)), (5, "2"));
    store.database.execute("DELETE FROM relay_retries");
    assert_eq!(sweep_events(&store, day(100)), 1);
}

#[test]
fn no_event_goes_while_a_cursor_counts_transactions_of_another_cluster() {
    let store = Store::own();
    events(&store);
    cursor(&store, "begun", 16);
    cursor(&store, "restored", 16);
    store.database.execute("UPDATE relay_cursors SET cluster = 1 WHERE consumer = 'restored'");
    assert_eq!(sweep_events(&store, day(100)), 0);
}

#[test]
fn what_a_consumer_took_is_known_while_the_event_may_come_again() {
    let store = Store::own();
    events(&store);
    store.database.execute("INSERT INTO inbox SELECT team_id, 'consumer', id, occurred_at FROM outbox");
    let sweep = |then| block_on(sweep_inbox(&store.db, then)).expect("the inbox is swept");
    assert_eq!(sweep(day(100)), 0, "every event is in the outbox yet");
    cursor(&store, "consumer", 14);
    assert_eq!(sweep_events(&store, day(100)), 4);
    assert_eq!(sweep(day(3)), 2, "what was taken long ago");
    assert_eq!(sweep(day(100)), 2);
    assert_eq!(store.number("SELECT count(*) FROM inbox i JOIN outbox o ON o.id = i.event_id"), 2);
}
