//! Buying in: what goes on between the stores and PostgreSQL, and what comes of several changes at once.

mod changes;
mod failures;
mod locks;
mod proxy;
mod racing;
mod round_trips;
