//! `genrenet serve`, from outside: the real program over real connections.
//!
//! No test asserts a time: what takes long on a loaded machine is waited for.

mod answers;
mod client;
mod hostile;
mod limits;
mod opened;
#[cfg(unix)]
mod stopping;
