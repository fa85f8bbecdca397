//! People in benches over HTTP: some APIs are for them alone.

use serde_json::{Value, json};

use super::support::{PASSWORD, Stand, Team, text};

impl Stand {
    /// The ADMIN of a team, logged in.
    pub(crate) fn admin(&self, team: &str) -> Team {
        let body = json!({"email": format!("{team}@bench.example"), "password": PASSWORD});
        let nobody = Team { id: String::new(), key: String::new() };
        let answer = self.connect().ask("POST", "/api/auth/login", &nobody, &body.to_string());
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let session = answer.get("data").expect("a session");
        Team { id: String::new(), key: text(session, "accessToken") }
    }
}
