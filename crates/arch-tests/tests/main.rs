//! The rules of the architecture; the crate's docs say which module holds which.

mod circles;
mod codes;
mod exceptions;
mod graph;
mod layers;
mod licences;
mod manifests;
mod migrations;
mod offence;
mod purity;
mod shape;
mod source;
mod words;
mod workspace;
