//! What is served only when it is asked for: a token, other origins, other machines, a page, an index.

use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::program::genrenet;
use crate::program::index::Indexed;
use crate::serve::client::Service;

#[test]
fn by_default_there_is_no_token_no_other_origin_and_no_other_machine() {
    let service = Service::start(&[]);
    assert!(service.address.ip().is_loopback() && service.warnings.is_empty());
    let answer = service.request("GET", "/v1/models", "Origin: https://example.org\r\n");
    assert_eq!(answer.status, 200);
    assert!(
        !answer.head.to_lowercase().contains("access-control"),
        "{}",
        answer.head
    );
    let open = Service::at("0.0.0.0:0", &[]);
    assert!(
        open.warnings[0].contains("can be reached from other machines, by anyone without a token"),
        "{:?}",
        open.warnings
    );
}

#[test]
fn a_token_is_needed_where_one_is_set() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "0123456789abcdef").unwrap();
    let name = &*file.path().to_str().unwrap().to_owned();
    let service = Service::start(&["--token-file", name]);
    for path in ["/v1/models", "/metrics", "/openapi.json"] {
        let answer = service.get(path);
        answer.refused(401, "token");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        let with = |token: &str| {
            let header = format!("Authorization: {token}\r\n");
            service.request("GET", path, &header).status
        };
        assert_eq!(with("Bearer 0123456789abcdef"), 200);
        assert_eq!(with("bearer 0123456789abcdef"), 200);
        for wrong in [
            "Bearer 0123456789abcdeF",
            "Bearer 0123456789abcde",
            "Bearer ",
            "0123456789abcdef",
        ] {
            assert_eq!(with(wrong), 401, "{wrong}");
        }
    }
    service.send("/v1/classify", b"x").refused(401, "token");
    service.is_well();
    assert_eq!(service.get("/readyz").status, 200);

    writeln!(file, "a second line").unwrap();
    let output = genrenet()
        .args(["serve", "--token-file", name])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(name) && said.contains("expected one line"),
        "{said}"
    );
}

