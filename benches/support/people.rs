//! Logged-in users in benches over HTTP.

use serde_json::{Value, json};

use super::support::{Fixture, PASSWORD, Team, text};

impl Fixture {
    /// Logs in as the ADMIN of a team.
    pub(crate) fn admin(&self, team: &str) -> Team {
        let body = json!({"email": format!("{team}@bench.example"), "password": PASSWORD});
        let nobody = Team { id: String::new(), key: String::new() };
        let answer = self.connect().send("POST", "/api/auth/login", &nobody, &body.to_string());
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let session = answer.get("data").expect("a session");
        Team { id: String::new(), key: text(session, "accessToken") }
    }
}
