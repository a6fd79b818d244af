//! What is too much: too large, too long, too slow, too many.

use std::fs;
use std::io::{Read as _, Write as _};

use crate::program::{recording, until, write_wav};
use crate::serve::client::{Answer, Service, post};

fn song() -> Vec<u8> {
    fs::read(recording("slow_motion_dream.mp3")).unwrap()
}

#[test]
fn bodies_that_are_no_songs_are_refused_with_what_they_are() {
    let service = Service::start(&[]);
    let classify = |media_type, body: &[u8]| service.post("/v1/classify", media_type, body);
    classify("audio/mpeg", b"").refused(400, "empty");
    service
        .raw(b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .refused(400, "empty");
    let text = classify(
        "application/octet-stream",
        b"This is a text and no song, whatever its name.",
    );
    assert_eq!(text.refused(415, "format"), "text is not supported");
    for media_type in [
        "text/html",
        "application/json",
        "image/png",
        "multipart/mixed; boundary=x",
    ] {
        classify(media_type, &song()).refused(415, "media_type");
    }
    // A song is known by its content, whatever sound a client takes it for.
    for media_type in [
        "audio/flac",
        "VIDEO/mp4",
        "application/x-www-form-urlencoded",
        "application/ogg",
    ] {
        classify(media_type, &song()).done();
    }
    let mut packed = post("/v1/classify", "audio/mpeg", &song());
    let at = packed.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    packed.splice(at..at, *b"\r\nContent-Encoding: gzip");
    service.raw(&packed).refused(415, "media_type");

    let folder = tempfile::tempdir().unwrap();
    let wav = |seconds: f32, loud: i16| {
        let path = folder.path().join("a.wav");
        let samples: Vec<i16> = (0..(8000.0 * seconds) as u32)
            .map(|i| if i % 20 < 10 { loud } else { -loud })
            .collect();
        write_wav(&path, &samples, 8000);
        fs::read(path).unwrap()
    };
    classify("audio/wav", &wav(0.5, 9000)).refused(422, "short");
    classify("audio/wav", &wav(4.0, 0)).refused(422, "silent");

    for (media_type, body) in [
        ("multipart/form-data", &b""[..]),
        ("multipart/form-data; boundary=x", b"--x\r\n"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwide\r\n--x--",
        ),
    ] {
        classify(media_type, body).refused(400, "form");
    }
    service.is_well();
}

#[test]
fn too_large_bodies_are_refused_before_and_while_they_arrive() {
    let service = Service::start(&["--max-body", "1", "--memory", "1"]);
    let stated =
        "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n";
    service.raw(stated.as_bytes()).refused(413, "too_large");
    let chunk = vec![0; 65_536];
    let mut stream = service.connect();
    stream
        .write_all(
            b"POST /v1/embed HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
        )
        .unwrap();
    for _ in 0..100 {
        let head = format!("{:x}\r\n", chunk.len());
        let piece = [head.as_bytes(), &chunk, b"\r\n"].concat();
        stream.write_all(&piece).unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    Answer::read(&mut stream).refused(413, "too_large");
    service.is_well();
    let metrics = String::from_utf8(service.get("/metrics").body).unwrap();
    assert!(
        metrics.contains("genrenet_errors_total{kind=\"too_large\"} 2"),
        "{metrics}"
    );
}

#[test]
fn bodies_beyond_the_memory_are_kept_in_files() {
    let service = Service::start(&["--memory", "0"]);
    let with_memory = Service::start(&[]);
    let answer = |service: &Service| service.send("/v1/classify", &song()).done();
    assert_eq!(answer(&service), answer(&with_memory));
}

#[test]
fn too_long_songs_are_refused() {
    // It lasts 11 s.
    let service = Service::start(&["--max-seconds", "5"]);
    let said = service
        .send("/v1/classify", &song())
        .refused(422, "too_long");
    assert_eq!(said, "expected at most 5 s of sound, found 11 s");
}

#[test]
fn slow_bodies_heads_and_idle_connections_are_ended() {
    let service = Service::start(&["--upload-timeout", "1", "--head-timeout", "1"]);
    let mut body = service.connect();
    let head = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nfLaC";
    body.write_all(head.as_bytes()).unwrap();
    let mut first = service.connect();
    let mut head = service.connect();
    head.write_all(b"GET /healthz HTTP/1.1\r\nHost: ").unwrap();
    let mut preface = service.connect();
    preface.write_all(b"PRI * HT").unwrap();
    let mut next = service.connect();
    next.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    assert_eq!(Answer::read(&mut next).status, 200);

    Answer::read(&mut body).refused(408, "too_slow");
    for stream in [&mut first, &mut head, &mut preface, &mut next] {
        // The end, perhaps after an answer that says why.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        let rest = String::from_utf8(rest).unwrap();
        assert!(
            rest.is_empty() || rest.starts_with("HTTP/1.1 408"),
            "{rest}"
        );
    }
    service.is_well();
}

#[test]
fn a_body_that_trickles_is_ended_by_its_rate() {
    let service = Service::start(&["--min-rate", "1000"]);
    let mut stream = service.connect();
    let head = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while writer.write_all(b"x").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    });
    let said = Answer::read(&mut stream).refused(408, "too_slow");
    assert!(
        said.starts_with("expected at least 1000 bytes a second"),
        "{said}"
    );
}

