//! The installation's keys: configured, or created once and stored in `$DATA_DIR`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrets::Secret;
use secrets::key_text::KeyFault;
use secrets::sealing::SealingKeys;
use secrets::signing::SigningKeys;

use crate::system::ids;

/// A kind of key, with its variable and its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    name: &'static str,
    variable: &'static str,
    file: &'static str,
}

const SIGNING: Kind = Kind { name: "signing key", variable: "SIGNING_KEY", file: "signing.key" };
const ENCRYPTION: Kind = Kind { name: "encryption key", variable: "ENCRYPTION_KEY", file: "encryption.key" };

/// Why a key can't be used. The key itself is never shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KeyError {
    #[error("{} {fault}", kind.variable)]
    Configured { kind: Kind, fault: KeyFault },
    #[error("the {} {path} can't be kept; set {}, or let DATA_DIR be writable", kind.name, kind.variable)]
    Unstored { kind: Kind, path: PathBuf, source: io::Error },
    #[error("the {} {path} {fault}", kind.name)]
    Stored { kind: Kind, path: PathBuf, fault: KeyFault },
    #[error("the {} {path} may be read by others than its owner; run: chmod 600 {path}", kind.name)]
    Open { kind: Kind, path: PathBuf },
}

/// The keys that sign access tokens and audit heads.
pub(crate) fn signing_keys(
    configured: Option<&Secret>,
    data_dir: &Path,
) -> Result<Arc<SigningKeys>, KeyError> {
    keys(SIGNING, configured, data_dir, SigningKeys::parse)
}

/// The keys that encrypt secrets in the database.
pub(crate) fn sealing_keys(
    configured: Option<&Secret>,
    data_dir: &Path,
) -> Result<Arc<SealingKeys>, KeyError> {
    keys(ENCRYPTION, configured, data_dir, SealingKeys::parse)
}

/// The configured keys, or the one stored in the data folder, created if there is none.
fn keys<K>(
    kind: Kind,
    configured: Option<&Secret>,
    data_dir: &Path,
    parse: fn(&str) -> Result<K, KeyFault>,
) -> Result<Arc<K>, KeyError> {
    if let Some(text) = configured {
        let keys = parse(text.expose()).map(Arc::new);
        return keys.map_err(|fault| KeyError::Configured { kind, fault });
    }
    let path = data_dir.join(kind.file);
    let unstored = |source| KeyError::Unstored { kind, path: path.clone(), source };
    if !path.try_exists().map_err(unstored)? {
        create(data_dir, &path).map_err(unstored)?;
    }
    let mode = fs::metadata(&path).map_err(unstored)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Open { kind, path });
    }
    let text = fs::read_to_string(&path).map_err(unstored)?;
    parse(text.trim()).map(Arc::new).map_err(|fault| KeyError::Stored { kind, path, fault })
}

/// Creates a key file atomically: of concurrent processes one does, and the others read it whole.
fn create(data_dir: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(data_dir)?;
    let draft = path.with_extension(format!("{}.new", ids().uuid()));
    let key = hex::encode(ids().secret());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    // without the key, everything encrypted with it would be lost
    File::open(data_dir)?.sync_all()?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Reads keys of a kind; returns their ids.
    type Keys = fn(Option<&Secret>, &Path) -> Result<String, KeyError>;

    const KINDS: [(Kind, Keys); 2] = [
        (SIGNING, |configured, data_dir| Ok(format!("{:?}", signing_keys(configured, data_dir)?))),
        (ENCRYPTION, |configured, data_dir| Ok(format!("{:?}", sealing_keys(configured, data_dir)?))),
    ];

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        for (kind, keys) in KINDS {
            let folder = tempfile::tempdir().unwrap();
            let data_dir = folder.path().join("new");
            let made = keys(None, &data_dir).unwrap();
            assert_eq!(keys(None, &data_dir).unwrap(), made);
            let path = data_dir.join(kind.file);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1, "no draft is left");
            let text = fs::read_to_string(&path).unwrap();
            let configured = keys(Some(&text.trim().to_owned().into()), Path::new("/nonexistent"));
            assert_eq!(configured.unwrap(), made, "the file holds what the variable takes");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let message = keys(None, &data_dir).unwrap_err().to_string();
            let (name, path) = (kind.name, path.display());
            let expected =
                format!("the {name} {path} may be read by others than its owner; run: chmod 600 {path}");
            assert_eq!(message, expected);
        }
    }

    #[test]
    fn of_many_that_make_it_at_once_all_take_the_same_one() {
        for (_, keys) in KINDS {
            let folder = tempfile::tempdir().unwrap();
            let all: Vec<_> = thread::scope(|scope| {
                let makers: Vec<_> =
                    (0..16).map(|_| scope.spawn(|| keys(None, folder.path()).unwrap())).collect();
                makers.into_iter().map(|maker| maker.join().unwrap()).collect()
            });
            assert!(all.iter().all(|key| *key == all[0]), "{all:?}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_is_no_key_stops_the_start_without_being_shown() {
        for (kind, keys) in KINDS {
            let configured = Secret::from("hunter2".to_owned());
            let message = keys(Some(&configured), Path::new("/nonexistent")).unwrap_err().to_string();
            let expected = format!("{} must be 64 hexadecimal digits", kind.variable);
            assert!(message.starts_with(&expected), "{message}");
            assert!(!message.contains("hunter2") && !format!("{configured:?}").contains("hunter2"));

            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(kind.file);
            fs::write(&path, "hunter2").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let message = keys(None, folder.path()).unwrap_err().to_string();
            let expected = format!("the {} {} must be 64 hexadecimal digits", kind.name, path.display());
            assert!(message.starts_with(&expected) && !message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_key_that_can_t_be_kept_is_to_be_configured() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (kind, keys) in KINDS {
            let message = keys(None, &file.path().join("data")).unwrap_err().to_string();
            let expected = format!("can't be kept; set {}, or let DATA_DIR be writable", kind.variable);
            assert!(
                message.starts_with(&format!("the {} ", kind.name)) && message.ends_with(&expected),
                "{message}"
            );
        }
    }
}
