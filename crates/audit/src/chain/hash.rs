use std::fmt;
use std::str::FromStr;

/// A SHA-256 of the chain; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainHash([u8; 32]);

/// A text that is no hash of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 lower-case hexadecimal digits")]
pub struct HashFault;

impl ChainHash {
    /// The hash before the first seal.
    pub(crate) const GENESIS: Self = Self([0; 32]);

    /// Creates a hash from its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ChainHash {
    type Err = HashFault;

    fn from_str(text: &str) -> Result<Self, HashFault> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| HashFault)?;
        let hash = Self(bytes);
        // capitals are refused: a hash has one text
        if hash.to_string() == text { Ok(hash) } else { Err(HashFault) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_back_as_it_was_written() {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(100_u8..).for_each(|(byte, value)| *byte = value);
        let hash = ChainHash::new(bytes);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert!(hash.to_string().starts_with("6465666768"));
    }

    #[test]
    fn anything_else_is_no_hash() {
        let good = ChainHash::GENESIS.to_string();
        for text in [
            "",
            "0",
            &good[1..],
            &format!("{good}0"),
            &good.replacen('0', "G", 1),
            &good.replacen('0', "A", 1),
        ] {
            assert_eq!(text.parse::<ChainHash>(), Err(HashFault), "{text}");
        }
    }
}
