//! `classify --manifest` and `extract --manifest`: the same rows in any number of shards, after kills, and with files that can't be read.
#![cfg(unix)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use parquet::file::reader::{FileReader, SerializedFileReader};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::program::{genrenet, recording, write_wav};

/// Every row of a Parquet file as text.
fn rows(path: &Path) -> Vec<String> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().to_string()).collect()
}

/// A column of a Parquet file as text, `null` where there is nothing.
fn column(path: &Path, name: &str) -> Vec<String> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        let (_, field) = row
            .get_column_iter()
            .find(|(found, _)| *found == name)
            .unwrap();
        field.to_string().trim_matches('"').to_owned()
    })
    .collect()
}

fn tone(path: &Path, number: usize) {
    let step = 0.05 + 0.01 * (number % 40) as f64;
    let sample = |i: u32| (8000.0 * (f64::from(i) * step).sin()) as i16;
    write_wav(path, &(0..8000).map(sample).collect::<Vec<_>>(), 8000);
}

/// A folder with songs and `songs.csv`, of nine rows, four of which have no sound.
fn few() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let songs = home.path().join("songs");
    fs::create_dir(&songs).unwrap();
    for name in ["lets_go_fishin.ogg", "slow_motion_dream.mp3"] {
        fs::copy(recording(name), songs.join(name)).unwrap();
    }
    for number in 0..2 {
        tone(&songs.join(format!("tone {number}.wav")), number);
    }
    fs::write(songs.join("broken.mp3"), "this is text").unwrap();
    fs::write(
        home.path().join("songs.csv"),
        "path,genre,artist,album,split\n\
         songs/lets_go_fishin.ogg,Country,Dan,\"One, two\",train\n\
         songs/missing.mp3,Rock,,,\n\
         songs/tone 0.wav,,,,\n\
         songs/broken.mp3,Jazz,Bo,,test\n\
         songs/slow_motion_dream.mp3,Été,,Ohne,\n\
         songs,Folder,,,\n\
         ,Nothing,,,\n\
         songs/tone 1.wav,,,,\n\
         songs/lets_go_fishin.ogg,Again,,,\n",
    )
    .unwrap();
    home
}

/// The command on a manifest of `home`.
fn part(home: &Path, words: &[&str], shard: &str, out: &str) -> Command {
    let mut command = genrenet();
    command
        .args(words)
        .args(["--manifest", "songs.csv", "--shard", shard, "--out", out])
        .current_dir(home)
        .stdout(Stdio::null());
    command
}

const EXTRACT: [&str; 7] = ["extract", "--mels", "8", "--mfcc", "4", "--rate", "own"];

fn ended(mut command: Command, code: i32) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{said}");
    said
}

#[test]
fn the_rows_are_the_same_in_any_number_of_shards() {
    let place = few();
    let home = place.path();
    for words in [
        &["classify"][..],
        &EXTRACT,
        &[&EXTRACT[..], &["--windows", "0.4"]].concat(),
    ] {
        let name = words.join("");
        let whole = home.join(format!("{name} whole.parquet"));
        let mut command = genrenet();
        command
            .args(words)
            .args(["--manifest", "songs.csv", "--out"])
            .arg(&whole);
        let said = ended(
            {
                command.current_dir(home);
                command
            },
            1,
        );
        assert!(
            said.contains("9 files written to") && said.contains("4 with an error"),
            "{said}"
        );
        for line in [
            "missing.mp3: ",
            "broken.mp3: ",
            "songs: ",
            "line 8, column `path`",
        ] {
            assert!(said.contains(line), "{said}");
        }
        let expected = rows(&whole);
        for of in [1, 3, 7] {
            let mut all = Vec::new();
            for number in 1..=of {
                let out = format!("{name} {number} of {of}.parquet");
                let mut command = part(home, words, &format!("{number}/{of}"), &out);
                let code = command.status().unwrap().code();
                assert!(matches!(code, Some(0 | 1)), "{code:?}");
                all.extend(rows(&home.join(out)));
            }
            assert!(all == expected, "{name}: {all:?} and {expected:?}");
        }
        let errors = column(&whole, "error");
        let failed = errors.iter().filter(|error| *error != "null").count();
        assert_eq!(failed, 4, "{errors:?}");
        let paths = column(&whole, "path");
        let missing = paths.iter().position(|path| path == "songs/missing.mp3");
        assert!(errors[missing.unwrap()] != "null" && errors[0] == "null");
        assert_eq!(column(&whole, "album")[0], "One, two");
        assert!(column(&whole, "split").contains(&"test".to_owned()));
    }
}

