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
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
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
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let digits: Option<Vec<u8>> = text.bytes().map(|byte| digit(&byte)).collect();
        let (pairs, rest) = digits.as_deref().ok_or(HashFault)?.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) if rest.is_empty() => Ok(Self(bytes)),
            _ => Err(HashFault),
        }
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
