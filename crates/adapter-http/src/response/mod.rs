//! From errors to answers, in each surface's shape.

pub(crate) mod errors;
pub(crate) mod surface;
