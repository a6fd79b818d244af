//! Properties of taxonomies and of the maps that are made of them.

use genrenet_library::taxonomy::Taxonomy;
use genrenet_model::GenreMap;
use proptest::prelude::*;

/// A map of `places` to `own` genres.
fn map(places: Vec<Option<usize>>, own: usize) -> GenreMap {
    GenreMap {
        genres: (0..own).map(|i| i.to_string()).collect(),
        places,
        ..GenreMap::default()
    }
}

proptest! {
    #[test]
    fn probabilities_of_own_genres_sum_to_one_at_most(
        rows in prop::collection::vec((0.0f32..1.0, prop::option::of(0usize..5)), 1..40),
    ) {
        let sum: f32 = rows.iter().map(|(p, _)| p).sum::<f32>().max(f32::MIN_POSITIVE);
        let probabilities: Vec<f32> = rows.iter().map(|(p, _)| p / sum).collect();
        let map = map(rows.iter().map(|(_, place)| *place).collect(), 5);
        let own = map.apply(&probabilities, false);
        prop_assert!(own.iter().sum::<f32>() <= 1.0 + 1e-5);
        for (place, p) in own.iter().enumerate() {
            let of = |wanted: &(&f32, &(f32, Option<usize>))| wanted.1.1 == Some(place);
            let expected: f32 = probabilities.iter().zip(&rows).filter(of).map(|(p, _)| p).sum();
            prop_assert!((p - expected).abs() < 1e-5);
        }
        let largest = map.apply(&probabilities, true);
        prop_assert!(largest.iter().zip(&own).all(|(largest, sum)| *largest <= sum + 1e-6));
    }

    #[test]
    fn a_genre_for_each_changes_no_bit(probabilities in prop::collection::vec(0.0f32..1.0, 1..40)) {
        let n = probabilities.len();
        let map = map((0..n).map(Some).collect(), n);
        prop_assert_eq!(&map.apply(&probabilities, false), &probabilities);
        prop_assert_eq!(&map.apply(&probabilities, true), &probabilities);
    }

    #[test]
    fn any_text_is_read_or_refused_on_one_line(
        text in "(version = 1\n)?(ignore = \\[.{0,9}\\]\n)?(\\[genres\\]\n)?(.{0,9} = \\[('.{0,5}',?){0,3}\\]\n){0,4}(\\[parents\\]\n)?(.{0,4} = '.{0,4}'\n){0,3}",
    ) {
        match Taxonomy::parse(&text, "mine.toml") {
            Ok(taxonomy) => {
                for genre in &taxonomy.genres {
                    prop_assert!(taxonomy.ancestors(&genre.name).count() < taxonomy.genres.len());
                }
            }
            Err(error) => prop_assert!(error.to_string().starts_with("mine.toml: ")),
        }
    }

    #[test]
    fn parents_never_go_in_circles(
        parents in prop::collection::btree_map(0usize..6, 0usize..6, 0..6),
    ) {
        let mut text = "version = 1\n[genres]\n".to_owned();
        (0..6).for_each(|i| text += &format!("g{i} = []\n"));
        text += "[parents]\n";
        parents.iter().for_each(|(child, parent)| text += &format!("g{child} = 'g{parent}'\n"));
        // Up from any genre, an end is reached within as many steps as there are genres.
        let ends = (0..6).all(|start| {
            let mut at = Some(start);
            (0..6).for_each(|_| at = at.and_then(|one| parents.get(&one).copied()));
            at.is_none()
        });
        let found = Taxonomy::parse(&text, "mine.toml");
        prop_assert_eq!(found.is_ok(), ends, "{}", text);
        if let Err(error) = found {
            prop_assert!(error.to_string().contains("the circle"));
        }
    }
}
