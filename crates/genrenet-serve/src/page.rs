//! A folder of static files.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeader;

use crate::router::unknown;

/// Scripts, workers and WebAssembly of the page itself, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; \
                      img-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The longest name of a file on common systems.
const NAME_BYTES: usize = 255;

/// Adds the files of `folder` for every address that is no other route's. Addresses that lead out of it, and hidden files, are not found.
pub fn add<S: Clone + Send + Sync + 'static>(router: Router<S>, folder: &Path) -> Router<S> {
    let files = ServeDir::new(folder)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(any(unknown));
    let fixed = HeaderValue::from_static;
    let files = SetResponseHeader::overriding(files, CONTENT_SECURITY_POLICY, fixed(POLICY));
    let files = SetResponseHeader::overriding(files, X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    let files = SetResponseHeader::overriding(files, REFERRER_POLICY, fixed("no-referrer"));
    let shown = Router::new().fallback_service(files).layer(from_fn(shown));
    router.fallback_service(shown)
}

/// Passes on a request for a file that may be shown: with a name that a file can have, not hidden, and not at an address that a redirect would make another host's.
async fn shown(request: Request, next: Next) -> Response {
    let path: Vec<u8> = percent_decode_str(request.uri().path()).collect();
    let fits = |name: &[u8]| {
        let hidden = name.starts_with(b".") && name != b".well-known";
        !hidden && name.len() <= NAME_BYTES
    };
    match !path.starts_with(b"//") && path.split(|byte| *byte == b'/').all(fits) {
        true => next.run(request).await,
        false => unknown().await.into_response(),
    }
}
