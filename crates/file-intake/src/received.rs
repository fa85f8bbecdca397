use crate::content::Content;

/// The most bytes of a file: 10 MiB.
pub const MAX_SIZE: u64 = 10 << 20;

/// A file that was received whole and not yet judged.
#[derive(Debug)]
pub struct ReceivedFile {
    /// As the sender has it: only ever data.
    pub name: String,
    pub content: Content,
    /// In bytes.
    pub size: u64,
    pub sha256: [u8; 32],
}
