//! Many sounds at once, answers in their order.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};

use genrenet::Sound;
use genrenet::audio::catch_panics;
use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::lanes::{self, PATIENCE};

/// How many sounds, per thread, may be ahead of the answer that is asked for.
const AHEAD: usize = 16;

/// What is made of a sound, or what a panic said.
type Made<R> = Result<R, String>;

/// Threads that work on sounds, and what they have done.
pub struct Workers<R> {
    jobs: Option<Sender<(usize, Sound)>>,
    results: Mutex<Receiver<(usize, Made<R>)>>,
    done: BTreeMap<usize, Made<R>>,
    taken: usize,
    given: usize,
    /// How many may be ahead.
    most: usize,
    process: u32,
    /// They end once the jobs are dropped.
    _lanes: Vec<ThreadPool>,
}

impl<R: Send + 'static> Workers<R> {
    /// Starts so many threads.
    pub fn start(
        threads: usize,
        work: impl Fn(Sound) -> R + Send + Sync + 'static,
    ) -> PyResult<Workers<R>> {
        let (jobs, queue) = channel::<(usize, Sound)>();
        let (send, results) = channel();
        let (queue, work) = (Arc::new(Mutex::new(queue)), Arc::new(work));
        let lanes: Vec<ThreadPool> = (0..threads)
            .map(|_| lanes::new())
            .collect::<PyResult<_>>()?;
        for lane in &lanes {
            let (queue, work, send) = (queue.clone(), work.clone(), send.clone());
            lane.spawn(move || {
                loop {
                    let next = match queue.lock() {
                        Ok(queue) => queue.recv(),
                        Err(_) => return,
                    };
                    let Ok((index, sound)) = next else { return };
                    let made = catch_panics(|| work(sound)).map_err(|panic| panic.to_string());
                    if send.send((index, made)).is_err() {
                        return; // nobody waits any more
                    }
                }
            });
        }
        Ok(Workers {
            jobs: Some(jobs),
            results: Mutex::new(results),
            done: BTreeMap::new(),
            taken: 0,
            given: 0,
            most: AHEAD * threads,
            process: std::process::id(),
            _lanes: lanes,
        })
    }

    /// Whether another sound is to be added before the next answer is waited for.
    pub fn wants_more(&self) -> bool {
        self.taken < self.given + self.most
    }

    /// Adds a sound, or what stands in its place where there is none to work on.
    pub fn add(&mut self, sound: Result<Sound, R>) {
        match (sound, &self.jobs) {
            (Ok(sound), Some(jobs)) => drop(jobs.send((self.taken, sound))),
            (Ok(_), None) => {}
            (Err(answer), _) => drop(self.done.insert(self.taken, Ok(answer))),
        }
        self.taken += 1;
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
            let results = &self.results;
            let waited = py.detach(|| match results.lock() {
                Ok(results) => results.recv_timeout(PATIENCE),
                Err(_) => Err(RecvTimeoutError::Disconnected),
            });
            match waited {
                Ok((index, made)) => drop(self.done.insert(index, made)),
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
        // What was not begun is not done.
        self.jobs = None;
        if let Ok(results) = self.results.get_mut() {
            let (_, none) = channel();
            *results = none;
        }
        if self.process != std::process::id() {
            std::mem::forget(std::mem::take(&mut self._lanes));
        }
    }
}
