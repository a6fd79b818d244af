//! Reading after a seek gives the samples of sequential reading.

use std::path::Path;

use genrenet_audio::{AudioError, Format, Input, decode, open};

use crate::decode_sources::files::{self, Random};

/// How far samples after a jump may be off: Opus never quite forgets earlier samples, and speech frames have a longer memory;
/// everything else is exact.
fn tolerance(format: Format, path: &Path) -> f32 {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match (format, &*name) {
        (Format::Opus, "silk.opus" | "opus.mp4" | "opus.webm" | "surround.opus") => 1e-2,
        (Format::Opus, _) => 1e-4,
        _ => 0.0,
    }
}

fn same(ours: &[f32], expected: &[f32], tolerance: f32, what: &dyn Fn() -> String) {
    assert_eq!(ours.len(), expected.len(), "{}", what());
    let worst = ours
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst <= tolerance, "{}: off by {worst}", what());
}

fn check(path: &Path, jumps: usize, random: &mut Random) -> Result<(), AudioError> {
    let format = open(Input::path(path)?)?.format();
    let bytes = std::fs::read(path)?;
    check_bytes(bytes, path, jumps, tolerance(format, path), random)
}

/// Jumps to places and ranges of a file in memory, which is called `path`, against sequential reading.
pub fn check_bytes(
    bytes: Vec<u8>,
    path: &Path,
    jumps: usize,
    tolerance: f32,
    random: &mut Random,
) -> Result<(), AudioError> {
    let bytes: std::sync::Arc<[u8]> = bytes.into();
    let whole = decode(Input::bytes(bytes.clone()))?.samples;
    let mut source = open(Input::bytes(bytes))?;
    if let Some(frames) = source.frames() {
        assert_eq!(
            frames,
            whole.len() as u64,
            "{}: stated length",
            path.display()
        );
    }
    assert_eq!(
        source.count()?,
        whole.len() as u64,
        "{}: counted length",
        path.display()
    );
    for jump in 0..jumps {
        let to = match jump {
            0 => 0,
            1 => whole.len().saturating_sub(1),
            2 => whole.len(),
            _ => random.below(whole.len()),
        };
        let wanted = random.below(6000) + 1;
        source.seek(to as u64)?;
        let mut samples = Vec::new();
        while samples.len() < wanted && source.read(&mut samples)? > 0 {}
        let end = (to + samples.len()).min(whole.len());
        assert!(
            samples.len() >= wanted.min(whole.len() - to),
            "{}: short after {to}",
            path.display()
        );
        same(&samples, &whole[to..end], tolerance, &|| {
            format!("{} from {to}", path.display())
        });
    }
    source.seek(whole.len() as u64 + 12_345)?;
    assert_eq!(
        source.read(&mut Vec::new())?,
        0,
        "{}: past the end",
        path.display()
    );
    // Ranges: near and far ones, touching ones, an empty one, one that passes the end.
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < whole.len() {
        let gap = match random.below(4) {
            0 => whole.len() / 4 + 1,
            1 => 40_000,
            _ => 3_000,
        };
        let start = at + random.below(gap);
        let end = start + random.below(2500);
        ranges.push(start as u64..end as u64);
        at = end + 1;
    }
    ranges.push(whole.len() as u64 + 10..whole.len() as u64 + 20);
    ranges.sort_by_key(|r| r.start);
    let mut next = 0;
    source.read_ranges(&ranges, &mut |index, samples| {
        assert_eq!(index, next);
        next += 1;
        let range = ranges[index].start as usize..ranges[index].end as usize;
        let expected = &whole[range.start.min(whole.len())..range.end.min(whole.len())];
        same(samples, expected, tolerance, &|| {
            format!("{} range {range:?}", path.display())
        });
    })?;
    assert_eq!(next, ranges.len());
    Ok(())
}

#[test]
fn seeking_is_exact_in_small_files_of_every_format() {
    let mut random = Random(1);
    let mut checked = 0;
    for path in files::all_under(&files::own()) {
        if path.components().any(|c| c.as_os_str() == "refused") {
            continue;
        }
        check(&path, 12, &mut random).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        checked += 1;
    }
    assert!(checked > 35, "only {checked} files");
}

#[test]
fn seeking_is_exact_in_songs() {
    let Some(shared) = files::shared() else {
        return;
    };
    let audio = shared.join("data/audio");
    let mut random = Random(2);
    let songs = [
        "formats/rodio/music.flac",
        "formats/rodio/music.m4a",
        "formats/rodio/music.mp3",
        "formats/rodio/music.opus",
        "formats/flac-test-files/09 - Rice partition order 15.flac",
        "formats/flac-test-files/43 - 8 channels (7.1).flac",
        "formats/lofty/full_test.aac",
        "formats/lofty/full_test.aiff",
        "formats/lofty/mp4_codec_flac.mp4",
        "formats/lofty/m4a_codec_alac.m4a",
        "songs/vibe_ace_22k_mono.ogg",
        "songs/speech.ogg",
        "formats/lofty/full_test.ogg",
    ];
    for song in songs {
        check(&audio.join(song), 40, &mut random).unwrap_or_else(|e| panic!("{song}: {e}"));
    }
}
