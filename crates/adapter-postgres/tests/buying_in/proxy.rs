//! A proxy before PostgreSQL that counts round trips: the messages ReadyForQuery, with which the server ends each.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use adapter_postgres::{Db, DbSettings};
use testkit::{Cluster, Database};

/// A proxy; it works until the process ends.
pub(super) struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

/// What passed so far.
#[derive(Default)]
struct Seen {
    /// The text of each prepared statement, by the name that the client gave it.
    prepared: HashMap<String, String>,
    /// What the client asked for since the last round trip ended.
    asked: String,
    /// What was asked for in each round trip.
    trips: Vec<String>,
}

impl Proxy {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let proxy = Self { address, seen: Arc::default() };
        let seen = proxy.seen.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                connect(client.expect("a client is taken"), &seen).expect("PostgreSQL takes a connection");
            }
        });
        proxy
    }

    /// A pool of one connection to a database through the proxy.
    pub(super) fn db(&self, database: &Database) -> Db {
        let url = database.service_url();
        let (_, name) = url.rsplit_once('/').expect("a URL names a database");
        let name = name.split('?').next().unwrap_or_default();
        let url =
            format!("postgres://throughline@{}/{name}?sslmode=disable&gssencmode=disable", self.address);
        Db::open(&DbSettings { url, connections: 1 }).expect("a pool opens")
    }

    /// What was asked for in each round trip since the last call.
    pub(super) fn trips(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner).trips)
    }
}

fn connect(client: TcpStream, seen: &Arc<Mutex<Seen>>) -> io::Result<()> {
    let server = UnixStream::connect(socket())?;
    client.set_nodelay(true)?;
    let (from_client, from_server) = (client.try_clone()?, server.try_clone()?);
    let (asking, answering) = (seen.clone(), seen.clone());
    thread::spawn(move || {
        let mut server = server;
        // the first message has no type
        let mut from_client = BufReader::new(from_client);
        let passed = message(&mut from_client, &[]).and_then(|first| server.write_all(&first));
        let passed = passed
            .and_then(|()| pass(from_client, &mut server, |kind, body| seen_of(&asking).ask(kind, body)));
        // one end that is closed closes the other
        drop((passed, server.shutdown(Shutdown::Both)));
    });
    thread::spawn(move || {
        let mut client = client;
        let passed =
            pass(BufReader::new(from_server), &mut client, |kind, _| seen_of(&answering).answer(kind));
        drop((passed, client.shutdown(Shutdown::Both)));
    });
    Ok(())
}

fn socket() -> PathBuf {
    Cluster::shared().socket_dir().join(".s.PGSQL.5432")
}

fn seen_of(seen: &Arc<Mutex<Seen>>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Passes messages on, each looked at before it goes.
fn pass(mut from: impl Read, to: &mut impl Write, mut look: impl FnMut(u8, &[u8])) -> io::Result<()> {
    loop {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        let whole = message(&mut from, &kind)?;
        look(kind[0], whole.get(5..).unwrap_or_default());
        to.write_all(&whole)?;
    }
}

/// The rest of a message, after what was read of it: its length, which counts itself, and its body.
fn message(from: &mut impl Read, begun: &[u8]) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let body = u32::from_be_bytes(length).saturating_sub(4) as usize;
    let mut whole = [begun, &length].concat();
    let head = whole.len();
    whole.resize(head + body, 0);
    from.read_exact(whole.get_mut(head..).unwrap_or_default())?;
    Ok(whole)
}

impl Seen {
    fn ask(&mut self, kind: u8, body: &[u8]) {
        let mut texts = body.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        let mut text = || texts.next().unwrap_or_default();
        match kind {
            b'Q' => self.asked.push_str(&text()),
            b'P' => {
                let (name, sql) = (text(), text());
                self.asked.push_str(&format!("prepare {sql}"));
                self.prepared.insert(name, sql);
            }
            b'B' => {
                let (_, name) = (text(), text());
                let sql = self.prepared.get(&name).cloned().unwrap_or_default();
                self.asked.push_str(&sql);
            }
            _ => {}
        }
    }

    fn answer(&mut self, kind: u8) {
        if kind == b'Z' {
            self.trips.push(std::mem::take(&mut self.asked));
        }
    }
}
