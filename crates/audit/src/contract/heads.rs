use chrono::TimeDelta;
use kernel::id::Id;
use secrets::signing::SigningKeys;
use uuid::Uuid;

use super::{at, read};
use crate::ports::HeadArchive;
use crate::{ChainHash, Head, HeadLines, SignedHead};

/// Heads are archived whole, each as a line, after those that are there; no heads are no lines.
///
/// # Panics
/// When the implementation violates a rule.
pub async fn head_archive(archive: &dyn HeadArchive, lines: impl Fn() -> HeadLines) {
    let head = |sequence: i64| {
        let (team, hash) = (Id::new(Uuid::from_u128(1)), ChainHash::new([7; 32]));
        let head = Head { team, sequence, hash, at: at(0) + TimeDelta::minutes(sequence) };
        SignedHead::sign(head, &SigningKeys::new([1; 32], None))
    };
    let mut expected = Vec::new();
    for batch in [vec![], vec![head(1)], vec![], vec![head(2), head(3)]] {
        expected.extend(batch.iter().map(SignedHead::to_line));
        read(archive.archive(batch).await, "heads are archived");
        let found: Vec<_> = lines().map(|line| read(line, "a line is read").text).collect();
        assert_eq!(found, expected, "heads are read back in the order in which they were archived");
    }
}
