//! Everything at and below a path, by the index of paths.

use std::path::Path;

use rusqlite::types::Value;

use super::stored_path::path_value;

/// That `files.path` is a path or lies below it; takes [`below_values`].
pub(super) const BELOW: &str = "(files.path = ? OR (files.path > ? AND files.path < ?) OR (files.path > ? AND files.path < ?))";

/// The values of [`BELOW`].
pub(super) fn below_values(path: &Path) -> [Value; 5] {
    let [[text_from, text_to], [from, to]] = ranges(path);
    [path_value(path), text_from, text_to, from, to]
}

/// What sorts directly before and after everything below a folder, among the names that are text and among those that are blobs, which sort
/// behind them.
pub(super) fn ranges(path: &Path) -> [[Value; 2]; 2] {
    let separator = std::path::MAIN_SEPARATOR as u8;
    let bytes = path.as_os_str().as_encoded_bytes();
    let folder = bytes.strip_suffix(&[separator]).unwrap_or(bytes);
    let bounds = [separator, separator + 1].map(|end| [folder, &[end]].concat());
    let texts = bounds
        .each_ref()
        .map(|bound| match std::str::from_utf8(bound) {
            Ok(text) => Value::Text(text.to_owned()),
            // Below a folder whose name is none, there is no text.
            Err(_) => Value::Null,
        });
    [texts, bounds.map(Value::Blob)]
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use proptest::prelude::*;
    use rusqlite::{Connection, params_from_iter};

    use super::*;
    use crate::index::stored_path::StoredPath;

    fn path(bytes: &[u8]) -> &Path {
        Path::new(std::ffi::OsStr::from_bytes(bytes))
    }

    proptest! {
        /// Names of few bytes around the separator, and one that is not UTF-8.
        #[test]
        fn the_ranges_hold_what_starts_with_the_folder(
            folder in prop::collection::vec(prop::sample::select(&b"-./0a\xe9"[..]), 1..4),
            rest in prop::collection::vec(prop::sample::select(&b"-./0a\xe9"[..]), 0..4),
        ) {
            let folder = [b"/a", &folder[..], b"a"].concat();
            let name = [&folder[..], &rest].concat();
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE files (path UNIQUE NOT NULL)").unwrap();
            connection.execute("INSERT INTO files VALUES (?1)", [StoredPath(path(&name))]).unwrap();
            let query = format!("SELECT count(*) FROM files WHERE {BELOW}");
            let found: i64 = connection
                .query_row(&query, params_from_iter(below_values(path(&folder))), |row| row.get(0))
                .unwrap();
            // No path ends with a separator.
            let expected = rest.is_empty() || (rest[0] == b'/' && rest.len() > 1);
            prop_assert_eq!(found == 1, expected);
        }
    }
}
