#![doc = include_str!("../README.md")]
#![expect(clippy::expect_used, reason = "test support: what goes wrong here fails the test")]

mod cluster;
mod database;
mod pgbouncer;
mod racing;
mod redis;
#[cfg(feature = "s3")]
mod s3;
mod service;

pub use cluster::Cluster;
pub use database::{Database, OpenTransaction};
pub use pgbouncer::PgBouncer;
pub use racing::{eventually, eventually_within, race};
pub use redis::Redis;
#[cfg(feature = "s3")]
pub use s3::S3;
pub use service::{ENCRYPTION_KEY, SIGNING_KEY, Service, command, serving};
