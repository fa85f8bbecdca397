use std::io::{self, Read, Seek};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use file_intake::{Content, Object, ObjectError, ObjectKey, Objects};
use futures_util::StreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, Error, MultipartUpload, ObjectStore, ObjectStoreExt, RetryConfig};

use crate::location::{Bucket, Credentials, Location};

/// The size of a part: the least that S3 accepts for a part that is not the last.
const PART_BYTES: usize = 5 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// The most retries of a request, and the time after its first attempt in which they start.
const MAX_RETRIES: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(15);

/// Objects in a folder or in a bucket.
#[derive(Debug)]
pub struct StoredObjects {
    store: Arc<dyn ObjectStore>,
    /// The same store, if it is a folder.
    folder: Option<LocalFileSystem>,
    prefix: Path,
}

/// Why a store can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder can't be created, or is no folder.
    #[error("the folder {} can't be used", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// The bucket's configuration is invalid.
    #[error("the bucket can't be used")]
    Bucket(#[source] Box<Error>),
}

impl StoredObjects {
    /// Opens a store. A missing folder is created; a bucket is not contacted yet.
    ///
    /// # Errors
    /// When the folder, or a client for the bucket, can't be created.
    pub fn open(location: &Location, credentials: Option<&Credentials>) -> Result<Self, OpenError> {
        match location {
            Location::Folder(path) => {
                let folder = open_folder(path).map_err(|error| OpenError::Folder(path.clone(), error))?;
                Ok(Self { store: Arc::new(folder.clone()), folder: Some(folder), prefix: Path::default() })
            }
            Location::Bucket(bucket) => {
                let refused = |error| OpenError::Bucket(Box::new(error));
                let prefix = Path::from_url_path(&bucket.prefix).map_err(|error| refused(error.into()))?;
                Ok(Self { store: client(bucket, credentials).map_err(refused)?, folder: None, prefix })
            }
        }
    }

    fn path(&self, key: ObjectKey) -> Result<Path, ObjectError> {
        Path::parse(format!("{}/{key}", self.prefix)).map_err(failed)
    }
}

fn open_folder(path: &FilePath) -> io::Result<LocalFileSystem> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    Ok(LocalFileSystem::new_with_prefix(path)?.with_fsync(true))
}

fn client(bucket: &Bucket, credentials: Option<&Credentials>) -> Result<Arc<dyn ObjectStore>, Error> {
    // fails if a provider is installed already, which is fine; reqwest's own would be another one to build
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = ClientOptions::new().with_timeout_disabled();
    let options = options.with_connect_timeout(CONNECT_TIMEOUT).with_read_timeout(READ_TIMEOUT);
    let retries =
        RetryConfig { max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT, ..Default::default() };
    let builder = match credentials {
        Some(Credentials { key_id, secret, session_token }) => {
            let builder = AmazonS3Builder::new().with_access_key_id(key_id);
            let builder = builder.with_secret_access_key(secret.expose());
            match session_token {
                Some(token) => builder.with_token(token.expose()),
                None => builder,
            }
        }
        // uses the role of the machine or the container
        None => AmazonS3Builder::from_env(),
    };
    let mut builder = builder.with_client_options(options).with_retry(retries);
    // not every compatible store supports bulk deletions
    builder = builder.with_bucket_name(&bucket.name).with_disable_bulk_delete(true);
    if let Some(region) = &bucket.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        // a variable of the environment would override it
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
    }
    Ok(Arc::new(builder.build()?))
}

#[async_trait]
impl Objects for StoredObjects {
    async fn put(&self, key: ObjectKey, content: &mut Content) -> Result<(), ObjectError> {
        content.rewind().map_err(failed)?;
        let (path, first) = (self.path(key)?, read_part(content)?);
        if first.len() < PART_BYTES {
            return self.store.put(&path, first.into()).await.map(drop).map_err(failed);
        }
        let mut upload = self.store.put_multipart(&path).await.map_err(failed)?;
        let sent = send_parts(&mut *upload, first, content).await;
        if sent.is_err() {
            // parts without their object cost money; the first error is reported
            let _ = upload.abort().await;
        }
        sent
    }

    async fn get(&self, key: ObjectKey) -> Result<Option<Object>, ObjectError> {
        match self.store.get(&self.path(key)?).await {
            Ok(found) => {
                let size = found.meta.size;
                let content = found.into_stream().map(|piece| piece.map_err(failed)).boxed();
                Ok(Some(Object { size, content }))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, key: ObjectKey) -> Result<(), ObjectError> {
        let path = self.path(key)?;
        match self.store.delete(&path).await {
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(failed(error)),
        }
        match &self.folder {
            Some(folder) => discard_unfinished(folder, &path).await,
            None => Ok(()),
        }
    }
}

/// Removes the unfinished file of an object that a killed process left.
async fn discard_unfinished(folder: &LocalFileSystem, path: &Path) -> Result<(), ObjectError> {
    let mut unfinished = folder.path_to_filesystem(path).map_err(failed)?.into_os_string();
    unfinished.push("#1");
    match tokio::fs::remove_file(unfinished).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    }
}

async fn send_parts(
    upload: &mut dyn MultipartUpload,
    first: Vec<u8>,
    content: &mut Content,
) -> Result<(), ObjectError> {
    let mut next = first;
    while !next.is_empty() {
        upload.put_part(next.into()).await.map_err(failed)?;
        next = read_part(content)?;
    }
    upload.complete().await.map(drop).map_err(failed)
}

fn read_part(content: &mut Content) -> Result<Vec<u8>, ObjectError> {
    let mut part = Vec::new();
    content.take(PART_BYTES as u64).read_to_end(&mut part).map_err(failed)?;
    Ok(part)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ObjectError {
    ObjectError(Box::new(error))
}
