//! The OpenAPI documents, made from the route tables.

pub(crate) mod closed_sets;
pub(crate) mod documents;
mod errors;
mod headers;
pub(crate) mod request;
pub(crate) mod schemas;

#[cfg(test)]
mod examples;

#[cfg(test)]
mod bodies;
