//! An audit as a page.

use std::path::{Component, Path, PathBuf};

use super::found::{DataAudit, DuplicateKind, LeakingName, Suspect};
use crate::data::Dataset;
use crate::report::{AuditTable, DataAuditContext, SuspectRow, data_audit_page};
use genrenet_text::counted;

/// Rows of a table; the JSON has all.
const ROWS: usize = 200;

impl DataAudit {
    /// The page of the audit as one HTML file, to be written to `page`: sounds are played from their files, relative to it.
    pub fn page(&self, page: &Path) -> String {
        let suspects = self.suspects.worst.iter().zip(&self.spectrograms);
        data_audit_page(&DataAuditContext {
            title: format!("Audit of {}", self.name),
            about: format!(
                "{}, {}; split {}.",
                counted(self.rows, "row", "rows"),
                counted(self.classes.len(), "genre", "genres"),
                self.split
            ),
            figures: self.figures(),
            suspects_about: self.suspects_about(),
            suspects: suspects
                .map(|(one, picture)| row(one, picture.clone(), page))
                .collect(),
            tables: vec![
                self.duplicates_table(),
                self.leaks_table(),
                self.faults_table(),
                self.classes_table(),
            ],
        })
    }

    fn figures(&self) -> Vec<[String; 3]> {
        let across = self
            .duplicates
            .iter()
            .filter(|pair| pair.is_across())
            .count();
        let conflicts = self.duplicates.iter().filter(|pair| pair.conflict).count();
        let left_out = self.clean.iter().filter(|row| row.subset.is_err()).count();
        let leaking = self.leaks.artists.len() + self.leaks.albums.len() + self.leaks.groups.len();
        let figure =
            |name: &str, value: usize, note: String| [name.to_owned(), value.to_string(), note];
        vec![
            figure("Rows", self.rows, String::new()),
            figure(
                "Suspected labels",
                self.suspects.suspected,
                format!("of {}", self.suspects.measured),
            ),
            figure(
                "Duplicates",
                self.duplicates.len(),
                format!("pairs, {across} across the split, {conflicts} with different genres"),
            ),
            figure(
                "In several subsets",
                leaking,
                "artists, albums and groups".into(),
            ),
            figure("Faulty rows", self.faults.len(), String::new()),
            figure("Left out", left_out, "of the clean split".into()),
        ]
    }

    fn suspects_about(&self) -> String {
        let found = &self.suspects;
        match &found.none {
            Some(reason) => format!("Not looked for: {reason}."),
            None => format!(
                "{} of {} are suspected, {} shown. {} out of fold answers {:.1} % as labelled ({:.1}–{:.1}); a label is suspected where another \
                 genre is more probable and at least as probable as that genre is on average for rows labelled so.",
                found.suspected,
                counted(found.measured, "label", "labels"),
                found.worst.len(),
                capital(&found.features),
                100.0 * found.accuracy,
                100.0 * found.interval[0],
                100.0 * found.interval[1]
            ),
        }
    }

    fn duplicates_table(&self) -> AuditTable {
        let rows = self.duplicates.iter().map(|pair| {
            let side = |at: usize| {
                format!(
                    "{} ({}, {})",
                    pair.ids[at], pair.genres[at], pair.subsets[at]
                )
            };
            let kind = match pair.kind {
                DuplicateKind::Exact => "exact".to_owned(),
                DuplicateKind::Near => format!("{:.2}", pair.similarity),
            };
            vec![
                side(0),
                side(1),
                kind,
                pair.shift.clone().unwrap_or_default(),
            ]
        });
        let about = match (self.duplicates.is_empty(), self.near_duplicates_searched) {
            (true, true) => "None.",
            (true, false) => "No exact ones; near ones need sounds or log-mels.",
            (false, true) => {
                "The same recording twice: exact, or re-encoded, louder, shifted or cut."
            }
            (false, false) => "Exact ones; near ones need sounds or log-mels.",
        };
        table(
            "Duplicates",
            about,
            &["One", "Other", "Similarity", "Shift"],
            rows.collect(),
        )
    }

