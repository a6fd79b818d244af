//! Ranges and seeks give the samples of a full decode.

use super::joined::odd_streams;
use super::{Random, decode, streams};
use genrenet_audio::{Input, open};

#[test]
fn ranges_are_cut_from_a_full_decode() {
    let mut random = Random(0x5eed);
    for (name, bytes) in streams().into_iter().chain(odd_streams()) {
        let full = decode(&bytes).unwrap();
        let len = full.len() as u64;
        for trial in 0..12 {
            let mut source = open(Input::bytes(bytes.as_slice())).unwrap();
            if trial % 3 == 2 {
                // Another state to start from than a fresh one.
                source.seek(random.below(len)).unwrap();
                source.read(&mut Vec::new()).unwrap();
            }
            let mut ranges = Vec::new();
            let mut at = if trial % 4 == 0 { 0 } else { random.below(len) };
            for _ in 0..=random.below(12) {
                let most = random.pick(&[1, 40, 600, 3000, 20_000]);
                let end = at + random.below(most);
                ranges.push(at..end);
                let most = random.pick(&[1, 40, 600, 5000, 12_000, 90_000]);
                at = end + random.below(most);
            }
            let mut seen = 0;
            source
                .read_ranges(&ranges, &mut |index, samples| {
                    assert_eq!(index, seen, "{name}");
                    seen += 1;
                    let range = &ranges[index];
                    let expected =
                        &full[range.start.min(len) as usize..range.end.min(len) as usize];
                    assert!(samples == expected, "{name}: {range:?} of {ranges:?}");
                })
                .unwrap();
            assert_eq!(seen, ranges.len(), "{name}");
        }
    }
}

#[test]
fn reading_goes_on_exactly_after_a_seek() {
    let mut random = Random(0x5eec);
    for (name, bytes) in streams().into_iter().chain(odd_streams()) {
        let full = decode(&bytes).unwrap();
        let len = full.len() as u64;
        let mut source = open(Input::bytes(bytes.as_slice())).unwrap();
        for _ in 0..20 {
            let to = random.below(len + 2);
            source.seek(to).unwrap();
            let mut samples = Vec::new();
            for _ in 0..=random.below(3) {
                source.read(&mut samples).unwrap();
            }
            let rest = &full[to.min(len) as usize..];
            assert!(
                samples.is_empty() == rest.is_empty(),
                "{name}: seek to {to}"
            );
            assert!(samples == rest[..samples.len()], "{name}: seek to {to}");
        }
    }
}

#[test]
fn length_is_known_if_a_tag_states_it() {
    for (name, bytes) in streams() {
        let mut source = open(Input::bytes(bytes.as_slice())).unwrap();
        let stated = source.frames();
        let found = source.count().unwrap();
        assert_eq!(found, decode(&bytes).unwrap().len() as u64, "{name}");
        assert!(
            stated.is_none_or(|stated| stated == found),
            "{name}: {stated:?}, {found}"
        );
        if ["low_rate.mp3", "variable.mp3", "slow_motion_dream.mp3"].contains(&name.as_str()) {
            assert_eq!(stated, Some(found), "{name}");
        }
    }
}
