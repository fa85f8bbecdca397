//! The events of work order operations, each type defined once: `woo.*` (`docs/spec/common.md`, "Events"). Those of orders
//! are in [`kernel::manufacturing`].

mod operations;

pub use self::operations::{
    OperationCompleted, OperationCorrected, OperationPaused, OperationRef, OperationResumed, OperationStarted,
};
