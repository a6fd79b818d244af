//! The page of a library, filled as programs fill it.
#![cfg(feature = "wide")]

use std::path::Path;

use genrenet::model::Bundle;
use genrenet::taxonomy::{Taxonomy, regrouped_by};
use genrenet::{LibraryPage, PageSong, shipped};

/// A song with the genre of a number; all that a test doesn't name is the same for all.
fn song<'a>(path: &'a str, probabilities: &'a [f32], embedding: &'a [f32]) -> PageSong<'a> {
    PageSong {
        path: Path::new(path),
        title: None,
        artist: None,
        genres: &[],
        seconds: 180.0,
        probabilities,
        unsure: false,
        no_music: false,
        embedding,
    }
}

/// Probabilities of a model with most of it for one genre.
fn mostly(model: &Bundle, genre: &str) -> Vec<f32> {
    let one = |name: &String| if name == genre { 0.9 } else { 0.001 };
    model.genres.iter().map(one).collect()
}

/// The lines of the page's dots that hold a word.
fn dots<'a>(page: &'a str, word: &str) -> Vec<&'a str> {
    let paths = page.split("<title>").skip(2);
    let paths = paths.map(|dot| dot.split("</title>").next().unwrap());
    paths.filter(|dot| dot.contains(word)).collect()
}

#[test]
fn of_many_songs_a_sample_is_drawn_that_depends_on_their_paths() {
    let model = shipped::load("wide").unwrap();
    let names: Vec<String> = (0..6000)
        .map(|i| format!("Artist {}/{i:05}.mp3", i / 3000))
        .collect();
    let rock = mostly(&model, "Rock");
    let page = |order: &mut dyn Iterator<Item = usize>| {
        let mut page = LibraryPage::new("Music", &model, None);
        for at in order {
            page.add(song(&names[at], &rock, &[at as f32, (at % 7) as f32, 1.0]));
        }
        page.finish()
    };
    let forwards = page(&mut (0..6000));
    let drawn = dots(&forwards, "");
    assert_eq!(drawn.len(), 2000);
    assert!(forwards.contains("2\u{a0}000 of 6\u{a0}000 songs are drawn"));
    // Each half of the library has its share: 1 000 ± 26 at one standard deviation.
    let first = dots(&forwards, "Artist 0/").len();
    assert!((900..=1100).contains(&first), "{first}");
    assert_eq!(page(&mut (0..6000).rev()), forwards);
}

#[test]
fn songs_are_counted_by_their_answers() {
    let model = shipped::load("wide").unwrap();
    let (rock, jazz) = (mostly(&model, "Rock"), mostly(&model, "Jazz"));
    let mut page = LibraryPage::new("<Music>", &model, None);
    page.add(song("a/1.mp3", &rock, &[1.0, 2.0]));
    page.add(PageSong {
        unsure: true,
        title: Some("Blue"),
        artist: Some("Miles"),
        ..song("a/2.mp3", &jazz, &[2.0, 1.0])
    });
    page.add(PageSong {
        no_music: true,
        unsure: true,
        ..song("a/3.mp3", &jazz, &[2.0, 5.0])
    });
    // Counted, but not drawn.
    page.add(song("a/4.mp3", &rock, &[]));
    page.add(song("a/5.mp3", &rock, &[f32::NAN, 0.0]));
    page.add(song("a/6.mp3", &rock, &[1.0, 2.0, 3.0]));
    page.add_failed(Path::new("a/7.mp3"), "no audio was found in it");
    let page = page.finish();
    assert!(page.contains("<title>&lt;Music&gt;</title>"));
    for (name, value) in [
        ("Songs", 7),
        ("Sure", 4),
        ("Unsure", 1),
        ("No music", 1),
        ("Failed", 1),
    ] {
        assert!(
            page.contains(&format!("<dt>{name}</dt><dd>{value}</dd>")),
            "{name}"
        );
    }
    assert!(page.contains("<dt>Playing time</dt><dd>18 min 0 s</dd>"));
    let mut drawn = dots(&page, "");
    drawn.sort_unstable();
    let expected = [
        "1.mp3\nRock 90.0\u{a0}%\na/1.mp3",
        "3.mp3\nno music (Jazz 90.0\u{a0}%)\na/3.mp3",
        "Blue – Miles\nunsure (Jazz 90.0\u{a0}%)\na/2.mp3",
    ];
    assert_eq!(drawn, expected);
    assert!(page.contains("no audio was found in it"));
}

#[test]
fn tags_are_compared_in_the_genres_of_the_page() {
    let wide = shipped::load("wide").unwrap();
    let (rock, punk) = (mostly(&wide, "Rock"), mostly(&wide, "Punk"));
    let tagged =
        |tags: &[&str]| -> Vec<String> { tags.iter().map(|&tag| tag.to_owned()).collect() };
    let tags = [
        tagged(&["Jazz"]),
        tagged(&["rock"]),
        tagged(&["Field recording"]),
        tagged(&["Rock", "x"]),
    ];
    let mut page = LibraryPage::new("Music", &wide, None);
    for (at, (tags, probabilities)) in tags.iter().zip([&rock, &rock, &rock, &punk]).enumerate() {
        let path = format!("{at}.mp3");
        page.add(PageSong {
            genres: tags,
            ..song(&path, probabilities, &[])
        });
    }
    let page = page.finish();
    // Punk is narrower than Rock: no disagreement.
    assert!(
        page.contains(
            "3\u{a0}songs have a sure answer and a genre tag to compare it with; 1\u{a0}disagrees."
        ),
        "{page}"
    );
    assert!(page.contains("<bdi>0.mp3</bdi></th><td data-name=\"Tag\"><bdi>Jazz</bdi> <span>0.1\u{a0}%</span></td><td data-name=\"Sounds like\"><bdi>Rock</bdi> <span>90.0\u{a0}%</span></td>"));

    // In a taxonomy in which both are one genre, under a name of its own.
    let text = "version = 1\n[genres]\nLoud = ['Rock', 'Metal']\nSoft = ['Jazz']\n";
    let taxonomy = Taxonomy::parse(text, "mine").unwrap();
    let mine = regrouped_by(shipped::load("wide").unwrap(), &taxonomy).unwrap();
    let mut page = LibraryPage::new("Music", &mine, Some(taxonomy));
    let tags = [tagged(&["Metal"]), tagged(&["Soft"])];
    for tags in &tags {
        page.add(PageSong {
            genres: tags,
            ..song("x.mp3", &[0.8, 0.1], &[])
        });
    }
    let page = page.finish();
    assert!(page.contains("in the genres of mine"));
    assert!(page.contains(
        "2\u{a0}songs have a sure answer and a genre tag to compare it with; 1\u{a0}disagrees."
    ));
}

#[test]
fn only_so_much_of_a_text_is_kept() {
    let model = shipped::load("wide").unwrap();
    let rock = mostly(&model, "Rock");
    let long = "é".repeat(5000);
    let mut page = LibraryPage::new("Music", &model, None);
    page.add(PageSong {
        title: Some(&long),
        ..song("x.mp3", &rock, &[1.0])
    });
    for _ in 0..200 {
        page.add_failed(Path::new("y.mp3"), &long);
    }
    let page = page.finish();
    assert!(page.contains(&format!("{}…", "é".repeat(300))) && !page.contains(&"é".repeat(301)));
    assert!(page.contains("The first 50 of 200\u{a0}files:"));
}
