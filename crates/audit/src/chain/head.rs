//! Signed heads: the last seal of a team's chain, signed, so that the chain can't be cut or computed anew unnoticed.

use chrono::{DateTime, SecondsFormat, Utc};
use kernel::id::{Id, TeamId};
use secrets::signing::{SigningKeys, Verification};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hash::ChainHash;

/// The last seal of a chain at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The chain's team.
    pub team: TeamId,
    /// The last sequence.
    pub sequence: i64,
    /// The hash of that seal.
    pub hash: ChainHash,
    /// The time of the signature, to the microsecond.
    pub at: DateTime<Utc>,
}

impl Head {
    /// The signed text. Its first line keeps the signature from being valid for anything else that the key signs.
    fn message(&self) -> String {
        let Self { team, sequence, hash, at } = self;
        format!("throughline audit head 1\n{team}\n{sequence}\n{hash}\n{}\n", time(*at))
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A head with its signature; written as a line of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// The signed head.
    pub head: Head,
    /// The key that signed it: the thumbprint of RFC 7638.
    pub key_id: String,
    /// The Ed25519 signature, base64url.
    pub signature: String,
}

/// A text that is no signed head.
#[derive(Debug, thiserror::Error)]
#[error("must be a JSON object with team, sequence, hash, at, keyId and signature")]
pub struct HeadFault;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    team: Uuid,
    sequence: i64,
    hash: String,
    at: String,
    key_id: String,
    signature: String,
}

impl SignedHead {
    /// Signs a head.
    pub fn sign(head: Head, keys: &SigningKeys) -> Self {
        let (key_id, signature) = keys.sign(head.message().as_bytes());
        Self { head, key_id, signature }
    }

    /// Verifies that one of the keys signed exactly this head.
    pub fn verify(&self, keys: &SigningKeys) -> Verification {
        keys.verify(&self.key_id, self.head.message().as_bytes(), &self.signature)
    }

    /// The head as one line of JSON, without a line end.
    pub fn to_line(&self) -> String {
        let Head { team, sequence, hash, at } = self.head;
        let line = Line {
            team: team.uuid(),
            sequence,
            hash: hash.to_string(),
            at: time(at),
            key_id: self.key_id.clone(),
            signature: self.signature.clone(),
        };
        // strings and a number always have a form in JSON
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// Reads a line written by [`to_line`](Self::to_line).
    ///
    /// # Errors
    /// For any other text.
    pub fn read(line: &str) -> Result<Self, HeadFault> {
        let line: Line = serde_json::from_str(line).map_err(|_| HeadFault)?;
        let at: DateTime<Utc> = line.at.parse().map_err(|_| HeadFault)?;
        let hash = line.hash.parse().map_err(|_| HeadFault)?;
        let head = Head { team: Id::new(line.team), sequence: line.sequence, hash, at };
        Ok(Self { head, key_id: line.key_id, signature: line.signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        let at = DateTime::from_timestamp_micros(1_736_935_800_000_001).unwrap();
        Head { team: Id::new(Uuid::from_u128(1)), sequence: 7, hash: ChainHash::new([0xab; 32]), at }
    }

    fn keys() -> SigningKeys {
        SigningKeys::new([1; 32], None)
    }

    #[test]
    fn a_line_is_read_back_and_its_signature_is_good() {
        let signed = SignedHead::sign(head(), &keys());
        let line = signed.to_line();
        assert!(
            line.starts_with(r#"{"team":"00000000-0000-0000-0000-000000000001","sequence":7,"hash":"abab"#)
                && line.contains(r#""at":"2025-01-15T10:10:00.000001Z","keyId":""#),
            "{line}"
        );
        let read = SignedHead::read(&line).unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.verify(&keys()), Verification::Good);
        assert_eq!(read.verify(&SigningKeys::new([2; 32], Some([1; 32]))), Verification::Good);
        assert_eq!(read.verify(&SigningKeys::new([2; 32], None)), Verification::UnknownKey);
    }

    #[test]
    fn no_field_of_a_line_can_be_altered() {
        let signed = SignedHead::sign(head(), &keys());
        for altered in [
            Head { team: Id::new(Uuid::from_u128(2)), ..head() },
            Head { sequence: 8, ..head() },
            Head { hash: ChainHash::new([0xac; 32]), ..head() },
            Head { at: head().at + chrono::TimeDelta::microseconds(1), ..head() },
        ] {
            let forged = SignedHead { head: altered, ..signed.clone() };
            assert_eq!(forged.verify(&keys()), Verification::Forged, "{forged:?}");
        }
        let (key_id, signature) = keys().sign(b"something else");
        assert_eq!(SignedHead { head: head(), key_id, signature }.verify(&keys()), Verification::Forged);
    }

    #[test]
    fn a_line_that_is_no_head_is_refused() {
        let line = SignedHead::sign(head(), &keys()).to_line();
        for wrong in [
            "",
            "{}",
            &line[..line.len() - 1],
            &line.replace("\"sequence\":7", "\"sequence\":\"7\""),
            &line.replace("abab", "ABAB"),
            &line.replace("2025-01-15T", "2025-13-15T"),
            &line.replace("{\"team\"", "{\"more\":1,\"team\""),
        ] {
            assert!(SignedHead::read(wrong).is_err(), "{wrong}");
        }
    }
}
