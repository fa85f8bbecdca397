//! The signed heads of the audit chains, in files beside the database: `audit/heads-YYYY-MM.jsonl`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use audit::ports::HeadArchive;
use audit::{HeadLine, HeadLines, SignedHead};
use kernel::error::Cause;
use tokio::fs::{self, DirBuilder, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// Files of signed heads in a folder that only the service's user may read.
pub(crate) struct HeadFiles {
    data_dir: PathBuf,
}

/// The longest line, of which a head takes some 350 bytes.
const MAX_LINE_BYTES: u64 = 4_096;

impl HeadFiles {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.data_dir.join("audit")
    }

    /// Every line of every file, in the order of months; none if there is no folder.
    pub(crate) fn lines(&self) -> io::Result<HeadLines> {
        let mut files = Vec::new();
        match self.folder().read_dir() {
            Ok(entries) => {
                for entry in entries {
                    files.push(entry?.path());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        files.retain(|path| is_head_file(&name(path)));
        files.sort();
        Ok(Box::new(files.into_iter().flat_map(|path| match File::open(&path) {
            Ok(file) => {
                Box::new(Lines { name: name(&path), reader: BufReader::new(file), line: 0 }) as HeadLines
            }
            Err(error) => Box::new(std::iter::once(Err(error.into()))) as HeadLines,
        })))
    }

    async fn append(&self, heads: &[SignedHead]) -> io::Result<()> {
        let Some(first) = heads.first() else { return Ok(()) };
        let folder = self.folder();
        fs::create_dir_all(&self.data_dir).await?;
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).await?;
        let path = folder.join(format!("heads-{}.jsonl", first.head.at.format("%Y-%m")));
        let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path).await?;
        let is_new = file.metadata().await?.len() == 0;
        let mut text = String::new();
        if !is_new && !ends_a_line(&mut file).await? {
            text.push('\n');
        }
        for head in heads {
            text.push_str(&head.to_line());
            text.push('\n');
        }
        file.write_all(text.as_bytes()).await?;
        file.sync_all().await?;
        if is_new {
            // the file's name must survive a power cut too
            fs::File::open(&folder).await?.sync_all().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl HeadArchive for HeadFiles {
    async fn archive(&self, heads: Vec<SignedHead>) -> Result<(), Cause> {
        Ok(self.append(&heads).await?)
    }
}

/// Whether the file ends in a whole line: a machine that stopped during a write may have left a part of one.
async fn ends_a_line(file: &mut fs::File) -> io::Result<bool> {
    file.seek(SeekFrom::End(-1)).await?;
    Ok(file.read_u8().await? == b'\n')
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_head_file(name: &str) -> bool {
    name.starts_with("heads-") && name.ends_with(".jsonl")
}

/// The lines of one file.
struct Lines {
    name: String,
    reader: BufReader<File>,
    line: u64,
}

impl Iterator for Lines {
    type Item = Result<HeadLine, Cause>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Vec::new();
        match self.reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(_) => {
                self.line += 1;
                let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
                Some(Ok(HeadLine { location: format!("{} line {}", self.name, self.line), text }))
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::{ChainHash, Head};
    use kernel::id::Id;
    use secrets::signing::SigningKeys;
    use std::os::unix::fs::PermissionsExt;

    fn head(sequence: i64, at: &str) -> SignedHead {
        let team = Id::new("0190f3c2-7b7a-7c3e-8d52-6c1f0a9b3e11".parse().unwrap());
        let head = Head { team, sequence, hash: ChainHash::new([7; 32]), at: at.parse().unwrap() };
        SignedHead::sign(head, &SigningKeys::new([1; 32], None))
    }

    fn read(files: &HeadFiles) -> Vec<(String, Option<i64>)> {
        let lines = files.lines().unwrap().map(Result::unwrap);
        lines
            .map(|line| (line.location, SignedHead::read(&line.text).ok().map(|head| head.head.sequence)))
            .collect()
    }

    #[actix_web::test]
    async fn heads_are_read_back_month_by_month_from_files_that_are_nobody_else_s() {
        let folder = tempfile::tempdir().unwrap();
        let files = HeadFiles::new(&folder.path().join("data"));
        assert_eq!(read(&files), []);
        files.archive(vec![head(3, "2025-02-01T00:00:00Z")]).await.unwrap();
        files.archive(vec![head(1, "2025-01-31T23:58:59Z"), head(2, "2025-01-31T23:58:59Z")]).await.unwrap();
        files.archive(vec![head(4, "2025-02-01T00:01:00Z")]).await.unwrap();
        files.archive(Vec::new()).await.unwrap();
        std::fs::write(files.folder().join("notes.txt"), "not a head").unwrap();
        let place = |month: u8, line: u8| format!("heads-2025-0{month}.jsonl line {line}");
        let expected = [(1, 1, 1), (1, 2, 2), (2, 1, 3), (2, 2, 4)];
        assert_eq!(
            read(&files),
            expected.map(|(month, line, sequence)| (place(month, line), Some(sequence)))
        );
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&files.folder()), 0o700);
        assert_eq!(mode(&files.folder().join("heads-2025-01.jsonl")), 0o600);
    }

    #[actix_web::test]
    async fn the_archive_passes_its_suite() {
        let folder = tempfile::tempdir().unwrap();
        let files = HeadFiles::new(folder.path());
        audit::contract::head_archive(&files, || files.lines().unwrap()).await;
    }

    #[actix_web::test]
    async fn a_truncated_line_affects_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let files = HeadFiles::new(folder.path());
        files.archive(vec![head(1, "2025-01-01T00:00:00Z")]).await.unwrap();
        let path = files.folder().join("heads-2025-01.jsonl");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str(&head(2, "2025-01-01T00:01:00Z").to_line()[..40]);
        std::fs::write(&path, text).unwrap();
        files.archive(vec![head(3, "2025-01-01T00:02:00Z")]).await.unwrap();
        let sequences: Vec<_> = read(&files).into_iter().map(|(_, sequence)| sequence).collect();
        assert_eq!(sequences, [Some(1), None, Some(3)]);
    }

    #[actix_web::test]
    async fn a_line_without_end_is_read_in_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let files = HeadFiles::new(folder.path());
        std::fs::create_dir(files.folder()).unwrap();
        std::fs::write(files.folder().join("heads-2025-01.jsonl"), "x".repeat(10_000)).unwrap();
        assert_eq!(read(&files).len(), 3);
    }

    #[actix_web::test]
    async fn a_folder_that_can_not_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("audit"), "").unwrap();
        let files = HeadFiles::new(folder.path());
        let refused = files.archive(vec![head(1, "2025-01-01T00:00:00Z")]).await;
        assert!(refused.is_err_and(|error| !error.to_string().is_empty()));
        assert!(files.lines().is_err_and(|error| error.kind() == io::ErrorKind::NotADirectory));
    }
}
