//! The OpenAPI documents, made from the route tables.

pub(crate) mod documents;
mod errors;
mod request;

#[cfg(test)]
mod examples;

#[cfg(test)]
mod bodies;
