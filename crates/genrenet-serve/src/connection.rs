//! A connection that says nothing, or takes nothing, for too long is closed.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// A stream with a time until its first byte, and for every piece that it is to take. What comes between is the protocol's: of HTTP/1 the time for a
/// head, of HTTP/2 its pings, and the rate of bodies.
pub struct Timed {
    stream: TcpStream,
    within: Duration,
    /// Runs until the first byte is there; afterwards while a piece waits to be taken.
    timer: Pin<Box<Sleep>>,
    begun: bool,
    waiting: bool,
}

impl Timed {
    /// From now on.
    pub fn new(stream: TcpStream, within: Duration) -> Timed {
        Timed {
            stream,
            within,
            timer: Box::pin(sleep(within)),
            begun: false,
            waiting: false,
        }
    }

    /// What became of a write, or an error where it has waited for too long.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = false;
            return written;
        }
        if !std::mem::replace(&mut self.waiting, true) {
            self.timer.as_mut().reset(Instant::now() + self.within);
        }
        self.expired(context).map(Err)
    }

    fn expired(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        ready!(self.timer.as_mut().poll(context));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.begun = true;
        } else if !self.begun {
            return self.expired(context).map(Err);
        }
        read
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
