use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The port, which only names the socket.
pub const PORT: u16 = 5432;

/// The name of the superuser.
pub const SUPERUSER: &str = "postgres";

/// A libpq URI for a socket folder.
pub(crate) fn url(user: &str, database: &str, socket_dir: &Path) -> String {
    let user = encode(user.as_bytes());
    let database = encode(database.as_bytes());
    let host = encode(socket_dir.as_os_str().as_bytes());
    format!("postgres://{user}@/{database}?host={host}")
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_unreserved_characters_is_encoded() {
        let url = url("ma@il", "a/b ü", Path::new("/tmp/x y"));
        assert_eq!(url, "postgres://ma%40il@/a%2Fb%20%C3%BC?host=%2Ftmp%2Fx%20y");
    }
}
