//! Signals that ask the program to stop.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT and SIGTERM; Ctrl-C where there are none.
pub struct Signals {
    #[cfg(unix)]
    asked: [Signal; 2],
    /// A file that may not grow is an error of the write, as a full disk is, and not the end of the program.
    #[cfg(unix)]
    _file_size: Signal,
}

impl Signals {
    /// From now on.
    ///
    /// # Errors
    /// That of the system.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Signals> {
        let file_size = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        Ok(Signals {
            asked: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            ],
            _file_size: signal(file_size)?,
        })
    }

    /// From now on.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn listen() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// The next one.
    #[cfg(unix)]
    pub async fn next(&mut self) {
        let [interrupt, terminate] = &mut self.asked;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }

    /// The next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self) {
        // Where it can't be waited for, none comes.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
