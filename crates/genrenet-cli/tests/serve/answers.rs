//! What is answered: the same as by the program itself.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::program::{genrenet, lines_of_json, recording};
use crate::serve::client::{Answer, Service, post};

/// What `classify --json` says, without the path.
fn classified(words: &[&str], songs: &[PathBuf]) -> Vec<Value> {
    let mut command = genrenet();
    command.args(["classify", "--json"]).args(words).args(songs);
    let mut lines = lines_of_json(&command.output().unwrap().stdout);
    lines.iter_mut().for_each(|line| line["path"] = json!(""));
    lines
}

fn song() -> Vec<u8> {
    fs::read(recording("slow_motion_dream.mp3")).unwrap()
}

#[test]
fn every_format_is_answered_as_by_the_program() {
    let audio = Path::new(env!("CARGO_MANIFEST_DIR")).join("../genrenet-audio/tests/audio");
    let below = [recording(""), audio.clone(), audio.join("refused")];
    let files = below
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let files = files.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending != "md"));
    files.sort();
    assert!(files.len() > 60);
    let service = Service::start(&[]);
    let mut answered = 0;
    for (file, expected) in files.iter().zip(classified(&[], &files)) {
        let answer = service.send("/v1/classify", &fs::read(file).unwrap());
        let name = file.display();
        match expected.get("error") {
            None => {
                assert_eq!(answer.done(), expected, "{name}");
                answered += 1;
            }
            Some(error) => {
                let found = answer.json();
                assert_eq!(&found["error"], error, "{name}");
                assert!(matches!(answer.status, 415 | 422), "{name}: {found}");
            }
        }
    }
    // Most recordings of the tests are shorter than a window, and say so when they have been decoded.
    assert!(answered > 12, "{answered} of {}", files.len());
}

#[test]
fn parameters_do_as_the_programs_options_and_a_form_is_its_song() {
    let service = Service::start(&["--model", "wide", "--model", "msd50"]);
    let songs = [recording("slow_motion_dream.mp3")];
    let plain = classified(&[], &songs).remove(0);

    let mut top = plain.clone();
    top["genres"].as_array_mut().unwrap().truncate(2);
    top.as_object_mut().unwrap().remove("attributes");
    let answer = service.send("/v1/classify?top=2&attributes=false", &song());
    assert_eq!(answer.done(), top);

    let answer = service.send("/v1/classify?taxonomy=simple", &song());
    assert_eq!(
        answer.done(),
        classified(&["--taxonomy", "simple"], &songs)[0]
    );

    let answer = service.send("/v1/classify?model=msd50", &song());
    assert_eq!(answer.done(), classified(&["--model", "msd50"], &songs)[0]);

    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../../etc/passwd\"\r\n\
                Content-Type: audio/mpeg\r\n\r\n";
    let form = [head.as_bytes(), &song(), b"\r\n--b--\r\n"].concat();
    let answer = service.post("/v1/classify", "multipart/form-data; boundary=b", &form);
    assert_eq!(answer.done(), plain);

    // In pieces without a length, as by a client that records while it sends.
    let mut chunked =
        b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    for chunk in song().chunks(10_000) {
        chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunked.extend(chunk.iter().chain(b"\r\n"));
    }
    chunked.extend(b"0\r\n\r\n");
    assert_eq!(service.raw(&chunked).done(), plain);
}

#[test]
fn wrong_parameters_are_named_with_what_was_expected() {
    let service = Service::start(&[]);
    for (path, key, expected) in [
        (
            "/v1/classify?model=fma8",
            "model",
            "a model that is loaded (wide)",
        ),
        (
            "/v1/classify?model=..%2F..%2Fetc",
            "model",
            "a model that is loaded (wide)",
        ),
        ("/v1/classify?top=0", "top", "a whole number from 1 to 4096"),
        ("/v1/classify?top=3&top=4", "top", "one value"),
        ("/v1/classify?attributes=yes", "attributes", "true or false"),
        (
            "/v1/classify?taxonomy=mine",
            "taxonomy",
            "one of simple, lastgenre",
        ),
        (
            "/v1/classify?colour=red",
            "colour",
            "only the parameters model, top, attributes, taxonomy",
        ),
        ("/v1/embed?top=3", "top", "only the parameters model"),
        ("/v1/embed?model=", "model", "a model that is loaded (wide)"),
    ] {
        let answer = service.send(path, b"");
        answer.refused(400, "parameter");
        let error = answer.json();
        assert_eq!(
            (&error["key"], &error["expected"]),
            (&json!(key), &json!(expected))
        );
        assert!(error["found"].is_string());
    }
    service.get("/v1/models?all=true").refused(400, "parameter");
}

#[test]
fn an_embedding_is_the_librarys_and_models_are_described() {
    let service = Service::start(&[]);
    let model = genrenet::shipped::load("wide").unwrap();
    let embedding = genrenet::embed(&model, recording("slow_motion_dream.mp3")).unwrap();
    let answer = service.send("/v1/embed", &song()).done();
    let found: Vec<f32> = serde_json::from_value(answer["embedding"].clone()).unwrap();
    assert_eq!(found, embedding);
    assert_eq!(answer["fingerprint"], json!(model.fingerprint().unwrap()));

    let models = service.get("/v1/models").done();
    let output = genrenet().args(["models", "--json"]).output().unwrap();
    let known = lines_of_json(&output.stdout);
    assert_eq!(models["models"], json!([known[0]]));
    assert_eq!(models["taxonomies"], json!(["simple", "lastgenre"]));
}

