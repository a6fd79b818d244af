//! Why a request has no answer, as JSON.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use genrenet::JSON_SCHEMA;
use serde_json::{Value, json};

use crate::log::Noted;
use crate::sound_routes::json_response;

/// An error of a request: a status, an identifier that does not change, and a sentence.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    kind: &'static str,
    text: String,
    parameter: Option<[String; 3]>,
}

/// Seconds after which a refused client may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

impl Refusal {
    /// With a status, an identifier and a sentence.
    pub fn new(status: StatusCode, kind: &'static str, text: impl Into<String>) -> Refusal {
        Refusal {
            status,
            kind,
            text: text.into(),
            parameter: None,
        }
    }

    /// Of a parameter: its key, what was expected and what was found.
    pub fn parameter(key: &str, expected: impl Into<String>, found: &str) -> Refusal {
        let expected = expected.into();
        // What a client sends is shown, but not all of a megabyte.
        let found: String = found.chars().take(200).collect();
        let text = format!("{key} = {found}: expected {expected}");
        Refusal {
            parameter: Some([key.to_owned(), expected, found]),
            ..Refusal::new(StatusCode::BAD_REQUEST, "parameter", text)
        }
    }

    /// There is more to do than is accepted.
    pub fn busy(what: &str) -> Refusal {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "busy", what)
    }

    /// A fault of this program.
    pub fn fault(text: impl std::fmt::Display) -> Refusal {
        let text = format!("a fault of this program, please report it: {text}");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", text)
    }

    /// A body that can't be kept.
    pub fn storage(error: &std::io::Error) -> Refusal {
        let text = format!("the body can't be kept in a temporary file: {error}");
        Refusal::new(StatusCode::INSUFFICIENT_STORAGE, "storage", text)
    }

    /// A sound without an answer.
    pub fn sound(error: &genrenet::Error) -> Refusal {
        let status = match error.kind() {
            "format" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "fault" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Refusal::new(status, error.kind(), error.to_string())
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "schema": JSON_SCHEMA,
            "error": self.text,
            "error_kind": self.kind,
        });
        if let Some([key, expected, found]) = &self.parameter {
            body["key"] = json!(key);
            body["expected"] = json!(expected);
            body["found"] = json!(found);
        }
        body
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json_response(self.body().to_string());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if matches!(
            self.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        response.extensions_mut().insert(Noted {
            error: Some((self.kind, self.text)),
            ..Noted::default()
        });
        response
    }
}
