//! The installation's signing keys: from `SIGNING_KEY`, or made once into the data folder.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use kernel::signing::{SigningKeyFault, SigningKeys};

use crate::config::Config;
use crate::wiring::ids;

/// Why there are no signing keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SigningError {
    #[error("SIGNING_KEY {0}")]
    Variable(SigningKeyFault),
    #[error("{0} {1}")]
    File(String, SigningKeyFault),
    #[error("the signing key {0} can't be read or made")]
    Unreadable(String, #[source] io::Error),
}

/// The configured keys, or those of `signing.key`, which is made if it is not there.
pub(crate) fn keys(config: &Config) -> Result<Arc<SigningKeys>, SigningError> {
    if let Some(text) = &config.signing_key {
        return SigningKeys::parse(text).map(Arc::new).map_err(SigningError::Variable);
    }
    let path = config.data_dir.join("signing.key");
    let shown = path.display().to_string();
    let text = read_or_make(&config.data_dir, &path);
    let text = text.map_err(|error| SigningError::Unreadable(shown.clone(), error))?;
    SigningKeys::parse(text.trim()).map(Arc::new).map_err(|fault| SigningError::File(shown, fault))
}

fn read_or_make(folder: &Path, path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    fs::create_dir_all(folder)?;
    let text: String = ids().secret().iter().map(|byte| format!("{byte:02x}")).collect();
    let unfinished = path.with_extension(format!("key.{}", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    // of two processes that make one at once, the first one's stands
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}
