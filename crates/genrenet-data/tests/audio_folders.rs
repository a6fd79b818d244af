//! Data sets of audio files: folders of genres and tables of paths, with synthesised sound.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use genrenet_audio::{FrontEnd, Input, LogMelSpec, MfccHead, Rate, Windowing, song_features};
use genrenet_data::features::{self, Storage};
use genrenet_data::{DataError, Rule, Split, SplitRule};

use crate::tones::{open, tone};

fn front_end() -> FrontEnd {
    FrontEnd {
        log_mel: Some(LogMelSpec {
            rate: Rate::Own,
            n_mels: 32,
            ..Default::default()
        }),
        windowing: Windowing {
            seconds: 2.0,
            frames: 16,
            windows: 3,
        },
        segments: None,
        mfcc_head: Some(MfccHead {
            seconds: 1.0,
            ..Default::default()
        }),
    }
}

#[test]
fn folders_are_genres_and_sub_folders_groups() {
    let dir = tempfile::tempdir().unwrap();
    for (g, genre) in ["Folk", "Rock"].iter().enumerate() {
        for artist in 0..6 {
            for song in 0..3 {
                let path = format!("{genre}/artist {artist}/album/{song}.wav");
                let hz = 100.0 + 400.0 * g as f32 + 30.0 * artist as f32 + song as f32;
                tone(&dir.path().join(path), hz, 1.0);
            }
        }
    }
    fs::write(dir.path().join("Rock/artist 0/cover.jpg"), "image").unwrap();
    fs::write(dir.path().join("Rock/.hidden"), "x").unwrap();
    let data = open(dir.path());
    assert_eq!(data.genres, ["Folk", "Rock"]);
    assert_eq!(data.rows.len(), 36);
    assert_eq!(data.rows[0].id, "Folk/artist 0/album/0.wav");
    assert_eq!(
        data.split.to_string(),
        "grouped by folder, 70/15/15, seed 0"
    );
    assert!(data.divided_groups().is_empty());
    for split in Split::ALL {
        assert!(
            data.counts(split).iter().all(|&n| n >= 3),
            "{split}: {:?}",
            data.counts(split)
        );
    }
    for fold in data.folds(3, 1) {
        assert_eq!(fold.len(), 12);
    }
}

#[test]
fn folders_without_music_are_left_out_with_a_note() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3 {
        tone(
            &dir.path().join(format!("Folk/{i}.wav")),
            200.0 + i as f32,
            1.5,
        );
        tone(
            &dir.path().join(format!("Rock/{i}.wav")),
            900.0 + i as f32,
            1.5,
        );
    }
    for path in [
        "@eaDir/SYNOINDEX_MEDIA_INFO",
        "System Volume Information/tracking.bin",
        "Docs/manual.PDF",
        "Docs/notes/readme.md",
        "Folk/@eaDir/0.wav/SYNOAUDIO_01APIC",
        "Folk/Icon\r",
        "Folk/0.cdg",
        "Rock/list.fpl",
        "Rock/film.srt",
        "Rock/film.avi",
        "Backup/disk.image",
    ] {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "no sound").unwrap();
    }
    let mut data = open(dir.path());
    assert_eq!(data.genres, ["Backup", "Folk", "Rock"]);
    let note = "folders without music are left out: @eaDir, Docs, System Volume Information";
    assert_eq!(data.notes, [note]);
    // Files that are no audio by their content are found when they are decoded.
    let go = AtomicBool::new(false);
    let bad = features::compute(
        &mut data,
        &front_end(),
        None,
        &Storage::in_memory(),
        &|_, _| {},
        &go,
    )
    .unwrap();
    assert_eq!(bad.len(), 1);
    assert_eq!(data.genres, ["Folk", "Rock"]);
    assert_eq!(
        data.notes.last().unwrap(),
        "genres without a song left are left out: Backup"
    );
    assert_eq!((data.rows.len(), data.rows[5].genre), (6, Some(1)));
}

#[test]
fn genres_that_differ_in_spelling_only_get_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("list.csv");
    fs::write(
        &table,
        "genre,x\nRock,1\nROCK,2\nJazz,3\nM\u{fa}sica,4\nMu\u{301}sica,5\n",
    )
    .unwrap();
    let data = open(&table);
    assert_eq!(data.genres.len(), 5, "they are not merged unasked");
    assert_eq!(
        data.notes,
        [
            "the genres Mu\u{301}sica and M\u{fa}sica differ in spelling only: if they are the same genre, give them one name",
            "the genres ROCK and Rock differ in spelling only: if they are the same genre, give them one name",
        ]
    );
}

