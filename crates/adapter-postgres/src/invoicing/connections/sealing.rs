//! The keys of a connection, sealed for one team alone.

use invoicing::accounting::{AccountingKey, ConnectionFault, Keys};
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use secrets::sealing::{SealFault, SealingKeys};
use serde::{Deserialize, Serialize};

use crate::write_error::unreadable;

/// The text that is sealed.
#[derive(Serialize, Deserialize)]
struct KeyTexts {
    access: String,
    secret: String,
    app: String,
}

/// Why sealed keys can't be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error(
        "the accounting keys of team {team} do not open; if the encryption key is a new one, \
         configure the old one beside it: ENCRYPTION_KEY=NEW,OLD"
    )]
    Sealed { team: TeamId, source: SealFault },
    #[error("what was sealed for team {0} are no accounting keys")]
    Content(TeamId),
}

/// The purpose that keys are sealed for: another team's row does not open with it.
fn purpose(team: TeamId) -> String {
    format!("accounting_connection {team}")
}

pub(super) fn seal(
    sealing: &SealingKeys,
    ids: &dyn IdSource,
    team: TeamId,
    keys: &Keys,
) -> Result<Vec<u8>, StoreError> {
    let [access, secret, app] = [&keys.access, &keys.secret, &keys.app].map(|key| key.expose().to_owned());
    let text = serde_json::to_vec(&KeyTexts { access, secret, app }).map_err(unreadable)?;
    sealing.seal(purpose(team).as_bytes(), ids, &text).map_err(unreadable)
}

pub(super) fn open(sealing: &SealingKeys, team: TeamId, secrets: &[u8]) -> Result<Keys, OpenError> {
    let text = sealing.open(purpose(team).as_bytes(), secrets);
    let text = text.map_err(|source| OpenError::Sealed { team, source })?;
    // neither fault is passed on: it might quote what it read
    let texts: KeyTexts = serde_json::from_slice(&text).map_err(|_| OpenError::Content(team))?;
    keys(&texts).map_err(|_| OpenError::Content(team))
}

fn keys(texts: &KeyTexts) -> Result<Keys, ConnectionFault> {
    let KeyTexts { access, secret, app } = texts;
    Ok(Keys {
        access: AccountingKey::try_new(access)?,
        secret: AccountingKey::try_new(secret)?,
        app: AccountingKey::try_new(app)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::{Id, Uuid};

    #[test]
    fn the_error_says_what_to_do_and_no_key() {
        let team = Id::new(Uuid::nil());
        let error = open(&SealingKeys::new([2; 32], None), team, b"sealed otherwise").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the accounting keys of team {team} do not open; if the encryption key is a new one, \
                 configure the old one beside it: ENCRYPTION_KEY=NEW,OLD"
            )
        );
    }
}
