//! The conformance streams and oddities that minimp3 collects, with the 16-bit samples they should give.

use super::{decode, shared};

/// Streams whose reference leaves out the last frame: it was made by a decoder that needs a following header.
const WITHOUT_LAST_FRAME: [&str; 7] = [
    "l3-compl",
    "l3-he_48khz",
    "l3-he_free",
    "l3-hecommon",
    "l3-si",
    "l3-si_block",
    "l3-si_huff",
];

#[test]
fn conformance_streams_within_16_bit_rounding() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("data/audio/formats/minimp3");
    let mut compared = 0;
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "bit"))
    {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Layer II, which another decoder decodes: `decode_sources` holds it against these.
        if name.starts_with("ILL4") {
            continue;
        }
        let Ok(expected) = std::fs::read(path.with_extension("pcm")) else {
            continue;
        };
        let expected: Vec<f32> = expected
            .as_chunks::<2>()
            .0
            .iter()
            .map(|&two| f32::from(i16::from_le_bytes(two)))
            .collect();
        let found = match decode(&std::fs::read(path).unwrap()) {
            Ok(found) => found,
            Err(error) => {
                // Only a tag's frame that states audio which is not there.
                assert!(
                    expected.is_empty() || name == "l3-nonstandard-vbrtag-oob-read",
                    "{name}: {error}"
                );
                continue;
            }
        };
        let mut rest = 0;
        if WITHOUT_LAST_FRAME.contains(&name.as_str()) {
            rest = 1152;
        }
        let channels = expected.len() / (found.len() - rest);
        assert!(
            channels * (found.len() - rest) == expected.len(),
            "{name}: {} samples of {}",
            found.len(),
            expected.len()
        );
        // One stream is seven times too loud, on purpose: single precision is relative to that.
        let loudest = found.iter().fold(1.0, |most: f32, x| most.max(x.abs()));
        let rounding = 0.5 + 0.05 * loudest;
        let mut far = 0;
        for (frame, &sample) in expected.chunks_exact(channels).zip(&found) {
            let mean = frame.iter().sum::<f32>() / channels as f32;
            // The reference is clipped to ±32767.
            let difference = (mean - (sample * 32768.0).clamp(-32767.0, 32767.0)).abs();
            far += usize::from(difference > rounding);
            assert!(difference < 1.2, "{name}: {difference}");
        }
        // One sample of the oddities' reference is off by 1.1 (ffmpeg agrees with us to 1e-7).
        assert!(
            far <= usize::from(name.contains("nonstandard")),
            "{name}: {far} samples differ"
        );
        compared += 1;
    }
    assert!(compared >= 13, "{compared}");
}
