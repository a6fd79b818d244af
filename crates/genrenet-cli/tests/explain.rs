//! What decided, on recordings: the map is compared with the network, and the program says how that went.

use std::fs;
use std::path::Path;

use genrenet::audio::{Input, song_features};
use genrenet::model::{FeatureKind, Raw};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use crate::program::{genrenet, lines_of_json, recording, tones, write_wav};

/// Blocks along frequency and along time that are taken out, and in how many steps.
const BLOCKS: usize = 16;
const STEPS: usize = 8;

/// A split that keeps songs out of the training of a head, which else learns from all.
const SPLIT: &str =
    r#"--set=data.split={rule="grouped",by="folder",seed=1,shares=[0.7,0.15,0.15]}"#;

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
                .args(["explain", "--model", "fma8"])
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
    let found = model.attribute_with(&row, 0, None, &advance).unwrap();
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

/// Runs `explain` and returns its numbers, what it said, and its pictures of the genres along the song and of what decided.
fn explained(song: &Path, model: &[&str], out: &Path) -> (Value, String, [String; 2]) {
    let output = genrenet()
        .arg("explain")
        .arg(song)
        .args(model)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let numbers = lines_of_json(&fs::read(out.join("explain.json")).unwrap()).remove(0);
    let pictures = ["along.svg", "decided.svg"];
    let pictures = pictures.map(|name| fs::read_to_string(out.join(name)).unwrap());
    (numbers, said, pictures)
}

/// The answer of `classify --json`: each genre with its probability.
fn classified(song: &Path, model: &[&str]) -> Vec<(String, f64)> {
    let output = genrenet()
        .args(["classify", "--json"])
        .args(model)
        .arg(song)
        .output()
        .unwrap();
    let answer = lines_of_json(&output.stdout).remove(0);
    let genres = answer["genres"].as_array().unwrap().iter();
    let pair = |genre: &Value| {
        let name = genre["genre"].as_str().unwrap().to_owned();
        (name, genre["probability"].as_f64().unwrap())
    };
    genres.map(pair).collect()
}

/// What is explained of a model that reads segments of 3 s at 16 kHz.
fn expect_segments(numbers: &Value, answer: &[(String, f64)]) {
    let (top, probability) = &answer[0];
    assert_eq!(numbers["genre"].as_str(), Some(top.as_str()));
    assert!((numbers["probability"].as_f64().unwrap() - probability).abs() < 1e-9);
    let bands: Vec<f64> = numbers["band_hz"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hz| hz.as_f64().unwrap())
        .collect();
    assert_eq!(bands.len(), 96);
    assert!(
        bands.is_sorted() && bands[95] < 8000.0 && bands[95] > 7000.0,
        "{bands:?}"
    );
    let weights = numbers["attribution"]["weights"].as_array().unwrap();
    assert_eq!(
        (weights.len(), weights[0].as_array().unwrap().len()),
        (96, 187)
    );
    let along = &numbers["along"];
    assert_eq!(along["reads"], "segments");
    assert_eq!(along["window_seconds"], 2.992);
    // What is explained is the segment with the highest probability of the genre.
    let genres = numbers["genres"].as_array().unwrap();
    let genre = genres
        .iter()
        .position(|name| *name == numbers["explained"]["genre"])
        .unwrap();
    let windows = along["windows"].as_array().unwrap();
    let probability = |window: &&Value| window["probabilities"][genre].as_f64().unwrap();
    let most = windows.iter().map(|w| probability(&w)).fold(0.0, f64::max);
    let chosen = windows
        .iter()
        .find(|w| w["start"] == numbers["window"]["start"]);
    assert_eq!(probability(&chosen.unwrap()), most);
    let starts: Vec<f64> = windows
        .iter()
        .map(|window| window["start"].as_f64().unwrap())
        .collect();
    assert!(
        starts.windows(2).all(|pair| pair[1] - pair[0] > 2.99),
        "{starts:?}"
    );
    assert!(starts.last().unwrap() + 2.9 < numbers["seconds"].as_f64().unwrap());
}

