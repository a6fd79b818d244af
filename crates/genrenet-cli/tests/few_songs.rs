//! A head over a frozen backbone, from audio files: one song of each genre is enough.
#![cfg(feature = "msd50")]

use std::fs;
use std::path::Path;

use genrenet::model::WeightType;

use crate::program::{genrenet, lines_of_json, tones, write_wav};

const RECIPE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/few-songs.toml");

/// `genrenet train WORDS --out RUN`: whether it did all, and what it said.
fn train(words: &[&str], run: &Path) -> (bool, String) {
    let trained = genrenet()
        .arg("train")
        .args(words)
        .arg("--out")
        .arg(run)
        .output()
        .unwrap();
    let said = [trained.stderr, trained.stdout].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (trained.status.success(), said)
}

/// Leaves one song of a genre.
fn keep_one_song(genre: &Path) {
    for artist in 1..5 {
        fs::remove_dir_all(genre.join(format!("artist {artist}"))).unwrap();
    }
    let songs = fs::read_dir(genre.join("artist 0")).unwrap();
    let mut songs: Vec<_> = songs.map(|entry| entry.unwrap().path()).collect();
    songs.sort();
    let others = songs[1..].iter();
    others.for_each(|song| fs::remove_file(song).unwrap());
}

/// How many songs below a folder are classified, and how many of them as the folder that they are in.
fn classified(run: &Path, music: &Path) -> (usize, usize) {
    let answers = genrenet()
        .args(["classify", "--json", "--model"])
        .arg(run)
        .arg(music)
        .output()
        .unwrap();
    let answers = lines_of_json(&answers.stdout);
    let right = answers.iter().filter(|answer| {
        let path = answer["path"].as_str().unwrap();
        path.contains(answer["genres"][0]["genre"].as_str().unwrap())
    });
    (answers.len(), right.count())
}

#[test]
fn a_head_over_tags_is_learned_from_a_folder_and_used() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    let (done, said) = train(&[music.to_str().unwrap()], &run);
    assert!(done, "{said}");
    for words in [
        "music: 2 genres, 20 songs, from all of which the head learns",
        "expect about 100 % right answers for new songs (95 % interval 72–100 %): 20 of 20 songs were right in 5 folds, \
         classified by heads that had learned from no song of the same folder",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(
        !said.contains("validation") && !said.contains("for comparison"),
        "{said}"
    );
    assert_eq!(classified(&run, &music), (20, 20));
    let refused = genrenet()
        .arg("evaluate")
        .arg(&run)
        .args(["--on", "test"])
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("its card has the figure"), "{why}");
    let card = fs::read_to_string(run.join("bundle/CARD.md")).unwrap();
    assert!(card.contains("music, out of fold"), "{card}");
    // A finished head is not overwritten, and the run's folder is not that of the music.
    let bundle = || fs::read(run.join("bundle/weights.safetensors")).unwrap();
    let before = bundle();
    for network in [&[][..], &["--from-scratch"]] {
        let words = [&[music.to_str().unwrap()][..], network].concat();
        let (done, said) = train(&words, &run);
        assert!(!done && said.contains("holds a run already"), "{said}");
        let (done, said) = train(&words, &music);
        assert!(!done && said.contains("found that of the data"), "{said}");
    }
    assert!(before == bundle());
    // What qualifies the figures goes before them.
    let measured = genrenet().arg("evaluate").arg(&run).output().unwrap();
    let text = String::from_utf8_lossy(&measured.stdout).into_owned();
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words}: {text}"))
    };
    let note = at("20 of 20 rows were learned by music: figures with them are not those of new");
    assert!(note < at("top-1"), "{text}");
    let folds = home.path().join("folds");
    let (done, said) = train(&[music.to_str().unwrap(), "--folds", "2"], &folds);
    assert!(done, "{said}");
    // The figures of a fold are those of its bundle as it was saved.
    let fold = folds.join("fold-1");
    let measured = genrenet()
        .args(["evaluate", "--json", "--on", "validation"])
        .arg(&fold)
        .output()
        .unwrap();
    let kept = fs::read(fold.join("validation.json")).unwrap();
    let [kept, measured]: [serde_json::Value; 2] =
        [kept, measured.stdout].map(|json| serde_json::from_slice(&json).unwrap());
    for figure in ["n", "top1", "ece", "log_loss", "coverage"] {
        assert_eq!(kept[figure], measured[figure], "{figure}");
    }
    assert!(
        said.contains("2 folds, grouped by folder (20 rows): top-1 "),
        "{said}"
    );
    // Song by song, artists are on both sides of a fold.
    let by_song = home.path().join("by-song");
    let words = [music.to_str().unwrap(), "--split-by", "random"];
    let (done, said) = train(&words, &by_song);
    assert!(done, "{said}");
    assert!(
        said.contains("of the same artists among them: the figure may be too high"),
        "{said}"
    );
    // The bundle holds its backbone: it needs no other file.
    let moved = home.path().join("moved");
    fs::rename(run.join("bundle"), &moved).unwrap();
    let card = fs::read_to_string(moved.join("CARD.md")).unwrap();
    assert!(
        card.contains("Copyright (c) Music Technology Group"),
        "{card}"
    );
    let description = fs::read_to_string(moved.join("model.toml")).unwrap();
    assert!(description.contains("[backbone]\nname = \"msd50\""));
    let exported = home.path().join("onnx");
    let done = genrenet()
        .arg("export")
        .arg(&moved)
        .arg("--onnx")
        .arg(&exported)
        .output()
        .unwrap();
    assert!(done.status.success());
    assert!(exported.join("backbone-msd50.onnx").is_file());
    assert!(exported.join("classify.py").exists());
}

