//! A body that keeps something until it has been sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use hyper::body::{Frame, SizeHint};

/// A body, and what is dropped with it.
pub struct Guarded<T> {
    body: Body,
    _until_sent: T,
}

impl<T: Send + Unpin + 'static> Guarded<T> {
    /// The same body, which keeps `until_sent`.
    pub fn body(body: Body, until_sent: T) -> Body {
        Body::new(Guarded {
            body,
            _until_sent: until_sent,
        })
    }
}

impl<T: Unpin> hyper::body::Body for Guarded<T> {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