#[test]
fn names_of_other_machines_are_refused_where_only_this_one_is_served() {
    let with_host = |service: &Service, host: &str| {
        service.raw(format!("GET /v1/models HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
    };
    let service = Service::start(&[]);
    for host in ["localhost", "127.0.0.1:8077", "[::1]:8077"] {
        with_host(&service, host).done();
    }
    let said = with_host(&service, "rebound.example.org:8077").refused(421, "host");
    assert!(said.starts_with("Host = rebound.example.org:8077: expected localhost"));
    // Of an absolute address as well, and of a second Host.
    let absolute = "GET http://rebound.example.org/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    service.raw(absolute.as_bytes()).refused(421, "host");
    with_host(&service, "localhost\r\nHost: rebound.example.org").refused(421, "host");

    let open = Service::at("0.0.0.0:0", &[]);
    with_host(&open, "genres.example.org").done();
}

#[test]
fn origins_that_are_named_may_read_answers() {
    let service = Service::start(&["--cors", "https://example.org"]);
    let from = |origin: &str| {
        let header = format!("Origin: {origin}\r\n");
        let answer = service.request("GET", "/v1/models", &header);
        answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    assert_eq!(
        from("https://example.org").as_deref(),
        Some("https://example.org")
    );
    assert_eq!(from("https://example.com"), None);
    let preflight = "Origin: https://example.org\r\nAccess-Control-Request-Method: POST\r\n";
    let answer = service.request("OPTIONS", "/v1/classify", preflight);
    assert_eq!(answer.status, 200);
    assert!(answer.header("access-control-allow-methods").is_some());
}

#[test]
fn a_page_is_its_folder_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let page = home.path().join("page");
    fs::create_dir_all(page.join("deep")).unwrap();
    fs::write(home.path().join("secret.txt"), "SECRET").unwrap();
    fs::write(page.join("index.html"), "<!doctype html>").unwrap();
    fs::write(page.join("deep/a.wasm"), "0123456789").unwrap();
    fs::create_dir(page.join("deep/.git")).unwrap();
    fs::write(page.join("deep/.git/config"), "SECRET").unwrap();
    fs::write(page.join(".hidden"), "SECRET").unwrap();
    let service = Service::start(&["--page", page.to_str().unwrap()]);
    let index = service.get("/");
    assert_eq!(
        (index.status, &index.body[..]),
        (200, &b"<!doctype html>"[..])
    );
    assert!(
        index
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(
        index
            .header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    assert_eq!(index.header("x-content-type-options"), Some("nosniff"));
    let module = service.get("/deep/a.wasm");
    assert_eq!(module.header("content-type"), Some("application/wasm"));
    let head = service.request("HEAD", "/deep/a.wasm", "");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("10"))
    );
    let part = service.request("GET", "/deep/a.wasm", "Range: bytes=2-4\r\n");
    assert_eq!((part.status, &part.body[..]), (206, &b"234"[..]));
    let beyond = service.request("GET", "/deep/a.wasm", "Range: bytes=20-\r\n");
    assert_eq!(beyond.status, 416);
    let since = format!(
        "If-Modified-Since: {}\r\n",
        module.header("last-modified").unwrap()
    );
    assert_eq!(service.request("GET", "/deep/a.wasm", &since).status, 304);
    for path in [
        "/../secret.txt",
        "/deep/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/deep/%2e%2e/%2e%2e/secret.txt",
        "//secret.txt",
        "/%00",
        "/deep/a.wasm%00.html",
        "/none",
        "/.hidden",
        "/%2ehidden",
        "/deep/.git/config",
        &format!("/{}", "a".repeat(256)),
    ] {
        let answer = service.get(path);
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.head
        );
        assert!(!answer.body.windows(6).any(|w| w == b"SECRET"), "{path}");
    }
    let absolute = format!("/{}", home.path().join("secret.txt").display());
    assert_eq!(service.get(&absolute).status, 404);
    // Not a redirect to a host `deep`.
    service.get("//deep").refused(404, "not_found");
    service.get("/none").refused(404, "not_found");
    service
        .request("DELETE", "/index.html", "")
        .refused(404, "not_found");
    // The service's own addresses go before the page's.
    service.is_well();
    assert_eq!(
        service.get("/v1/models").done()["models"][0]["model"],
        "wide"
    );
}

#[test]
fn an_index_is_searched_as_by_the_program() {
    let library = Indexed::with(3);
    library.scan();
    let index = library.index();
    let service = Service::start(&["--index", index.to_str().unwrap()]);
    let songs = |path: &str| {
        service.get(path).done()["songs"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(songs("/v1/search"), library.search(&[]));
    assert_eq!(songs("/v1/search").len(), 3);
    assert_eq!(
        songs("/v1/search?text=vibe&limit=1"),
        library.search(&["vibe"])
    );
    assert_eq!(
        songs("/v1/search?duration=..20"),
        library.search(&["--duration", "..20"])
    );
    let genre = songs("/v1/search")[0]["genres"][0]["genre"]
        .as_str()
        .unwrap()
        .to_owned();
    let term = format!("{genre}=0.05..");
    let encoded = term
        .replace(' ', "+")
        .replace('&', "%26")
        .replace('=', "%3D");
    assert_eq!(
        songs(&format!("/v1/search?genre={encoded}")),
        library.search(&["--genre", &term])
    );

    let path = songs("/v1/search")[0]["path"].as_str().unwrap().to_owned();
    let similar = service.get(&format!("/v1/similar?song={path}")).done();
    let listed: Vec<Value> = similar["songs"].as_array().unwrap().clone();
    assert_eq!(listed, library.search(&["--like", &path]));
    assert_eq!((listed.len(), &similar["of_other_models"]), (2, &json!(0)));

    service
        .get("/v1/similar?song=/etc/passwd")
        .refused(404, "not_found");
    service.get("/v1/similar").refused(400, "parameter");
    for wrong in [
        "genre=Jazz%3D2..",
        "genre=No+such+genre",
        "duration=9",
        "limit=1001",
        "answers=all",
        "tag=mood%3Dx",
        "below=/",
    ] {
        service
            .get(&format!("/v1/search?{wrong}"))
            .refused(400, "parameter");
    }
    let description = service.get("/openapi.json").done();
    assert!(description["paths"].get("/v1/similar").is_some());

    // Another index in its place is read from then on; where there is none, that is said.
    let other = Indexed::with(1);
    other.scan();
    fs::rename(other.index(), &index).unwrap();
    assert_eq!(songs("/v1/search").len(), 1);
    fs::remove_file(&index).unwrap();
    service.get("/v1/search").refused(503, "index");
}
