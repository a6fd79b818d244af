//! The page of a music library.

use genrenet_report::{LibraryContext, library_page};

use crate::synthetic::library::{add_failed, library, odd};

/// The text between two others, the first of its kind.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start}")) + start.len();
    let to = text[from..].find(end).unwrap_or_else(|| panic!("no {end}"));
    &text[from..from + to]
}

#[test]
fn each_song_is_a_dot_with_its_name_and_answer() {
    let library = library(60);
    let page = library_page(&library);
    let svg = between(&page, "<svg id=\"map\"", "</svg>");
    assert_eq!(svg.matches("<use ").count(), 60);
    let song = &library.map[1];
    let answer = format!(
        "<title>{} – {}\n{}{} {:.1}\u{a0}%",
        song.title.as_ref().unwrap(),
        song.artist.as_ref().unwrap(),
        if song.unsure { "unsure (" } else { "" },
        library.genres[song.genre].name.replace('&', "&amp;"),
        100.0 * song.probability
    );
    assert!(svg.contains(&answer), "{answer}");
    assert!(
        page.contains("60\u{a0}songs; similar ones are near each other (t-SNE, perplexity 20)")
    );
    assert!(between(&page, "<dt>Songs</dt><dd>", "<") == "60");
    // The same library makes the same page.
    assert_eq!(library_page(&library), page);
}

#[test]
fn a_sample_says_so() {
    let mut library = library(30);
    library.map_of = 100_000;
    let page = library_page(&library);
    assert!(page.contains("30 of 100\u{a0}000 songs are drawn"));
}

#[test]
fn bars_count_the_songs_of_each_genre_and_tables_say_what_is_shown() {
    let mut library = library(400);
    library.disagreeing = 123;
    add_failed(&mut library, "x/broken.mp3", "no audio was found in it");
    library.failed = 7;
    let page = library_page(&library);
    let bars = between(&page, "<table class=\"bars\">", "</table>");
    let most = library
        .genres
        .iter()
        .map(|one| one.sure + one.unsure)
        .max()
        .unwrap();
    let greatest = library
        .genres
        .iter()
        .find(|one| one.sure + one.unsure == most)
        .unwrap();
    let first = between(bars, "<tbody>\n", "</tr>");
    assert!(first.contains(&greatest.name));
    assert!(first.ends_with(&format!(
        "<td class=\"number\">{}</td><td class=\"number\">{}</td>",
        greatest.sure, greatest.unsure
    )));
    assert!(page.contains("123\u{a0}disagree. The 10 worst:"));
    assert!(page.contains("The first 1 of 7\u{a0}files:"));
    assert!(page.contains("<bdi>broken.mp3</bdi><small><bdi>x/</bdi></small>"));
}

#[test]
fn nothing_of_a_name_is_markup() {
    let names = odd();
    let (_, hostile) = names.iter().find(|(name, _)| *name == "hostile").unwrap();
    let page = library_page(hostile);
    // The page's own script is the only one.
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("<b>Rock"));
    assert!(!page.contains('\u{202e}'));
    assert!(page.contains("two\\nlines\\u{202e} – two\\nlines"));
    let svg = between(&page, "<svg id=\"map\"", "</svg>");
    for title in svg.split("<title>").skip(1) {
        let title = between(title, "", "</title>");
        assert_eq!(title.lines().count(), 3, "{title}");
    }
}

#[test]
fn libraries_of_few_songs_or_none_have_a_page() {
    for (name, library) in odd() {
        let page = library_page(&library);
        assert!(page.ends_with("</html>\n"), "{name}");
        assert!(
            !page.contains("NaN") && !page.contains("not shown"),
            "{name}"
        );
        assert_eq!(
            page.contains("id=\"map\""),
            !library.map.is_empty(),
            "{name}"
        );
        let only_failures = library.failed == library.songs;
        assert_eq!(
            page.contains("<h2>Tags that disagree"),
            !only_failures,
            "{name}"
        );
    }
    let empty = library_page(&LibraryContext::default());
    assert!(!empty.contains("<h2>"));
}
