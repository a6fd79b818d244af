//! A program whose time and memory are watched from the outside.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What was seen.
pub struct Run {
    pub time: Duration,
    /// Resident kilobytes, ten times a second.
    memory: Vec<u64>,
}

impl Run {
    /// The most kilobytes.
    pub fn peak(&self) -> u64 {
        self.memory.iter().copied().max().unwrap_or(0)
    }

    /// Megabytes after each tenth of the time.
    pub fn tenths(&self) -> String {
        let at = |tenth: usize| {
            self.memory
                .get((self.memory.len() * tenth / 10).saturating_sub(1))
        };
        let all = (1..=10).map(|tenth| {
            at(tenth).map_or("-".to_owned(), |kilobytes| (kilobytes / 1024).to_string())
        });
        all.collect::<Vec<_>>().join(" ")
    }
}

/// Runs a command to its end; exit code 1 (some songs failed) is a result as well.
pub fn run_watched(mut command: Command) -> Result<Run, String> {
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut memory = Vec::new();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        memory.extend(resident(child.id()));
        // A scan that reads nothing takes less than a second.
        std::thread::sleep(Duration::from_millis(if memory.len() < 100 {
            5
        } else {
            100
        }));
    };
    match status.code() {
        Some(0 | 1) => Ok(Run {
            time: begun.elapsed(),
            memory,
        }),
        _ => Err(format!("{command:?}: {status}")),
    }
}

/// `VmRSS` of Linux; nothing elsewhere.
fn resident(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
