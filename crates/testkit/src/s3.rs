//! An S3 for a test.

use std::net::SocketAddr;
use std::path::PathBuf;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder as Connection;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// An S3 server on its own port, with one bucket. It checks signatures and stops when dropped.
pub struct S3 {
    folder: TempDir,
    address: SocketAddr,
    // ends every connection when dropped
    _runtime: Runtime,
}

impl S3 {
    /// The only access key.
    pub const KEY: &str = "AKIATHROUGHLINE";
    /// Its secret.
    pub const SECRET: &str = "a secret of the tests";
    /// The only bucket.
    pub const BUCKET: &str = "files";

    /// Starts it.
    ///
    /// # Panics
    /// When it can't listen.
    pub fn start() -> Self {
        let folder =
            tempfile::Builder::new().prefix("throughline-s3-").tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(Self::BUCKET)).expect("a bucket");
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).expect("a file system"));
        builder.set_auth(SimpleAuth::from_single(Self::KEY, Self::SECRET));
        let service = builder.build();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("it listens");
        let address = listener.local_addr().expect("it has an address");
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Connection::new(TokioExecutor::new());
                    // a client may disconnect
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { folder, address, _runtime: runtime }
    }

    /// `OBJECT_STORE_URL` for it.
    pub fn url(&self, prefix: &str) -> String {
        format!("s3://{}/{prefix}?endpoint=http://{}", Self::BUCKET, self.address)
    }

    /// The folder of its bucket's objects.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(Self::BUCKET)
    }
}
