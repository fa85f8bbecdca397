//! Orders and their operations: what is stored, what comes of several at once, and what is never changed.

mod kept;
