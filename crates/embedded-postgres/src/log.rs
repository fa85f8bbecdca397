use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::Context;
use crate::{Result, files};

/// The size at which the log is rotated; with its predecessor it takes twice as much at most.
const LARGEST: u64 = 10 * 1024 * 1024;

const TAIL_BYTES: u64 = 8 * 1024;
const TAIL_LINES: usize = 20;

/// Opens the log for the server to append to.
pub(crate) fn open(log: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).read(true).create(true).mode(0o600).open(log).context("open", log)
}

/// Copies a log that is too large to `postgres.log.1` and empties it; the server, which appends, continues at its new
/// end.
pub(crate) fn rotate(log: &Path) -> Result<()> {
    let length = fs::metadata(log).map_or(0, |meta| meta.len());
    if length <= LARGEST {
        return Ok(());
    }
    let file = open(log)?;
    let rotating = files::try_lock(&file, log)?;
    if rotating && file.metadata().context("look at", log)?.len() > LARGEST {
        fs::copy(log, log.with_extension("log.1")).context("copy", log)?;
        file.set_len(0).context("empty", log)?;
    }
    Ok(())
}

/// The length of the log.
pub(crate) fn length(log: &Path) -> u64 {
    fs::metadata(log).map_or(0, |meta| meta.len())
}

/// The last lines of the log after its first `skip` bytes.
pub(crate) fn last_lines(log: &Path, skip: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(skip.max(length.saturating_sub(TAIL_BYTES)).min(length)))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let start = lines.len().saturating_sub(TAIL_LINES);
    lines.get(start..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_large_log_is_rotated_under_its_writer() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("postgres.log");
        let mut writer = open(&log).unwrap();
        writer.write_all(&vec![b'x'; LARGEST as usize + 1]).unwrap();
        rotate(&log).unwrap();
        writer.write_all(b"after\n").unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "after\n");
        assert_eq!(length(&dir.path().join("postgres.log.1")), LARGEST + 1);
        rotate(&log).unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "after\n");
    }

    #[test]
    fn the_last_lines_leave_out_older_runs() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("postgres.log");
        let lines: Vec<_> = (0..100).map(|n| n.to_string()).collect();
        fs::write(&log, format!("old\n{}\n", lines.join("\n"))).unwrap();
        assert_eq!(last_lines(&log, 4), lines[80..].join("\n"));
        assert_eq!(last_lines(&log, length(&log)), "");
    }
}
