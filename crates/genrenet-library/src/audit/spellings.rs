//! Spelling variants of one genre.

use std::collections::BTreeMap;

use genrenet_text::spelling_key;

use super::compare::genres_of;
use crate::taxonomy::Taxonomy;

/// Most spellings that are counted: no library of people has so many.
const MOST: usize = 20_000;
/// Longer values are no genre.
const LENGTH: usize = 200;

/// One spelling and the number of tags that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// As it stands in the tags.
    pub text: String,
    /// How many tags.
    pub tags: usize,
}

/// Counts the values of genre tags by their spelling.
#[derive(Clone, Debug, Default)]
pub struct Spellings {
    /// By `genrenet_text::spelling_key` and text.
    counts: BTreeMap<String, BTreeMap<String, usize>>,
    distinct: usize,
}

impl Spellings {
    /// Counts a value. Of a value that is long beyond any genre, and of new ones after 20 000 different ones, nothing is kept.
    pub fn add(&mut self, value: &str) {
        if value.len() > LENGTH || value.trim().is_empty() {
            return;
        }
        let variants = self.counts.entry(spelling_key(value)).or_default();
        match variants.get_mut(value) {
            Some(count) => *count += 1,
            None if self.distinct < MOST => {
                self.distinct += 1;
                variants.insert(value.to_owned(), 1);
            }
            None => self.counts.retain(|_, variants| !variants.is_empty()),
        }
    }

    /// Genres that are spelled in several ways, the one of most tags first; of each the most common spelling first.
    pub fn variants(&self) -> Vec<Vec<Spelling>> {
        let mut found: Vec<Vec<Spelling>> = self
            .counts
            .values()
            .filter(|variants| variants.len() > 1)
            .map(sorted)
            .collect();
        let tags = |variants: &Vec<Spelling>| variants.iter().map(|one| one.tags).sum::<usize>();
        found.sort_by_key(|variants| std::cmp::Reverse(tags(variants)));
        found
    }

    /// Values that name no genre of a taxonomy, the most common first, one spelling of each.
    pub fn unknown(&self, taxonomy: &Taxonomy) -> Vec<Spelling> {
        let mut counts = BTreeMap::new();
        for variants in self.counts.values() {
            let known = |text: &String| !genres_of(text, taxonomy).is_empty();
            if variants.keys().any(known) {
                continue;
            }
            if let Some(first) = sorted(variants).first() {
                counts.insert(first.text.clone(), variants.values().sum());
            }
        }
        sorted(&counts)
    }
}

/// The most common first.
fn sorted(variants: &BTreeMap<String, usize>) -> Vec<Spelling> {
    let mut list: Vec<Spelling> = variants
        .iter()
        .map(|(text, &tags)| Spelling {
            text: text.clone(),
            tags,
        })
        .collect();
    list.sort_by(|a, b| b.tags.cmp(&a.tags).then_with(|| a.text.cmp(&b.text)));
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_stand_together_the_most_common_first() {
        let mut spellings = Spellings::default();
        let tags = [
            "hip hop",
            "Hip-Hop",
            "Hip-Hop",
            "Hiphop",
            "Rock",
            "R&B",
            "RnB",
            "R&B",
            "Game",
            "game",
            "Game",
            "  ",
            "Rock; Game",
        ];
        tags.iter().for_each(|tag| spellings.add(tag));
        spellings.add(&"x".repeat(201));
        let pairs = |list: &[Spelling]| -> Vec<(String, usize)> {
            list.iter()
                .map(|one| (one.text.clone(), one.tags))
                .collect()
        };
        let variants: Vec<_> = spellings
            .variants()
            .iter()
            .map(|list| pairs(list))
            .collect();
        let one = |text: &str, tags| (text.to_owned(), tags);
        assert_eq!(
            variants,
            [
                vec![one("Hip-Hop", 2), one("Hiphop", 1), one("hip hop", 1)],
                vec![one("Game", 2), one("game", 1)],
                vec![one("R&B", 2), one("RnB", 1)],
            ]
        );
        let simple = Taxonomy::preset("simple").unwrap().unwrap();
        assert_eq!(pairs(&spellings.unknown(&simple)), [one("Game", 3)]);
    }

    #[test]
    fn the_number_of_spellings_is_bounded() {
        let mut spellings = Spellings::default();
        for i in 0..MOST + 10 {
            spellings.add(&format!("genre {i}"));
        }
        spellings.add("genre 0");
        assert_eq!(spellings.counts.len(), MOST);
        assert_eq!(spellings.counts["genre0"]["genre 0"], 2);
    }
}
