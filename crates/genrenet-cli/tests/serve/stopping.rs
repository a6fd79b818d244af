//! The end of a service: asked for, under load, by force; and what keeps it from beginning.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{PATIENCE, genrenet, recording, until};
use crate::serve::client::{Answer, Service, post};

fn song() -> Vec<u8> {
    fs::read(recording("slow_motion_dream.mp3")).unwrap()
}

fn ask_to_stop(service: &Service, signal: Signal) {
    let pid = Pid::from_raw(service.process.id() as i32).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn a_stop_finishes_what_was_begun_and_takes_nothing_new() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut service = Service::start(&[]);
        let whole = post("/v1/classify", "audio/mpeg", &song());
        let mut begun: Vec<TcpStream> = (0..8).map(|_| service.connect()).collect();
        for stream in &mut begun {
            stream.write_all(&whole[..4000]).unwrap();
        }
        let idle = service.connect();
        // All of them have arrived: connections are accepted in their order.
        service.is_well();
        ask_to_stop(&service, signal);
        service.logged(|line| line["event"] == "stopping");
        assert!(TcpStream::connect(service.address).is_err());
        for stream in &mut begun {
            stream.write_all(&whole[4000..]).unwrap();
        }
        for stream in &mut begun {
            Answer::read(stream).done();
        }
        drop(idle);
        assert_eq!(service.ended().code(), Some(0), "{signal:?}");
    }
}

#[test]
fn a_stop_gives_up_what_does_not_end() {
    let mut service = Service::start(&["--grace", "1"]);
    let mut stream = service.connect();
    let whole = post("/v1/classify", "audio/mpeg", &song());
    stream.write_all(&whole[..4000]).unwrap();
    service.is_well();
    ask_to_stop(&service, Signal::TERM);
    assert_eq!(service.ended().code(), Some(1));
}

#[test]
fn a_stop_does_not_wait_for_a_head_that_is_not_whole() {
    let mut service = Service::start(&["--grace", "3600", "--head-timeout", "3600"]);
    let mut stream = service.connect();
    stream
        .write_all(b"POST /v1/classify HTTP/1.1\r\nHo")
        .unwrap();
    service.is_well();
    ask_to_stop(&service, Signal::TERM);
    assert_eq!(service.ended().code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut service = Service::start(&["--grace", "3600"]);
    let mut stream = service.connect();
    let whole = post("/v1/classify", "audio/mpeg", &song());
    stream.write_all(&whole[..4000]).unwrap();
    service.is_well();
    ask_to_stop(&service, Signal::TERM);
    service.logged(|line| line["event"] == "stopping");
    ask_to_stop(&service, Signal::INT);
    assert_eq!(service.ended().code(), Some(1));
}

/// A service in a shell with one of the system's limits.
fn limited(limit: &str, words: &[&str]) -> Service {
    let program = genrenet();
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(format!("{limit}; exec \"$0\" \"$@\""));
    shell.arg(program.get_program());
    shell.args(["serve", "--listen", "127.0.0.1:0"]).args(words);
    Service::of(&mut shell)
}

#[test]
fn the_systems_limits_of_files_are_kept() {
    // 50 KB a file, in blocks of 512 bytes.
    let service = limited("ulimit -f 100", &["--memory", "0"]);
    service
        .send("/v1/classify", &song())
        .refused(507, "storage");
    service.is_well();
    let service = limited("ulimit -n 128", &[]);
    assert_eq!(service.listening["connections"], 32);

    let mut command = genrenet();
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("TMPDIR", "/none/at/all");
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("/none/at/all: a temporary file can't be made"),
        "{said}"
    );
}

#[test]
fn after_a_kill_another_takes_its_place_at_once() {
    let mut service = Service::start(&[]);
    let address = service.address.to_string();
    let mut running = service.connect();
    running
        .write_all(&post("/v1/classify", "audio/mpeg", &song()))
        .unwrap();
    service.process.kill().unwrap();
    service.ended();
    let next = Service::at(&address, &[]);
    next.send("/v1/classify", &song()).done();
}

#[test]
fn an_address_in_use_is_named() {
    let service = Service::start(&[]);
    let address = service.address.to_string();
    let output = genrenet()
        .args(["serve", "--listen", &address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&address) && said.contains("in use"), "{said}");
}

/// Starts a service whose log goes to `stderr`, and asks it for answers.
fn answers_with_log_to(stderr: Stdio) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut command = genrenet();
    command.args(["serve", "--listen", &address.to_string()]);
    let mut process = command.stderr(stderr).spawn().unwrap();
    let mut ask = |request: &[u8]| {
        let mut stream = until("the service listens", || {
            // As it does where another program took the address meanwhile.
            assert!(process.try_wait().unwrap().is_none(), "the service ended");
            TcpStream::connect(address).ok()
        });
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request).unwrap();
        Answer::read(&mut stream)
    };
    for _ in 0..3 {
        ask(&post("/v1/classify", "audio/mpeg", &song())).done();
    }
    until("lines of the log are lost", || {
        let metrics = String::from_utf8(ask(b"GET /metrics HTTP/1.0\r\n\r\n").body).unwrap();
        assert!(metrics.contains("genrenet_log_lines_lost_total"));
        (!metrics.contains("genrenet_log_lines_lost_total 0\n")).then_some(())
    });
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn a_full_disk_or_a_closed_pipe_under_the_log_stops_nothing() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    answers_with_log_to(full.unwrap().into());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    answers_with_log_to(writer.into());
}
