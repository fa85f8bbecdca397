//! What handlers read of a request: its caller, its query, its body, its preconditions, its idempotency key.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod faults;
pub(crate) mod field;
pub(crate) mod form;
pub(crate) mod idempotency;
pub(crate) mod if_match;
pub(crate) mod json_body;
pub(crate) mod json_object;
pub(crate) mod parts;
pub(crate) mod path_id;
pub(crate) mod query;
pub(crate) mod spool;
