//! A small FMA: tables with the layout of FMA's own, and short clips.
#![allow(dead_code, reason = "the tests of the program use a part of it")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The columns of FMA's `tracks.csv`, by group.
const COLUMNS: &[(&str, &str)] = &[
    (
        "album",
        "comments date_created date_released engineer favorites id information listens producer tags title tracks type",
    ),
    (
        "artist",
        "active_year_begin active_year_end associated_labels bio comments date_created favorites id latitude location longitude members name related_projects tags website wikipedia_page",
    ),
    ("set", "split subset"),
    (
        "track",
        "bit_rate comments composer date_created date_recorded duration favorites genre_top genres genres_all information interest language_code license listens lyricist number publisher tags title",
    ),
];

/// Ids, parents and titles of some of FMA's genres.
const GENRES: &[(u32, u32, &str)] = &[
    (10, 0, "Pop"),
    (12, 0, "Rock"),
    (15, 0, "Electronic"),
    (17, 0, "Folk"),
    (21, 0, "Hip-Hop"),
    (25, 12, "Punk"),
    (38, 0, "Experimental"),
    (41, 38, "Electroacoustic"),
    (109, 25, "Hardcore"),
];

/// Features of `features.csv` and how many numbers each has; seven statistics of each.
const FEATURES: &[(&str, usize)] = &[
    ("chroma_cens", 12),
    ("chroma_cqt", 12),
    ("chroma_stft", 12),
    ("mfcc", 20),
    ("rmse", 1),
    ("spectral_bandwidth", 1),
    ("spectral_centroid", 1),
    ("spectral_contrast", 7),
    ("spectral_rolloff", 1),
    ("tonnetz", 6),
    ("zcr", 1),
];
const STATISTICS: &[&str] = &["kurtosis", "max", "mean", "median", "min", "skew", "std"];

/// The eight audio features of `echonest.csv`.
pub const ECHONEST: &[&str] = &[
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "speechiness",
    "tempo",
    "valence",
];

/// A track of the tables.
#[derive(Clone)]
pub struct Track {
    pub id: u32,
    pub artist: u32,
    pub split: &'static str,
    pub subset: &'static str,
    /// Empty: none.
    pub top: &'static str,
    /// As in the table: `[25, 109]`.
    pub genres: &'static str,
}

/// As many tracks of two genres as asked for; two of each artist, whose tracks are in one subset of the split.
pub fn tracks(count: u32) -> Vec<Track> {
    let track = |i: u32| {
        let artist = i / 2;
        let (top, genres) = [("Rock", "[12, 25]"), ("Electronic", "[15]")][(artist % 2) as usize];
        Track {
            id: 2 + 3 * i,
            artist: 1 + artist,
            split: ["training", "training", "training", "validation", "test"]
                [(artist / 2 % 5) as usize],
            subset: "small",
            top,
            genres,
        }
    };
    (0..count).map(track).collect()
}

/// Writes `fma_metadata` into a folder.
pub fn write_tables(folder: &Path, tracks: &[Track]) {
    let folder = folder.join("fma_metadata");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("tracks.csv"), tracks_csv(tracks)).unwrap();
    let mut genres = "genre_id,#tracks,parent,title,top_level\n".to_owned();
    for (id, parent, title) in GENRES {
        let top = if *parent == 0 { id } else { parent };
        writeln!(genres, "{id},1,{parent},{title},{top}").unwrap();
    }
    fs::write(folder.join("genres.csv"), genres).unwrap();
    fs::write(folder.join("features.csv"), features_csv(tracks)).unwrap();
    fs::write(folder.join("echonest.csv"), echonest_csv(tracks)).unwrap();
}

