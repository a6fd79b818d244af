//! Accepting connections, until a signal asks to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::connection::Timed;
use crate::options::Limits;
use crate::service::Service;
use crate::signals::Signals;

/// The bytes of a request's head, and of the headers of one of HTTP/2.
const HEAD_BYTES: usize = 32 * 1024;

/// Streams of one HTTP/2 connection at once.
const STREAMS: u32 = 64;

/// How long is waited where the system has no file for another connection.
const NO_FILE: Duration = Duration::from_millis(50);

/// How long a head that is on its way is waited for when the program stops.
const AT_REST: Duration = Duration::from_secs(1);

/// Serves connections until a signal comes, then finishes the requests that were begun; `false` where that took longer than the grace, or a second signal came, and
/// requests were given up.
pub async fn serve(
    service: &Arc<Service>,
    router: Router,
    listener: TcpListener,
    mut signals: Signals,
) -> bool {
    let limits = service.options.limits;
    let builder = protocols(&limits);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let accepted = tokio::select! {
            () = signals.next() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // One connection's fault, or no file for it: the others go on.
                let text = error.to_string();
                service.log.add(json!({"event": "accept", "error": text}));
                tokio::time::sleep(NO_FILE).await;
                continue;
            }
        };
        // Answers are small; waiting for more to send would delay them.
        let _ = stream.set_nodelay(true);
        let stream = TokioIo::new(Timed::new(stream, limits.head));
        let handler = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection(stream, handler).into_owned();
        let connection = graceful.watch(connection);
        let counted = service.metrics.connection();
        tokio::spawn(async move {
            // Whatever ends a connection is the client's, and its requests are in the log.
            let _ = connection.await;
            drop((counted, place));
        });
    }
    // New connections are refused by the system from here on.
    drop(listener);
    let begun = service.requests.load(Ordering::Relaxed);
    service
        .log
        .add(json!({"event": "stopping", "requests": begun}));
    tokio::select! {
        () = graceful.shutdown() => {}
        () = at_rest(service) => {}
        () = tokio::time::sleep(limits.grace) => {}
        () = signals.next() => {}
    }
    service.requests.load(Ordering::Relaxed) == 0
}

/// Done when there has been no request for a while. What is left are connections whose clients have not sent the head of one.
async fn at_rest(service: &Service) {
    let mut since = Instant::now();
    while since.elapsed() < AT_REST {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if service.requests.load(Ordering::Relaxed) > 0 {
            since = Instant::now();
        }
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = room
        .clone()
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// HTTP/1 and, where the client begins so, HTTP/2, with bounds.
fn protocols(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_BYTES as u32)
        .keep_alive_interval(limits.head)
        .keep_alive_timeout(limits.head);
    builder
}

/// Listens at an address.
///
/// # Errors
/// That of the system, such as a port that is in use.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Files that the process needs beside connections: the index, the log, songs that are computed.
#[cfg(unix)]
const OTHER_FILES: u64 = 64;

/// Lets the process have as many open files as the system allows it, and returns how many connections that is enough for: each is a file, and its body may be
/// another.
pub fn allow_files() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // Where that is refused, the former limit stays.
        let _ = setrlimit(Resource::Nofile, limit);
        let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let connections = files.saturating_sub(OTHER_FILES) / 2;
        usize::try_from(connections).unwrap_or(usize::MAX).max(1)
    }
    #[cfg(not(unix))]
    usize::MAX
}
