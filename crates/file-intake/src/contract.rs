//! What every implementation of the ports must show.

use std::fmt::Debug;
use std::future::poll_fn;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::{Content, Object, ObjectKey, Objects};
use kernel::clock::{IdSource, SystemIds};

/// Objects are stored whole, found again to the byte, replaced and deleted, each under its own key.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn objects(store: &dyn Objects) {
    let ids: &dyn IdSource = &SystemIds;
    let (team, other_team, id) = (ids.id(), ids.id(), ids.uuid());
    let (key, other) = (ObjectKey::new(team, id), ObjectKey::new(other_team, id));
    assert!(done(store.get(key).await).is_none(), "what was never stored isn't found");
    done(store.delete(key).await);

    // nothing, a little, about what is sent in one piece, and the most there may be
    for size in [0, 1, 5 << 20, (5 << 20) + 1, 10 << 20] {
        let bytes = noise(size);
        let mut content = Cursor::new(bytes.clone());
        content.set_position(1);
        let mut content = Content::new(content);
        done(store.put(key, &mut content).await);
        assert!(found(store, key).await == Some(bytes), "{size} bytes are found as they were stored");
        assert!(done(store.get(other).await).is_none(), "another team's key is another object's");
    }

    let mut broken = Content::new(Broken(Cursor::new(noise(6 << 20))));
    let put = store.put(other, &mut broken).await;
    assert!(put.is_err(), "content that can't be read whole is not stored");
    assert!(done(store.get(other).await).is_none(), "and leaves nothing");
    let put = store.put(key, &mut broken).await;
    assert!(put.is_err(), "nor in the place of another");
    assert!(found(store, key).await == Some(noise(10 << 20)), "which is as it was");

    done(store.delete(key).await);
    assert!(done(store.get(key).await).is_none(), "what was deleted isn't found");
    done(store.delete(key).await);
}

async fn found(store: &dyn Objects, key: ObjectKey) -> Option<Vec<u8>> {
    let Object { size, mut content } = done(store.get(key).await)?;
    let mut bytes = Vec::new();
    while let Some(piece) = poll_fn(|context| content.as_mut().poll_next(context)).await {
        bytes.extend_from_slice(&done(piece));
    }
    assert_eq!(bytes.len() as u64, size, "an object has as many bytes as it says");
    Some(bytes)
}

/// Bytes that no part of a file repeats.
fn noise(size: usize) -> Vec<u8> {
    let mut state = size as u32 | 1;
    let word = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    };
    std::iter::repeat_with(word).flatten().take(size).collect()
}

fn done<T, E: Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the store works: {error:?}"),
    }
}

/// Content that breaks off at its end.
struct Broken(Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk is gone")),
            length => Ok(length),
        }
    }
}

impl Seek for Broken {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
