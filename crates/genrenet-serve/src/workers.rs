//! The threads that classify. The computation of a song never runs on the threads that serve connections, which must stay free.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use genrenet::audio::catch_panics;
use tokio::sync::oneshot;

/// A song's work.
type Job = Box<dyn FnOnce() + Send>;

/// So many threads, each of which does one job after the other on one core, and the queue before them.
pub struct Workers {
    jobs: SyncSender<Job>,
    counts: Arc<Counts>,
    most: usize,
    _threads: Vec<rayon::ThreadPool>,
}

/// What the threads are at.
#[derive(Debug, Default)]
pub struct Counts {
    /// Jobs in the queue.
    pub queued: AtomicUsize,
    /// Jobs that are being done.
    pub running: AtomicUsize,
}

/// Why a job has no result.
#[derive(Debug)]
pub enum NotDone {
    /// No more songs may wait.
    QueueFull,
    /// A fault of this program.
    Panic(String),
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// That of the system where a thread can't be started.
    pub fn start(threads: usize, queue: usize) -> std::io::Result<Workers> {
        let (jobs, receiver) = sync_channel::<Job>(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        let counts = Arc::<Counts>::default();
        let start = |_| {
            let thread = genrenet::single_thread_pool()?;
            let (receiver, counts) = (receiver.clone(), counts.clone());
            thread.spawn(move || work(&receiver, &counts));
            Ok(thread)
        };
        let threads = (0..threads).map(start).collect::<std::io::Result<_>>()?;
        Ok(Workers {
            jobs,
            counts,
            most: queue,
            _threads: threads,
        })
    }

    /// What the threads are at.
    pub fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Whether another job would be refused at this moment.
    pub fn is_full(&self) -> bool {
        self.counts.queued.load(Ordering::Relaxed) >= self.most
    }

    /// Does `work` on one of the threads, unless the caller is gone before it begins.
    ///
    /// # Errors
    /// [`NotDone`].
    pub async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, NotDone> {
        let (send, receive) = oneshot::channel();
        let job = move || {
            if !send.is_closed() {
                let made = catch_panics(work).map_err(|panic| panic.to_string());
                // Whoever went meanwhile needs no answer.
                drop(send.send(made));
            }
        };
        self.counts.queued.fetch_add(1, Ordering::Relaxed);
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.jobs.try_send(Box::new(job))
        {
            self.counts.queued.fetch_sub(1, Ordering::Relaxed);
            return Err(NotDone::QueueFull);
        }
        let ended = || Err("its thread ended without an answer".to_owned());
        receive
            .await
            .unwrap_or_else(|_| ended())
            .map_err(NotDone::Panic)
    }
}

fn work(receiver: &Mutex<Receiver<Job>>, counts: &Counts) {
    loop {
        // Jobs catch their panics: the lock is never poisoned by one.
        let next = receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = next else { return };
        counts.queued.fetch_sub(1, Ordering::Relaxed);
        counts.running.fetch_add(1, Ordering::Relaxed);
        job();
        counts.running.fetch_sub(1, Ordering::Relaxed);
    }
}
