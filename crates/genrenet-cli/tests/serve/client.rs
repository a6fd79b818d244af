//! A service under test, and a client of plain sockets, which can also send what no client should.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::program::{PATIENCE, genrenet, until};

/// A running service; killed where it is dropped.
pub struct Service {
    pub process: Child,
    pub address: SocketAddr,
    /// What its log says when it listens.
    pub listening: Value,
    /// Lines on standard error before that.
    pub warnings: Vec<String>,
    lines: Mutex<Receiver<String>>,
}

impl Service {
    /// Starts one at a free port with these options.
    pub fn start(words: &[&str]) -> Service {
        Service::at("127.0.0.1:0", words)
    }

    /// Starts one at an address.
    pub fn at(address: &str, words: &[&str]) -> Service {
        let mut command = genrenet();
        command.args(["serve", "--listen", address]).args(words);
        Service::of(&mut command)
    }

    /// Starts one by a command.
    pub fn of(command: &mut Command) -> Service {
        let mut process = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let mut warnings = Vec::new();
        let listening: Value = loop {
            let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|error| {
                panic!("{error}: {warnings:?}");
            });
            match serde_json::from_str::<Value>(&line) {
                Ok(event) => break event,
                Err(_) => warnings.push(line),
            }
        };
        Service {
            process,
            address: listening["address"].as_str().unwrap().parse().unwrap(),
            listening,
            warnings,
            lines: Mutex::new(lines),
        }
    }

    /// Waits for a line of the log that fits.
    pub fn logged(&self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            let event: Value = serde_json::from_str(&line).unwrap();
            if fits(&event) {
                return event;
            }
        }
    }

    /// A new connection.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// What is answered to these bytes on a connection of their own.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // An early answer may come before all is taken.
        let _ = stream.write_all(bytes);
        Answer::read(&mut stream)
    }

    /// A request without a body.
    pub fn request(&self, method: &str, path: &str, headers: &str) -> Answer {
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
        );
        let mut stream = self.connect();
        stream.write_all(text.as_bytes()).unwrap();
        Answer::read_of(&mut stream, method == "HEAD")
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "")
    }

    /// `POST` of bytes with a media type.
    pub fn post(&self, path: &str, media_type: &str, body: &[u8]) -> Answer {
        self.raw(&post(path, media_type, body))
    }

    /// `POST` of a song.
    pub fn send(&self, path: &str, song: &[u8]) -> Answer {
        self.post(path, "application/octet-stream", song)
    }

    /// Waits until `/metrics` has all of these lines.
    pub fn wait_for_metrics(&self, lines: &[&str]) {
        until(&lines.join(" and "), || {
            let metrics = String::from_utf8(self.get("/metrics").body).unwrap();
            let has = |line: &&str| metrics.lines().any(|of| of == *line);
            lines.iter().all(has).then_some(())
        });
    }

    /// Asserts that the service is well.
    pub fn is_well(&self) {
        assert_eq!(self.get("/healthz").status, 200);
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        until("the service ends", || self.process.try_wait().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The bytes of a `POST`.
pub fn post(path: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// All of the head.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The next answer of a connection.
    pub fn read(stream: &mut TcpStream) -> Answer {
        Answer::read_of(stream, false)
    }

    fn read_of(stream: &mut TcpStream, of_head: bool) -> Answer {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                other => panic!("{other:?} after {:?}", String::from_utf8_lossy(&head)),
            }
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
        };
        let length = answer
            .header("content-length")
            .map(|text| text.parse().unwrap());
        if !of_head && !matches!(status, 100..200 | 204 | 304) {
            answer.body.resize(length.unwrap_or(0), 0);
            stream.read_exact(&mut answer.body).unwrap();
        }
        answer
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Asserts a status and the word of an error, and returns the sentence.
    pub fn refused(&self, status: u16, kind: &str) -> String {
        let error = self.json();
        assert_eq!(
            (self.status, &error["error_kind"]),
            (status, &kind.into()),
            "{error}"
        );
        assert!(error.get("genres").is_none());
        error["error"].as_str().unwrap().to_owned()
    }

    /// The JSON of an answer with status 200.
    pub fn done(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }
}
