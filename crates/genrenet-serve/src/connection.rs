//! A connection that says nothing, or takes nothing, for too long is closed.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// What an HTTP/2 connection begins with. Until it is whole, or there is another byte, neither protocol has begun, nor its own times.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream with a time until its protocol has begun, and for every piece that it is to take. What comes between is the protocol's: of HTTP/1 the time for a
/// head, of HTTP/2 its pings, and the rate of bodies.
pub struct Timed {
    stream: TcpStream,
    within: Duration,
    /// Runs until the protocol has begun; afterwards while a piece waits to be taken.
    timer: Pin<Box<Sleep>>,
    /// What has not come of the preface; empty once the protocol has begun.
    preface: &'static [u8],
    waiting: bool,
}

impl Timed {
    /// From now on.
    pub fn new(stream: TcpStream, within: Duration) -> Timed {
        Timed {
            stream,
            within,
            timer: Box::pin(sleep(within)),
            preface: PREFACE,
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
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if !self.preface.is_empty() {
            if read.is_pending() {
                return self.expired(context).map(Err);
            }
            let rest = self.preface.strip_prefix(&buffer.filled()[before..]);
            self.preface = rest.unwrap_or_default();
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
