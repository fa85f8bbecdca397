//! What production operations tell the world beside `order.*`, which `kernel::manufacturing` defines: `woo.*`.

mod operations;

pub use self::operations::{
    OperationCompleted, OperationPaused, OperationRef, OperationResumed, OperationStarted,
};
