//! Columns of tables by their names: the names that are known, and how a table's columns are found by them.

/// Names of the column with the audio file.
pub(crate) const PATH: &[&str] = &["path", "file", "filename", "file_name"];
/// Names of the column with the genre.
pub(crate) const GENRE: &[&str] = &["genre", "label"];
/// Names of the column with a group that the data set itself states.
pub(crate) const GROUP: &[&str] = &["group", "artist_group"];
/// Names of the column with the artist.
pub(crate) const ARTIST: &[&str] = &["artist_id", "artist"];
/// Names of the column with the album.
pub(crate) const ALBUM: &[&str] = &["album_id", "album"];
/// Names of the column with the subset.
pub(crate) const SPLIT: &[&str] = &["split"];

/// The names of a table's columns, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header(pub(crate) Vec<String>);

impl Header {
    /// Position of the first of these columns that exists (case does not matter).
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|n| self.0.iter().position(|h| h.eq_ignore_ascii_case(n)))
    }

    /// A message that none of these columns exists, with the nearest one and the list of columns.
    pub(crate) fn lacks(&self, names: &[&str]) -> String {
        let nearest = self.nearest(names).map_or_else(String::new, |column| {
            format!(", the nearest being `{}`", self.0[column])
        });
        format!(
            "no column `{}`; its columns are {}{nearest}",
            names.join("` or `"),
            self.0.join(", ")
        )
    }

    /// Position of the column whose name is nearest to one of these: it contains one (`filepath`), or differs in at most
    /// two letters (`gener`).
    pub(crate) fn nearest(&self, names: &[&str]) -> Option<usize> {
        let header: Vec<String> = self.0.iter().map(|h| h.to_lowercase()).collect();
        header
            .iter()
            .position(|h| names.iter().any(|name| h.contains(name)))
            .or_else(|| {
                let distance = |h: &String| names.iter().map(|name| edits(h, name)).min();
                (0..header.len())
                    .filter(|&c| distance(&header[c]).is_some_and(|edits| edits <= 2))
                    .min_by_key(|&c| distance(&header[c]))
            })
    }

    /// The first name that occurs twice.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let repeats =
            |(i, name): &(usize, &String)| !name.is_empty() && self.0[..*i].contains(name);
        self.0
            .iter()
            .enumerate()
            .find(repeats)
            .map(|(_, name)| &name[..])
    }
}

/// Letters to insert, drop or replace to get from one word to another (Levenshtein's distance).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_column_is_named() {
        let nearest = |names: &[&str]| {
            let header = Header(names.iter().map(|n| (*n).to_owned()).collect());
            header
                .nearest(&["path", "file"])
                .map(|c| header.0[c].clone())
        };
        assert_eq!(nearest(&["x", "Filepath"]).as_deref(), Some("Filepath"));
        assert_eq!(nearest(&["x", "song_file"]).as_deref(), Some("song_file"));
        assert_eq!(nearest(&["tempo", "pth"]).as_deref(), Some("pth"));
        assert_eq!(nearest(&["tempo", "energy"]), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
