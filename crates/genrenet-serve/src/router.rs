//! The routes, and what is done for every request.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

use crate::openapi::ErrorObject;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::{StartError, host, index_routes, observe, openapi, page, sound_routes, unread};

/// The routes of a service.
///
/// # Errors
/// [`StartError::Origin`].
pub fn routes(service: &Arc<Service>) -> Result<Router, StartError> {
    let options = &service.options;
    let mut open = Router::new()
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready));
    let mut guarded = Router::new()
        .route("/v1/classify", post(sound_routes::classify))
        .route("/v1/embed", post(sound_routes::embed))
        .route("/v1/models", get(sound_routes::models))
        .route("/openapi.json", get(description))
        .route("/metrics", get(metrics));
    if service.index.is_some() {
        guarded = guarded
            .route("/v1/search", get(index_routes::search))
            .route("/v1/similar", get(index_routes::similar));
    }
    if options.token.is_some() {
        guarded = guarded.route_layer(from_fn_with_state(service.clone(), check_token));
    } else if options.listen.ip().is_loopback() {
        guarded = guarded.route_layer(from_fn(host::check_host));
    }
    open = match &options.page {
        None => open.fallback(unknown),
        Some(folder) => page::add(open, folder),
    };
    let mut router = open
        .merge(guarded)
        .method_not_allowed_fallback(wrong_method);
    if !options.cors.is_empty() {
        router = router.layer(cors(&options.cors)?);
    }
    let observed = from_fn_with_state(service.clone(), observe::observe);
    let router = router.layer(observed).layer(from_fn(unread::discard));
    Ok(router.with_state(service.clone()))
}

/// Lets pages of these origins read answers and send a token.
fn cors(origins: &[String]) -> Result<CorsLayer, StartError> {
    let layer = CorsLayer::new()
        .allow_methods(Any)
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER, observe::REQUEST_ID]);
    if origins.iter().any(|origin| origin == "*") {
        return Ok(layer.allow_origin(Any));
    }
    let value = |origin: &String| {
        let value = HeaderValue::from_str(origin).ok();
        // As browsers send it: without a path, and in small letters.
        let host = origin.split_once("://").map(|(_, host)| host);
        let fits = host
            .is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@']))
            && !origin.contains(|c: char| c.is_ascii_uppercase() || c.is_whitespace());
        value
            .filter(|_| fits)
            .ok_or_else(|| StartError::Origin(origin.clone()))
    };
    let origins = origins.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    Ok(layer.allow_origin(AllowOrigin::list(origins)))
}

/// What stands before the token; its case is of no matter (RFC 9110).
const SCHEME: &[u8] = b"Bearer ";

/// Refuses a request without the token.
async fn check_token(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.as_bytes().split_at_checked(SCHEME.len()));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME));
    let wanted = service.options.token.as_deref().unwrap_or_default();
    if given.is_some_and(|(_, given)| equal(given, wanted.as_bytes())) {
        return next.run(request).await;
    }
    let text = "expected the header Authorization: Bearer TOKEN with the service's token";
    Refusal::new(StatusCode::UNAUTHORIZED, "token", text).into_response()
}

/// Compares all bytes, wherever they differ: the time tells nothing but the length.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let different = a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && std::hint::black_box(different) == 0
}

/// Whether the program runs.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", security(()),
    responses((status = 200, description = "It runs.", body = String, content_type = "text/plain"))
)]
pub async fn healthy() -> &'static str {
    "ok\n"
}

/// Whether songs should be sent to it: not while the queue is full. When it stops, connections are refused.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", security(()),
    responses(
        (status = 200, description = "It answers.", body = String, content_type = "text/plain"),
        (status = 503, description = "The queue is full.", body = ErrorObject),
    )
)]
pub async fn ready(State(service): State<Arc<Service>>) -> Result<&'static str, Refusal> {
    match service.workers.is_full() {
        false => Ok("ready\n"),
        true => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "the queue is full",
        )),
    }
}

/// The counters, in the text format of Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses(
        (status = 200, description = "The counters.", body = String, content_type = "application/openmetrics-text"),
        (status = 401, description = "The token is missing or wrong.", body = ErrorObject),
        (status = 421, description = "The Host is another machine's.", body = ErrorObject),
        (status = 500, description = "A fault of the program.", body = ErrorObject),
    )
)]
pub async fn metrics(State(service): State<Arc<Service>>) -> Result<Response, Refusal> {
    let text = service.metrics.text().map_err(Refusal::fault)?;
    let format = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, format)], text).into_response())
}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation",
    responses(
        (status = 200, description = "The description of the service, OpenAPI 3.1.", body = serde_json::Value),
        (status = 401, description = "The token is missing or wrong.", body = ErrorObject),
        (status = 421, description = "The Host is another machine's.", body = ErrorObject),
        (status = 500, description = "A fault of the program.", body = ErrorObject),
    )
)]
pub async fn description(State(service): State<Arc<Service>>) -> Result<Response, Refusal> {
    let token = service.options.token.is_some();
    let text = openapi::description(&service.models, service.index.is_some(), token);
    Ok(sound_routes::json_response(text.map_err(Refusal::fault)?))
}

/// There is nothing at an address.
pub async fn unknown() -> Refusal {
    let text = "there is nothing at this address; GET /openapi.json describes what there is";
    Refusal::new(StatusCode::NOT_FOUND, "not_found", text)
}

async fn wrong_method() -> Refusal {
    let text = "this address does not take this method; GET /openapi.json describes it";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method", text)
}
