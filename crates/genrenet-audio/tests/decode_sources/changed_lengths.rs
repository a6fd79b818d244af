//! Damaged and rearranged files: the length found without decoding is that of decoding all, and every seek is exact.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use genrenet_audio::{AudioError, Format, Input, decode, open};

use crate::decode_sources::files::{self, Random};

type Change = fn(&[u8], &mut Random) -> Vec<u8>;

/// Ways to change a file, as by copying, concatenation and damage.
const WAYS: [(&str, Change); 7] = [
    ("cut off", |whole, random| {
        whole[..random.below(whole.len())].to_vec()
    }),
    ("a stretch repeated", |whole, random| {
        let stretch = stretch(whole, random);
        [&whole[..stretch.end], &whole[stretch.start..]].concat()
    }),
    ("a stretch missing", |whole, random| {
        let stretch = stretch(whole, random);
        [&whole[..stretch.start], &whole[stretch.end..]].concat()
    }),
    ("random bytes inserted", |whole, random| {
        let at = whole.len() / 8 + random.below(whole.len() * 7 / 8);
        let noise = noise(1 + random.below(whole.len().min(20_000)), random);
        [&whole[..at], &noise, &whole[at..]].concat()
    }),
    ("random bytes instead", |whole, random| {
        let stretch = stretch(whole, random);
        let noise = noise(stretch.len(), random);
        [&whole[..stretch.start], &noise, &whole[stretch.end..]].concat()
    }),
    ("zeros instead", |whole, random| {
        let mut file = whole.to_vec();
        file[stretch(whole, random)].fill(0);
        file
    }),
    ("twice", |whole, _| whole.repeat(2)),
];

/// A stretch behind the headers: of half the file at most.
fn stretch(whole: &[u8], random: &mut Random) -> std::ops::Range<usize> {
    let start = whole.len() / 8 + random.below(whole.len() * 7 / 8);
    let longest = (whole.len() - start).min(whole.len() / 2);
    start..start + random.below(longest)
}

fn noise(n: usize, random: &mut Random) -> Vec<u8> {
    (0..n).map(|_| random.next() as u8).collect()
}

/// What is wrong with a file's length or with what is read after jumps, if anything is; `false` where it is refused.
fn compare(file: Arc<[u8]>, random: &mut Random) -> Result<bool, String> {
    let input = || Input::bytes(file.clone());
    let whole = match decode(input()) {
        Ok(clip) => clip.samples,
        Err(AudioError::Fault { .. }) => return Err("a panic".to_owned()),
        Err(_) => return Ok(false),
    };
    let mut source = open(input()).map_err(|e| e.to_string())?;
    let stated = source.length().map_err(|e| e.to_string())?;
    if stated != whole.len() as u64 {
        return Err(format!("{} samples, stated {stated}", whole.len()));
    }
    let mut ranges: Vec<_> = (0..6).map(|_| random.below(whole.len() + 1)).collect();
    ranges.sort_unstable();
    let ranges: Vec<_> = ranges
        .windows(2)
        .map(|pair| pair[0] as u64..pair[1].min(pair[0] + 3000) as u64)
        .collect();
    let mut wrong = None;
    // Opus never quite forgets what came before a jump, and AAC has noise that depends on it.
    let tolerance = match source.format() {
        Format::Opus => 0.1,
        Format::Aac => f32::INFINITY,
        _ => 0.0,
    };
    source
        .read_ranges(&ranges, &mut |index, samples| {
            let range = &ranges[index];
            let expected = &whole[range.start as usize..range.end as usize];
            let close = |(a, b): (&f32, &f32)| (a - b).abs() <= tolerance;
            if samples.len() != expected.len() {
                wrong.get_or_insert(format!(
                    "{} samples of {range:?} of {stated}",
                    samples.len()
                ));
            } else if !samples.iter().zip(expected).all(close) {
                wrong.get_or_insert(format!("other samples in {range:?} of {stated}"));
            }
        })
        .map_err(|e| e.to_string())?;
    match wrong {
        Some(wrong) => Err(wrong),
        None => Ok(true),
    }
}

/// Larger files are left out, for time.
const LARGEST: u64 = 300_000;

fn corpus() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mp3");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/audio");
    let mut files = files::all_under(&files::own());
    files.retain(|path| path.components().all(|part| part.as_os_str() != "refused"));
    files.extend(files::all_under(&golden));
    files.extend(files::all_under(&examples));
    if let Some(shared) = files::shared() {
        files.extend(files::all_under(&shared.join("data/audio/formats/lofty")));
    }
    files.retain(|path| path.metadata().is_ok_and(|found| found.len() < LARGEST));
    files
}

#[test]
fn a_changed_files_length_is_that_of_decoding_all() {
    let seeds = std::env::var("GENRENET_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2);
    let (mut wrong, mut read) = (Vec::new(), 0);
    for path in corpus() {
        let whole = std::fs::read(&path).unwrap();
        for (way, change) in WAYS {
            for seed in 0..seeds {
                let changed = change(&whole, &mut Random(seed));
                match compare(changed.into(), &mut Random(seed)) {
                    Ok(read_through) => read += usize::from(read_through),
                    Err(what) => {
                        wrong.push(format!("{}, {way}, seed {seed}: {what}", path.display()));
                    }
                }
            }
        }
    }
    assert!(read > 500, "{read}");
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}
