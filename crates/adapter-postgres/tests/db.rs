//! The pool behind the two doors: busy, broken, deadlocked.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use adapter_postgres::db::{Lane, Scope};
use adapter_postgres::write_error::WriteError;
use adapter_postgres::{Db, DbSettings};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use kernel::error::StoreError;
use testkit::{eventually, race};
use tokio::task::JoinHandle;

use crate::support::{Store, block_on, lines, runtime, until_blocked};

fn pool(store: &Store, connections: u32) -> Db {
    Db::open(&DbSettings { url: store.database.service_url(), connections }).expect("a pool opens")
}

/// Work that holds its connection until it is asked to end.
struct Held {
    running: JoinHandle<Result<(), StoreError>>,
    end: Sender<()>,
}

impl Held {
    /// Begins the work; `begun` hears when it has its connection.
    fn spawn(db: &Db, lane: Lane, begun: Sender<()>) -> Self {
        let (end, ended) = channel::<()>();
        let ended: Mutex<Receiver<()>> = Mutex::new(ended);
        let db = db.clone();
        let running = runtime().spawn(async move {
            db.write(Scope::System, lane, move |_| {
                begun.send(()).map_err(WriteError::<StoreError>::internal)?;
                let ended = ended.lock().map_err(|error| WriteError::internal(error.to_string()))?;
                ended.recv().map_err(WriteError::internal)
            })
            .await
        });
        Self { running, end }
    }

    fn end(self) {
        self.end.send(()).expect("the work waits for its end");
        block_on(self.running).expect("the work ends").expect("it is done");
    }
}

/// Begins as many pieces of work and waits until each has its connection.
fn busy(db: &Db, lane: Lane, count: usize) -> Vec<Held> {
    let (begun, beginnings) = channel();
    let held: Vec<_> = (0..count).map(|_| Held::spawn(db, lane, begun.clone())).collect();
    for _ in 0..count {
        beginnings.recv_timeout(Duration::from_secs(30)).expect("each piece of work gets a connection");
    }
    held
}

#[test]
fn a_busy_pool_turns_callers_away_soon() {
    let store = Store::own();
    let db = pool(&store, 2);
    let held = busy(&db, Lane::Ordinary, 2);
    let asked = Instant::now();
    let refused = block_on(db.ping());
    let waited = asked.elapsed();
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!((Duration::from_millis(200)..Duration::from_secs(2)).contains(&waited), "{waited:?}");
    held.into_iter().for_each(Held::end);
    block_on(db.ping()).expect("a connection is free again");
}

#[test]
fn a_caller_waits_a_moment_for_a_connection_that_comes_free() {
    let store = Store::own();
    let db = pool(&store, 1);
    let mut held = busy(&db, Lane::Ordinary, 1);
    let mut waiting = Box::pin(db.ping());
    let first_look =
        block_on(std::future::poll_fn(|task| std::task::Poll::Ready(waiting.as_mut().poll(task))));
    assert!(first_look.is_pending(), "there is no connection yet");
    held.drain(..).for_each(Held::end);
    block_on(waiting).expect("the connection that came free is taken");
}

#[test]
fn bulk_work_takes_a_quarter_of_the_connections_and_the_rest_waits_for_it() {
    let store = Store::own();
    let db = pool(&store, 8);
    let mut held = busy(&db, Lane::Bulk, 2);
    let (begun, beginnings) = channel();
    let third = Held::spawn(&db, Lane::Bulk, begun);
    let ordinary = busy(&db, Lane::Ordinary, 6);
    assert!(beginnings.try_recv().is_err(), "a third piece of bulk work waits");
    ordinary.into_iter().for_each(Held::end);
    assert!(beginnings.try_recv().is_err(), "for bulk work to end, not for a connection");
    held.pop().expect("there are two").end();
    beginnings.recv_timeout(Duration::from_secs(30)).expect("then it is its turn");
    third.end();
    held.into_iter().for_each(Held::end);
}

fn backend(db: &Db) -> Result<String, StoreError> {
    block_on(db.read(Scope::Auth, |connection| {
        Ok(lines(connection, "SELECT pg_backend_pid()::text AS line").concat())
    }))
}

fn terminate(store: &Store, backend: &str) {
    let gone = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}");
    store.database.execute(&format!("SELECT pg_terminate_backend({backend})"));
    eventually("the backend to end", || (store.database.scalar(&gone) == "0").then_some(()));
}

#[test]
fn a_connection_whose_backend_ended_is_replaced_after_one_failure() {
    let store = Store::own();
    let db = pool(&store, 1);
    let first = backend(&db).expect("a connection works");
    terminate(&store, &first);
    let lost = block_on(db.ping());
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    let second = backend(&db).expect("the next call works");
    assert_ne!(second, first);

    terminate(&store, &second);
    let lost = block_on(db.write(Scope::System, Lane::Ordinary, |_| Ok::<_, WriteError<StoreError>>(())));
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "nothing was begun: {lost:?}");
    backend(&db).expect("the next call works");
}

