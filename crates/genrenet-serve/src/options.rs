//! What a service is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What is served, to whom, and within which limits.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where connections are accepted.
    pub listen: SocketAddr,
    /// Built-in models by name, or folders of bundles; the first is used where a request names none.
    pub models: Vec<PathBuf>,
    /// Files of taxonomies beside the presets; a request names them by the file's name without its ending.
    pub taxonomies: Vec<PathBuf>,
    /// The index of a library that can be searched.
    pub index: Option<PathBuf>,
    /// A folder of static files.
    pub page: Option<PathBuf>,
    /// The secret that a request must have as `Authorization: Bearer …`.
    pub token: Option<String>,
    /// Origins whose pages may read answers (`https://example.org`), or `*`.
    pub cors: Vec<String>,
    /// Threads that classify, each one song at a time.
    pub threads: usize,
    /// Bounds of what a client can ask for.
    pub limits: Limits,
}

/// Bounds of what a client can ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: u64,
    /// Seconds of sound.
    pub seconds: f64,
    /// From the last byte of a song to its answer, with the wait for a thread.
    pub answer: Duration,
    /// Until the whole body has arrived.
    pub upload: Duration,
    /// Bytes per second of a body, over every ten seconds.
    pub rate: u64,
    /// Until the head of a connection's next request has arrived; an idle connection is closed after it.
    pub head: Duration,
    /// Songs that wait for a thread.
    pub queue: usize,
    /// Bodies that are received at once.
    pub uploads: usize,
    /// Bytes of bodies in memory, of all requests together; more are kept in unnamed temporary files.
    pub memory: usize,
    /// Open connections.
    pub connections: usize,
    /// From the signal to stop until unfinished requests are given up.
    pub grace: Duration,
}
