//! Damaged files of every container: refused, or written so that everything else stays.
//!
//! `GENRENET_MUTATIONS` sets how many changes each file gets.

use std::collections::BTreeMap;
use std::panic::catch_unwind;

use crate::tag_bytes::{Shape, ape, chunks, id3v1, info, mpeg};
use crate::tag_edits::{data_files, edited, genre, named};

/// Of each file, unless `GENRENET_MUTATIONS` is set.
const MUTATIONS: usize = 300;
/// Larger files of the data folder are left out.
const LARGEST: u64 = 200_000;

/// A linear congruential generator (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

/// Up to four changes, most of them near the start or the end, where tags are.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let near = bytes.len().min(600);
        let at = match random.below(3) {
            0 => random.below(bytes.len()),
            1 => random.below(near),
            _ => bytes.len() - 1 - random.below(near),
        };
        let count = 1 + random.below(8);
        let end = (at + count).min(bytes.len());
        let special = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)];
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = special,
            2 => drop(bytes.splice(at..at, vec![special; count])),
            3 => drop(bytes.drain(at..end)),
            4 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            _ => bytes.truncate(at),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

fn built() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let items: [(&str, u32, &[u8]); 2] = [("Title", 0, b"a"), ("Genre", 0, b"Rock\0Pop")];
    let list = info(&[(b"INAM", "Title"), (b"IGNR", "Rock")]);
    for version in 2..5 {
        let names = if version == 2 {
            ["TT2", "TCO", "TXX", "PIC"]
        } else {
            ["TIT2", "TCON", "TXXX", "APIC"]
        };
        let contents = [
            &b"\0Title"[..],
            b"\0(17)",
            b"\0Mood\0calm",
            &[0xFF, 0, 0xFF, 0xE0, 1, 2],
        ];
        let frames: Vec<_> = names
            .into_iter()
            .zip(contents)
            .map(|(name, content)| (name, [0, 0], content.to_vec()))
            .collect();
        for kind in 0..4 {
            let shape = Shape {
                unsynchronised: kind == 1,
                extended: kind == 2,
                footer: kind == 3,
                padding: 40,
                ..Shape::plain(version)
            };
            let tag = shape.tag(&frames);
            let mp3 = [&tag[..], &mpeg(), &ape(2000, kind < 2, &items), &id3v1(17)].concat();
            let wav = [
                (b"fmt ", vec![1; 16]),
                (b"data", vec![9; 301]),
                (b"LIST", list.clone()),
                (b"id3 ", tag.clone()),
            ];
            let aiff = [
                (b"COMM", vec![1; 18]),
                (b"SSND", vec![9; 301]),
                (b"ID3 ", tag),
            ];
            files.push((format!("{version}.{kind}.mp3"), mp3));
            files.push((
                format!("{version}.{kind}.wav"),
                chunks(b"RIFF", b"WAVE", &wav),
            ));
            files.push((
                format!("{version}.{kind}.aiff"),
                chunks(b"FORM", b"AIFF", &aiff),
            ));
        }
    }
    files
}

#[test]
fn no_damaged_file_is_damaged_further() {
    let mutations = std::env::var("GENRENET_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok());
    let mutations = mutations.unwrap_or(MUTATIONS);
    let mut files = built();
    let extensions = [
        "mp1", "mp2", "mp3", "bit", "flac", "ogg", "opus", "spx", "m4a", "mp4", "aiff", "wav",
    ];
    for folder in ["formats/lofty", "formats/minimp3", "formats/rodio"] {
        for path in data_files(folder, &extensions) {
            if std::fs::metadata(&path).unwrap().len() <= LARGEST {
                files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../genrenet-cli/demo");
    for name in [
        "lets_go_fishin.ogg",
        "searching.opus",
        "slow_motion_dream.mp3",
        "vibe_ace.m4a",
    ] {
        files.push((
            name.into(),
            std::fs::read(format!("{demo}/{name}")).unwrap(),
        ));
    }
    let mut random = Random(19);
    // Written and refused, by the suffix of the file.
    let mut counts = BTreeMap::<String, (u32, u32)>::new();
    for (name, whole) in files {
        let suffix = name.rsplit('.').next().unwrap_or_default().to_owned();
        let (written, refused) = counts.entry(suffix).or_default();
        for number in 0..mutations {
            let mut bytes = whole.clone();
            mutate(&mut bytes, &mut random);
            let changes = match number % 3 {
                0 => vec![genre(&["Jazz"])],
                1 => vec![genre(&["Synth/Pop", "Häß"]), named("Mood", &["calm"])],
                _ => vec![genre(&[])],
            };
            let kept = bytes.clone();
            match catch_unwind(|| edited(&bytes, &changes).is_ok()) {
                Ok(true) => *written += 1,
                Ok(false) => *refused += 1,
                Err(_) => {
                    let path = std::env::temp_dir().join("genrenet_mutated_tags");
                    std::fs::write(&path, kept).unwrap();
                    panic!(
                        "{name}, mutation {number}, {changes:?}: see {}",
                        path.display()
                    );
                }
            }
        }
    }
    for (suffix, (written, refused)) in &counts {
        println!("{suffix}: {written} written, {refused} refused");
    }
    let all = |suffix| {
        counts
            .get(suffix)
            .is_some_and(|(written, refused)| *written > 0 && *refused > 0)
    };
    assert!(
        ["mp3", "ogg", "opus", "m4a", "wav", "aiff"]
            .into_iter()
            .all(all)
    );
}