#[test]
fn one_song_of_each_genre_is_enough() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    keep_one_song(&music.join("Low"));
    keep_one_song(&music.join("High"));
    // The recipe's file is what is built in.
    let (done, said) = train(&[RECIPE, "--data", music.to_str().unwrap()], &run);
    assert!(done, "{said}");
    for words in [
        "too few songs to measure how often it is right",
        "no answer will be marked unsure",
        "among the ten genres of GTZAN such a head is right for 58.0 % of clips after 1 clip of each",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(classified(&run, &music), (2, 2));
}

#[test]
fn a_genre_with_one_song_is_learned_beside_genres_that_are_measured() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    let samples: Vec<i16> = (0..33_075i64).map(|i| (i * i % 9_973) as i16).collect();
    fs::create_dir_all(music.join("Noise")).unwrap();
    write_wav(&music.join("Noise/one.wav"), &samples, 22_050);
    let (done, said) = train(&[music.to_str().unwrap()], &run);
    assert!(done, "{said}");
    for words in [
        "a head over msd50 is learned: the median genre has 10 songs, and below 100 a network from scratch (--from-scratch) does",
        "20 of 20 songs were right",
        "learned and not measured, as their songs are of one group each: Noise",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(classified(&run, &music), (21, 21));
}

#[test]
fn a_song_in_two_genres_is_named_and_learned_in_neither() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    let copy = music.join("High/artist 0/copy.wav");
    fs::copy(music.join("Low/artist 0/1.wav"), copy).unwrap();
    let (done, said) = train(&[music.to_str().unwrap()], &run);
    assert!(done, "{said}");
    for words in [
        "2 genres, 19 songs",
        "left out of both: High/artist 0/copy.wav = Low/artist 0/1.wav",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn what_a_head_does_not_have_names_the_option_that_has_it() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    let music = music.to_str().unwrap();
    for (words, why) in [
        (
            &[music, "--set", "train.epochs=3"][..],
            "--set train.epochs=3: ",
        ),
        (
            &[music, "--set", "augment.mixup=0.3"],
            "--set augment.mixup=0.3: ",
        ),
        (
            &[music, "--set", "network.trunk.0.rate=0.5"],
            "network.trunk.0.rate=0.5: ",
        ),
        (&[music, "--find-lr"], "no learning rate"),
        (
            &[RECIPE, "--from-scratch"],
            "expected a folder of genre folders",
        ),
        (&[music, "--head", "--from-scratch"], "cannot be used with"),
    ] {
        let (done, said) = train(words, &run);
        assert!(!done && said.contains(why), "{words:?}: {said}");
        assert!(said.contains("--from-scratch"), "{words:?}: {said}");
    }
    let (done, said) = train(&[RECIPE, "--data", music, "--set", "train.batch=8"], &run);
    let why = "train.batch = 8: expected 32, as train.solve is given";
    assert!(!done && said.contains(why), "{said}");
    assert!(!run.exists());
}

#[test]
fn one_genre_is_refused_before_a_choice_is_said() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    fs::remove_dir_all(music.join("High")).unwrap();
    let (done, said) = train(&[music.to_str().unwrap()], &run);
    assert!(
        !done && said.contains("expected two genres at least, found only Low"),
        "{said}"
    );
    assert!(!said.contains("is learned"), "{said}");
}

/// The network of a backbone is made anew under the same name: what was cached for the old one is of no use.
#[test]
fn embeddings_of_another_version_of_the_backbone_are_computed_again() {
    let home = tempfile::tempdir().unwrap();
    let music = home.path().join("music");
    tones(&music);
    let mut backbone = genrenet::shipped::load("msd50").unwrap();
    let folder = home.path().join("backbone");
    let learn = |run: &str, cache: &str| {
        let trained = genrenet()
            .env("GENRENET_CACHE", home.path().join(cache))
            .current_dir(home.path())
            .args([
                "train",
                "music",
                "--out",
                run,
                "--set",
                "inputs.0.backbone=backbone",
            ])
            .output()
            .unwrap();
        assert!(trained.status.success(), "{trained:?}");
        fs::read(home.path().join(run).join("bundle/weights.safetensors")).unwrap()
    };
    backbone.save(&folder, WeightType::F32).unwrap();
    let first = learn("first", "cache");
    let state = backbone.members[0].network.state().into_iter();
    let mut state: Vec<_> = state.map(|(name, tensor)| (name, tensor.clone())).collect();
    state[0].1.data.iter_mut().for_each(|x| *x += 0.5);
    backbone.members[0].network.load_state(&state).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    backbone.save(&folder, WeightType::F32).unwrap();
    let second = learn("second", "cache");
    assert!(first != second);
    assert!(second == learn("anew", "empty"));
}

#[test]
fn a_backbone_that_is_not_there_or_reads_other_segments_is_named() {
    let home = tempfile::tempdir().unwrap();
    let music = home.path().join("music");
    tones(&music);
    for (change, words) in [
        ("inputs.0.backbone=\"msd51\"", "inputs.0.backbone: msd51: "),
        #[cfg(not(feature = "mtt50"))]
        (
            "inputs.0.backbone=\"mtt50\"",
            "this build is without the cargo feature `mtt50`, which brings that model",
        ),
        (
            "inputs.0.backbone=\"fma8\"",
            "a bundle of one network that reads segments",
        ),
        (
            "front_end.segments.rate=22050",
            "front_end.segments.rate = 22050: expected 16000, as msd50 reads",
        ),
        ("inputs.0.source=\"values\"", "inputs.0.backbone = given"),
    ] {
        let refused = genrenet()
            .current_dir(home.path())
            .args([
                "train", RECIPE, "--data", "music", "--out", "run", "--set", change,
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{change}: {said}");
        assert!(said.contains(words), "{change}: {said}");
    }
}