#[test]
fn a_part_has_the_numbers_of_classify() {
    let place = few();
    let home = place.path();
    ended(part(home, &["classify"], "1/1", "part.parquet"), 1);
    let out = home.join("part.parquet");
    let paths = [
        "songs/lets_go_fishin.ogg",
        "songs/missing.mp3",
        "songs/slow_motion_dream.mp3",
    ];
    let mut plain = genrenet();
    plain
        .args(["classify", "--csv"])
        .args(paths)
        .current_dir(home);
    let plain = String::from_utf8(plain.output().unwrap().stdout).unwrap();
    let mut lines = plain
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    for (cells, row) in lines.zip([0, 1, 4]) {
        for (&name, &text) in header.iter().zip(&cells) {
            let value = &column(&out, name)[row];
            let same = match (text.parse::<f64>(), value.parse::<f64>()) {
                (Ok(shown), Ok(exact)) => {
                    (shown - exact).abs()
                        <= 0.5001 * 10f64.powi(if name == "seconds" { -3 } else { -4 })
                }
                _ if text.is_empty() => value == "null",
                _ => name == "error" || text == value,
            };
            assert!(same, "{name}: {text} and {value}");
        }
    }
    assert_eq!(column(&out, "manifest_genre")[..2], ["Country", "Rock"]);
    assert_eq!(column(&out, "genre")[1], "null");
    assert_eq!(column(&out, "model")[0], "wide");
}

/// `songs.csv` of 1 700 rows, some of them without a file, in a folder of its own.
fn many() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for number in 0..40 {
        tone(&home.path().join(format!("{number}.wav")), number);
    }
    let mut table = "path\n".to_owned();
    (0..1700).for_each(|row| table += &format!("{}.wav\n", row % 41));
    fs::write(home.path().join("songs.csv"), table).unwrap();
    home
}

#[test]
fn a_part_that_is_killed_again_and_again_ends_in_the_same_bytes() {
    let place = many();
    let home = place.path();
    ended(part(home, &EXTRACT, "1/1", "undisturbed.parquet"), 1);
    let expected = fs::read(home.join("undisturbed.parquet")).unwrap();
    let out = home.join("part.parquet");
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut kills = 0;
    while !out.exists() && kills < 12 {
        let mut child = part(home, &EXTRACT, "1/1", "part.parquet")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(rng.random_range(30..1500)));
        // Ctrl-C, or a kill.
        let signal = ["INT", "KILL"][kills % 2];
        let sent = Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(sent.is_ok());
        child.wait().unwrap();
        kills += 1;
    }
    // Where a power cut took the end of what was written.
    let partial = home.join("part.parquet.partial");
    if let Ok(file) = File::options().write(true).open(&partial) {
        let size = file.metadata().unwrap().len();
        file.set_len(size - size / 10).unwrap();
    }
    ended(part(home, &EXTRACT, "1/1", "part.parquet"), 1);
    assert!(fs::read(&out).unwrap() == expected);
    for left in ["part.parquet.partial", "part.parquet.resume"] {
        assert!(!home.join(left).exists(), "{left}");
    }
    let said = ended(part(home, &EXTRACT, "1/1", "part.parquet"), 1);
    assert!(
        said.contains("already complete: 1700 files, 41 with an error"),
        "{said}"
    );
    assert!(fs::read(&out).unwrap() == expected);
}

