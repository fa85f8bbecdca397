//! Files that people and programs send: which kinds are taken, how a file is told from its name and its bytes, and the
//! ports to where the bytes are kept and to who looks for viruses (contract, *oms*: Objects, Uploads).
//!
//! A domain that takes files keeps its own rows; what stands here is what all of them share.

mod containers;
mod content;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod kind;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
mod name;
mod ports;
mod text;

pub use self::content::{Content, FileFault, Found, recognise};
pub use self::kind::FileKind;
pub use self::name::{FileName, NoName};
#[cfg(any(test, feature = "mock"))]
pub use self::ports::{MockObjects, MockScanner};
pub use self::ports::{Object, ObjectError, ObjectKey, ObjectStream, Objects, ScanError, Scanner, Verdict};

/// The most bytes of a file: 10 MiB.
pub const MAX_SIZE: u64 = 10 << 20;

/// A file that was received whole and not yet judged.
#[derive(Debug)]
pub struct ReceivedFile {
    /// Its name as it was sent: only ever data.
    pub name: String,
    /// Its bytes, to be read from the start as often as it takes.
    pub content: Content,
    /// How many they are.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}
