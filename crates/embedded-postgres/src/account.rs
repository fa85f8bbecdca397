use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{User, getegid, geteuid};

use crate::error::Context;
use crate::{Error, Result};

/// The user that runs the server's processes.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    gid: u32,
    /// Whether processes must change to this user, because this one runs as root.
    switch: bool,
}

impl Account {
    /// Chooses the requested user, else the owner of the cluster, else `postgres`, else `nobody`; always the current
    /// user unless that is root.
    pub(crate) fn choose(run_as: Option<&str>, cluster: &Path) -> Result<Self> {
        if !am_root() {
            return Self::current(run_as);
        }
        let user = match (run_as, owner(cluster)) {
            (Some(name), _) => by_name(name)?,
            (None, Some(uid)) => by_uid(uid)?,
            (None, None) => by_name("postgres").or_else(|_| by_name("nobody"))?,
        };
        if user.uid.is_root() {
            return Err(Error::UnusableUser { name: user.name });
        }
        Ok(Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw(), switch: true })
    }

    fn current(run_as: Option<&str>) -> Result<Self> {
        let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
        let account = Self { name: format!("with id {uid}"), uid, gid, switch: false };
        match run_as {
            Some(name) if by_name(name)?.uid.as_raw() != uid => {
                Err(Error::UnusableUser { name: name.to_owned() })
            }
            _ => Ok(account),
        }
    }

    /// Makes the command run as this user.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Makes this user the owner of a new folder.
    pub(crate) fn own(&self, path: &Path) -> Result<()> {
        if self.switch {
            std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))
                .context("change the owner of", path)?;
        }
        Ok(())
    }

    /// Fails if this user cannot enter every folder from the root down to `path`.
    pub(crate) fn check_access(&self, path: &Path) -> Result<()> {
        match self.inaccessible_folder(path) {
            Some(folder) => {
                let user = self.name.clone();
                Err(Error::Unreachable { folder, path: path.to_owned(), user })
            }
            None => Ok(()),
        }
    }

    /// The first folder down to `path` that this user cannot enter; missing ones do not count.
    pub(crate) fn inaccessible_folder(&self, path: &Path) -> Option<PathBuf> {
        if !self.switch {
            return None;
        }
        let mut folders: Vec<_> = path.ancestors().collect();
        folders.reverse();
        folders.into_iter().find(|folder| !self.may_enter(folder)).map(Path::to_owned)
    }

    fn may_enter(&self, folder: &Path) -> bool {
        let Ok(meta) = fs::metadata(folder) else {
            return true;
        };
        let mode = meta.permissions().mode();
        if meta.uid() == self.uid {
            mode & 0o100 != 0
        } else if meta.gid() == self.gid {
            mode & 0o010 != 0
        } else {
            mode & 0o001 != 0
        }
    }
}

/// Whether this process runs as root.
pub(crate) fn am_root() -> bool {
    geteuid().is_root()
}

/// The user id of the owner of `path` itself, if it exists.
pub(crate) fn owner(path: &Path) -> Option<u32> {
    fs::symlink_metadata(path).ok().map(|meta| meta.uid())
}

fn by_name(name: &str) -> Result<User> {
    let unknown = || Error::UnknownUser { name: name.to_owned() };
    User::from_name(name).ok().flatten().ok_or_else(unknown)
}

fn by_uid(uid: u32) -> Result<User> {
    let unknown = || Error::UnknownUser { name: format!("with id {uid}") };
    User::from_uid(uid.into()).ok().flatten().ok_or_else(unknown)
}
