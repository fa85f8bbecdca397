//! Safe access to files and folders.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::account::{Account, am_root, owner};
use crate::error::Context;
use crate::{Error, Result};

const MARKER: &str = "embedded-postgres.owner";

/// Claims a folder that is missing, empty or already marked as ours, for the data folder `origin`.
pub(crate) fn claim(folder: &Path, origin: &Path) -> Result<()> {
    make_folder(folder)?;
    check_safe_for_root(folder)?;
    let marker = folder.join(MARKER);
    // Another process may be claiming it: the marker is written first, so it is read last.
    let empty = is_empty(folder)?;
    match read_path(&marker)? {
        Some(written) if !written.as_os_str().is_empty() => Ok(()),
        None if !empty => Err(Error::ForeignFolder { dir: folder.to_owned() }),
        _ => fs::write(&marker, origin.as_os_str().as_bytes()).context("write", &marker),
    }
}

/// Fails if the folder was claimed for another data folder than `origin`.
pub(crate) fn check_claim(folder: &Path, origin: &Path, pointer: &Path) -> Result<()> {
    let marker = folder.join(MARKER);
    if read_path(&marker)?.as_deref() == Some(origin) {
        return Ok(());
    }
    Err(Error::ForeignPointer { pointer: pointer.to_owned(), marker })
}

/// Creates a folder with mode 0711 for root, whose server runs as another user, else 0700.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => {
            let mode = if am_root() { 0o711 } else { 0o700 };
            let permissions = Permissions::from_mode(mode);
            fs::set_permissions(folder, permissions).context("set the mode of", folder)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).context("make the folder", folder),
    }
}

/// Creates a folder that only `account` may enter, or checks that it is one.
pub(crate) fn private_folder(folder: &Path, account: &Account) -> Result<()> {
    // One left empty by a killed attempt may not have been given to the account yet.
    let _ = fs::remove_dir(folder);
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => account.own(folder)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).context("make the folder", folder),
    }
    let meta = fs::symlink_metadata(folder).context("look at", folder)?;
    let private = meta.is_dir() && meta.permissions().mode() & 0o777 == 0o700;
    if private && meta.uid() == account.uid {
        return Ok(());
    }
    Err(Error::NotPrivate { path: folder.to_owned(), wanted: account.uid })
}

/// Fails if this process is root's and another user could plant links in the folder.
pub(crate) fn check_safe_for_root(folder: &Path) -> Result<()> {
    match owner(folder) {
        Some(owner) if am_root() && owner != 0 => {
            Err(Error::WrongOwner { path: folder.to_owned(), owner, wanted: 0 })
        }
        _ => Ok(()),
    }
}

/// Opens a lock file, creating it if missing.
pub(crate) fn open_lock(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).context("open", path)
}

/// Takes the lock if it is free.
pub(crate) fn try_lock(file: &File, path: &Path) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).context("lock", path),
    }
}

/// Writes a path into a file atomically and durably.
pub(crate) fn write_atomically(file: &Path, content: &Path) -> Result<()> {
    let new = file.with_extension("new");
    let write = || {
        let mut open = File::create(&new)?;
        open.write_all(content.as_os_str().as_bytes())?;
        open.sync_all()
    };
    write().context("write", &new)?;
    fs::rename(&new, file).context("rename", &new)?;
    file.parent().map_or(Ok(()), sync_folder)
}

/// Makes renames in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|open| open.sync_all()).context("sync", folder)
}

/// Reads a path from a file; `None` if the file is missing.
pub(crate) fn read_path(file: &Path) -> Result<Option<PathBuf>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(OsStr::from_bytes(bytes.trim_ascii_end()).into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("read", file),
    }
}

/// Removes a file that may be missing.
pub(crate) fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).context("remove", file),
        _ => Ok(()),
    }
}

/// A hash of a path (FNV-1a), the same in every build of this crate.
pub(crate) fn hash(path: &Path) -> String {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = path.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, fold);
    format!("{hash:016x}")
}

fn is_empty(folder: &Path) -> Result<bool> {
    let mut entries = fs::read_dir(folder).context("read the folder", folder)?;
    Ok(entries.next().is_none())
}
