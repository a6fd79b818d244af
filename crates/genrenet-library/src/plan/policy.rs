//! Which values are written into a file, and which files are left alone.

/// What becomes of values that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A file that has a value is left alone.
    #[default]
    OnlyEmpty,
    /// Values are added to those that are there.
    Add,
    /// Values take the place of those that are there.
    Replace,
}

/// How values are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What becomes of values that are there.
    pub mode: Mode,
    /// The most genres that are written, broader ones not counted; at least 1.
    pub max: usize,
    /// A further genre is written where its probability is at least this share of the top one's, 0 to 1.
    pub min_ratio: f32,
    /// Whether the broader genres follow.
    pub parents: bool,
}

/// What a model says of a song.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Genres with probabilities, the most probable first.
    pub genres: Vec<(String, f32)>,
    /// The broader genres of each of them, the nearest first.
    pub parents: Vec<Vec<String>>,
    /// Whether the answer is not to be relied on.
    pub unsure: bool,
    /// Whether the sound is taken for something other than music.
    pub no_music: bool,
}

/// What is done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// These values, all that the field is to hold.
    Write(Vec<String>),
    /// Nothing.
    Keep(Kept),
}

/// Why a file is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It has a value, and such are kept.
    SetAlready,
    /// It has the values already.
    Same,
    /// The model is not sure.
    Unsure,
    /// It is no music.
    NoMusic,
}

impl Policy {
    /// Whether a file whose field holds `now` is left alone whatever its genre is.
    pub fn keeps(&self, now: &[String]) -> bool {
        self.mode == Mode::OnlyEmpty && !now.is_empty()
    }

    /// What is done with a file whose field holds `now`.
    pub fn decide(&self, now: &[String], suggestion: &Suggestion) -> Decision {
        if self.keeps(now) {
            return Decision::Keep(Kept::SetAlready);
        }
        if suggestion.no_music {
            return Decision::Keep(Kept::NoMusic);
        }
        if suggestion.unsure || suggestion.genres.is_empty() {
            return Decision::Keep(Kept::Unsure);
        }
        let mut values: Vec<String> = match self.mode {
            Mode::Add => now.to_vec(),
            Mode::OnlyEmpty | Mode::Replace => Vec::new(),
        };
        let least = suggestion.genres[0].1 * self.min_ratio;
        let chosen = suggestion.genres.iter().zip(&suggestion.parents);
        let chosen = chosen
            .take(self.max)
            .filter(|((_, p), _)| *p >= least && *p > 0.0);
        let mut broader = Vec::new();
        for ((genre, _), parents) in chosen {
            add(&mut values, genre);
            broader.extend(parents.iter().filter(|_| self.parents));
        }
        for genre in broader {
            add(&mut values, genre);
        }
        match values == now {
            true => Decision::Keep(Kept::Same),
            false => Decision::Write(values),
        }
    }
}

/// Adds a value that is not there yet in another case.
fn add(values: &mut Vec<String>, value: &str) {
    let value_in_lower_case = value.to_lowercase();
    if values
        .iter()
        .all(|other| other.to_lowercase() != value_in_lower_case)
    {
        values.push(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion() -> Suggestion {
        Suggestion {
            genres: [("Techno", 0.6), ("Trance", 0.3), ("Jazz", 0.02)]
                .map(|(genre, p)| (genre.to_owned(), p))
                .to_vec(),
            parents: vec![vec!["Electronic".into()], vec!["Electronic".into()], vec![]],
            unsure: false,
            no_music: false,
        }
    }

    fn written(policy: &Policy, now: &[&str]) -> Vec<String> {
        let now: Vec<String> = now.iter().map(|&value| value.to_owned()).collect();
        match policy.decide(&now, &suggestion()) {
            Decision::Write(values) => values,
            Decision::Keep(why) => vec![format!("{why:?}")],
        }
    }

    #[test]
    fn values_that_a_person_set_stay_unless_asked_otherwise() {
        let mut policy = Policy {
            mode: Mode::OnlyEmpty,
            max: 1,
            min_ratio: 0.5,
            parents: false,
        };
        assert_eq!(written(&policy, &[]), ["Techno"]);
        assert_eq!(written(&policy, &["Rock"]), ["SetAlready"]);
        policy.mode = Mode::Add;
        assert_eq!(written(&policy, &["Rock"]), ["Rock", "Techno"]);
        assert_eq!(written(&policy, &["techno"]), ["Same"]);
        policy.mode = Mode::Replace;
        assert_eq!(written(&policy, &["Rock"]), ["Techno"]);
        assert_eq!(written(&policy, &["Techno"]), ["Same"]);
    }

    #[test]
    fn further_genres_need_their_share_and_broader_ones_come_last_and_once() {
        let mut policy = Policy {
            mode: Mode::OnlyEmpty,
            max: 3,
            min_ratio: 0.5,
            parents: false,
        };
        assert_eq!(written(&policy, &[]), ["Techno", "Trance"]);
        policy.max = 1;
        assert_eq!(written(&policy, &[]), ["Techno"]);
        policy = Policy {
            max: 9,
            min_ratio: 0.0,
            parents: true,
            ..policy
        };
        assert_eq!(
            written(&policy, &[]),
            ["Techno", "Trance", "Jazz", "Electronic"]
        );
    }

    #[test]
    fn an_answer_that_is_not_sure_leaves_any_file_alone() {
        for mode in [Mode::OnlyEmpty, Mode::Add, Mode::Replace] {
            let policy = Policy {
                mode,
                max: 1,
                min_ratio: 0.5,
                parents: true,
            };
            let unsure = Suggestion {
                unsure: true,
                ..suggestion()
            };
            assert_eq!(policy.decide(&[], &unsure), Decision::Keep(Kept::Unsure));
            let speech = Suggestion {
                no_music: true,
                unsure: true,
                ..suggestion()
            };
            assert_eq!(policy.decide(&[], &speech), Decision::Keep(Kept::NoMusic));
        }
    }
}