#[test]
fn more_bodies_and_songs_than_may_are_refused_for_now() {
    let service = Service::start(&["--uploads", "1"]);
    let mut held = service.connect();
    let all = post("/v1/classify", "audio/mpeg", &song());
    let (begin, rest) = all.split_at(1000);
    held.write_all(begin).unwrap();
    // Before it has arrived at the service, another would be taken, and this one refused.
    service.wait_for_metrics(&["genrenet_receiving 1"]);
    let refused = service.send("/v1/classify", &song());
    refused.refused(429, "busy");
    assert_eq!(refused.header("retry-after"), Some("1"));
    held.write_all(rest).unwrap();
    Answer::read(&mut held).done();
    service.send("/v1/classify", &song()).done();

    let service = Service::start(&["--threads", "1", "--queue", "1"]);
    let (service, song) = (&service, &fs::read(recording("vibe_ace.m4a")).unwrap());
    let mut was_unready = false;
    until("songs are refused and the service is not ready", || {
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let send = || service.send("/v1/classify", song);
            let threads: Vec<_> = (0..12).map(|_| scope.spawn(send)).collect();
            while !threads.iter().all(|thread| thread.is_finished()) {
                let ready = service.get("/readyz");
                if ready.status != 200 {
                    ready.refused(503, "busy");
                    was_unready = true;
                }
            }
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let (done, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 200);
        assert!(!done.is_empty());
        busy.iter()
            .for_each(|answer| drop(answer.refused(429, "busy")));
        (!busy.is_empty() && was_unready).then_some(())
    });
    service.is_well();
}

#[test]
fn a_refusal_reaches_a_client_that_sends_all_before_it_reads() {
    let service = Service::start(&["--max-body", "1"]);
    let song = vec![b'x'; 20 << 20];
    for (path, media_type, status, kind) in [
        ("/v1/classify?top=0", "audio/mpeg", 400, "parameter"),
        ("/v1/classify", "text/html", 415, "media_type"),
        ("/v1/embed", "audio/mpeg", 413, "too_large"),
        ("/v2/classify", "audio/mpeg", 404, "not_found"),
        ("/v1/models", "audio/mpeg", 405, "method"),
    ] {
        // One connection: what is left of the first body would be read as the second request.
        let mut stream = service.connect();
        for _ in 0..2 {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
                song.len()
            );
            stream
                .write_all(&[head.as_bytes(), &song].concat())
                .unwrap();
            Answer::read(&mut stream).refused(status, kind);
        }
    }
    // A client that asks first is not told to send.
    let mut stream = service.connect();
    let head = "POST /v1/embed?top=1 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    Answer::read(&mut stream).refused(400, "parameter");
    service.is_well();
}
