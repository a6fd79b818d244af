//! A folder of static files.

use std::path::Path;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeader;

/// Scripts, workers and WebAssembly of the page itself, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; \
                      img-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds the files of `folder` for every address that is no other route's. Addresses that lead out of it are not found.
pub fn add<S: Clone + Send + Sync + 'static>(router: Router<S>, folder: &Path) -> Router<S> {
    let files = ServeDir::new(folder)
        .precompressed_br()
        .precompressed_gzip();
    let fixed = HeaderValue::from_static;
    let files = SetResponseHeader::overriding(files, CONTENT_SECURITY_POLICY, fixed(POLICY));
    let files = SetResponseHeader::overriding(files, X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    let files = SetResponseHeader::overriding(files, REFERRER_POLICY, fixed("no-referrer"));
    router.fallback_service(files)
}