#[test]
fn the_description_names_what_there_is() {
    let service = Service::start(&[]);
    let description = service.get("/openapi.json").done();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.contains_key("/v1/classify") && !paths.contains_key("/v1/search"));
    let parameters = &description["paths"]["/v1/classify"]["post"]["parameters"];
    assert_eq!(parameters[0]["schema"]["enum"], json!(["wide"]));
    assert_eq!(
        parameters[3]["schema"]["enum"],
        json!(["simple", "lastgenre"])
    );
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let answer = service.request(&method.to_uppercase(), path, "Content-Length: 0\r\n");
            assert!(
                !matches!(answer.status, 404 | 405),
                "{path}: {}",
                answer.head
            );
        }
        service.request("DELETE", path, "").refused(405, "method");
    }
    service.get("/v1/nothing").refused(404, "not_found");
    service.get("/v1/search").refused(404, "not_found");
    let metrics = String::from_utf8(service.get("/metrics").body).unwrap();
    let counted = "genrenet_requests_total{route=\"/v1/nothing\"";
    assert!(!metrics.contains(counted), "routes are the service's own");
    for name in [
        "requests_total{route=\"/healthz\"",
        "request_seconds_bucket",
        "threads",
        "log_lines_lost_total 0",
    ] {
        assert!(
            metrics.contains(&format!("genrenet_{name}")),
            "{name}: {metrics}"
        );
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[test]
fn old_and_new_protocols_are_spoken() {
    let service = Service::start(&[]);
    let answer = service.raw(b"GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!((answer.status, &answer.body[..]), (200, &b"ok\n"[..]));
    let head = service.request("HEAD", "/readyz", "");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("6"))
    );

    // One connection, two requests, the second sent before the first is answered.
    let mut stream = service.connect();
    let again = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream
        .write_all(&[&again[..], &again[..]].concat())
        .unwrap();
    assert_eq!(Answer::read(&mut stream).status, 200);
    assert_eq!(Answer::read(&mut stream).status, 200);

    // HTTP/2 without negotiation: preface, empty SETTINGS, and GET /healthz as stream 1.
    let mut request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    let headers = [&b"\x82\x86\x44\x08/healthz\x41\x01x"[..]].concat();
    request.extend([0, 0, headers.len() as u8, 1, 5, 0, 0, 0, 1]);
    request.extend(headers);
    let mut stream = service.connect();
    stream.write_all(&request).unwrap();
    // The answer's HEADERS frame begins with the index of `:status: 200`.
    assert_eq!(frame(&mut stream, 1)[0], 0x88);
    assert_eq!(frame(&mut stream, 0), b"ok\n");

    // The server says when a body may follow.
    let mut stream = service.connect();
    let post = post("/v1/classify", "audio/mpeg", &song());
    let at = post.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    stream.write_all(&post[..at]).unwrap();
    stream
        .write_all(b"\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    assert_eq!(Answer::read(&mut stream).status, 100);
    stream.write_all(&post[at + 4..]).unwrap();
    Answer::read(&mut stream).done();
}

/// The content of the next HTTP/2 frame of a kind on stream 1.
fn frame(stream: &mut std::net::TcpStream, kind: u8) -> Vec<u8> {
    use std::io::Read as _;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let mut content = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut content).unwrap();
        if head[3] == kind && head[8] == 1 {
            return content;
        }
    }
}

#[test]
fn requests_are_known_by_their_ids() {
    let service = Service::start(&[]);
    let answer = service.request("GET", "/healthz", "X-Request-Id: abc-1\r\n");
    assert_eq!(answer.header("x-request-id"), Some("abc-1"));
    let line = service.logged(|line| line["event"] == "request");
    assert_eq!(
        (&line["request_id"], &line["status"]),
        (&json!("abc-1"), &json!(200))
    );
    let answer = service.request("GET", "/nothing", "X-Request-Id: \"},{\r\n");
    let id = answer.header("x-request-id").unwrap();
    assert!(!id.contains('"'));
    let line = service.logged(|line| line["request_id"] == id);
    assert_eq!(
        (&line["route"], &line["error_kind"]),
        (&json!("other"), &json!("not_found"))
    );
    service.send("/v1/classify", &song()).done();
    let line = service.logged(|line| line["route"] == "/v1/classify");
    assert_eq!(
        (&line["model"], &line["bytes"]),
        (&json!("wide"), &json!(song().len()))
    );
}

#[test]
fn models_and_taxonomies_that_can_not_be_served_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let simple = folder.path().join("simple.toml");
    fs::write(&simple, "name = \"x\"\n").unwrap();
    let run = |words: &[&str]| -> (Option<i32>, String) {
        let mut command: Command = genrenet();
        let output = command
            .args(["serve", "--listen"])
            .args(words)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let any = "127.0.0.1:0";
    let missing = folder.path().join("none").display().to_string();
    for (words, why) in [
        (vec![any, "--model", "echonest12"], "reads tables of values"),
        (
            vec![any, "--model", "wide", "--model", "wide"],
            "model wide: expected a name once",
        ),
        (vec![any, "--model", &missing], "none"),
        (vec![any, "--taxonomy", &missing], "none"),
        (vec![any, "--index", &missing], "there is no index here"),
        (vec![any, "--page", &missing], "expected a folder"),
        (vec![any, "--token-file", &missing], "none"),
        (vec![any, "--cors", "example.org"], "expected an origin"),
        (vec![any, "--cors", "https://a.org/x"], "expected an origin"),
        (vec![any, "--cors", "https://A.org"], "expected an origin"),
        (
            vec![any, "--taxonomy", simple.to_str().unwrap()],
            "simple.toml",
        ),
        (vec!["nowhere"], "expected ADDRESS:PORT"),
        (vec!["none.invalid:80"], "the name has no address"),
    ] {
        let (code, said) = run(&words);
        assert_eq!(code, Some(2), "{words:?}: {said}");
        assert!(said.contains(why), "{words:?}: {said}");
    }
}
