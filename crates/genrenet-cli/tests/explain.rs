//! What decided, on recordings: the map is compared with the network, and the program says how that went.

mod program;

use std::fs;

use genrenet::audio::{Input, song_features};
use genrenet::model::{FeatureKind, Raw};
use program::{genrenet, lines_of_json, recording};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Blocks along frequency and along time that are taken out, and in how many steps.
const BLOCKS: usize = 16;
const STEPS: usize = 8;

#[test]
fn deleting_by_weight_takes_the_genre_away_sooner_than_any_order() {
    let model = genrenet::shipped::load("fma8").unwrap();
    let song = recording("slow_motion_dream.mp3");
    let features = song_features(Input::path(&song).unwrap(), &model.front_end.unwrap()).unwrap();
    let row = Raw::of_window(&features.windows[0]);
    let genre = model.classify(&features).unwrap().ranking[0];
    let weights = model.attribute(&row, genre).unwrap().weights;
    let log_mel = row.get(FeatureKind::Logmel).unwrap();
    let (bands, frames) = (log_mel.shape[0], log_mel.shape[1]);
    let block =
        |cell: usize| cell / frames * BLOCKS / bands * BLOCKS + cell % frames * BLOCKS / frames;
    // The genre's mean probability while blocks become their bands' mean level in an order.
    let deletion = |order: &[usize]| {
        let mut place = vec![0; order.len()];
        for (at, &block) in order.iter().enumerate() {
            place[block] = at;
        }
        let variant = |step: usize| {
            let mut variant = row.clone();
            let levels = &mut variant.get_mut(FeatureKind::Logmel).unwrap().data;
            for (band, levels) in levels.chunks_mut(frames).enumerate() {
                let mean = levels.iter().sum::<f32>() / frames as f32;
                for (frame, level) in levels.iter_mut().enumerate() {
                    if place[block(band * frames + frame)] < order.len() * step / STEPS {
                        *level = mean;
                    }
                }
            }
            variant
        };
        let variants: Vec<Raw> = (1..STEPS).map(variant).collect();
        let all = model.uncalibrated(&variants).unwrap();
        let of_genre = all.chunks(model.genres.len()).map(|row| row[genre]);
        of_genre.sum::<f32>() / (STEPS - 1) as f32
    };
    let mut sums = vec![0.0f32; BLOCKS * BLOCKS];
    for (cell, weight) in weights.data.iter().enumerate() {
        sums[block(cell)] += weight;
    }
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by(|&a, &b| sums[b].total_cmp(&sums[a]));
    let by_weight = deletion(&order);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..5 {
        order.shuffle(&mut rng);
        let random = deletion(&order);
        assert!(by_weight < random, "{by_weight} {random}");
    }
}

#[test]
fn the_image_says_how_far_it_is_to_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let mut low = 0;
    for name in ["slow_motion_dream.mp3", "searching.opus"] {
        let explained = |threads: &str| {
            let out = folder.path().join(threads);
            let output = genrenet()
                .env("RAYON_NUM_THREADS", threads)
                .arg("explain")
                .arg(recording(name))
                .arg("--out")
                .arg(&out)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            assert!(!out.join("occlusion.svg").exists(), "there is one image");
            let said = String::from_utf8(output.stdout).unwrap();
            let files = ["explain.json", "decided.svg", "decided.png"];
            (said, files.map(|file| fs::read(out.join(file)).unwrap()))
        };
        let (said, files) = explained("1");
        assert_eq!(files, explained("3").1, "{name}: threads change nothing");
        let svg = String::from_utf8_lossy(&files[1]);
        let numbers = &lines_of_json(&files[0])[0]["attribution"];
        let number = |key: &str| {
            let value = numbers[key].as_f64();
            value.unwrap_or_else(|| panic!("{name}: {key} of {numbers}"))
        };
        let trusted = number("held_out_occlusion") >= 0.7
            && number("insertion") > number("deletion")
            && number("probability") > number("baseline_probability");
        assert_eq!(numbers["caveat"].is_null(), trusted, "{name}: {numbers}");
        assert_eq!(svg.contains("Low trust"), !trusted, "{name}");
        assert_eq!(said.contains("Low trust"), !trusted, "{name}: {said}");
        low += usize::from(!trusted);
    }
    assert_eq!(low, 1, "one of the two is not to be trusted");
}

#[test]
fn attribution_reports_its_progress_up_to_the_end() {
    let model = genrenet::shipped::load("fma8").unwrap();
    let song = recording("slow_motion_dream.mp3");
    let features = song_features(Input::path(&song).unwrap(), &model.front_end.unwrap()).unwrap();
    let row = Raw::of_window(&features.windows[0]);
    let steps = std::cell::RefCell::new(Vec::new());
    let advance = |done, of| steps.borrow_mut().push((done, of));
    let found = model.attribute_with(&row, 0, &advance).unwrap();
    assert_eq!(found, model.attribute(&row, 0).unwrap());
    let steps = steps.into_inner();
    let total = steps[0].1;
    assert_eq!(steps[0], (0, total));
    assert!(
        steps.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "{steps:?}"
    );
    assert_eq!(steps.last(), Some(&(total, total)), "{steps:?}");
    assert!(steps.len() > 3 && steps.iter().all(|step| step.1 == total));
}
