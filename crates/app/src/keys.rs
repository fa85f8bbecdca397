//! The installation's signing key: configured, or made once and kept in `$DATA_DIR/signing.key`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::key_text::KeyFault;
use kernel::signing::SigningKeys;

use crate::config::Secret;
use crate::wiring::ids;

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KeyError {
    #[error("SIGNING_KEY {0}")]
    Configured(KeyFault),
    #[error("the signing key {path} can't be kept; set SIGNING_KEY, or let DATA_DIR be writable")]
    Unkept { path: PathBuf, source: io::Error },
    #[error("the signing key {path} {fault}")]
    Kept { path: PathBuf, fault: KeyFault },
    #[error("the signing key {0} may be read by others than its owner; run: chmod 600 {0}")]
    Open(PathBuf),
}

/// The configured keys, or the one kept in the data folder, made now if there is none.
pub(crate) fn signing_keys(
    configured: Option<&Secret>,
    data_dir: &Path,
) -> Result<Arc<SigningKeys>, KeyError> {
    if let Some(text) = configured {
        return SigningKeys::parse(text.reveal()).map(Arc::new).map_err(KeyError::Configured);
    }
    let path = data_dir.join("signing.key");
    let unkept = |source| KeyError::Unkept { path: path.clone(), source };
    if !path.try_exists().map_err(unkept)? {
        make(&path).map_err(unkept)?;
    }
    let mode = fs::metadata(&path).map_err(unkept)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Open(path));
    }
    let text = fs::read_to_string(&path).map_err(unkept)?;
    SigningKeys::parse(text.trim()).map(Arc::new).map_err(|fault| KeyError::Kept { path, fault })
}

/// Of processes that make it at once, one does; and what another reads is whole.
fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let key: String = ids().secret().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("new");
        let made = signing_keys(None, &data_dir).unwrap().public();
        assert_eq!(signing_keys(None, &data_dir).unwrap().public(), made);
        let path = data_dir.join("signing.key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1, "no draft is left");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(signing_keys(None, &data_dir), Err(KeyError::Open(_))));
    }

    #[test]
    fn what_is_no_key_stops_the_start_without_being_shown() {
        let configured = Secret::from("hunter2".to_owned());
        let message = signing_keys(Some(&configured), Path::new("/nonexistent")).unwrap_err().to_string();
        assert!(message.starts_with("SIGNING_KEY must be 64 hexadecimal digits"), "{message}");
        assert!(!message.contains("hunter2") && !format!("{configured:?}").contains("hunter2"));
    }
}
