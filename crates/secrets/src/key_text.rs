//! The text form of the installation's keys: 64 hexadecimal digits each, and two of them while one follows another.

/// A key of 256 bits.
pub(crate) type Key = [u8; 32];

/// The text is neither one key nor two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 64 hexadecimal digits, such as `openssl rand -hex 32` prints; or two of these with a comma between: \
     the key in use, then the one it took over from"
)]
pub struct KeyFault;

/// Reads the key in use, and the key before it if there is a comma.
///
/// # Errors
/// When it is anything but one key or two.
pub(crate) fn read(text: &str) -> Result<(Key, Option<Key>), KeyFault> {
    let mut keys = text.split(',').map(|part| key(part.trim()).ok_or(KeyFault));
    let current = keys.next().ok_or(KeyFault)??;
    let previous = keys.next().transpose()?;
    if keys.next().is_some() { Err(KeyFault) } else { Ok((current, previous)) }
}

fn key(text: &str) -> Option<Key> {
    let mut key = Key::default();
    hex::decode_to_slice(text, &mut key).ok().map(|()| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703BAC031CAE7F60";

    #[test]
    fn one_key_or_two_are_read_in_their_order() {
        let first = |(key, _): (Key, Option<Key>)| [key[0], key[1], key[30], key[31]];
        assert_eq!(read(ONE).map(first), Ok([0x9d, 0x61, 0x7f, 0x60]));
        assert_eq!(read(ONE).map(|(_, previous)| previous), Ok(None));
        let two = read(&format!(" {} , {ONE}\n", "01".repeat(32)));
        assert_eq!(two, Ok(([1; 32], Some(read(ONE).unwrap().0))));
    }

    #[test]
    fn anything_but_one_or_two_keys_is_refused() {
        let three = [ONE; 3].join(",");
        for text in [
            "",
            ",",
            "9d",
            &ONE[..63],
            &format!("{ONE}0"),
            &format!("{ONE},"),
            &format!(",{ONE}"),
            &three,
            &ONE.replace('9', "x"),
            &ONE.replacen("9d", "é", 1),
        ] {
            assert_eq!(read(text), Err(KeyFault), "{text}");
        }
    }
}