const LOCK: &str = "SELECT pg_advisory_xact_lock(7)";

#[test]
fn work_whose_backend_ends_in_its_midst_is_unavailable_and_its_connection_replaced() {
    let store = Store::own();
    let db = pool(&store, 1);
    let pid = backend(&db).expect("a connection works");
    let mut other = store.superuser();
    other.batch_execute("SELECT pg_advisory_lock(7)").expect("the lock is taken");
    let waiting = {
        let db = db.clone();
        runtime().spawn(async move {
            let work = |connection: &mut PgConnection| Ok(connection.batch_execute(LOCK)?);
            db.write::<_, StoreError>(Scope::System, Lane::Ordinary, work).await
        })
    };
    until_blocked(&store.database);
    terminate(&store, &pid);
    let lost = block_on(waiting).expect("the work ends");
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert_ne!(backend(&db).expect("the next call works"), pid);
}

#[test]
fn a_backend_that_ends_while_it_commits_leaves_the_outcome_unknown() {
    let store = Store::own();
    store.database.execute(
        "CREATE TABLE written (n int);
         GRANT INSERT ON written TO throughline_system;
         CREATE FUNCTION end_here() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
             $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER end_here AFTER INSERT ON written DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION end_here()",
    );
    let db = pool(&store, 1);
    let insert = |connection: &mut PgConnection| {
        sql_query("INSERT INTO written VALUES (1)")
            .execute(connection)
            .map_err(WriteError::<StoreError>::from)
    };
    let unknown = block_on(db.write(Scope::System, Lane::Ordinary, insert));
    assert!(matches!(unknown, Err(StoreError::OutcomeUnknown(_))), "{unknown:?}");
    store.database.execute("DROP TRIGGER end_here ON written");
    assert_eq!(block_on(db.write(Scope::System, Lane::Ordinary, insert)).expect("the next call works"), 1);
}

#[test]
fn a_deadlocks_victim_is_tried_again_and_both_come_through() {
    let store = Store::own();
    let database = store.database.scalar("SELECT current_database()");
    store.database.execute(&format!("ALTER DATABASE {database} SET deadlock_timeout = '50ms'"));
    let db = pool(&store, 2);
    let (both_hold_one, attempts) = (Arc::new(Barrier::new(2)), Arc::new(Mutex::new([0, 0])));
    race(2, |racer| {
        let (both_hold_one, attempts) = (both_hold_one.clone(), attempts.clone());
        let locks = if racer == 0 { [1, 2] } else { [2, 1] };
        let work = move |connection: &mut PgConnection| {
            let mut lock = |n: i32| connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({n})"));
            lock(locks[0])?;
            let attempt = attempts.lock().ok().and_then(|mut attempts| {
                let attempt = attempts.get_mut(racer)?;
                *attempt += 1;
                Some(*attempt)
            });
            if attempt == Some(1) {
                both_hold_one.wait();
            }
            lock(locks[1]).map_err(WriteError::<StoreError>::from)
        };
        block_on(db.write(Scope::System, Lane::Ordinary, work)).expect("both come through");
    });
    let mut attempts = *attempts.lock().unwrap();
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 2], "one was the victim");
}

#[test]
fn a_statement_past_its_time_and_a_lock_past_its_time_are_unavailable() {
    let store = Store::own();
    let mut other = store.superuser();
    other.batch_execute("SELECT pg_advisory_lock(7)").expect("the lock is taken");
    for limit in ["statement_timeout", "lock_timeout"] {
        let set = format!("SET LOCAL {limit} = '50ms'");
        let late = block_on(store.db.write(Scope::System, Lane::Ordinary, move |connection| {
            connection.batch_execute(&set)?;
            Ok::<_, WriteError<StoreError>>(connection.batch_execute(LOCK)?)
        }));
        assert!(matches!(late, Err(StoreError::Unavailable(_))), "{limit}: {late:?}");
    }
    block_on(store.db.ping()).expect("the connection is of use");
}

#[test]
fn every_session_has_its_limits() {
    let store = Store::shared();
    let limits = |connection: &mut PgConnection| {
        let limits =
            "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'),
            current_setting('idle_in_transaction_session_timeout'), current_setting('timezone'),
            current_setting('lc_messages')) AS line";
        Ok::<_, diesel::result::Error>(lines(connection, limits).concat())
    };
    let read = block_on(store.db.read(Scope::Auth, limits)).expect("it is read");
    assert_eq!(read, "30s 10s 1min UTC C");
    for (lane, expected) in [(Lane::Ordinary, "30s 10s 1min UTC C"), (Lane::Bulk, "10min 1min 1min UTC C")] {
        let work = move |connection: &mut PgConnection| Ok::<_, WriteError<StoreError>>(limits(connection)?);
        let written = block_on(store.db.write(Scope::System, lane, work)).expect("it is written");
        assert_eq!(written, expected, "{lane:?}");
    }
}
