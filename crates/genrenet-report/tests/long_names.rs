//! Many genres, and names that are long.

use genrenet_report::{GenreShape, Part, Report, RunContext, Shape, genre_mark, report};

use crate::synthetic::{self, hidden, nothing_is_cut_off, predictions};

#[test]
fn many_and_long_genres_fit() {
    let genres: Vec<String> = (0..24)
        .map(|i| format!("Old-Time / Historic number {i} of many"))
        .collect();
    let mut facts = RunContext::new(
        "a run with a name that is much longer than any column",
        genres,
    );
    facts.task = Some("gtzan".into());
    facts.predictions = vec![predictions("test", 240, 24, 2.0, 4)];
    facts.hidden = Part::Available(vec![hidden("test", 60, 24, 24, 1)]);
    for (name, drawing) in report("Many", &[facts]).pictures {
        nothing_is_cut_off(&name, &drawing);
    }
    assert_eq!(genre_mark("Rock").shape, GenreShape::Diamond);
}

/// A report on answers in so many genres.
fn report_on(genres: Vec<String>) -> Report {
    let k = genres.len();
    let mut facts = RunContext::new("cnn", genres);
    facts.predictions = vec![predictions("test", 10 * k, k, 2.0, 4)];
    facts.hidden = Part::Available(vec![hidden("test", 2 * k, 24, k, 1)]);
    report("Names", &[facts])
}

#[test]
fn long_names_are_whole_in_the_pictures_of_all_genres() {
    for count in [3, 8, 30] {
        let genres = synthetic::long_names(count);
        let made = report_on(genres.clone());
        for picture in ["genres", "confusion", "map-test"] {
            let (_, drawing) = (made.pictures.iter())
                .find(|(name, _)| name == picture)
                .unwrap_or_else(|| panic!("no picture {picture}"));
            nothing_is_cut_off(picture, drawing);
            let words: Vec<&str> = (drawing.shapes.iter())
                .filter_map(|shape| match shape {
                    Shape::Text(text) => Some(text.words.as_str()),
                    _ => None,
                })
                .collect();
            for genre in &genres {
                assert!(words.contains(&genre.as_str()), "{picture}: {words:?}");
            }
        }
    }
}

#[test]
fn a_name_that_has_no_room_is_cut_and_whole_for_a_pointer() {
    let endless = "endless ".repeat(40);
    let made = report_on(vec![endless.clone(), "Rock".into(), "Folk".into()]);
    for picture in ["genres", "confusion", "map-test"] {
        let (_, drawing) = (made.pictures.iter())
            .find(|(name, _)| name == picture)
            .unwrap();
        nothing_is_cut_off(picture, drawing);
        let svg = drawing.svg();
        assert!(
            svg.contains(&format!("<title>{endless}</title>endless")),
            "{picture}"
        );
    }
}