#[cfg(unix)]
#[test]
fn folders_whose_names_are_not_utf_8_are_not_merged() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    for (name, pitch) in [(&b"\xfe"[..], 300.0), (b"\xff", 400.0), (b"\\xff", 500.0)] {
        let name = std::ffi::OsStr::from_bytes(name);
        for i in 0..3 {
            tone(
                &dir.path().join(name).join(format!("{i}.wav")),
                pitch + i as f32,
                1.0,
            );
        }
    }
    let data = open(dir.path());
    assert_eq!(data.genres, ["\\\\xff", "\\xFE", "\\xFF"]);
    let ids: std::collections::HashSet<&str> =
        data.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), 9);
}

#[test]
fn flat_folders_split_at_random_and_copies_stay_together() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..10 {
        tone(
            &dir.path().join(format!("a/{i}.wav")),
            100.0 + i as f32,
            1.0,
        );
        tone(
            &dir.path().join(format!("b/{i}.wav")),
            300.0 + i as f32,
            1.0,
        );
    }
    fs::copy(dir.path().join("a/3.wav"), dir.path().join("a/copy.wav")).unwrap();
    let data = open(dir.path());
    assert_eq!(data.split.rule, Rule::Random);
    let note = data
        .notes
        .iter()
        .find(|n| n.contains("repeat another exactly") || n.contains("repeats another exactly"))
        .unwrap();
    assert!(
        note.contains("0 with another genre") && note.contains("a/3.wav = a/copy.wav"),
        "{note}"
    );
    for seed in 0..20 {
        let mut data = data.clone();
        data.resplit(&SplitRule::new(Rule::Random, seed)).unwrap();
        let subset = |id: &str| data.rows.iter().find(|r| r.id == id).unwrap().split;
        assert_eq!(subset("a/3.wav"), subset("a/copy.wav"), "seed {seed}");
        for (fold, rows) in data.folds(4, seed).iter().enumerate() {
            let held = |id: &str| rows.iter().any(|&row| data.rows[row].id == id);
            assert_eq!(held("a/3.wav"), held("a/copy.wav"), "fold {fold}");
        }
    }
}

#[test]
fn a_song_in_two_genres_is_left_out_of_both_and_named() {
    let dir = tempfile::tempdir().unwrap();
    for (genre, pitch) in [("a", 100.0), ("b", 300.0), ("c", 500.0)] {
        for i in 0..3 {
            let song = dir.path().join(format!("{genre}/{i}.wav"));
            tone(&song, pitch + i as f32, 1.0);
        }
    }
    let copy = |from: &str, to: &str| {
        fs::copy(dir.path().join(from), dir.path().join(to)).unwrap();
    };
    copy("a/1.wav", "b/same.wav");
    let data = open(dir.path());
    let ids: Vec<&str> = data.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "a/0.wav", "a/2.wav", "b/0.wav", "b/1.wav", "b/2.wav", "c/0.wav", "c/1.wav", "c/2.wav"
        ]
    );
    let note = "1 file is in several genres, and left out of both: a/1.wav = b/same.wav";
    assert!(data.notes.contains(&note.to_owned()), "{:?}", data.notes);
    // A genre without another song is no genre any more.
    for i in 0..3 {
        copy(&format!("c/{i}.wav"), &format!("a/of c {i}.wav"));
    }
    copy("c/0.wav", "b/of c 0.wav");
    let data = open(dir.path());
    assert_eq!(data.genres, ["a", "b"]);
    let words = "4 files are in several genres, and left out of all of them: a/1.wav = b/same.wav, \
        a/of c 0.wav = b/of c 0.wav = c/0.wav";
    assert!(
        data.notes.iter().any(|note| note.starts_with(words)),
        "{:?}",
        data.notes
    );
    let note = "genres without a song left are left out: c";
    assert!(data.notes.contains(&note.to_owned()), "{:?}", data.notes);
    // A table that names subsets is taken as it is.
    let table = dir.path().join("songs.csv");
    fs::write(
        &table,
        "path,genre,split\na/1.wav,a,train\nb/same.wav,b,test\nb/0.wav,b,train\n",
    )
    .unwrap();
    assert_eq!(open(&table).rows.len(), 3);
    fs::write(&table, "path,genre\na/1.wav,a\nb/same.wav,b\nb/0.wav,b\n").unwrap();
    assert_eq!(open(&table).rows.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_to_themselves_end() {
    let dir = tempfile::tempdir().unwrap();
    tone(&dir.path().join("a/1.wav"), 100.0, 1.0);
    tone(&dir.path().join("b/1.wav"), 200.0, 1.0);
    std::os::unix::fs::symlink(dir.path().join("a"), dir.path().join("a/again")).unwrap();
    assert_eq!(open(dir.path()).rows.len(), 2);
}

#[test]
fn tables_of_paths_are_relative_to_themselves() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..4 {
        tone(
            &dir.path().join(format!("songs/{i}.wav")),
            100.0 + i as f32,
            1.0,
        );
    }
    let table = dir.path().join("list.tsv");
    fs::write(&table, "path\tgenre\tsplit\tartist\nsongs/0.wav\tRock\ttrain\tA\nsongs/1.wav\tFolk\ttrain\tB\nsongs/2.wav\tRock\tvalid\tC\nsongs/3.wav\tFolk\ttest\tA\ngone.wav\tFolk\ttest\tA\n").unwrap();
    let data = open(&table);
    assert_eq!(data.rows.len(), 4);
    assert_eq!(data.split.rule, Rule::Official);
    assert_eq!(data.notes, ["1 file of the table does not exist: gone.wav"]);
    let group = data.rows[0].group.unwrap();
    assert_eq!(data.divided_groups(), [(group, vec![0, 3])]);
    assert_eq!(data.rows[2].split, Split::Validation);
    assert!(data.rows[0].path.as_ref().unwrap().is_file());
}

