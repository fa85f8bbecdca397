use std::sync::Arc;

use kernel::access::{Actor, Identity, KeyPermission};
use kernel::clock::{Clock, IdSource};
use kernel::error::{Classified, ErrorKind, Fault, StoreError};
use kernel::id::{TeamId, UserId};
use kernel::write::WriteContext;
use kernel::zone::TimeZone;

use crate::api_key::{ApiKey, ApiKeyText, KeyName, Networks, NewApiKey};
use crate::fields::{invalid, listed};
use crate::ports::{FoundError, Foundation, Teams};
use crate::team::{Team, TeamName, TeamSettings};
use crate::user::{Email, Membership, NewUser, PasswordFault, PasswordHash, User};

/// Founds a team with its ADMIN and an admin API key (contract, *Running it*).
pub struct Bootstrap {
    teams: Arc<dyn Teams>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
}

/// What to found.
#[derive(Clone, PartialEq, Eq)]
pub struct BootstrapRequest {
    /// The team's name.
    pub team: String,
    /// Its ADMIN's e-mail.
    pub email: String,
    /// The ADMIN's password.
    pub password: String,
    /// The team's IANA time zone; UTC if not given.
    pub time_zone: Option<String>,
}

/// What was founded. The key is shown this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrapped {
    /// The team.
    pub team: TeamId,
    /// Its ADMIN.
    pub user: UserId,
    /// An API key that holds every scope.
    pub api_key: ApiKeyText,
}

/// Why nothing was founded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapError {
    /// What was given is wrong.
    #[error("the team can't be made: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// A team of that name exists.
    #[error("a team of this name exists; choose another name")]
    NameTaken,
    /// A user with that e-mail exists.
    #[error("a user with this e-mail exists; choose another e-mail")]
    EmailTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Classified for BootstrapError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NameTaken | Self::EmailTaken => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NameTaken => "TEAM_NAME_TAKEN",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::Store(error) => error.code(),
        }
    }

    fn faults(&self) -> &[Fault] {
        if let Self::Invalid(faults) = self { faults } else { &[] }
    }
}

impl Bootstrap {
    /// Stands on a team store, ids and a clock.
    pub fn new(teams: Arc<dyn Teams>, ids: Arc<dyn IdSource>, clock: Arc<dyn Clock>) -> Self {
        Self { teams, ids, clock }
    }

    /// Founds the team.
    ///
    /// # Errors
    /// Every fault of the request at once, or that the name or the e-mail exists.
    pub async fn run(&self, request: &BootstrapRequest) -> Result<Bootstrapped, BootstrapError> {
        let (foundation, api_key) = self.foundation(request).map_err(BootstrapError::Invalid)?;
        let (team, user) = (foundation.team.id, foundation.admin.user.id);
        let actor = Actor { team, identity: Identity::System { part: "bootstrap" } };
        let context = WriteContext::unclaimed(&actor, "bootstrap", foundation.team.created_at);
        self.teams.found(context, foundation).await.map_err(|error| match error {
            FoundError::NameTaken => BootstrapError::NameTaken,
            FoundError::EmailTaken => BootstrapError::EmailTaken,
            FoundError::Store(error) => BootstrapError::Store(error),
        })?;
        Ok(Bootstrapped { team, user, api_key })
    }

    fn foundation(&self, request: &BootstrapRequest) -> Result<(Foundation, ApiKeyText), Vec<Fault>> {
        let name = TeamName::try_new(&request.team).map_err(|fault| invalid("team", &fault));
        let email = Email::try_new(&request.email).map_err(|fault| invalid("email", &fault));
        let zone = request.time_zone.as_deref().map_or(Ok(TimeZone::UTC), str::parse);
        let zone = zone.map_err(|fault| invalid("time_zone", &fault));
        let password =
            PasswordHash::of(&request.password).map_err(|fault: PasswordFault| invalid("password", &fault));
        let key_name = KeyName::try_new("bootstrap").map_err(|fault| invalid("api_key", &fault));
        match (name, email, zone, password, key_name) {
            (Ok(name), Ok(email), Ok(time_zone), Ok(password), Ok(key_name)) => {
                let settings = TeamSettings { time_zone, ..Default::default() };
                let team = Team::found(self.ids.id(), name, settings, self.clock.now());
                Ok(self.assemble(team, email, password, key_name))
            }
            (name, email, zone, password, key_name) => {
                let faults = [name.err(), email.err(), zone.err(), password.err(), key_name.err()];
                Err(faults.into_iter().flatten().collect())
            }
        }
    }

    fn assemble(
        &self,
        team: Team,
        email: Email,
        password: PasswordHash,
        key_name: KeyName,
    ) -> (Foundation, ApiKeyText) {
        let user = User::create(self.ids.id(), email, Membership::admin(), team.created_at);
        let text = ApiKeyText::compose(self.ids.id(), &self.ids.secret());
        let new = NewApiKey {
            name: key_name,
            permission: KeyPermission::Admin,
            scopes: Default::default(),
            expires_at: None,
            allowed: Networks::default(),
        };
        let key = ApiKey::create(&text, team.id, new, team.created_at);
        (Foundation { team, admin: NewUser { user, password }, key }, text)
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
            team: "Acme".into(),
            email: "boss@acme.example".into(),
            password: "correct horse".into(),
            time_zone: Some("Europe/Warsaw".into()),
        }
    }

    fn bootstrap(teams: MockTeams) -> Bootstrap {
        let clock = FixedClock(DateTime::UNIX_EPOCH);
        Bootstrap::new(Arc::new(teams), Arc::new(CountedIds::default()), Arc::new(clock))
    }

    #[test]
    fn a_team_gets_an_admin_and_a_key_that_holds_every_scope() {
        let mut teams = MockTeams::new();
        teams.expect_found().times(1).returning(|context, foundation| {
            assert_eq!(context.team, foundation.team.id);
            assert_eq!(foundation.admin.user.membership, Membership::admin());
            assert_eq!(foundation.key.permission, KeyPermission::Admin);
            assert_eq!(foundation.team.settings.time_zone.name(), "Europe/Warsaw");
            Ok(Written::Done(foundation))
        });
        let made = pollster::block_on(bootstrap(teams).run(&request())).unwrap();
        assert!(ApiKeyText::parse(made.api_key.as_str()).is_some());
    }

    #[test]
    fn every_fault_is_named_at_once_and_nothing_is_stored() {
        let request = BootstrapRequest {
            team: " ".into(),
            email: "boss".into(),
            password: "short".into(),
            time_zone: Some("Mars".into()),
        };
        let error = pollster::block_on(bootstrap(MockTeams::new()).run(&request)).unwrap_err();
        let fields: Vec<_> = error.faults().iter().map(|fault| fault.field.clone()).collect();
        assert_eq!(fields, ["team", "email", "time_zone", "password"]);
    }
}
