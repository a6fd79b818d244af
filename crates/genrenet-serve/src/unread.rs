//! What a refusal leaves unread of a body is discarded before the answer is sent. A connection that is closed while its client still sends is reset, and
//! the client would see that in place of the answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

/// A larger rest is not waited for: its client gets the answer at once, or a reset.
const MOST: u64 = 64 << 20;

/// The longest time for all of it, and for the next piece.
const WITHIN: Duration = Duration::from_secs(5);
const PIECE_WITHIN: Duration = Duration::from_secs(1);

/// Answers a request once its body has been read, whether by its route or in vain.
pub async fn discard(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (give_back, given_back) = oneshot::channel();
    let lent = Lent {
        body,
        // A client that waits to be told to send has not sent anything, and is told by the first read.
        sent: !parts.headers.contains_key(header::EXPECT),
        give_back: Some(give_back),
    };
    let response = next.run(Request::from_parts(parts, Body::new(lent))).await;
    let mut given_back = given_back;
    if let Ok(rest) = given_back.try_recv() {
        read_on(rest).await;
    }
    response
}

async fn read_on(mut rest: Body) {
    let (end, mut bytes) = (Instant::now() + WITHIN, 0);
    while bytes + rest.size_hint().lower() <= MOST {
        let piece = timeout_at(end, timeout(PIECE_WITHIN, rest.frame())).await;
        let Ok(Ok(Some(Ok(frame)))) = piece else {
            return;
        };
        bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
}

/// A body that comes back when its reader drops it before its end.
struct Lent {
    body: Body,
    sent: bool,
    give_back: Option<oneshot::Sender<Body>>,
}

impl hyper::body::Body for Lent {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, axum::Error>>> {
        self.sent = true;
        let piece = Pin::new(&mut self.body).poll_frame(context);
        if matches!(piece, Poll::Ready(None | Some(Err(_)))) {
            self.give_back = None;
        }
        piece
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(give_back) = self.give_back.take()
            && self.sent
            && !self.body.is_end_stream()
        {
            // Nobody takes it where the request has ended.
            drop(give_back.send(std::mem::take(&mut self.body)));
        }
    }
}
