//! Groups by the artists and albums of tags and folders.

use std::fs;
use std::path::Path;

use genrenet_data::Split;
use lofty::config::WriteOptions;
use lofty::tag::{Accessor, ItemKey, Tag, TagExt, TagType};

use crate::tones::{open, tagged, tone};

#[test]
fn tags_group_better_than_folders() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..4 {
        // One artist in two genres and folders.
        tagged(
            &dir.path().join(format!("Rock/x/{i}.wav")),
            200.0 + i as f32,
            "One",
            &format!("album {i}"),
        );
        tagged(
            &dir.path().join(format!("Folk/y/{i}.wav")),
            500.0 + i as f32,
            if i == 0 { " one" } else { "Two" },
            "Hits",
        );
    }
    let data = open(dir.path());
    assert_eq!(data.grouped_by.as_deref(), Some("artist and album"));
    let artist = |name: &str| -> Vec<Option<u32>> {
        data.rows
            .iter()
            .filter(|r| r.artist.as_deref() == Some(name))
            .map(|r| r.group)
            .collect()
    };
    let (one, two) = (artist("One"), artist("Two"));
    assert_eq!((one.len(), two.len()), (4, 3));
    assert!(one.iter().all(|g| *g == one[0] && g.is_some()));
    assert!(two.iter().all(|g| *g == two[0] && g.is_some()));
    assert_ne!(one[0], two[0]);
    let stray = data
        .rows
        .iter()
        .find(|r| r.artist.as_deref() == Some("one"))
        .unwrap();
    assert_eq!(stray.group, one[0]);
}

/// A tag with a track's and an album's artist.
fn of_compilation(path: &Path, hz: f32, track: &str, album_artist: &str) {
    tone(path, hz, 1.0);
    let mut tag = Tag::new(TagType::Id3v2);
    tag.set_artist(track.into());
    tag.insert_text(ItemKey::AlbumArtist, album_artist.into());
    tag.set_album("Hits".into());
    tag.save_to_path(path, WriteOptions::default()).unwrap();
}

#[test]
fn unknown_and_various_artists_are_no_artist() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..6 {
        let hz = 200.0 + 20.0 * i as f32;
        let path = |genre: &str| dir.path().join(format!("{genre}/{i}.wav"));
        tagged(&path("a"), hz, "Unknown Artist", "Unknown Album");
        tagged(&path("b"), hz + 300.0, "V.A.", "<unknown>");
        of_compilation(
            &path("c"),
            hz + 600.0,
            &format!("Singer {i}"),
            "Various Artists",
        );
        of_compilation(
            &path("d"),
            hz + 900.0,
            "Verschiedene Ku\u{308}nstler",
            "The Band",
        );
    }
    let data = open(dir.path());
    let artists = |genre: &str| -> Vec<Option<&str>> {
        let of = data.rows.iter().filter(|row| row.id.starts_with(genre));
        of.map(|row| row.artist.as_deref()).collect()
    };
    for genre in ["a", "b"] {
        assert_eq!(artists(genre), [None; 6]);
    }
    assert_eq!(artists("c")[4], Some("Singer 4"));
    assert_eq!(artists("d"), [Some("The Band"); 6]);
    // Rows without a group are assigned one by one: every subset has some of them.
    for genre in [0, 1, 2] {
        assert!(
            Split::ALL
                .iter()
                .all(|&split| data.counts(split)[genre] > 0)
        );
    }
    let table = dir.path().join("list.csv");
    fs::write(
        &table,
        "path,genre,artist\na/0.wav,x,Unknown Artist\nb/0.wav,y,various artists\n",
    )
    .unwrap();
    assert_eq!(open(&table).grouped_by, None);
}

#[test]
fn folders_of_several_artists_are_no_group() {
    let dir = tempfile::tempdir().unwrap();
    for (g, genre) in ["Folk", "Rock"].iter().enumerate() {
        for i in 0..4 {
            let hz = 100.0 + 400.0 * g as f32 + 20.0 * i as f32;
            tone(
                &dir.path().join(format!("{genre}/Unknown Artist/{i}.wav")),
                hz,
                1.0,
            );
            tone(
                &dir.path()
                    .join(format!("{genre}/Compilations/{}/{i}.wav", i / 2)),
                hz + 7.0,
                1.0,
            );
            tone(
                &dir.path().join(format!("{genre}/The Band/album/{i}.wav")),
                hz + 13.0,
                1.0,
            );
        }
    }
    let data = open(dir.path());
    let group = |id: &str| data.rows.iter().find(|row| row.id == id).unwrap().group;
    assert_eq!(group("Folk/Unknown Artist/0.wav"), None);
    assert_eq!(
        group("Folk/Compilations/0/0.wav"),
        group("Folk/Compilations/0/1.wav")
    );
    assert_ne!(
        group("Folk/Compilations/0/0.wav"),
        group("Folk/Compilations/1/2.wav")
    );
    assert_eq!(
        group("Rock/The Band/album/0.wav"),
        group("Rock/The Band/album/3.wav")
    );
}
