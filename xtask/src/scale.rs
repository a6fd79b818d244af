//! `cargo xtask scale`: what the features of many songs cost.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command;
use crate::index::songs;
use crate::index::watched::{Run, run_watched};

pub const USAGE: &str = "\
cargo xtask scale [N] [--dev]           features of N (100 000) short songs: time, memory and growth of the feature cache, and a shard of extract
                                        (--dev: with the build that is quick to make)
";

/// Seconds of a song.
const SECONDS: u32 = 1;

/// Builds the programs, makes the songs that are not there yet, and measures.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let mut numbers = arguments.iter().filter(|word| *word != "--dev");
    let dev = arguments.iter().any(|word| word == "--dev");
    let count = numbers
        .next()
        .map_or(Ok(100_000), |text| text.parse::<usize>());
    let measured = match count {
        Ok(count) => measure(root, count, dev),
        Err(error) => Err(format!("expected a number of songs: {error}")),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("scale: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure(root: &Path, count: usize, dev: bool) -> Result<(), String> {
    let (profile, built) = match dev {
        true => ("dev", "debug"),
        false => ("release", "release"),
    };
    for what in [
        &["-p", "genrenet-data", "--example", "compute_features"][..],
        &["-p", "genrenet-cli"],
    ] {
        command::cargo(root, &[&["build", "--profile", profile], what].concat())?;
    }
    let home = root.join("target/scale");
    let library = home.join(format!("{count}"));
    songs::make(&library, count, SECONDS)?;
    let table = library.join("songs.csv");
    write_table(&library, &table, count).map_err(|error| error.to_string())?;
    println!("{count} songs of {SECONDS} s, a log-mel of 32 × 32 of each (4 kB)");
    let built = root.join("target").join(built);
    for (cache, memory, what) in [
        ("disk", "0", "all on disk, computed"),
        ("disk", "0", "all on disk, from the cache"),
        ("memory", "1024", "up to 1 GiB in memory, computed"),
        ("memory", "1024", "up to 1 GiB in memory, from the cache"),
    ] {
        let cache = home.join(format!("cache {cache}"));
        let mut command = Command::new(built.join("examples/compute_features"));
        command
            .arg(&table)
            .env("GENRENET_CACHE", &cache)
            .env("GENRENET_FEATURE_MEMORY", memory);
        print(what, count, &run_watched(command)?);
        let (files, bytes) = size(&cache).map_err(|error| error.to_string())?;
        println!("  cache: {files} files, {:.1} MB", bytes as f64 / 1e6);
        if what.ends_with("from the cache") {
            std::fs::remove_dir_all(&cache).map_err(|error| error.to_string())?;
        }
    }
    let out = home.join("part.parquet");
    // It may not be there.
    let _ = std::fs::remove_file(&out);
    let mut command = Command::new(built.join("genrenet"));
    command
        .args(["extract", "--mels", "32", "--mfcc", "0", "--rate", "own"])
        .args(["--shard", "3/10", "--manifest"])
        .arg(&table)
        .arg("--out")
        .arg(&out);
    print("extract --shard 3/10", count / 10, &run_watched(command)?);
    let written = std::fs::metadata(&out).map_err(|error| error.to_string())?;
    println!("  part: {:.1} MB", written.len() as f64 / 1e6);
    Ok(())
}

/// A table of the songs, ten to an artist, with four genres.
fn write_table(library: &Path, table: &Path, count: usize) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(table)?);
    writeln!(file, "path,genre,artist")?;
    for number in 0..count {
        let path = songs::path_of(library, number);
        let genre = ["Rock", "Jazz", "Electronic", "Folk"][number / 10 % 4];
        writeln!(file, "{},{genre},{}", path.display(), number / 10)?;
    }
    file.flush()
}

/// Number and bytes of all files below a folder.
fn size(folder: &Path) -> std::io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        let (more, larger) = match meta.is_dir() {
            true => size(&entry.path())?,
            false => (1, meta.len()),
        };
        files += more;
        bytes += larger;
    }
    Ok((files, bytes))
}

fn print(what: &str, count: usize, run: &Run) {
    println!(
        "{what}: {:.1} s, {:.2} s for 10 000 songs, at most {} MB",
        run.time.as_secs_f64(),
        run.time.as_secs_f64() * 1e4 / count as f64,
        run.peak() / 1024,
    );
    println!("  memory at tenths of it, MB: {}", run.tenths());
}
