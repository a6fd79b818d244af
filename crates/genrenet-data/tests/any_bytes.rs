//! Any bytes of a file: a data set or an error, never a panic.

use genrenet_data::{Dataset, OpenOptions};
use proptest::prelude::*;

/// Text that looks like a table: separators, quotes, marks and known words.
fn table_like() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        Just(&b"genre"[..]),
        Just(&b"path"[..]),
        Just(&b"split"[..]),
        Just(&b"track_id"[..]),
        Just(&b"x"[..]),
        Just(&b","[..]),
        Just(&b"\t"[..]),
        Just(&b";"[..]),
        Just(&b"\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\""[..]),
        Just(&b"\xef\xbb\xbf"[..]),
        Just(&b"1"[..]),
        Just(&b"-1e999"[..]),
        Just(&b"18446744073709551616"[..]),
        Just(&b"\xff\xfe"[..]),
    ];
    prop::collection::vec(pieces, 0..60).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_table_opens_or_is_refused(bytes in prop_oneof![table_like(), prop::collection::vec(any::<u8>(), 0..300)]) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("songs.csv");
        std::fs::write(&path, &bytes).unwrap();
        match Dataset::open(&path, &OpenOptions::default()) {
            Ok(data) => prop_assert!(!data.rows.is_empty() && !data.genres.is_empty()),
            Err(e) => prop_assert!(e.to_string().contains("songs.csv"), "{}", e),
        }
        // The same bytes as the table of a folder.
        std::fs::rename(&path, dir.path().join("tracks.csv")).unwrap();
        prop_assert!(Dataset::open(dir.path(), &OpenOptions::default()).is_err());
    }
}
