//! Fixture of the benches over HTTP: the service with a PostgreSQL of its own, teams and connections.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use embedded_postgres::{Server, Settings};
use serde_json::Value;
use testkit::Service;

/// The service and its PostgreSQL.
pub(crate) struct Fixture {
    pub(crate) service: Service,
    pub(crate) server: Server,
    pub(crate) folder: PathBuf,
}

/// A team and its admin key.
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) key: String,
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Reads a number from the command line, such as `--rounds 5`.
pub(crate) fn argument(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(default, |number| number.parse().expect("a number"))
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Fixture {
    /// Starts both; `configure` can change the environment of the service.
    pub(crate) fn start(folder: &Path, configure: impl FnOnce(&mut Command)) -> Self {
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("PostgreSQL's user may enter it");
        let mut serve = testkit::command(env!("CARGO_BIN_EXE_throughline"));
        let data = folder.join("data");
        serve.arg("serve").env("DATA_DIR", &data).env("RUST_LOG", "warn").env("RATE_LIMITS", "off");
        configure(&mut serve);
        let service = Service::spawn(serve);
        let server =
            Server::start(Settings::new(data.join("postgres"))).expect("it joins the service's PostgreSQL");
        Self { service, server, folder: folder.to_owned() }
    }

    pub(crate) fn stop(self) {
        drop(self.service);
        self.server.stop().expect("PostgreSQL stops");
    }

    /// Creates a team.
    pub(crate) fn team(&self, name: &str) -> Team {
        let email = format!("{name}@bench.example");
        let mut bootstrap = testkit::command(env!("CARGO_BIN_EXE_throughline"))
            .args(["bootstrap", "--team", name, "--email", &email, "--password-stdin"])
            .env("DATA_DIR", self.folder.join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        bootstrap.stdin.take().expect("piped").write_all(PASSWORD.as_bytes()).expect("it reads");
        let output = bootstrap.wait_with_output().expect("it ends");
        let printed: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        Team { id: text(&printed, "teamId"), key: text(&printed, "apiKey") }
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.service.address())
    }
}

/// A text field of an object.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).expect("text").to_owned()
}

/// An open connection. It is as cheap as possible, since it shares the processors with the service.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Self {
        let address = address.strip_prefix("http://").expect("the service speaks HTTP");
        let stream = TcpStream::connect(address).expect("the service listens");
        stream.set_nodelay(true).expect("the socket is set up");
        Self { stream: BufReader::new(stream) }
    }

    /// Sends a request and returns the body of the response, which must be a success.
    pub(crate) fn send(&mut self, method: &str, path: &str, team: &Team, body: &str) -> String {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\nX-MES-Team-ID: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            team.key,
            team.id,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the service reads");
        let (mut head, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).expect("the service answers");
            head.push_str(&line);
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut answer = vec![0; length.expect("an answer says its length")];
        self.stream.read_exact(&mut answer).expect("the answer is whole");
        let answer = String::from_utf8(answer).expect("text");
        assert!(head.starts_with("HTTP/1.1 20"), "{method} {path}: {head}{answer}");
        answer
    }
}
