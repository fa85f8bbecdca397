//! The rules of the architecture; the crate's docs say which module holds which.

mod circles;
mod codes;
mod couplings;
mod graph;
mod layers;
mod manifests;
mod migrations;
mod offence;
mod phrases;
mod ports;
mod purity;
mod shape;
mod skipped;
mod source;
mod workspace;
mod zones;
