//! Buying in: what goes on between the stores and PostgreSQL, and what comes of several changes at once.

mod proxy;
mod round_trips;
