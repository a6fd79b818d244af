//! A file has one length: `classify`, `extract`, `explain`, the feature cache and reading it through agree, for every file of
//! the corpus and for files whose headers claim another one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use genrenet::audio::{
    AudioError, ExtractSpec, FrontEnd, Input, LogMelSpec, extract, open, song_features,
};
use genrenet::data::features::{self, Storage};
use genrenet::data::{Dataset, OpenOptions};
use genrenet::in_order;

use crate::program::{genrenet, lines_of_json, recording};

/// All files under `folder`, in order.
fn all_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_under(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Files that claim less or more than they hold: songs that were put together, chained Ogg, a tag with too few frames, Ogg
/// with bytes amid it that are none of it, or a stretch that is there twice.
fn odd_files(folder: &Path) -> Vec<PathBuf> {
    let read = |name: &str| fs::read(recording(name)).unwrap();
    let (mp3, ogg, opus) = (
        read("slow_motion_dream.mp3"),
        read("lets_go_fishin.ogg"),
        read("searching.opus"),
    );
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../genrenet-audio/tests/golden/mp3");
    let jingle = fs::read(golden.join("variable.mp3")).unwrap();
    let low = fs::read(golden.join("low_rate.mp3")).unwrap();
    let mut one_frame = jingle.clone();
    let tag = jingle.windows(4).position(|four| four == b"Xing").unwrap();
    one_frame[tag + 8..tag + 12].copy_from_slice(&1u32.to_be_bytes());
    let half = ogg.len() / 2;
    let foreign = [&ogg[..half], &mp3[..20_000], &ogg[half..]].concat();
    let again = [&opus[..opus.len() / 2], &opus[opus.len() / 3..]].concat();
    let files = [
        ("foreign_bytes.ogg", foreign),
        ("a_stretch_twice.opus", again),
        ("jingle_then_song.mp3", [jingle, mp3.clone()].concat()),
        ("other_rate_then_song.mp3", [low, mp3].concat()),
        ("one_frame.mp3", one_frame),
        ("chain.ogg", [ogg.clone(), opus].concat()),
        ("twice.ogg", [ogg.clone(), ogg].concat()),
    ];
    files
        .map(|(name, bytes)| (folder.join(name), bytes))
        .map(|(path, bytes)| {
            fs::write(&path, bytes).unwrap();
            path
        })
        .into()
}

/// The folders whose files are compared: those of this repository's tests, and the data beside it.
fn corpus() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = all_under(&root.join("examples/audio"));
    for folder in ["audio", "cancelling", "golden/mp3"] {
        files.extend(all_under(
            &root.join("crates/genrenet-audio/tests").join(folder),
        ));
    }
    let shared =
        std::env::var_os("GENRENET_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let audio = shared.join("data/audio");
    if audio.is_dir() {
        files.extend(all_under(&audio));
    } else {
        println!("skipped: no data at {}", shared.display());
    }
    files
}

/// What reading a file through gives, in seconds; `None` where it is refused.
fn read_through(path: &Path) -> Result<f64, AudioError> {
    let mut source = open(Input::path(path)?)?;
    let (mut samples, mut frames) = (Vec::new(), 0);
    while source.read(&mut samples)? > 0 {
        frames += samples.len();
        samples.clear();
    }
    Ok(frames as f64 / f64::from(source.rate()))
}

/// The length of a file, on which `classify`, `explain` (with more windows) and `extract` agree; `None` where it is refused.
fn agreed(path: &Path, front_end: &FrontEnd) -> Option<f64> {
    let name = path.display();
    let input = || Input::path(path).unwrap();
    let mut closely = *front_end;
    closely.windowing.windows = 64;
    let few = ExtractSpec {
        log_mel: Some(LogMelSpec {
            n_mels: 8,
            ..LogMelSpec::default()
        }),
        mfcc: None,
    };
    let seconds = match read_through(path) {
        Ok(seconds) => seconds,
        Err(refused) => {
            for decoded in [
                song_features(input(), front_end).map(drop),
                extract(input(), &few).map(drop),
            ] {
                let reason = decoded.expect_err("decoded, though reading it through fails");
                assert_eq!(reason.to_string(), refused.to_string(), "{name}");
            }
            return None;
        }
    };
    let mut source = open(input()).unwrap();
    let length = source.length().unwrap() as f64 / f64::from(source.rate());
    assert_eq!(length, seconds, "{name}: length");
    assert_eq!(
        extract(input(), &few).unwrap().seconds,
        seconds,
        "{name}: extract"
    );
    for (what, front_end) in [("classify", front_end), ("explain", &closely)] {
        match song_features(input(), front_end) {
            Ok(decoded) => assert_eq!(decoded.seconds, seconds, "{name}: {what}"),
            Err(AudioError::TooShort {
                seconds: printed, ..
            }) => {
                assert!(
                    seconds < 1.0 && printed == seconds,
                    "{name}: {what} {printed}, {seconds}"
                );
            }
            Err(AudioError::Silence) => return None,
            Err(error) => panic!("{name}: {what}: {error}"),
        }
    }
    (seconds >= 1.0).then_some(seconds)
}

#[test]
fn a_file_has_one_length() {
    let folder = tempfile::tempdir().unwrap();
    let front_end = genrenet::shipped::load("fma8").unwrap().front_end.unwrap();
    let mut files = corpus();
    files.extend(odd_files(folder.path()));
    let mut decoded = Vec::new();
    in_order(
        files.into_iter(),
        |path| agreed(&path, &front_end).map(|seconds| (path, seconds)),
        |found| {
            decoded.extend(found);
            std::ops::ControlFlow::Continue(())
        },
    );
    assert!(decoded.len() >= 30, "{}", decoded.len());
    // What the cache keeps begins with a word and the fingerprint of the file, of 8 bytes each, and the length.
    let mut table = "path,genre\n".to_owned();
    for (path, _) in &decoded {
        let path = fs::canonicalize(path).unwrap();
        // Copies have the same genre: a file of two genres is left out.
        let genre = ["Low", "High"][fs::read(&path).unwrap().len() % 2];
        table += &format!("\"{}\",{genre}\n", path.display());
    }
    let (list, cache) = (folder.path().join("songs.csv"), folder.path().join("cache"));
    fs::write(&list, table).unwrap();
    let mut dataset = Dataset::open(&list, &OpenOptions::default()).unwrap();
    let never = AtomicBool::new(false);
    let storage = Storage {
        cache: Some(cache.clone()),
        ..Storage::in_memory()
    };
    let bad =
        features::compute(&mut dataset, &front_end, None, &storage, &|_, _| {}, &never).unwrap();
    assert!(bad.is_empty(), "{bad:?}");
    let bits = |seconds: f64| seconds.to_bits();
    let kept: BTreeSet<u64> = all_under(&cache)
        .iter()
        .map(|entry| {
            bits(f64::from_le_bytes(
                fs::read(entry).unwrap()[16..24].try_into().unwrap(),
            ))
        })
        .collect();
    let expected: BTreeSet<u64> = decoded.iter().map(|&(_, seconds)| bits(seconds)).collect();
    assert_eq!(kept, expected);
}

#[test]
fn the_whole_length_of_files_that_claim_less_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let files = odd_files(folder.path());
    let output = genrenet()
        .args(["classify", "--json"])
        .args(&files)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for (line, path) in lines_of_json(&output.stdout).iter().zip(&files) {
        let printed = line["seconds"].as_f64().unwrap();
        let whole = read_through(path).unwrap();
        assert!(
            (printed - whole).abs() < 1e-3,
            "{}: {printed}, {whole}",
            path.display()
        );
    }
    let out = folder.path().join("explained");
    let jingle_then_song = &folder.path().join("jingle_then_song.mp3");
    let output = genrenet()
        .arg("explain")
        .arg(jingle_then_song)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = fs::read(out.join("explain.json")).unwrap();
    let printed = lines_of_json(&text)[0]["seconds"].as_f64().unwrap();
    let whole = read_through(jingle_then_song).unwrap();
    assert!(
        (printed - whole).abs() < 1e-3,
        "explain: {printed}, {whole}"
    );
    // 2 s of another song, and 10.9 s of this one.
    assert!((12.5..13.5).contains(&whole), "{whole}");
}
