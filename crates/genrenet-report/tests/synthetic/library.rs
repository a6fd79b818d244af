//! Made-up music libraries.

use genrenet_report::{DisagreeingSong, FailedSong, GenreCount, LibraryContext, MapSong};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Genres of the default model.
const GENRES: [&str; 19] = [
    "Rock",
    "Pop",
    "Indie",
    "Metal",
    "Punk",
    "Electronic",
    "House",
    "Disco/Dance",
    "Hip-Hop",
    "Jazz",
    "Blues",
    "Country",
    "Folk",
    "Soul/R&B",
    "Funk",
    "Ambient",
    "Experimental",
    "Classical",
    "Reggae",
];
const WORDS: [&str; 16] = [
    "Love", "Night", "the", "River", "Going", "Home", "Blue", "Machine", "of", "Summer", "Wild",
    "Heart", "Über", "Dance", "Lonely", "Road",
];

/// A library of `n` songs in clusters by genre.
pub fn library(n: usize) -> LibraryContext {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let centres: Vec<Vec<f32>> = (0..GENRES.len())
        .map(|_| (0..50).map(|_| 3.0 * rng.random::<f32>()).collect())
        .collect();
    let mut library = LibraryContext {
        title: "Music".into(),
        about: format!("{n} files classified by wide 1.0.0."),
        no_music: Some(0),
        genres: GENRES
            .iter()
            .map(|&name| GenreCount {
                name: name.into(),
                ..GenreCount::default()
            })
            .collect(),
        ..LibraryContext::default()
    };
    for at in 0..n {
        let genre = (rng.random::<f32>().powi(2) * GENRES.len() as f32) as usize;
        let count = 1 + rng.random_range(0..4usize);
        let title: Vec<&str> = (0..count)
            .map(|_| WORDS[rng.random_range(0..WORDS.len())])
            .collect();
        let unsure = rng.random::<f32>() < 0.12;
        let no_music = rng.random::<f32>() < 0.02;
        let song = MapSong {
            path: format!("Music/{}/Album {}/{at:04}.mp3", WORDS[at % 16], at / 12),
            title: Some(title.join(" ")),
            artist: (at % 5 != 0).then(|| format!("The {}s", WORDS[(at / 12) % 16])),
            genre,
            probability: 0.4 + 0.5 * rng.random::<f32>(),
            unsure,
            no_music,
            embedding: centres[genre]
                .iter()
                .map(|x| x + 2.0 * rng.random::<f32>())
                .collect(),
        };
        add(&mut library, song);
    }
    for at in 0..n / 40 {
        library.disagreements.push(DisagreeingSong {
            path: format!("Music/Wild/Album 7/{at}.flac"),
            title: Some("A song of the sea".into()),
            artist: Some("The Rivers".into()),
            tags: vec!["Soundtrack".into(), "Pop".into()],
            tagged_probability: 0.01 * at as f32,
            genre: "Metal".into(),
            probability: 0.93 - 0.005 * at as f32,
        });
    }
    library.disagreements.truncate(50);
    library.disagreeing = n as u64 / 40;
    library.compared = n as u64 / 2;
    library
}

/// Adds a song of the map, which counts for its genre.
pub fn add(library: &mut LibraryContext, song: MapSong) {
    library.songs += 1;
    library.map_of += 1;
    library.seconds += 215.0;
    match (song.no_music, song.unsure) {
        (true, _) => library.no_music = library.no_music.map(|count| count + 1),
        (_, true) => {
            library.unsure += 1;
            library.genres[song.genre].unsure += 1;
        }
        _ => {
            library.sure += 1;
            library.genres[song.genre].sure += 1;
        }
    }
    library.map.push(song);
}

/// Adds a file without an answer.
pub fn add_failed(library: &mut LibraryContext, path: &str, reason: &str) {
    library.songs += 1;
    library.failed += 1;
    library.failures.push(FailedSong {
        path: path.into(),
        reason: reason.into(),
    });
}

/// Libraries at the edges: of few songs, of none that could be read, of one genre, of names that are more than names.
pub fn odd() -> Vec<(&'static str, LibraryContext)> {
    let mut all_failed = LibraryContext {
        title: "All failed".into(),
        ..LibraryContext::default()
    };
    for at in 0..3 {
        add_failed(
            &mut all_failed,
            &format!("a/{at}.mp3"),
            "no audio was found in it",
        );
    }
    let mut one_genre = library(200);
    for song in &mut one_genre.map {
        song.genre = 5;
    }
    let mut hostile = library(12);
    hostile.title = "<script>console.error('in')</script>".into();
    let long = "A title that goes on and on ".repeat(11);
    let names = [
        "<img src=x onerror=console.error(1)>",
        "two\nlines\u{202e}",
        "שיר של לילה",
        "أغنية الليل الطويل",
        &long,
        "夜の歌と長い長い名前の曲",
        "\u{1f3b8} & \"quotes\"</title></use>",
        "Unbroken".repeat(38).leak(),
    ];
    for (song, name) in hostile.map.iter_mut().zip(names) {
        song.title = Some(name.into());
        song.artist = Some(name.into());
        song.path = format!("Music/{name}/{name}.mp3");
    }
    for name in names {
        hostile.disagreements.push(DisagreeingSong {
            path: format!("Music/{name}/{name}.mp3"),
            title: Some(name.into()),
            artist: Some(name.into()),
            tags: vec![name.into()],
            genre: "Rock".into(),
            ..DisagreeingSong::default()
        });
        add_failed(&mut hostile, &format!("Music/{name}"), name);
    }
    hostile.genres[0].name = "<b>Rock</b>".into();
    hostile.genres[1].name = "Genre".repeat(30);
    hostile.disagreeing = 8;
    hostile.compared = 9;
    vec![
        ("one", library(1)),
        ("two", library(2)),
        ("three", library(3)),
        ("nine", library(9)),
        ("failed", all_failed),
        ("genre", one_genre),
        ("hostile", hostile),
    ]
}
