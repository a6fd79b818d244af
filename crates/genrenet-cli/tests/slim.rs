//! A build without the backbone of heads: `cargo test -p genrenet-cli --no-default-features --test all slim`.
#![cfg(not(feature = "msd50"))]

use crate::program::{genrenet, tones};

#[test]
fn the_feature_that_brings_the_backbone_is_named() {
    let home = tempfile::tempdir().unwrap();
    tones(&home.path().join("music"));
    for (words, instead) in [
        (&["train", "music"][..], true),
        (
            &[
                "train",
                "music",
                "--from-scratch",
                "--set",
                "train.start_from=msd50",
            ],
            false,
        ),
        (&["classify", "--model", "msd50", "music"], false),
    ] {
        let refused = genrenet()
            .current_dir(home.path())
            .args(words)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{words:?}: {said}");
        assert!(
            said.contains("without the cargo feature `msd50`"),
            "{words:?}: {said}"
        );
        assert_eq!(
            said.contains("--from-scratch"),
            instead,
            "{words:?}: {said}"
        );
    }
}