    fn leaks_table(&self) -> AuditTable {
        let kinds = [
            ("artist", &self.leaks.artists),
            ("album", &self.leaks.albums),
            ("group", &self.leaks.groups),
        ];
        let row = |kind: &str, one: &LeakingName| {
            let counts = one.rows.map(|count| count.to_string());
            [vec![one.name.clone(), kind.to_owned()], counts.to_vec()].concat()
        };
        let rows: Vec<Vec<String>> = kinds
            .into_iter()
            .flat_map(|(kind, list)| list.iter().map(move |one| row(kind, one)))
            .collect();
        let about = match rows.is_empty() {
            true => "No artist, album or group is in several subsets.",
            false => {
                "Artists, albums and groups in several subsets: figures are too high for new songs."
            }
        };
        table(
            "Leaks of the split",
            about,
            &["Name", "Kind", "Training", "Validation", "Test"],
            rows,
        )
    }

    fn faults_table(&self) -> AuditTable {
        let row = |one: &super::RowFault| {
            vec![
                one.id.clone(),
                one.genre.clone(),
                one.kind.word().to_owned(),
                one.figures.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = self.faults.iter().map(row).collect();
        let about = match rows.is_empty() {
            true => "None.",
            false => "Rows that are silent, clipped, short, can't be decoded or lack features.",
        };
        table("Faults", about, &["Row", "Genre", "Fault", "Figures"], rows)
    }

    fn classes_table(&self) -> AuditTable {
        let row = |class: &super::ClassBalance| {
            let counts = class.rows.map(|count| count.to_string());
            [vec![class.genre.clone()], counts.to_vec()].concat()
        };
        let rows = self.classes.iter().map(row).collect();
        table(
            "Classes",
            "Rows of each genre.",
            &["Genre", "Training", "Validation", "Test"],
            rows,
        )
    }
}

/// The log-mels of suspected rows, where the data set has no sounds.
pub(super) fn spectrograms(
    dataset: &Dataset,
    suspects: &[Suspect],
) -> Vec<Option<(Vec<f32>, [usize; 2])>> {
    let read = |one: &Suspect| {
        let array = dataset
            .array("logmel")
            .filter(|array| array.has(one.row) && one.path.is_none())?;
        let shape = <[usize; 2]>::try_from(&array.shape[..]).ok()?;
        let mut db = vec![0.0; array.row_len()];
        array.read(one.row, &mut db).ok()?;
        Some((db, shape))
    };
    suspects.iter().map(read).collect()
}

fn row(one: &Suspect, spectrogram: Option<(Vec<f32>, [usize; 2])>, page: &Path) -> SuspectRow {
    SuspectRow {
        id: one.id.clone(),
        artist: one.artist.clone(),
        given: (one.given.clone(), one.given_probability),
        suggested: (one.suggested.clone(), one.suggested_probability),
        sound: one.file.as_deref().map(|file| address(file, page)),
        spectrogram,
    }
}

fn table(heading: &str, about: &str, columns: &[&str], mut rows: Vec<Vec<String>>) -> AuditTable {
    let about = match rows.len() > ROWS {
        true => format!(
            "{about} The first {ROWS} of {}; --json has all.",
            rows.len()
        ),
        false => about.to_owned(),
    };
    rows.truncate(ROWS);
    AuditTable {
        heading: heading.to_owned(),
        about,
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
        rows,
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The address of a file relative to the folder of a page; absolute where they are on different drives.
fn address(file: &Path, page: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let (file, page) = (whole(file), whole(page));
    let from: Vec<Component<'_>> = page
        .parent()
        .unwrap_or(Path::new(""))
        .components()
        .collect();
    let to: Vec<Component<'_>> = file.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return format!("file:///{}", percent_encoded(&file));
    }
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - common);
    let relative: PathBuf = up.chain(to[common..].iter().copied()).collect();
    // A name with a colon would be taken for a scheme.
    format!("./{}", percent_encoded(&relative))
}

fn percent_encoded(path: &Path) -> String {
    let mut out = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(*byte))
            }
            b'\\' if cfg!(windows) => out.push('/'),
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_addressed_from_the_page() {
        let of = |file: &str, page: &str| address(Path::new(file), Path::new(page));
        assert_eq!(
            of("music/Rock/a b#1.mp3", "music/audit.html"),
            "./Rock/a%20b%231.mp3"
        );
        assert_eq!(
            of("music/Rock/é.mp3", "out/pages/audit.html"),
            "./../../music/Rock/%C3%A9.mp3"
        );
        assert_eq!(of("a:b.mp3", "audit.html"), "./a%3Ab.mp3");
    }
}
