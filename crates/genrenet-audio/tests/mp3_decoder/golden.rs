//! Excerpts of what libav decodes (`reference/mp3.py`).

use super::{decode, root};

#[test]
fn as_ffmpeg_decodes() {
    let text = std::fs::read_to_string(root().join("crates/genrenet-audio/tests/golden/mp3.json"))
        .unwrap();
    let entries: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for entry in entries.as_array().unwrap() {
        let name = entry["file"].as_str().unwrap();
        let Ok(bytes) = std::fs::read(root().join(name)) else {
            assert!(name.starts_with("../shared"), "{name} is missing");
            println!("skipped: no {name}");
            continue;
        };
        let samples = decode(&bytes).unwrap();
        assert_eq!(
            samples.len() as u64,
            entry["samples"].as_u64().unwrap(),
            "{name}: length"
        );
        let starts = entry["starts"].as_array().unwrap();
        for (start, excerpt) in starts.iter().zip(entry["excerpts"].as_array().unwrap()) {
            let start = start.as_u64().unwrap() as usize;
            for (i, value) in excerpt.as_array().unwrap().iter().enumerate() {
                let (found, expected) = (f64::from(samples[start + i]), value.as_f64().unwrap());
                assert!(
                    (found - expected).abs() < 1e-5,
                    "{name}, sample {}: {found}, ffmpeg {expected}",
                    start + i
                );
            }
        }
        compared += 1;
    }
    assert!(compared >= 7);
}
