//! Precision and recall of finding duplicates, over the list of files that `cargo xtask duplicates` makes: `duplicates LIST`.
//!
//! A line of the list has, with tabs between: path, number of the song, `chosen` or `measured`, kind of copy, and in seconds where the song begins in the file,
//! from where and to where the file holds it. Two files of one song are a copy of each other if their first two minutes share at
//! least 10 s and half of what the shorter one holds; they are none if they share nothing, and neither in between. Thresholds
//! were chosen on the songs so marked; the others are measured.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;

use genrenet_audio::{Input, catch_panics, open};
use genrenet_library::duplicates::{Duplicates, Fingerprint, Fingerprints, find};
use genrenet_metrics::wilson_interval;

struct File {
    path: String,
    song: usize,
    is_measured: bool,
    kind: String,
    /// What of the song is in the first two minutes.
    from: f64,
    to: f64,
    fingerprint: Fingerprint,
}

impl File {
    fn of(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[path, song, part, kind, at, from, to] = &fields[..] else {
            panic!("{line}: expected seven fields");
        };
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let (at, from, to) = (number(at), number(from), number(to));
        let fingerprint =
            catch_panics(|| Fingerprint::of(&mut *open(Input::path(path.as_ref())?)?));
        match fingerprint {
            Ok(Ok(fingerprint)) => Some(Self {
                path: path.into(),
                song: song.parse().expect("a number"),
                is_measured: part == "measured",
                kind: kind.into(),
                from,
                to: to.min(from + 120.0 - at),
                fingerprint,
            }),
            Ok(Err(fault)) => {
                println!("{path}: {fault}");
                None
            }
            Err(panic) => {
                println!("{path}: {panic}");
                None
            }
        }
    }
}

/// What a pair of files is in truth.
#[derive(PartialEq)]
enum Truth {
    Copy,
    Different,
    Neither,
}

impl Truth {
    fn of(one: &File, other: &File) -> Self {
        if one.song != other.song {
            return Self::Different;
        }
        if one.kind == "sound" {
            // Two renderings of one tone or noise.
            return Self::Neither;
        }
        let shared = one.to.min(other.to) - one.from.max(other.from);
        let shorter = (one.to - one.from).min(other.to - other.from);
        if shared <= 0.0 {
            Self::Different
        } else if shared >= 10.0 && shared >= 0.5 * shorter {
            Self::Copy
        } else {
            Self::Neither
        }
    }
}

struct Files(Vec<File>);

impl Fingerprints for Files {
    type Error = Infallible;

    fn for_each(
        &self,
        each: &mut dyn FnMut(i64, f64, Fingerprint) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        (0..)
            .zip(&self.0)
            .try_for_each(|(id, file)| each(id, file.to - file.from, file.fingerprint.clone()))
    }

    fn fingerprint(&self, id: i64) -> Result<Option<Fingerprint>, Infallible> {
        Ok(self.0.get(id as usize).map(|file| file.fingerprint.clone()))
    }
}

/// The files of a list, read on all cores.
fn all_of(list: &str) -> Vec<File> {
    let lines: Vec<&str> = list.lines().collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let read = |part: &[&str]| part.iter().filter_map(|line| File::of(line)).collect();
        let threads: Vec<_> = lines
            .chunks(lines.len().div_ceil(cores).max(1))
            .map(|part| scope.spawn(move || -> Vec<File> { read(part) }))
            .collect();
        let files = threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread"));
        files.flatten().collect()
    })
}

fn main() {
    let list = std::env::args().nth(1).expect("the list of files");
    let list = std::fs::read_to_string(list).expect("a readable list");
    let mut files = all_of(&list);
    // Recordings of the folders may be there more than once, byte for byte: these are duplicates, and easy ones.
    let mut seen = HashSet::new();
    files.retain(|file| match &*file.kind {
        "original" => {
            seen.insert(file.fingerprint.clone());
            true
        }
        "other" => seen.insert(file.fingerprint.clone()),
        _ => true,
    });
    let files = Files(files);
    let Ok(found) = find(&files);
    for (part, measured) in [
        ("songs on which thresholds were chosen", false),
        ("other songs", true),
    ] {
        println!("\n## {part}\n");
        report(&files.0, &found, measured);
    }
}

fn share(hits: u64, n: u64) -> String {
    let (low, high) = wilson_interval(hits, n);
    let percent = 100.0 * hits as f64 / n as f64;
    format!("{percent:.1} ({:.1}–{:.1})", 100.0 * low, 100.0 * high)
}

/// Prints the table of one half of the songs.
fn report(files: &[File], found: &Duplicates, measured: bool) {
    let pairs: HashMap<(i64, i64), _> = found
        .pairs
        .iter()
        .map(|pair| ((pair.first, pair.second), pair))
        .collect();
    // Hits, all, and the least share of equal bits of a hit.
    let mut kinds: BTreeMap<&str, (u64, u64, f64)> = BTreeMap::new();
    let mut of_copies = (0, 0);
    for (second, file) in (0_i64..).zip(files) {
        for (first, other) in (0_i64..second).zip(files) {
            let is_copy = file.song == other.song && Truth::of(other, file) == Truth::Copy;
            if !is_copy || file.is_measured != measured {
                continue;
            }
            let pair = pairs.get(&(first, second));
            let hit = u64::from(pair.is_some());
            if other.kind == "original" {
                let row = kinds.entry(&file.kind).or_insert((0, 0, 1.0));
                let equal = pair.map_or(1.0, |pair| pair.equal_bits);
                *row = (row.0 + hit, row.1 + 1, row.2.min(equal));
            } else {
                of_copies = (of_copies.0 + hit, of_copies.1 + 1);
            }
        }
    }
    println!(
        "| copy of a song | found | recall, % | least share of equal bits |\n|---|---|---|---|"
    );
    let mut all = (0, 0);
    for (kind, (hits, n, equal)) in &kinds {
        println!(
            "| {kind} | {hits} of {n} | {} | {equal:.3} |",
            share(*hits, *n)
        );
        all = (all.0 + hits, all.1 + n);
    }
    println!(
        "| all | {} of {} | {} | |",
        all.0,
        all.1,
        share(all.0, all.1)
    );
    println!(
        "| two copies of one song | {} of {} | {} | |",
        of_copies.0,
        of_copies.1,
        share(of_copies.0, of_copies.1)
    );
    precision(files, found, measured);
}

/// Prints how many of the pairs are copies, and those that are none.
fn precision(files: &[File], found: &Duplicates, measured: bool) {
    let (mut right, mut wrong) = (0, Vec::new());
    for pair in &found.pairs {
        let (first, second) = (&files[pair.first as usize], &files[pair.second as usize]);
        // A pair of both parts is one of the measured part.
        if (first.is_measured || second.is_measured) != measured {
            continue;
        }
        match Truth::of(first, second) {
            Truth::Copy => right += 1,
            Truth::Different => wrong.push((pair, first, second)),
            Truth::Neither => {}
        }
    }
    let n = right + wrong.len() as u64;
    println!("\nPrecision: {right} of {n} pairs, {} %", share(right, n));
    let measured_files: Vec<&File> = files
        .iter()
        .filter(|file| file.is_measured == measured)
        .collect();
    let others = measured_files
        .iter()
        .filter(|file| file.kind == "other")
        .count();
    println!(
        "{} files, of which {others} are recordings that were not copied",
        measured_files.len()
    );
    for (pair, first, second) in wrong {
        println!(
            "no copy: {} ({}) and {} ({}): {:.1} s, {:.3}",
            first.path, first.kind, second.path, second.kind, pair.overlap, pair.equal_bits
        );
    }
}
