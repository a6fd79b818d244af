//! Any bytes may be fed to the decoders: no panic, no endless loop, memory in proportion to the input.
//!
//! `cargo +nightly fuzz run decode fuzz/corpus/decode crates/genrenet-audio/tests/audio -- -rss_limit_mb=512 -timeout=10`
//!
//! The quick seeded run of the same is `cargo test -p genrenet-audio --test all changed_files`; with
//! `GENRENET_MUTATIONS=3000` it takes minutes.
#![no_main]

use genrenet_audio::{Input, open};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut source) = open(Input::bytes(bytes)) else { return };
    let most = 65_536 * (bytes.len() as u64 + 100);
    let (mut samples, mut total) = (Vec::new(), 0u64);
    while let Ok(n @ 1..) = source.read(&mut samples) {
        assert_eq!(n, samples.len());
        assert!(samples.iter().all(|s| !s.is_nan()));
        total += n as u64;
        assert!(total <= most, "endless");
        samples.clear();
    }
    for to in [total / 2, total / 3, 0, total, u64::MAX] {
        if source.seek(to).is_ok() {
            let _ = source.read(&mut samples);
        }
        samples.clear();
    }
});
