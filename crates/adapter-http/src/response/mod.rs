//! From errors to answers, in each surface's shape.

pub(crate) mod download;
pub(crate) mod envelope;
pub(crate) mod error_bodies;
pub(crate) mod errors;
pub(crate) mod surface;
