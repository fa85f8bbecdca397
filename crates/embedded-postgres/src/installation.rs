use std::cmp::Reverse;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Error, Result, Version};

const OLDEST_MAJOR: u32 = 15;

/// The programs of one PostgreSQL, 15 or newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    bin_dir: PathBuf,
    version: Version,
}

impl Installation {
    /// The folder of the programs.
    pub fn bin_dir(&self) -> &Path {
        &self.bin_dir
    }

    /// The version of the programs.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The path of a program, such as `psql`; not checked to exist.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }

    fn probe(bin_dir: &Path) -> Result<Self> {
        for name in ["initdb", "postgres"] {
            check_program(&bin_dir.join(name))?;
        }
        let version = version_of(&bin_dir.join("postgres"))?;
        let bin_dir = real_folder(bin_dir);
        if version.major < OLDEST_MAJOR {
            return Err(Error::TooOld { bin_dir, found: version });
        }
        Ok(Self { bin_dir, version })
    }
}

/// Looks for PostgreSQL 15 or newer.
///
/// Only in `explicit` if given; else in `PATH`, `/usr/lib/postgresql/*/bin` and Homebrew's folders
/// (newest first), then in `extra`.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none. If all that was found is too old or cannot be run, the
/// error says so: [`Error::TooOld`], [`Error::NotExecutable`], [`Error::NoVersion`]. For an
/// `explicit` folder without the programs [`Error::NotInFolder`].
pub fn find(explicit: Option<&Path>, extra: &[PathBuf]) -> Result<Installation> {
    search(explicit, extra, |_| true)?.ok_or(Error::NotFound)
}

/// Looks for one major version; `Ok(None)` if there are only others.
pub(crate) fn find_major(
    explicit: Option<&Path>,
    extra: &[PathBuf],
    major: u32,
) -> Result<Option<Installation>> {
    search(explicit, extra, |found| found.version.major == major)
}

fn search(
    explicit: Option<&Path>,
    extra: &[PathBuf],
    wanted: impl Fn(&Installation) -> bool,
) -> Result<Option<Installation>> {
    let candidates = match explicit {
        Some(bin_dir) => vec![bin_dir.to_owned()],
        None => usual_folders().into_iter().chain(extra.iter().cloned()).collect(),
    };
    let mut others = false;
    let mut problem = None;
    for bin_dir in candidates {
        match Installation::probe(&bin_dir) {
            Ok(found) if wanted(&found) => return Ok(Some(found)),
            Ok(_) => others = true,
            Err(Error::NotInFolder { .. }) if explicit.is_none() => {}
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    match problem {
        Some(problem) if !others => Err(problem),
        _ => Ok(None),
    }
}

fn usual_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
    folders.extend(numbered("/usr/lib/postgresql", ""));
    folders.extend(numbered("/opt/homebrew/opt", "postgresql@"));
    folders.extend(numbered("/usr/local/opt", "postgresql@"));
    folders
}

/// The folders `parent/<prefix><number>/bin`, greatest number first.
fn numbered(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(number, _)| Reverse(*number));
    found.into_iter().map(|(_, bin_dir)| bin_dir).collect()
}

/// The real folder of the programs: a folder of links to some of them may lack the others.
fn real_folder(bin_dir: &Path) -> PathBuf {
    let postgres = fs::canonicalize(bin_dir.join("postgres")).unwrap_or_default();
    let real = postgres.parent().filter(|real| check_program(&real.join("initdb")).is_ok());
    real.unwrap_or(bin_dir).to_owned()
}

fn check_program(program: &Path) -> Result<()> {
    match fs::metadata(program) {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 == 0 => {
            Err(Error::NotExecutable { program: program.to_owned() })
        }
        Ok(meta) if meta.is_file() => Ok(()),
        _ => {
            let bin_dir = program.parent().unwrap_or(program).to_owned();
            Err(Error::NotInFolder { bin_dir })
        }
    }
}

fn version_of(program: &Path) -> Result<Version> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    output
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| Version::parse(&String::from_utf8_lossy(&output.stdout)))
        .ok_or_else(|| Error::NoVersion { program: program.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_printed() {
        let parse = |text| Version::parse(text).map(|v| v.to_string());
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse(debian).as_deref(), Some("15.18"));
        assert_eq!(parse("postgres (PostgreSQL) 18.4\n").as_deref(), Some("18.4"));
        assert_eq!(parse("postgres (PostgreSQL) 19beta1\n").as_deref(), Some("19.0"));
        assert_eq!(parse("postgres (PostgreSQL) 19devel\n").as_deref(), Some("19.0"));
        assert_eq!(parse("ls (GNU coreutils) 9.1"), None);
    }
}
