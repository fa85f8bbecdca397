#![doc = include_str!("../README.md")]

mod containers;
mod content;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod kind;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
mod name;
mod ports;
mod received;
mod text;

pub use self::content::{Content, FileFault, Found, recognise};
pub use self::kind::FileKind;
pub use self::name::{FileName, NoName};
#[cfg(any(test, feature = "mock"))]
pub use self::ports::{MockObjects, MockScanner};
pub use self::ports::{Object, ObjectError, ObjectKey, ObjectStream, Objects, ScanError, Scanner, Verdict};
pub use self::received::{MAX_SIZE, ReceivedFile};
