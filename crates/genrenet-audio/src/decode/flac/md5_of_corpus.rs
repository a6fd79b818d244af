//! Every stored sample of the IETF's FLAC test files against the check sum in their own headers.

use md5::{Digest, Md5};

use super::header::Header;
use super::stream::Flac;
use crate::decode::Input;

/// Check sum over all channels' samples, interleaved, in as many bytes as they need; and the one in the header.
fn sums(path: &std::path::Path) -> ([u8; 16], [u8; 16]) {
    let mut flac = Flac::open(Input::path(path).unwrap(), 0).unwrap();
    let mut md5 = Md5::new();
    let mut bytes = Vec::new();
    let info = flac.info;
    flac.each_frame(&mut |header: &Header, channels: &[Vec<i32>]| {
        let width = usize::from(header.bits.unwrap_or(info.bits).div_ceil(8));
        bytes.clear();
        for i in 0..header.block as usize {
            for channel in channels {
                bytes.extend(&channel[i].to_le_bytes()[..width]);
            }
        }
        md5.update(&bytes);
    })
    .unwrap();
    (md5.finalize().into(), info.md5)
}

#[test]
fn stored_samples_have_the_check_sum_that_their_files_state() {
    let beside = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("GENRENET_SHARED").map_or_else(beside, Into::into);
    let mut corpus = Vec::new();
    for folder in ["flac-test-files", "rodio", "lofty"] {
        let Ok(entries) = std::fs::read_dir(shared.join("data/audio/formats").join(folder)) else {
            println!("skipped: no data at {}", shared.display());
            return;
        };
        corpus.extend(
            entries
                .map(|e| e.unwrap().path())
                .filter(|p| p.extension().is_some_and(|e| e == "flac")),
        );
    }
    let mut matched = 0;
    for path in &corpus {
        let (computed, stated) = sums(path);
        // All zero: the encoder did not say. Without STREAMINFO there is none.
        if stated != [0; 16] {
            assert_eq!(computed, stated, "{}", path.display());
            matched += 1;
        }
    }
    assert!(
        matched >= 30,
        "only {matched} of {} files state a check sum",
        corpus.len()
    );
}
