//! What every implementation of the ports must show. Call [`teams`] with stores that share their data.

pub mod limits;
pub mod people;

use chrono::DateTime;
use kernel::access::KeyPermission;
use kernel::clock::IdSource;
use kernel::contract::context;
use kernel::write::{WriteContext, Written};

use crate::api_key::{ApiKey, ApiKeyText, KeyName, Networks, NewApiKey};
use crate::ports::{CallerLookups, Foundation, Teams};
use crate::team::{Team, TeamError, TeamName, TeamSettings};
use crate::user::{Email, Membership, PasswordHash, User};

/// A team is founded wholly, found again, and its name and e-mail are taken from then on.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn teams(teams: &dyn Teams, keys: &dyn CallerLookups, ids: &dyn IdSource) {
    let first = foundation("Contract Works", "boss@contract.example", ids);
    let founded = teams.create(founding(&first), first.clone()).await;
    assert!(matches!(founded, Ok(Written::Done(_))), "a new team is founded: {founded:?}");
    let named = teams.find_by_name("contract works").await;
    assert!(matches!(named, Ok(Some(team)) if team == first.team.id), "a team is found by its folded name");
    let key = keys.key(first.key.id).await;
    assert!(matches!(key, Ok(Some(ref key)) if *key == first.key), "the team's key is found: {key:?}");

    let same_name = foundation("CONTRACT works", "other@contract.example", ids);
    let refused = teams.create(founding(&same_name), same_name.clone()).await;
    assert!(matches!(refused, Err(TeamError::NameTaken)), "a name is taken in any case: {refused:?}");
    let same_email = foundation("Contract Works 2", "BOSS@contract.example", ids);
    let refused = teams.create(founding(&same_email), same_email.clone()).await;
    assert!(matches!(refused, Err(TeamError::EmailTaken)), "an e-mail is taken in any case: {refused:?}");
    let leftover = teams.find_by_name("contract works 2").await;
    assert!(matches!(leftover, Ok(None)), "a refused foundation leaves nothing");
    let leftover = keys.key(same_email.key.id).await;
    assert!(matches!(leftover, Ok(None)), "a refused foundation leaves no key");
}

fn founding(foundation: &Foundation) -> WriteContext<Foundation> {
    context(foundation.team.id, foundation.team.created_at)
}

/// A team about to exist, for tests of stores.
///
/// # Panics
/// When the name or e-mail is not valid.
#[expect(clippy::expect_used, reason = "test support: a bad name is the test's own fault")]
pub fn foundation(name: &str, email: &str, ids: &dyn IdSource) -> Foundation {
    let name = TeamName::try_new(name).expect("a valid team name");
    let team = Team::create(ids.id(), name, TeamSettings::default(), DateTime::UNIX_EPOCH);
    let text = ApiKeyText::compose(ids.id(), &ids.secret());
    let new = NewApiKey {
        name: KeyName::try_new("contract").expect("a valid key name"),
        permission: KeyPermission::Admin,
        scopes: Default::default(),
        expires_at: None,
        allowed: Networks::default(),
    };
    let key = ApiKey::create(&text, team.id, new, team.created_at);
    let (admin, password) = admin(email, ids);
    Foundation { team, admin, password, key }
}

/// A user about to exist, who administers the team, and their password, for tests of stores.
///
/// # Panics
/// When the e-mail is not valid.
#[expect(clippy::expect_used, reason = "test support: a bad e-mail is the test's own fault")]
pub fn admin(email: &str, ids: &dyn IdSource) -> (User, PasswordHash) {
    let email = Email::try_new(email).expect("a valid e-mail");
    let user = User::create(ids.id(), email, Membership::admin(), DateTime::UNIX_EPOCH);
    let password = PasswordHash::from_stored("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA".into());
    (user, password)
}
