//! Accepting connections, until a signal asks to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

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

/// The bytes of a request's head, and of the headers of one of HTTP/2.
const HEAD_BYTES: usize = 32 * 1024;

/// Streams of one HTTP/2 connection at once.
const STREAMS: u32 = 64;

/// How long is waited where the system has no file for another connection.
const NO_FILE: Duration = Duration::from_millis(50);

/// Serves connections until `stop` is done, then finishes what was begun; `false` where that took too long and requests were given up.
pub async fn serve(
    service: &Arc<Service>,
    router: Router,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> bool {
    let limits = service.options.limits;
    let builder = protocols(&limits);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
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
    service.stop();
    let begun = graceful.count();
    service
        .log
        .add(json!({"event": "stopping", "connections": begun}));
    tokio::time::timeout(limits.grace, graceful.shutdown())
        .await
        .is_ok()
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

/// Done when the system asks the program to stop.
#[cfg(unix)]
pub fn signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done when the system asks the program to stop.
#[cfg(not(unix))]
pub fn signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Lets the process have as many open files as the system allows it: a connection is one, a body beyond the memory for bodies another.
pub fn allow_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // Where that is refused, the former limit stays, and connections beyond it wait.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
