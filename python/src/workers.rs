//! Many sounds at once, answers in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};

use genrenet::Sound;
use genrenet::audio::catch_panics;
use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::lanes;

/// How many sounds, per thread, may be ahead of the answer that is asked for.
const AHEAD: usize = 16;

/// What is made of a sound, or what a panic said.
type Made<R> = Result<R, String>;

/// What the threads share.
struct Shared<R> {
    queue: Mutex<Receiver<(usize, Sound)>>,
    work: Box<dyn Fn(Sound) -> R + Send + Sync>,
    /// Nobody waits for answers any more.
    ended: AtomicBool,
}

/// Threads that work on sounds, and what they have done.
pub struct Workers<R> {
    jobs: Option<Sender<(usize, Sound)>>,
    send: Sender<(usize, Made<R>)>,
    results: Mutex<Receiver<(usize, Made<R>)>>,
    done: BTreeMap<usize, Made<R>>,
    taken: usize,
    given: usize,
    /// Sounds that threads have or wait for.
    in_work: usize,
    /// Most threads.
    threads: usize,
    process: u32,
    shared: Arc<Shared<R>>,
    /// They end once the jobs are dropped.
    lanes: Vec<ThreadPool>,
}

impl<R: Send + 'static> Workers<R> {
    /// For at most so many threads; each is started when there is a sound for it.
    pub fn new(threads: usize, work: impl Fn(Sound) -> R + Send + Sync + 'static) -> Workers<R> {
        let (jobs, queue) = channel::<(usize, Sound)>();
        let (send, results) = channel();
        Workers {
            jobs: Some(jobs),
            send,
            results: Mutex::new(results),
            done: BTreeMap::new(),
            taken: 0,
            given: 0,
            in_work: 0,
            threads,
            process: std::process::id(),
            shared: Arc::new(Shared {
                queue: Mutex::new(queue),
                work: Box::new(work),
                ended: AtomicBool::new(false),
            }),
            lanes: Vec::new(),
        }
    }

    /// Starts a thread. Where the system refuses, those that there are do the work.
    fn start_thread(&mut self) -> PyResult<()> {
        let lane = match lanes::new() {
            Ok(lane) => lane,
            Err(refused) if self.lanes.is_empty() => return Err(refused),
            Err(_) => {
                self.threads = self.lanes.len();
                return Ok(());
            }
        };
        let (shared, send) = (self.shared.clone(), self.send.clone());
        lane.spawn(move || {
            while !shared.ended.load(Ordering::Relaxed) {
                let next = match shared.queue.lock() {
                    Ok(queue) => queue.recv(),
                    Err(_) => return,
                };
                let Ok((index, sound)) = next else { return };
                let made = catch_panics(|| (shared.work)(sound));
                let made = made.map_err(|panic| panic.to_string());
                if send.send((index, made)).is_err() {
                    return; // nobody waits any more
                }
            }
        });
        self.lanes.push(lane);
        Ok(())
    }

    /// Whether another sound is to be added before the next answer is waited for.
    pub fn wants_more(&self) -> bool {
        self.taken < self.given + AHEAD * self.threads
    }

    /// Adds a sound, or what stands in its place where there is none to work on.
    pub fn add(&mut self, sound: Result<Sound, R>) -> PyResult<()> {
        match sound {
            Ok(sound) => {
                if self.in_work >= self.lanes.len() && self.lanes.len() < self.threads {
                    self.start_thread()?;
                }
                if let Some(jobs) = &self.jobs {
                    drop(jobs.send((self.taken, sound)));
                }
                self.in_work += 1;
            }
            Err(answer) => drop(self.done.insert(self.taken, Ok(answer))),
        }
        self.taken += 1;
        Ok(())
    }

    /// The next answer in the order of the sounds; `None` when there is none left. Ctrl-C ends the wait.
    pub fn next(&mut self, py: Python<'_>) -> PyResult<Option<Made<R>>> {
        if self.given == self.taken {
            return Ok(None);
        }
        if self.process != std::process::id() {
            let text = "these answers are computed in the process that this one was forked from: start anew here";
            return Err(crate::error::exception(py, "other", text, None));
        }
        loop {
            if let Some(made) = self.done.remove(&self.given) {
                self.given += 1;
                return Ok(Some(made));
            }
            match lanes::wait(py, &self.results) {
                Ok((index, made)) => {
                    self.in_work -= 1;
                    self.done.insert(index, made);
                }
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
                Err(RecvTimeoutError::Disconnected) => {
                    let ended = "its thread ended without an answer";
                    self.done.insert(self.given, Err(ended.to_owned()));
                }
            }
        }
    }
}

impl<R> Drop for Workers<R> {
    fn drop(&mut self) {
        // What was not begun is not done. Nothing is waited for.
        self.shared.ended.store(true, Ordering::Relaxed);
        self.jobs = None;
        if self.process != std::process::id() {
            std::mem::forget(std::mem::take(&mut self.lanes));
        }
    }
}
