//! genrenet as an HTTP service.
//!
//! [`run`] is all of it: it listens, answers and ends when a signal asks it to. docs/SERVE.md describes routes, limits and figures.
//!
//! The way of a song: `upload` receives the body within its limits into a `spool` (memory, or a temporary file without a name); `workers` classify it, a
//! song at a time on each of a fixed number of threads; `refusal` is the JSON of everything that goes wrong. Nothing of a request is ever used as a path.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod connection;
mod host;
mod index_routes;
mod log;
mod metrics;
mod models;
mod multipart;
mod observe;
mod openapi;
mod options;
mod page;
mod query;
mod refusal;
mod router;
mod served_index;
mod server;
mod service;
mod signals;
mod sound_routes;
mod spool;
mod stop;
mod unread;
mod upload;
mod workers;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use crate::log::Log;
use crate::service::Service;
use crate::signals::Signals;

pub use options::{Limits, Options};

/// Why a service can't be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A model, a taxonomy or an index.
    #[error(transparent)]
    Genrenet(#[from] genrenet::Error),
    /// Two models or two taxonomies of one name.
    #[error("{what} {name}: expected a name once, found it twice")]
    Twice {
        /// Model or taxonomy.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The page's folder.
    #[error("{}: expected a folder with the files of a page", .0.display())]
    NoFolder(PathBuf),
    /// An origin that is none.
    #[error("{0}: expected an origin such as https://example.org, or *")]
    Origin(String),
    /// Bodies beyond the memory can't be kept.
    #[error("{}: a temporary file can't be made: {source}", folder.display())]
    NoTemporaryFile {
        /// The system's folder for them.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Threads can't be started.
    #[error("threads can't be started: {0}")]
    Threads(io::Error),
    /// The address can't be listened at.
    #[error("{address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
}

/// Serves until a signal asks to stop (SIGINT or SIGTERM), then finishes what was begun. Lines of JSON are written to `log`, the first of them with the
/// address. `false` where requests were given up, as they took longer than the grace or a second signal came.
///
/// # Errors
/// [`StartError`]. Once it listens, nothing ends it but a signal.
pub fn run(mut options: Options, log: Box<dyn Write + Send>) -> Result<bool, StartError> {
    let (log, writer) = Log::start(log).map_err(StartError::Threads)?;
    let address = options.listen;
    let connections = &mut options.limits.connections;
    *connections = server::allow_files().min(*connections);
    let service = Arc::new(Service::new(options, log)?);
    let router = router::routes(&service)?;
    // The threads that classify take the cores: two that move bytes are enough beside them.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(StartError::Threads)?;
    let finished = runtime.block_on(async {
        let at = |source| StartError::Listen { address, source };
        let listener = server::listen(address).await.map_err(at)?;
        let signals = Signals::listen().map_err(StartError::Threads)?;
        let listening = listener.local_addr().map_err(at)?;
        service.log.add(json!({
            "event": "listening",
            "address": listening.to_string(),
            "threads": service.options.threads,
            "connections": service.options.limits.connections,
            "version": env!("CARGO_PKG_VERSION"),
        }));
        Ok::<_, StartError>(server::serve(&service, router, listener, signals).await)
    })?;
    service
        .log
        .add(json!({"event": "stopped", "finished": finished}));
    // Requests that are given up end with the process.
    runtime.shutdown_background();
    drop(service);
    writer.finish();
    Ok(finished)
}
