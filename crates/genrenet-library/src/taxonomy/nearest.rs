//! The name that was probably meant.

use genrenet_text::spelling_key;

/// The known name that differs least from `name`, where at most a third of the letters do.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let key: Vec<char> = spelling_key(name).chars().take(MOST).collect();
    let distances = known.into_iter().map(|known| {
        let other: Vec<char> = spelling_key(known).chars().take(MOST).collect();
        (distance(&key, &other), key.len().max(other.len()), known)
    });
    let near = distances.filter(|(distance, length, _)| 3 * distance <= *length);
    near.min_by_key(|(distance, ..)| *distance)
        .map(|(.., known)| known)
}

/// Letters that are compared.
const MOST: usize = 64;

/// How many letters have to be added, removed or replaced (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_where_one_is_near() {
        let known = ["Rock", "Hip-Hop", "Electronic", "electro"];
        for (name, found) in [
            ("Rok", Some("Rock")),
            ("hiphopp", Some("Hip-Hop")),
            ("Elektronic", Some("Electronic")),
            ("Gregorian", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), found, "{name}");
        }
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
    }
}