/// FMA's table: two rows of names, one with the name of the ids, and HTML with line breaks and quotes in cells.
pub fn tracks_csv(tracks: &[Track]) -> String {
    let columns: Vec<(&str, &str)> = (COLUMNS.iter())
        .flat_map(|(group, names)| names.split(' ').map(move |name| (*group, name)))
        .collect();
    let row = |first: &str, cells: &mut dyn Iterator<Item = String>| {
        format!("{first},{}\n", cells.collect::<Vec<_>>().join(","))
    };
    let mut csv = row(
        "",
        &mut columns.iter().map(|(group, _)| (*group).to_owned()),
    );
    csv += &row("", &mut columns.iter().map(|(_, name)| (*name).to_owned()));
    csv += &row("track_id", &mut columns.iter().map(|_| String::new()));
    for track in tracks {
        let cell = |(group, name): &(&str, &str)| match (*group, *name) {
            ("album", "id") => (track.artist * 10).to_string(),
            ("artist", "id") => track.artist.to_string(),
            ("album", "information") => {
                "\"<p>Songs written by: \"\"N. C.\"\"</p>\n<p>VOCALS, TABLA</p>\n\"".to_owned()
            }
            ("artist", "bio") => "\"<div>one,\r\n\r\ntwo</div>\"".to_owned(),
            ("set", "split") => track.split.to_owned(),
            ("set", "subset") => track.subset.to_owned(),
            ("track", "genre_top") => track.top.to_owned(),
            ("track", "genres" | "genres_all") => format!("\"{}\"", track.genres),
            ("track", "title") => format!("Música {}", track.id),
            _ => String::new(),
        };
        csv += &row(&track.id.to_string(), &mut columns.iter().map(cell));
    }
    csv
}

fn features_csv(tracks: &[Track]) -> String {
    let mut rows = [
        String::from("feature"),
        "statistics".into(),
        "number".into(),
        "track_id".into(),
    ];
    let mut columns = 0;
    for (feature, numbers) in FEATURES {
        for statistic in STATISTICS {
            for number in 1..=*numbers {
                write!(rows[0], ",{feature}").unwrap();
                write!(rows[1], ",{statistic}").unwrap();
                write!(rows[2], ",{number:02}").unwrap();
                rows[3].push(',');
                columns += 1;
            }
        }
    }
    let mut csv = rows.join("\n") + "\n";
    for track in tracks {
        write!(csv, "{}", track.id).unwrap();
        (0..columns).for_each(|c| write!(csv, ",{}", track.id as f32 + c as f32 / 1000.0).unwrap());
        csv.push('\n');
    }
    csv
}

/// The table has other groups of columns than the audio features, which half of its rows leave empty.
fn echonest_csv(tracks: &[Track]) -> String {
    let mut rows = [
        String::new(),
        String::new(),
        String::new(),
        "track_id".to_owned(),
    ];
    let groups = [
        ("audio_features", ECHONEST),
        ("metadata", &["artist_name", "release"]),
        ("social_features", &["artist_hotttnesss"]),
    ];
    for (group, names) in groups {
        for name in names {
            rows[0] += ",echonest";
            rows[1] += &format!(",{group}");
            rows[2] += &format!(",{name}");
            rows[3].push(',');
        }
    }
    let mut csv = rows.join("\n") + "\n";
    for track in tracks {
        write!(csv, "{}", track.id).unwrap();
        (0..ECHONEST.len())
            .for_each(|c| write!(csv, ",{}", track.id as f32 / 1000.0 + c as f32).unwrap());
        csv += ",\"A, B\",,\n";
    }
    csv
}

/// Writes a clip of a tone; the file's ending says nothing of its content.
pub fn write_clip(path: &Path, hz: f32, seconds: f32) {
    const RATE: u32 = 22_050;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let n = (seconds * RATE as f32) as u32;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + 2 * n).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(RATE.to_le_bytes());
    wav.extend((2 * RATE).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((2 * n).to_le_bytes());
    for i in 0..n {
        let time = i as f32 / RATE as f32;
        let swell = 0.6 + 0.4 * (time * 9.0).sin();
        let sample = (hz * std::f32::consts::TAU * time).sin() * swell * 9000.0;
        wav.extend((sample as i16).to_le_bytes());
    }
    fs::write(path, wav).unwrap();
}

/// Writes a small FMA: tables, and a clip for each track as FMA's archives lay them out.
pub fn write_fma(folder: &Path, tracks: &[Track], seconds: f32) {
    write_tables(folder, tracks);
    for track in tracks {
        let name = format!("fma_small/{:03}/{:06}.mp3", track.id / 1000, track.id);
        let pitch = if track.top == "Rock" { 200.0 } else { 2000.0 };
        write_clip(&folder.join(name), pitch + track.id as f32, seconds);
    }
}