#[test]
#[cfg(feature = "msd50")]
fn a_tag_of_a_network_of_segments_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let model = ["--model", "msd50"];
    let song = recording("slow_motion_dream.mp3");
    let answer = classified(&song, &model);
    let (numbers, said, [along, decided]) = explained(&song, &model, &folder.path().join("top"));
    expect_segments(&numbers, &answer);
    assert!(said.contains(&answer[0].0), "{said}");
    let trusted = numbers["attribution"]["caveat"].is_null();
    assert_eq!(decided.contains("Low trust"), !trusted);
    assert!(
        along.contains(">Tag<")
            && decided.contains(">Tag<")
            && decided.contains("4\u{a0}000")
            && !decided.contains("16\u{a0}000")
    );
    // Tags are independent: the least probable one has a probability of its own, and evidence of its own.
    let last = &answer[49];
    let named = ["--model", "msd50", "--genre", &last.0];
    let (of_last, _, _) = explained(&song, &named, &folder.path().join("last"));
    assert_eq!(
        of_last["explained"]["genre"].as_str(),
        Some(last.0.as_str())
    );
    assert!((of_last["explained"]["probability"].as_f64().unwrap() - last.1).abs() < 1e-9);
    assert_ne!(of_last["attribution"], numbers["attribution"]);
    let refused = genrenet()
        .arg("explain")
        .arg(&song)
        .args(["--model", "msd50", "--genre", "Polka"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(errors.contains("no such tag in msd50"), "{errors}");
}

#[test]
#[cfg(feature = "msd50")]
fn a_head_over_a_backbone_is_explained_along_songs_of_any_length() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    tones(&home.join("music"));
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/few-songs.toml");
    let output = genrenet()
        .args(["train", recipe, "--data", "music", "--out", "run", SPLIT])
        .current_dir(home)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let run = home.join("run");
    let model = ["--model", run.to_str().unwrap()];
    // 60 s of which the twelve segments of the answer are more than a half: low, then high.
    let long = home.join("long.wav");
    let pitch = |i: u32| if i < 30 * 22_050 { 0.02 } else { 0.4 };
    let tone = |i: u32| (8000.0 * (f64::from(i) * pitch(i)).sin()) as i16;
    let samples: Vec<i16> = (0..60 * 22_050).map(tone).collect();
    write_wav(&long, &samples, 22_050);
    let answer = classified(&long, &model);
    let (numbers, _, [along, _]) = explained(&long, &model, &home.join("long"));
    expect_segments(&numbers, &answer);
    let windows = numbers["along"]["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 20, "denser than the twelve of the answer");
    let genres = numbers["genres"].as_array().unwrap();
    let low = genres.iter().position(|genre| genre == "Low").unwrap();
    for window in windows {
        let (start, low) = (
            window["start"].as_f64().unwrap(),
            &window["probabilities"][low],
        );
        if !(27.0..30.0).contains(&start) {
            assert_eq!(low.as_f64().unwrap() > 0.5, start < 29.0, "{window}");
        }
    }
    assert!(along.contains(">Genre<"));
    // A song that is shorter than a segment is shown as long as it is.
    let short = home.join("music/Low/artist 0/0.wav");
    let (numbers, _, _) = explained(&short, &model, &home.join("short"));
    let weights = numbers["attribution"]["weights"].as_array().unwrap();
    assert_eq!(
        (weights.len(), weights[0].as_array().unwrap().len()),
        (96, 94)
    );
    assert_eq!(numbers["window"]["seconds"], 1.5);
    assert_eq!(numbers["along"]["windows"].as_array().unwrap().len(), 1);
    assert_eq!(classified(&short, &model)[0].0, "Low");

    // The rows hold only embeddings: clips are explained from their files, where they are.
    let report = |out: &str| {
        let output = genrenet()
            .args(["report", "run", "--out", out])
            .current_dir(home)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (done, said) = report("page");
    assert!(done, "{said}");
    let page = home.join("page");
    for name in ["clip-1.svg", "decided-1.svg"] {
        let svg = fs::read_to_string(page.join("pictures").join(name)).unwrap();
        assert!(svg.contains("Frequency (Hz)"), "{name}");
    }
}

#[test]
#[cfg(feature = "msd50")]
fn tags_beside_a_log_mel_take_part_in_what_decided() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    tones(&home.join("music"));
    let run = |arguments: &[&str]| {
        let output = genrenet().args(arguments).current_dir(home).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let configs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs");
    let [own, few] = ["own-music", "few-songs"].map(|name| format!("{configs}/{name}.toml"));
    let data = ["--data", "music", "--out"];
    let epochs = ["--set", "train.epochs=2"];
    run(&[&["train", &own][..], &data, &["image"], &epochs].concat());
    let windows = [
        SPLIT,
        "--set=front_end.windowing.seconds=30",
        "--set=front_end.windowing.windows=3",
        "--set=front_end.segments.segments=10",
    ];
    run(&[&["train", &few][..], &data, &["tags"], &windows].concat());
    let both = [&data[..], &["both", "--full", "--weights", "1,9"]].concat();
    run(&[&["combine", "image", "tags"][..], &both].concat());
    let song = recording("slow_motion_dream.mp3");
    let [of_both, of_image] = ["both", "image"].map(|model| {
        let folder = home.join(model);
        let model = ["--model", folder.to_str().unwrap()];
        explained(&song, &model, &home.join("explained")).0
    });
    assert_eq!(of_both["along"]["reads"], "windows");
    let attribution = &of_both["attribution"];
    assert_eq!(attribution["method"], "occlusion");
    assert_eq!(attribution["weights"].as_array().unwrap().len(), 128);
    assert!(attribution["weights"] != of_image["attribution"]["weights"]);
    run(&["report", "both", "--data", "music", "--out", "page"]);
    let page = fs::read_to_string(home.join("page/report.html")).unwrap();
    assert!(home.join("page/pictures/decided-1.svg").exists());
    assert!(!page.contains("log-mel alone"));
}
