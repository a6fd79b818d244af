//! Explanations and pictures of songs from the outside.

use std::fs;
use std::path::Path;

use crate::program::run::{HOSTILE, made, succeeded};
use crate::program::{genrenet, lines_of_json, train_network, write_wav};

#[test]
fn a_song_is_explained_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let song = folder.path().join("<b>tone.wav");
    let samples: Vec<i16> = (0..44_100u32)
        .map(|i| (8000.0 * (f64::from(i) * 0.4).sin()) as i16)
        .collect();
    write_wav(&song, &samples, 22_050);
    let out = folder.path().join("why");
    let output = genrenet()
        .arg("explain")
        .arg(&song)
        .arg("--model")
        .arg(&made().run)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    succeeded(&output);
    for name in ["decided", "along"] {
        let png = fs::read(out.join(name).with_extension("png")).unwrap();
        assert_eq!(&png[1..4], b"PNG", "{name}");
        let svg = fs::read_to_string(out.join(name).with_extension("svg")).unwrap();
        assert!(svg.contains("<svg") && !svg.contains("<b>"), "{name}");
    }
    let numbers = &lines_of_json(&fs::read(out.join("explain.json")).unwrap())[0];
    let bands = numbers["band_hz"].as_array().unwrap().len();
    let rows = numbers["attribution"]["weights"].as_array().unwrap();
    assert_eq!(rows.len(), bands);
    assert_eq!(rows[0].as_array().unwrap().len(), 128);
    assert_eq!(numbers["along"]["windows"].as_array().unwrap().len(), 1);
    assert_eq!(numbers["explained"]["genre"], numbers["genre"]);
    let asked = |genre: &str, out: &Path| {
        genrenet()
            .arg("explain")
            .arg(&song)
            .arg("--model")
            .arg(&made().run)
            .args(["--genre", genre])
            .arg("--out")
            .arg(out)
            .output()
            .unwrap()
    };
    // The other one of the two genres, whatever its case.
    let other = if numbers["genre"] == "Low" {
        HOSTILE
    } else {
        "low"
    };
    let out = folder.path().join("other");
    succeeded(&asked(other, &out));
    let of_other = &lines_of_json(&fs::read(out.join("explain.json")).unwrap())[0];
    assert_ne!(of_other["explained"]["genre"], numbers["genre"]);
    assert_eq!(of_other["genre"], numbers["genre"]);
    let both: f64 = [numbers, of_other]
        .map(|n| n["explained"]["probability"].as_f64().unwrap())
        .iter()
        .sum();
    assert!((both - 1.0).abs() < 1e-4, "{both}");
    assert_ne!(of_other["attribution"], numbers["attribution"]);
    let svg = fs::read_to_string(out.join("decided.svg")).unwrap();
    assert!(svg.contains("what decided for") && !svg.contains("<script"));
    let refused = asked("Polka", &out);
    assert_eq!(refused.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(
        errors.contains("Polka") && errors.contains("Low"),
        "{errors}"
    );
    assert!((numbers["seconds"].as_f64().unwrap() - 2.0).abs() < 0.01);

    for (name, extra) in [("a.png", &[][..]), ("b.svg", &["--linear"])] {
        let picture = folder.path().join(name);
        let output = genrenet()
            .arg("spectrogram")
            .arg(&song)
            .arg("--out")
            .arg(&picture)
            .arg("--model")
            .arg(&made().run)
            .args(extra)
            .output()
            .unwrap();
        succeeded(&output);
        assert!(fs::metadata(&picture).unwrap().len() > 2000, "{name}");
    }
    let svg = fs::read_to_string(folder.path().join("b.svg")).unwrap();
    for words in ["Hz", "Time (s)", "dB"] {
        assert!(svg.contains(words), "{words}");
    }
    let output = genrenet()
        .arg("spectrogram")
        .arg(&song)
        .args(["--out", "x.gif"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains(".png"));
}

/// Words of a picture in their order.
fn words_of(svg: &Path) -> Vec<String> {
    let svg = fs::read_to_string(svg).unwrap();
    let texts = svg.split("<text").skip(1);
    let inner = |text: &str| {
        let text = text.split("</text>").next()?;
        Some(text.rsplit('>').next()?.to_owned())
    };
    texts.filter_map(inner).collect()
}

/// The last mark of a picture's time axis.
fn end_of_time(svg: &Path) -> f64 {
    let words = words_of(svg);
    let name = words.iter().position(|word| word == "Time (s)").unwrap();
    words[name - 1].parse().unwrap()
}

#[test]
fn the_time_axis_of_a_short_clip_ends_where_the_clip_does() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for (genre, step) in [("Low", 0.02f64), ("High", 0.4)] {
        for artist in 0..6u8 {
            let place = home.join(format!("music/{genre}/artist {artist}"));
            fs::create_dir_all(&place).unwrap();
            for seconds in [1u32, 2] {
                // No two files are copies of each other.
                let step = step * (1.0 + 0.03 * f64::from(artist));
                let tone = |i| (8000.0 * (f64::from(i) * step).sin()) as i16;
                let samples: Vec<i16> = (0..seconds * 22_050).map(tone).collect();
                write_wav(&place.join(format!("{seconds} s.wav")), &samples, 22_050);
            }
        }
    }
    let done = |arguments: &[&str]| {
        let output = genrenet()
            .args(arguments)
            .current_dir(home)
            .output()
            .unwrap();
        succeeded(&output);
    };
    done(&train_network("train.epochs=2"));
    done(&["report", "run", "--out", "page"]);
    let mut seen = Vec::new();
    for number in 1.. {
        let clip = home.join(format!("page/pictures/clip-{number}.svg"));
        if !clip.exists() {
            break;
        }
        let title = words_of(&clip).swap_remove(0);
        let seconds: f64 = title[title.len() - 7..title.len() - 6].parse().unwrap();
        assert_eq!(end_of_time(&clip), seconds, "{title}");
        let decided = clip.with_file_name(format!("decided-{number}.svg"));
        assert_eq!(end_of_time(&decided), seconds, "{title}");
        seen.push(seconds);
    }
    assert!(seen.contains(&1.0) && seen.contains(&2.0), "{seen:?}");
    for seconds in ["1", "2"] {
        let song = format!("music/Low/artist 0/{seconds} s.wav");
        done(&["explain", &song, "--model", "run", "--out", "explained"]);
        done(&["spectrogram", &song, "--model", "run", "--out", "song.svg"]);
        for svg in ["explained/decided.svg", "explained/along.svg", "song.svg"] {
            let end = end_of_time(&home.join(svg));
            assert_eq!(end, seconds.parse::<f64>().unwrap(), "{svg} of {song}");
        }
    }
}
