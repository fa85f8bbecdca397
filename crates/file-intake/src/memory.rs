//! Objects in memory, for examples and tests.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;

use super::{Content, Object, ObjectError, ObjectKey, Objects};

/// The objects of every team, as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryObjects {
    objects: Mutex<BTreeMap<ObjectKey, Bytes>>,
}

impl InMemoryObjects {
    /// The keys of everything that is there, in order.
    pub fn keys(&self) -> Vec<ObjectKey> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Bytes>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Objects for InMemoryObjects {
    async fn put(&self, key: ObjectKey, content: &mut Content) -> Result<(), ObjectError> {
        let mut bytes = Vec::new();
        content.rewind().map_err(|error| ObjectError(error.into()))?;
        content.read_to_end(&mut bytes).map_err(|error| ObjectError(error.into()))?;
        self.lock().insert(key, bytes.into());
        Ok(())
    }

    async fn get(&self, key: ObjectKey) -> Result<Option<Object>, ObjectError> {
        let found = self.lock().get(&key).cloned();
        Ok(found.map(|bytes| Object { size: bytes.len() as u64, content: Box::pin(Once(Some(bytes))) }))
    }

    async fn delete(&self, key: ObjectKey) -> Result<(), ObjectError> {
        self.lock().remove(&key);
        Ok(())
    }
}

/// A stream of one piece.
struct Once(Option<Bytes>);

impl Stream for Once {
    type Item = Result<Bytes, ObjectError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    #[test]
    fn it_keeps_objects_as_the_contract_says() {
        pollster::block_on(contract::objects(&InMemoryObjects::default()));
    }
}