#[test]
fn training_and_classification_compute_the_same_features() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3 {
        tone(
            &dir.path().join(format!("a/{i}.wav")),
            200.0 + 50.0 * i as f32,
            1.5 + 3.0 * i as f32,
        );
        tone(
            &dir.path().join(format!("b/{i}.wav")),
            900.0 + 50.0 * i as f32,
            9.0,
        );
    }
    fs::write(dir.path().join("a/broken.mp3"), "this is text").unwrap();
    let kept = tempfile::tempdir().unwrap();
    let cache = Some(kept.path().join("features"));
    let memory = Storage::MEMORY;
    let storage = Storage { cache, memory };
    let front_end = front_end();
    let go = AtomicBool::new(false);
    let calls = AtomicUsize::new(0);
    let count = |done: usize, file: &Path| {
        assert!(done < 7 && file.starts_with(dir.path()));
        calls.fetch_add(1, Ordering::Relaxed);
    };
    let mut data = open(dir.path());
    let bad = features::compute(&mut data, &front_end, None, &storage, &count, &go).unwrap();
    assert_eq!((bad.len(), calls.load(Ordering::Relaxed)), (1, 7));
    assert!(bad[0].path.ends_with("broken.mp3") && !bad[0].error.to_string().is_empty());
    assert!(
        data.notes
            .iter()
            .any(|n| n.starts_with("1 of 7 files cannot be decoded") && n.contains("broken.mp3"))
    );
    assert_eq!(data.rows.len(), 6);

    let (logmel, mfcc) = (data.array("logmel").unwrap(), data.array("mfcc").unwrap());
    assert_eq!(
        (logmel.shape.as_slice(), mfcc.shape[1]),
        (&[32, 16][..], 20)
    );
    for (i, row) in data.rows.iter().enumerate() {
        let expected =
            song_features(Input::path(row.path.as_ref().unwrap()).unwrap(), &front_end).unwrap();
        assert_eq!(logmel.windows(i), expected.windows.len());
        for (w, window) in expected.windows.iter().enumerate() {
            let mut out = vec![0.0; 32 * 16];
            logmel.read_window(i, w, &mut out).unwrap();
            assert_eq!(out, window.log_mel.as_ref().unwrap().data);
            let mut out = vec![0.0; mfcc.row_len()];
            mfcc.read_window(i, w, &mut out).unwrap();
            assert_eq!(out, window.mfcc.as_ref().unwrap().data);
        }
    }
    assert_eq!(logmel.windows(5), 3);

    // A second time everything comes from the cache, and is the same.
    let mut again = open(dir.path());
    features::compute(&mut again, &front_end, None, &storage, &|_, _| {}, &go).unwrap();
    assert_eq!(again.fingerprint, data.fingerprint);
    let mut without = open(dir.path());
    features::compute(
        &mut without,
        &front_end,
        None,
        &Storage::in_memory(),
        &|_, _| {},
        &go,
    )
    .unwrap();
    assert_eq!(without.fingerprint, data.fingerprint);

    go.store(true, Ordering::Relaxed);
    let stopped = features::compute(
        &mut open(dir.path()),
        &front_end,
        None,
        &Storage::in_memory(),
        &|_, _| {},
        &go,
    );
    assert!(matches!(stopped, Err(DataError::Stopped)));
}

#[test]
fn a_folder_of_text_files_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for genre in ["a", "b"] {
        fs::create_dir_all(dir.path().join(genre)).unwrap();
        let text = format!("text of {genre}");
        fs::write(dir.path().join(genre).join("x.mp3"), text).unwrap();
    }
    let mut data = open(dir.path());
    let error = features::compute(
        &mut data,
        &front_end(),
        None,
        &Storage::in_memory(),
        &|_, _| {},
        &AtomicBool::new(false),
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("none of 2 files can be decoded, the first: "),
        "{error}"
    );
}
