//! What no client should send. The service answers or closes, and goes on.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use rand::{Rng as _, SeedableRng as _};

use crate::program::{recording, until};
use crate::serve::client::{Answer, Service, post};

fn song() -> Vec<u8> {
    fs::read(recording("slow_motion_dream.mp3")).unwrap()
}

/// All that comes on a connection until its end.
fn rest(mut stream: std::net::TcpStream) -> String {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    String::from_utf8_lossy(&rest).into_owned()
}

#[test]
fn content_lengths_that_lie_end_their_own_request_alone() {
    let service = Service::start(&[]);
    // Longer than the body.
    let mut stream = service.connect();
    let head = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
    stream
        .write_all(&[head.as_bytes(), &song()[..5000]].concat())
        .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let answer = rest(stream);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    // Shorter: what is left is no request.
    let mut stream = service.connect();
    let head = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n";
    stream
        .write_all(&[head.as_bytes(), b"fLaC not a request\r\n\r\n"].concat())
        .unwrap();
    let first = Answer::read(&mut stream);
    assert!(matches!(first.status, 415 | 422), "{}", first.head);
    let next = rest(stream);
    assert!(
        next.is_empty() || next.starts_with("HTTP/1.1 400"),
        "{next}"
    );
    for wrong in [
        "Content-Length: -1\r\n",
        "Content-Length: x\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: nonsense\r\n",
    ] {
        let request = format!("POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n{wrong}\r\nabc");
        let mut stream = service.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let answer = rest(stream);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{wrong}: {answer}"
        );
    }
    service.is_well();
}

#[test]
fn clients_that_go_leave_nothing_behind() {
    let service = Service::start(&["--threads", "1", "--uploads", "2"]);
    let whole = post("/v1/classify", "audio/mpeg", &song());
    for end in [10, 100, 5000, whole.len()] {
        for _ in 0..4 {
            let mut stream = service.connect();
            stream.write_all(&whole[..end]).unwrap();
            stream.shutdown(Shutdown::Both).unwrap();
        }
    }
    // Until the last of them has been noticed, its place may be taken.
    until("a song is taken", || {
        let answer = service.send("/v1/classify", &song());
        (answer.status == 200).then_some(())
    });
    service.wait_for_metrics(&[
        "genrenet_receiving 0",
        "genrenet_queued 0",
        "genrenet_threads 1",
    ]);
}

#[test]
fn requests_that_are_none_are_refused() {
    let service = Service::start(&[]);
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense that is no frame at all",
    ] {
        let mut stream = service.connect();
        stream.write_all(bytes).unwrap();
        let _ = stream.shutdown(Shutdown::Write);
        let answer = rest(stream);
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    let long = format!(
        "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a".repeat(100_000)
    );
    assert!(matches!(service.raw(long.as_bytes()).status, 414 | 431));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X-A: b\r\n".repeat(10_000));
    assert_eq!(service.raw(many.as_bytes()).status, 431);
    service.is_well();
}

#[test]
fn mutated_songs_are_answered_or_refused() {
    let service = Service::start(&[]);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(23);
    let songs: Vec<Vec<u8>> = [
        "mono24.flac",
        "vorbis.ogg",
        "aac.m4a",
        "celt.opus",
        "pcm_u8.wav",
    ]
    .iter()
    .map(|name| {
        let audio = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../genrenet-audio/tests/audio/"
        );
        fs::read(format!("{audio}{name}")).unwrap()
    })
    .chain([song()])
    .collect();
    for round in 0..120 {
        let mut bytes = songs[round % songs.len()].clone();
        for _ in 0..random.random_range(1..20) {
            let at = random.random_range(0..bytes.len());
            bytes[at] = random.random();
        }
        if random.random_range(0..3) == 0 {
            bytes.truncate(random.random_range(1..bytes.len()));
        }
        let answer = service.send("/v1/classify", &bytes);
        assert!(
            matches!(answer.status, 200 | 415 | 422),
            "{round}: {}",
            answer.head
        );
    }
    service.is_well();
}
