//! Objects in a real folder and in a real S3: the port's suite, and what only these can get wrong.

#![expect(clippy::expect_used, reason = "test support: what goes wrong here fails the test")]

mod buckets;
mod folders;
mod support;
