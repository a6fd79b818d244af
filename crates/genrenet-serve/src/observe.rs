//! For every request: its id, its line in the log, its place in the counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Version};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::log::Noted;
use crate::service::Service;

/// By which a client's request, the log and the answer know each other.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the log and the counters say of a request whose client has gone before its answer.
const GONE: u16 = 499;

/// Gives a request its id, and reports it when its answer has been sent or its client has gone.
pub async fn observe(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let id = request.headers().get(&REQUEST_ID).and_then(given_id);
    let id = id.unwrap_or_else(new_id);
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("other", |path| path.as_str()).to_owned();
    service.requests.fetch_add(1, Ordering::Relaxed);
    let mut observed = Observed {
        service,
        began: Instant::now(),
        line: json!({
            "event": "request",
            "request_id": id,
            "method": request.method().as_str(),
            "http": version(request.version()),
        }),
        route,
        status: GONE,
        noted: Noted::default(),
    };
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    observed.status = response.status().as_u16();
    observed.noted = response.extensions_mut().remove().unwrap_or_default();
    // The closure keeps `observed` until the body has been sent.
    let until_sent = move |error| {
        let _ = &observed;
        error
    };
    response.map(|body| Body::new(body.map_err(until_sent)))
}

/// A request, which is reported where it is dropped.
struct Observed {
    service: Arc<Service>,
    began: Instant,
    line: Value,
    route: String,
    status: u16,
    noted: Noted,
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.service.requests.fetch_sub(1, Ordering::Relaxed);
        let took = self.began.elapsed();
        let mut line = self.line.take();
        line["route"] = json!(self.route);
        line["status"] = json!(self.status);
        line["ms"] = json!((took.as_secs_f64() * 1e6).round() / 1000.0);
        let Noted {
            model,
            bytes,
            seconds,
            error,
        } = &self.noted;
        let beside = [
            ("model", model.as_ref().map(|x| json!(x))),
            ("bytes", bytes.map(|x| json!(x))),
            ("seconds", seconds.map(|x| json!(x))),
            ("error_kind", error.as_ref().map(|(kind, _)| json!(kind))),
            ("error", error.as_ref().map(|(_, text)| json!(text))),
        ];
        for (key, value) in beside {
            if let Some(value) = value {
                line[key] = value;
            }
        }
        let kind = match (error, self.status) {
            (Some((kind, _)), _) => Some(*kind),
            (None, GONE) => Some("gone"),
            _ => None,
        };
        let metrics = &self.service.metrics;
        metrics.answered(&self.route, self.status, took, kind);
        self.service.log.add(line);
    }
}

/// An id that came with a request, if it is short and of plain characters.
fn given_id(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = (1..=64).contains(&text.len()) && text.chars().all(plain);
    fits.then(|| text.to_owned())
}

/// An id that no other request of this process has, and hardly one of another.
fn new_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static START: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    let start = START.get_or_init(|| jiff::Timestamp::now().as_microsecond());
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{start:x}-{number:x}")
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}
