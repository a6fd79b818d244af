//! The name by which a client has found this machine.
//!
//! A page in a browser may read what its own origin answers, and can let its own name lead to 127.0.0.1 (DNS rebinding). It can't let the browser
//! send another Host than that name.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::refusal::Refusal;

/// Refuses a request to a name that is not this machine's own.
pub async fn check_host(request: Request, next: Next) -> Response {
    let named = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    let stated = request.headers().get_all(header::HOST).iter();
    let mut names = stated
        .map(|value| value.to_str().unwrap_or("?"))
        .chain(named);
    let Some(foreign) = names.find(|name| !is_local(name)) else {
        return next.run(request).await;
    };
    let foreign: String = foreign.chars().take(100).collect();
    let text = format!(
        "Host = {foreign}: expected localhost or an IP address, as only this machine is served"
    );
    Refusal::new(StatusCode::MISDIRECTED_REQUEST, "host", text).into_response()
}

/// Whether `NAME` or `NAME:PORT` is `localhost`, a name below it, or an IP address.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_told_from_others() {
        for local in [
            "localhost",
            "LocalHost:8077",
            "a.localhost",
            "127.0.0.1:80",
            "192.168.1.2",
            "[::1]",
            "[::1]:8077",
        ] {
            assert!(is_local(local), "{local}");
        }
        for foreign in [
            "",
            "example.org",
            "localhost.example.org",
            "notlocalhost",
            "127.0.0.1.example.org:80",
            "[localhost.x]",
        ] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
