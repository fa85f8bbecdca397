use std::sync::Arc;

use kernel::access::{Actor, Identity, KeyPermission};
use kernel::clock::{Clock, IdSource};
use kernel::id::{TeamId, UserId};
use kernel::write::WriteContext;
use kernel::zone::TimeZone;

use crate::api_key::{ApiKey, ApiKeyText, KeyName, Networks, NewApiKey};
use crate::ports::{Foundation, Teams};
use crate::team::{Team, TeamError, TeamName, TeamSettings};
use crate::user::{Email, Membership, Password, PasswordHash, User};

/// Founds a team with its ADMIN and an admin API key (`docs/spec/common.md`, "Commands").
pub struct Bootstrap {
    teams: Arc<dyn Teams>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

/// A team to found, with its ADMIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapRequest {
    pub team: TeamName,
    pub time_zone: TimeZone,
    pub email: Email,
    pub password: Password,
    /// The name of the team's API key.
    pub key_name: KeyName,
}

/// The team that was founded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrapped {
    pub team: TeamId,
    /// Its ADMIN.
    pub user: UserId,
    /// An API key that holds every scope; shown this once.
    pub api_key: ApiKeyText,
}

impl Bootstrap {
    pub fn new(teams: Arc<dyn Teams>, ids: Arc<dyn IdSource>, clock: Arc<dyn Clock>) -> Self {
        Self { teams, ids, clock }
    }

    /// Founds the team.
    ///
    /// # Errors
    /// [`TeamError::NameTaken`], [`TeamError::EmailTaken`].
    pub async fn run(&self, request: BootstrapRequest) -> Result<Bootstrapped, TeamError> {
        let password = PasswordHash::of(&request.password)?;
        let settings = TeamSettings { time_zone: request.time_zone, ..Default::default() };
        let team = Team::create(self.ids.id(), request.team, settings, self.clock.now());
        let admin = User::create(self.ids.id(), request.email, Membership::admin(), team.created_at);
        let api_key = ApiKeyText::compose(self.ids.id(), &self.ids.secret());
        let key = NewApiKey {
            name: request.key_name,
            permission: KeyPermission::Admin,
            scopes: Default::default(),
            expires_at: None,
            allowed: Networks::default(),
        };
        let key = ApiKey::create(&api_key, team.id, key, team.created_at);
        let bootstrapped = Bootstrapped { team: team.id, user: admin.id, api_key };
        let actor = Actor { team: team.id, identity: Identity::System { part: "bootstrap" } };
        let context = WriteContext::unclaimed(&actor, "bootstrap", team.created_at);
        self.teams.create(context, Foundation { team, admin, password, key }).await?;
        Ok(bootstrapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockTeams;
    use chrono::DateTime;
    use kernel::clock::{CountedIds, FixedClock};
    use kernel::write::Written;

    fn request() -> BootstrapRequest {
        BootstrapRequest {
            team: TeamName::try_new("Acme").unwrap(),
            time_zone: "Europe/Warsaw".parse().unwrap(),
            email: Email::try_new("boss@acme.example").unwrap(),
            password: Password::try_new("correct horse").unwrap(),
            key_name: KeyName::try_new("bootstrap").unwrap(),
        }
    }

    fn bootstrap(teams: MockTeams) -> Bootstrap {
        let clock = FixedClock(DateTime::UNIX_EPOCH);
        Bootstrap::new(Arc::new(teams), Arc::new(CountedIds::default()), Arc::new(clock))
    }

    #[test]
    fn a_team_gets_an_admin_and_a_key_that_holds_every_scope() {
        let mut teams = MockTeams::new();
        teams.expect_create().times(1).returning(|context, foundation| {
            assert_eq!(context.team, foundation.team.id);
            assert_eq!(foundation.admin.membership, Membership::admin());
            assert_eq!(foundation.key.permission, KeyPermission::Admin);
            assert_eq!(foundation.team.settings.time_zone.name(), "Europe/Warsaw");
            Ok(Written::Done(foundation))
        });
        let founded = pollster::block_on(bootstrap(teams).run(request())).unwrap();
        assert!(ApiKeyText::parse(founded.api_key.as_str()).is_some());
    }
}
