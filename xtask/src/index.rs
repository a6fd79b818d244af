//! `cargo xtask index`: what an index of many songs costs.

pub mod songs;
pub mod watched;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use watched::Run;
pub use watched::run_watched;

use crate::command;

pub const USAGE: &str = "\
cargo xtask index [N]                   an index of N (100 000) short songs: memory and time of a scan and of the next ones, of searches; its size
";

/// Seconds of a song.
const SECONDS: u32 = 3;
/// Rounds of what takes milliseconds, of which the median counts.
const ROUNDS: usize = 9;

/// Builds the program, makes the songs that are not there yet, and measures.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let count = arguments
        .first()
        .map_or(Ok(100_000), |text| text.parse::<usize>());
    let measured = match count {
        Ok(count) => measure(root, count),
        Err(error) => Err(format!("expected a number of songs: {error}")),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("index: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure(root: &Path, count: usize) -> Result<(), String> {
    command::cargo(root, &["build", "--release", "-p", "genrenet-cli"])?;
    let target = root.join("target/index");
    let library = target.join(format!("{count}"));
    songs::make(&library, count, SECONDS)?;
    let index = target.join("index.sqlite");
    for part in ["", "-wal", "-shm"] {
        // It may not be there.
        let _ = std::fs::remove_file(target.join(format!("index.sqlite{part}")));
    }
    let program = |words: &[&str]| {
        let mut command = Command::new(root.join("target/release/genrenet"));
        command
            .args(words)
            .env("GENRENET_INDEX", &index)
            .current_dir(&library);
        command
    };
    println!("{count} songs of {SECONDS} s");
    let first = run_watched(program(&["scan", "."]))?;
    print_scan("first scan", count, &first);
    println!("  memory at tenths of it, MB: {}", first.tenths());
    print_scan("second scan", count, &run_watched(program(&["scan", "."]))?);
    for file in songs::some_paths(&library, count, 100) {
        songs::retag(&file, SECONDS)?;
    }
    print_scan(
        "100 with other tags",
        count,
        &run_watched(program(&["scan", "."]))?,
    );
    let size = std::fs::metadata(&index)
        .map_err(|error| error.to_string())?
        .len();
    println!(
        "index: {:.1} MB, {:.0} bytes a song",
        size as f64 / 1e6,
        size as f64 / count as f64
    );
    let song = songs::some_paths(&library, count, 1).remove(0);
    let song = song.display().to_string();
    for words in [
        &["search", "--unsure", "--limit", "20"][..],
        &["search", "--genre", "Electronic=0.2..", "--limit", "20"],
        &[
            "search",
            "--genre",
            "Electronic=0.2..",
            "--duration",
            "2..4",
            "--attribute",
            "instrumental",
            "--limit",
            "20",
        ],
        &["search", "artist 77", "title 7", "--limit", "20"],
        &["search", "--tag", "album=album 3", "--limit", "20"],
        &["search", "--like", &song],
        &["search", "--like", &song, "--genre", "Electronic=0.2.."],
    ] {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let output = program(words).output().map_err(|error| error.to_string())?;
            times.push(begun.elapsed());
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned());
            }
        }
        println!(
            "{:>6.1} ms  genrenet {}",
            milliseconds(median(times)),
            words.join(" ").replace(&song, "SONG")
        );
    }
    let duplicates = run_watched(program(&["duplicates", "--csv"]))?;
    print_scan("duplicates", count, &duplicates);
    Ok(())
}

fn print_scan(what: &str, count: usize, run: &Run) {
    println!(
        "{what}: {:.2} s, {:.2} s for 10 000 files, at most {} MB",
        run.time.as_secs_f64(),
        run.time.as_secs_f64() * 1e4 / count as f64,
        run.peak() / 1024,
    );
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
