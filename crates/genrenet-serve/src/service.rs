//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::sync::Semaphore;

use crate::StartError;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::models::Models;
use crate::options::Options;
use crate::served_index::ServedIndex;
use crate::spool::Memory;
use crate::workers::Workers;

/// Searches of the index at once; each is milliseconds.
const SEARCHES: usize = 4;

/// A service without its connections.
pub struct Service {
    /// What it was started with.
    pub options: Options,
    /// The models.
    pub models: Models,
    /// The threads that classify.
    pub workers: Workers,
    /// How many bodies may be received at once.
    pub uploads: Semaphore,
    /// Memory for bodies.
    pub memory: Arc<Memory>,
    /// The index, if one is served.
    pub index: Option<Arc<ServedIndex>>,
    /// How many searches may run at once.
    pub searches: Semaphore,
    /// The counters.
    pub metrics: Metrics,
    /// The log.
    pub log: Log,
    /// Requests whose answer has not been sent.
    pub requests: AtomicUsize,
}

impl Service {
    /// Loads and opens what it is made of.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn new(options: Options, log: Log) -> Result<Service, StartError> {
        let models = Models::load(&options.models, &options.taxonomies)?;
        let index = match &options.index {
            None => None,
            Some(file) => Some(Arc::new(
                ServedIndex::open(file).map_err(genrenet::Error::from)?,
            )),
        };
        if let Some(folder) = options.page.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(StartError::NoFolder(folder.clone()));
        }
        if let Err(source) = tempfile::tempfile() {
            let folder = std::env::temp_dir();
            return Err(StartError::NoTemporaryFile { folder, source });
        }
        let limits = options.limits;
        let workers = Workers::start(options.threads, limits.queue).map_err(StartError::Threads)?;
        let metrics = Metrics::new(
            workers.counts().clone(),
            options.threads,
            log.lost().clone(),
        );
        Ok(Service {
            models,
            workers,
            uploads: Semaphore::new(limits.uploads),
            memory: Memory::of(limits.memory),
            index,
            searches: Semaphore::new(SEARCHES),
            metrics,
            log,
            options,
            requests: AtomicUsize::new(0),
        })
    }
}
