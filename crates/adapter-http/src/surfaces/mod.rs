//! The five APIs: a folder each, a file per resource.

pub(crate) mod gepard;
pub(crate) mod import;
pub(crate) mod mes;
pub(crate) mod oms;
pub(crate) mod pos;
