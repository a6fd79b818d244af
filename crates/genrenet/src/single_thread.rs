//! Threads on which single songs are computed.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool of one thread: a song that is classified in it takes one core.
///
/// The kernels share their work among the threads of the rayon pool that they run in. A program that classifies several songs at once, each on a
/// thread of its own, keeps all cores busy with as many of these pools as there are cores, and no song waits for another's threads.
///
/// # Errors
/// That of the system where the thread can't be started.
pub fn single_thread_pool() -> std::io::Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(|_| "genrenet".to_owned())
        .build()
        .map_err(std::io::Error::other)
}
