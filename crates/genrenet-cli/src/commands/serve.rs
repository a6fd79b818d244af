//! `genrenet serve`: the library over HTTP.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use genrenet::shipped;
use genrenet_serve::{Limits, Options};
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::tell;

/// Answer over HTTP: genres and embeddings of songs that are sent.
///
/// POST /v1/classify with a song as the body answers as `classify --json` does; GET /openapi.json describes all routes, and docs/SERVE.md limits,
/// errors and deployment. By default only this machine is served. SIGTERM and Ctrl-C let requests that were begun finish.
#[derive(Args)]
pub struct Serve {
    /// Where connections are accepted: ADDRESS:PORT.
    #[arg(long, default_value = "127.0.0.1:8077", value_name = "ADDRESS", value_parser = address)]
    listen: SocketAddr,
    /// A built-in model, or the folder of a bundle or a run, whose last name requests use; wide, if not given. Given several times, the first
    /// is used where a request names none.
    #[arg(long, value_name = "MODEL", default_value = shipped::DEFAULT)]
    model: Vec<PathBuf>,
    /// A taxonomy file that requests may name beside simple and lastgenre, by its name without the ending; may be given several times.
    #[arg(long, value_name = "TAXONOMY")]
    taxonomy: Vec<PathBuf>,
    /// The index of a library (`genrenet scan`), for GET /v1/search and /v1/similar. Its paths and tags can then be read by whoever may send requests.
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// A folder of static files that is served beside the service, at /.
    #[arg(long, value_name = "FOLDER")]
    page: Option<PathBuf>,
    /// A file with a secret that every request needs as `Authorization: Bearer SECRET` (not /healthz, /readyz and the page).
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// An origin whose pages may read answers in a browser (https://example.org), or * for all; may be given several times.
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,
    #[command(flatten)]
    limits: Bounds,
}

/// What a client can ask for.
#[derive(Args)]
#[command(next_help_heading = "Limits")]
struct Bounds {
    /// The largest body, in MiB.
    #[arg(long, default_value_t = 256, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    max_body: u32,
    /// The longest song, in seconds.
    #[arg(long, default_value_t = 14_400, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    max_seconds: u32,
    /// The longest time from a song's arrival to its answer, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
    /// The longest time in which a body arrives, in seconds.
    #[arg(long, default_value_t = 600, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    upload_timeout: u32,
    /// Bytes a second that a body brings at least, over every ten seconds.
    #[arg(long, default_value_t = 1024, value_name = "BYTES")]
    min_rate: u32,
    /// The longest time in which the head of a request arrives, and after which an idle connection is closed, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    head_timeout: u32,
    /// Songs that wait for a thread at the most; others are refused with status 429.
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    queue: u16,
    /// Bodies that are received at once.
    #[arg(long, default_value_t = 512, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    uploads: u16,
    /// Memory for bodies, in MiB; beyond it they are kept in unnamed temporary files.
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    memory: u16,
    /// Open connections.
    #[arg(long, default_value_t = 4096, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// How long a stop waits for requests that were begun, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    grace: u16,
}

/// The largest file of a token.
const TOKEN_BYTES: u64 = 4096;

pub fn run(arguments: Serve, threads: Option<u16>) -> CommandResult {
    let token = arguments.token_file.as_deref().map(token).transpose()?;
    if !arguments.listen.ip().is_loopback() {
        let who = match token {
            Some(_) => "who knows the token",
            None => "without a token",
        };
        tell(format_args!(
            "genrenet: {} can be reached from other machines, by anyone {who}; requests are not encrypted (docs/SERVE.md)",
            arguments.listen
        ));
    }
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let options = Options {
        listen: arguments.listen,
        models: arguments.model,
        taxonomies: arguments.taxonomy,
        index: arguments.index,
        page: arguments.page,
        token,
        cors: arguments.cors,
        threads: threads.map_or_else(cores, usize::from),
        limits: arguments.limits.limits(),
    };
    match genrenet_serve::run(options, Box::new(io::stderr()))? {
        true => Ok(Outcome::Done),
        false => Ok(Outcome::SomeFailed),
    }
}

impl Bounds {
    fn limits(&self) -> Limits {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Limits {
            body: u64::from(self.max_body) << 20,
            seconds: self.max_seconds.into(),
            answer: seconds(self.timeout),
            upload: seconds(self.upload_timeout),
            rate: self.min_rate.into(),
            head: seconds(self.head_timeout),
            queue: self.queue.into(),
            uploads: self.uploads.into(),
            memory: usize::from(self.memory) << 20,
            connections: self.connections.into(),
            grace: seconds(self.grace.into()),
        }
    }
}

/// `ADDRESS:PORT`; the first address of a name.
fn address(text: &str) -> Result<SocketAddr, String> {
    let expected = "expected ADDRESS:PORT, such as 127.0.0.1:8077, [::1]:8077 or 0.0.0.0:80";
    let found = text.to_socket_addrs().map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => expected.to_owned(),
        _ => format!("the name has no address: {error}"),
    });
    found?.next().ok_or_else(|| expected.into())
}

/// The secret of a file, without the line break at its end.
fn token(file: &Path) -> Result<String, Failure> {
    let fault =
        |text: &dyn std::fmt::Display| Failure::new(format!("{}: {text}", visible_path(file)));
    let text = genrenet_files::read_text(file, TOKEN_BYTES).map_err(|error| fault(&error))?;
    let token = text.trim_end_matches(['\r', '\n']);
    let fits = token.len() >= 16 && token.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(token.to_owned()),
        false => Err(fault(
            &"expected one line of at least 16 visible ASCII characters",
        )),
    }
}
