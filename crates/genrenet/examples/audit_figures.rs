//! Precision and recall of near duplicates over planted copies: `audit_figures LIST`, a file of `cargo xtask audit`.
//!
//! By sound: an audit of the copies. By log-mels: made as FMA-small's are (128 bands, 128 single frames, 32 levels), among the rows of
//! FMA-small where these are there.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use genrenet::audio::{ExtractSpec, Input, LogMelSpec, Rate, decode, features};
use genrenet::data::audit::near_duplicates;
use genrenet::data::{Array, Dataset, OpenOptions};
use genrenet::data_audit::{AuditOptions, audit_data};
use genrenet::metrics::wilson_interval;
use rayon::prelude::*;

const SIZE: usize = 128;

/// A copy, or the clip that it is of.
struct Clip {
    path: String,
    clip: String,
    kind: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let list = std::env::args().nth(1).ok_or("expected a list")?;
    let text = std::fs::read_to_string(&list)?;
    for (part, words) in [
        ("songs", "thresholds were chosen on these"),
        ("fma_songs", "measured"),
    ] {
        let clips: Vec<Clip> = text
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .filter(|cells| cells[1] == part)
            .map(|cells| Clip {
                path: cells[0].into(),
                clip: cells[2].into(),
                kind: cells[3].into(),
            })
            .collect();
        println!("{part} ({words}): {} files", clips.len());
        figures("by sound", &clips, &by_sound(&clips, Path::new(&list))?);
        figures("by log-mels", &clips, &by_log_mels(&clips)?);
    }
    Ok(())
}

/// Recall of each kind beside its original, and precision over all pairs with a planted row; rows from `clips.len()` on are others.
fn figures(how: &str, clips: &[Clip], pairs: &[[usize; 2]]) {
    let pairs: Vec<[usize; 2]> = pairs
        .iter()
        .copied()
        .filter(|pair| pair[0] < clips.len())
        .collect();
    let found: BTreeSet<[usize; 2]> = pairs.iter().copied().collect();
    let right =
        |pair: &&[usize; 2]| pair[1] < clips.len() && clips[pair[0]].clip == clips[pair[1]].clip;
    let share = |some: usize, of: usize| {
        let (low, high) = wilson_interval(some as u64, of as u64);
        let percent = 100.0 * some as f64 / of.max(1) as f64;
        format!(
            "{percent:.1} % ({:.1}–{:.1}), {some} of {of}",
            100.0 * low,
            100.0 * high
        )
    };
    println!("| {how} | |\n|---|---|");
    println!(
        "| precision of pairs | {} |",
        share(pairs.iter().filter(right).count(), pairs.len())
    );
    let originals: BTreeMap<&str, usize> = (0..)
        .zip(clips)
        .filter(|(_, clip)| clip.kind == "original")
        .map(|(at, clip)| (clip.clip.as_str(), at))
        .collect();
    let mut kinds: Vec<&str> = Vec::new();
    for clip in clips.iter().filter(|clip| clip.kind != "original") {
        if !kinds.contains(&clip.kind.as_str()) {
            kinds.push(&clip.kind);
        }
    }
    let mut all = (0, 0);
    for kind in kinds {
        let of_kind: Vec<bool> = (0..)
            .zip(clips)
            .filter(|(_, clip)| clip.kind == kind)
            .map(|(at, clip)| {
                let original = originals[clip.clip.as_str()];
                found.contains(&[original.min(at), original.max(at)])
            })
            .collect();
        let some = of_kind.iter().filter(|&&found| found).count();
        all = (all.0 + some, all.1 + of_kind.len());
        println!("| recall, {kind} | {} |", share(some, of_kind.len()));
    }
    println!("| recall of all | {} |\n", share(all.0, all.1));
}

fn by_sound(clips: &[Clip], list: &Path) -> Result<Vec<[usize; 2]>, Box<dyn Error>> {
    let table = list.with_extension("csv");
    let mut text = String::from("path,genre\n");
    for (at, clip) in clips.iter().enumerate() {
        let genre = ["One", "Other"][at % 2];
        text += &format!("\"{}\",{genre}\n", clip.path);
    }
    std::fs::write(&table, text)?;
    let audit = audit_data(
        &table,
        &AuditOptions::default(),
        &AtomicBool::new(false),
        &(),
    )?;
    let places: BTreeMap<&str, usize> = clips
        .iter()
        .map(|clip| clip.path.as_str())
        .zip(0..)
        .collect();
    let of = |id: &String| places.get(id.as_str()).copied();
    let rows = audit
        .duplicates
        .iter()
        .filter_map(|pair| Some([of(&pair.ids[0])?, of(&pair.ids[1])?]));
    Ok(rows.map(|[a, b]| [a.min(b), a.max(b)]).collect())
}

fn by_log_mels(clips: &[Clip]) -> Result<Vec<[usize; 2]>, Box<dyn Error>> {
    let mels: Vec<Option<Vec<f32>>> = clips.par_iter().map(|clip| log_mel(&clip.path)).collect();
    let mut data: Vec<f32> = Vec::new();
    for mel in mels {
        data.extend(mel.ok_or("a copy can't be decoded")?);
    }
    let mut rows = clips.len();
    let fma = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fma-small");
    if fma.is_dir() {
        let options = OpenOptions {
            arrays: Some(vec!["logmel".into()]),
            ..OpenOptions::default()
        };
        let fma = Dataset::open(&fma, &options)?;
        let array = fma.require_array("logmel")?;
        let mut row = vec![0.0; array.row_len()];
        for at in (0..fma.rows.len()).filter(|&at| array.has(at)) {
            array.read(at, &mut row)?;
            data.extend(&row);
            rows += 1;
        }
    }
    let array = Array::from_windows("logmel", &[SIZE, SIZE], &vec![1; rows], data)?;
    let found = near_duplicates(&array, &BTreeSet::new(), &AtomicBool::new(false))?;
    Ok(found.into_iter().map(|pair| pair.rows).collect())
}

/// As FMA-small's arrays: of the first 30 s, one frame in about twenty, 32 levels from the minimum to the maximum.
fn log_mel(path: &str) -> Option<Vec<f32>> {
    let clip = decode(Input::path(Path::new(path)).ok()?).ok()?;
    let samples = &clip.samples[..clip.samples.len().min(30 * clip.rate as usize)];
    let spec = ExtractSpec {
        log_mel: Some(LogMelSpec {
            rate: Rate::Own,
            n_mels: SIZE,
            ..LogMelSpec::default()
        }),
        ..ExtractSpec::default()
    };
    let mel = features(samples, clip.rate, &spec).ok()?.log_mel?;
    let low = mel.data.iter().copied().fold(f32::INFINITY, f32::min);
    let high = mel.data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let level = |x: f32| {
        ((x - low) / (high - low).max(1e-6) * 32.0)
            .floor()
            .min(31.0)
    };
    let mut out = Vec::with_capacity(SIZE * SIZE);
    for band in 0..SIZE {
        let row = mel.row(band);
        out.extend(
            (0..SIZE)
                .map(|j| -80.0 + 2.5 * (level(row[(2 * j + 1) * mel.cols / (2 * SIZE)]) + 0.5)),
        );
    }
    Some(out)
}
