//! JSON bodies as types: parser, schema and mapping into the domain in one.

use kernel::error::Fault;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::faults::{Faults, Wording};
use super::field::from_object;

/// A body, made of [`Field`](super::field::Field)s; its schema is what the document shows.
pub(crate) trait RequestBody: DeserializeOwned + ToSchema {
    /// What the use case takes.
    type Domain;
    const WORDING: Wording;
    /// Whether a request without a body is one with `{}`.
    const IS_OPTIONAL: bool = false;

    /// Reads every field and names every fault. `None` only beside a fault.
    fn into_domain(self, faults: &mut Faults) -> Option<Self::Domain>;
}

/// What is wrong with a body: fields and codes.
#[cfg(test)]
pub(crate) fn faults_of<B: RequestBody>(body: Value) -> Vec<(String, String)> {
    let Value::Object(body) = body else { unreachable!("bodies are objects") };
    let faults = read::<B>(body).err().unwrap_or_default().into_iter();
    faults.map(|fault| (fault.field.into_owned(), fault.code.into_owned())).collect()
}

/// Reads a body that is not JSON text.
///
/// # Errors
/// Every fault of it.
pub(crate) fn read<B: RequestBody>(body: Map<String, Value>) -> Result<B::Domain, Vec<Fault>> {
    read_as(body, B::into_domain)
}

/// Reads a body that is not JSON text, and whose mapping depends on more than the body.
///
/// # Errors
/// Every fault of it.
pub(crate) fn read_as<B: RequestBody, T>(
    body: Map<String, Value>,
    into_domain: impl FnOnce(B, &mut Faults) -> Option<T>,
) -> Result<T, Vec<Fault>> {
    read_text_as(&Value::Object(body).to_string(), into_domain)
}

/// Reads the JSON text of an object as a body whose mapping depends on more than the body.
///
/// # Errors
/// Every fault of it.
pub(crate) fn read_text_as<B: RequestBody, T>(
    body: &str,
    into_domain: impl FnOnce(B, &mut Faults) -> Option<T>,
) -> Result<T, Vec<Fault>> {
    let mut faults = Faults::new(B::WORDING);
    let read = from_object::<B>(body).and_then(|body| into_domain(body, &mut faults));
    match read {
        Some(read) if faults.is_empty() => Ok(read),
        _ => Err(faults.into_all()),
    }
}