#[test]
fn a_full_disk_keeps_what_was_written() {
    let place = many();
    let home = place.path();
    ended(part(home, &EXTRACT, "1/1", "undisturbed.parquet"), 1);
    let expected = fs::read(home.join("undisturbed.parquet")).unwrap();
    // Blocks of 512 bytes: half of the file.
    let blocks = expected.len() / 1024;
    let command = part(home, &EXTRACT, "1/1", "part.parquet");
    let mut full = Command::new("sh");
    full.args([
        "-c",
        &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""),
    ]);
    full.arg(command.get_program()).args(command.get_args());
    full.env("GENRENET_CACHE", home)
        .current_dir(home)
        .stdout(Stdio::null());
    let said = ended(full, 2);
    assert!(
        said.contains("part.parquet.partial: File too large"),
        "{said}"
    );
    assert!(!home.join("part.parquet").exists());
    let said = ended(part(home, &EXTRACT, "1/1", "part.parquet"), 1);
    assert!(said.contains("of them from before"), "{said}");
    assert!(fs::read(home.join("part.parquet")).unwrap() == expected);
    // A folder that can't be written.
    let said = ended(part(home, &EXTRACT, "1/1", "songs.csv/part.parquet"), 2);
    assert!(said.contains("songs.csv"), "{said}");
}

#[test]
fn another_manifest_other_options_and_another_process_are_refused() {
    let place = few();
    let home = place.path();
    let out = "part.parquet";
    ended(part(home, &EXTRACT, "1/3", out), 1);
    let before = fs::read(home.join(out)).unwrap();
    let said = ended(part(home, &EXTRACT, "2/3", out), 2);
    assert!(
        said.contains("shard was 1/3 and is 2/3") && said.contains("Remove it"),
        "{said}"
    );
    let other = ["extract", "--mels", "9", "--mfcc", "4", "--rate", "own"];
    let said = ended(part(home, &other, "1/3", out), 2);
    assert!(
        said.contains("features was ") && !said.contains("shard was"),
        "{said}"
    );
    let said = ended(part(home, &["classify"], "1/3", out), 2);
    assert!(
        said.contains("command was extract and is classify"),
        "{said}"
    );
    let table = home.join("songs.csv");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("Country", "Western")).unwrap();
    let said = ended(part(home, &EXTRACT, "1/3", out), 2);
    assert!(
        said.contains("manifest was ") && !said.contains("rows of it"),
        "{said}"
    );
    assert!(fs::read(home.join(out)).unwrap() == before);

    // The same names of genres, to which others belong.
    let own = ["classify", "--taxonomy", "own.toml"];
    let taxonomy = |rock: &str| {
        let text = format!("version = 1\n[genres]\nRock = [\"{rock}\"]\nRest = [\"Pop\"]\n");
        fs::write(home.join("own.toml"), text).unwrap();
    };
    taxonomy("Metal");
    ended(part(home, &own, "1/9", "own.parquet"), 0);
    taxonomy("Punk");
    let said = ended(part(home, &own, "1/9", "own.parquet"), 2);
    let words = "taxonomy was Rock (Rock, Metal); Rest (Pop) and is Rock (Rock, Punk); Rest (Pop)";
    assert!(said.contains(words), "{said}");

    let held: PathBuf = home.join("held.parquet.partial");
    let file = File::create(&held).unwrap();
    file.lock().unwrap();
    let said = ended(part(home, &EXTRACT, "1/3", "held.parquet"), 2);
    assert!(
        said.contains("held.parquet: another process writes it"),
        "{said}"
    );
    drop(file);
    ended(part(home, &EXTRACT, "1/3", "held.parquet"), 1);

    for shard in ["0/3", "4/3", "1", "x/y"] {
        let said = ended(part(home, &EXTRACT, shard, "wrong.parquet"), 2);
        assert!(said.contains("expected I/N"), "{said}");
    }
    let said = ended(part(home, &EXTRACT, "1/1", "part.npz"), 2);
    assert!(said.contains(".parquet"), "{said}");
}
