//! What is published of GTZAN: the fault-filtered split and groups of artists.
//!
//! Sources, facts about recordings: the split of Kereliuk, Sturm and Larsen (2015), from the lists in `coreyker/dnn-mgr`
//! (`train_filtered.txt`, `valid_filtered.txt`, `test_filtered.txt`, also in torchaudio, BSD); groups of artists of 887 clips by
//! Foleis and Tavares (2020, `julianofoleiss/gtzan_sturm_filter_3folds_stratified`), after Sturm's index of GTZAN (2013). `clips.csv`
//! holds them as runs of clips.

use crate::split::Split;

/// The genres, each with a hundred clips.
pub(crate) const GENRES: [&str; 10] = [
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
];

/// Number of clips, of which the split lists 930.
pub(crate) const CLIPS: usize = 1000;

/// A clip that can't be decoded as it stands in the usual archive.
pub(crate) const BROKEN: &str = "jazz.00054";

/// The one clip of the test whose artist is also in training, with `disco.00049` and `disco.00073`.
pub(crate) const SHARED_ARTIST: &str = "disco.00069";

const RUNS: &str = include_str!("clips.csv");

/// A clip of the fault-filtered split.
pub(crate) struct Clip {
    /// `blues.00000`.
    pub(crate) name: String,
    pub(crate) genre: &'static str,
    pub(crate) split: Split,
    /// Clips of one artist have one number; `None`: not known.
    pub(crate) artist_group: Option<&'static str>,
}

/// The clips of the fault-filtered split.
pub(crate) fn listed() -> impl Iterator<Item = Clip> {
    RUNS.lines().skip(1).flat_map(|run| {
        let mut cells = run.split(',');
        let mut cell = || cells.next().unwrap_or_default();
        let (genre, first, last, split, group) = (cell(), cell(), cell(), cell(), cell());
        let number = |text: &str| text.parse::<u32>().unwrap_or(0);
        let split = Split::parse(split).unwrap_or(Split::Training);
        (number(first)..=number(last)).map(move |clip| Clip {
            name: format!("{genre}.{clip:05}"),
            genre,
            split,
            artist_group: (!group.is_empty()).then_some(group),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    #[test]
    fn the_lists_are_the_published_ones() {
        let clips: Vec<Clip> = listed().collect();
        let count = |split| clips.iter().filter(|clip| clip.split == split).count();
        assert_eq!(
            [Split::Training, Split::Validation, Split::Test].map(count),
            [443, 197, 290]
        );
        let names: HashSet<&str> = clips.iter().map(|clip| &clip.name[..]).collect();
        assert_eq!(names.len(), 930);
        assert!(clips.iter().all(|clip| GENRES.contains(&clip.genre)));
        // The first and the last of each list, and clips next to those that are left out.
        let split = |name: &str| {
            clips
                .iter()
                .find(|clip| clip.name == name)
                .map(|clip| clip.split)
        };
        for (name, expected) in [
            ("blues.00012", Some(Split::Test)),
            ("rock.00090", Some(Split::Test)),
            ("blues.00029", Some(Split::Training)),
            ("rock.00099", Some(Split::Training)),
            ("blues.00000", Some(Split::Validation)),
            ("country.00008", None),
            ("reggae.00086", None),
        ] {
            assert_eq!(split(name), expected, "{name}");
        }
        // One artist is in two subsets.
        let mut subsets: HashMap<&str, HashSet<String>> = HashMap::new();
        for clip in clips.iter().filter(|clip| clip.artist_group.is_some()) {
            let of_group = subsets.entry(clip.artist_group.unwrap()).or_default();
            of_group.insert(clip.split.to_string());
        }
        assert_eq!(
            clips
                .iter()
                .filter(|clip| clip.artist_group.is_some())
                .count(),
            887
        );
        assert_eq!(subsets.len(), 401);
        let divided: Vec<_> = subsets.iter().filter(|(_, of)| of.len() > 1).collect();
        assert_eq!(divided.len(), 1, "{divided:?}");
        let shared = clips.iter().find(|clip| clip.name == SHARED_ARTIST);
        assert_eq!(
            shared.and_then(|clip| clip.artist_group),
            Some(*divided[0].0)
        );
    }
}
