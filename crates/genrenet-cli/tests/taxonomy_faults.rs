//! What is said of taxonomy files that can't be used.
#![cfg(feature = "wide")]

use std::fs;
use std::process::Output;

use crate::program::genrenet;

fn checked(text: impl AsRef<[u8]>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    genrenet()
        .current_dir(folder.path())
        .args(["taxonomy", "check", "mine.toml"])
        .output()
        .unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Texts of files, and what is said of them.
const FAULTS: &[(&str, &[&str])] = &[
    (
        "[genres]\nRock = []\n",
        &["version: expected `version = 1`, found nothing"],
    ),
    (
        "version = 2\n[genres]\nRock = []\n",
        &["line 1, version: expected 1, found 2"],
    ),
    (
        "version = 1\n",
        &["genres: expected a table", "found nothing"],
    ),
    (
        "version = 1\n[genres]\n",
        &["genres: expected from 1 to 4096 genres, found 0"],
    ),
    (
        "version = 1\n[genre]\nRock = []\n",
        &["line 2, genre", "the nearest is genres", "unknown key"],
    ),
    (
        "version = 1\n[genres]\nRock = 'Metal'\n",
        &["line 3, genres.Rock: expected a list", "found 'Metal'"],
    ),
    (
        "version = 1\n[genres]\nRock = ['Metal', 3]\n",
        &["line 3, genres.Rock", "found 3"],
    ),
    (
        "version = 1\n[genres]\nRock.Metal = []\n",
        &["line 3, genres.Rock", "a name with a dot stands in quotes"],
    ),
    (
        "version = 1\n[genres]\nRock = []\nrock = []\n",
        &[
            "line 4, genres.rock: expected each genre once (Rock",
            "found rock",
        ],
    ),
    (
        "version = 1\n[genres]\nRock = []\nRock = []\n",
        &["line 4", "duplicate key"],
    ),
    (
        "version = 1\n[genres]\nRock = ['Metal']\nPop = ['metal']\n",
        &[
            "line 4, genres.Pop",
            "metal is in genres.Rock",
            "metal again",
        ],
    ),
    (
        "version = 1\nignore = ['Metal']\n[genres]\nRock = ['Metal']\n",
        &["line 4, genres.Rock", "Metal is in ignore"],
    ),
    (
        "version = 1\nignore = ['Metal', 'metal']\n[genres]\nRock = []\n",
        &["line 2, ignore: expected each name once, found metal"],
    ),
    (
        "version = 1\n[genres]\nRock = ['Rok']\n",
        &[
            "genres.Rock: expected a genre of wide or of a built-in model, found Rok; the nearest is Rock",
        ],
    ),
    (
        "version = 1\nignore = ['Zzz']\n[genres]\nRock = []\n",
        &["ignore: expected a genre of wide", "found Zzz\n"],
    ),
    (
        "version = 1\n[genres]\nQuux = []\n",
        &["genres: expected one at least to which a genre of wide belongs"],
    ),
    (
        "version = 1\n[genres]\n'' = []\n",
        &["line 3, genres.\"\": ", "found an empty name"],
    ),
    (
        "version = 1\n[genres]\n' Rock' = []\n",
        &["found spaces around it"],
    ),
    (
        "version = 1\n[genres]\n\"Ro\\u001Bck\" = []\n",
        &["found a control character"],
    ),
    (
        "version = 1\n[genres]\nRock = [\"\\n\"]\n",
        &["found an empty name"],
    ),
    (
        "version = 1\n[genres]\nRock = []\n[parents]\nRock = 'Musik'\n",
        &["line 5, parents.Rock: expected a genre of [genres], found Musik"],
    ),
    (
        "version = 1\n[genres]\nRock = []\nElectronic = []\n[parents]\nRock = 'Elektronic'\n",
        &[
            "line 6, parents.Rock",
            "the nearest is Electronic, found Elektronic",
        ],
    ),
    (
        "version = 1\n[genres]\nRock = []\n[parents]\nPunk = 'Rock'\n",
        &["line 5, parents.Punk", "found Punk"],
    ),
    (
        "version = 1\n[genres]\nRock = []\n[parents]\nRock = 'Rock'\n",
        &["line 5, parents.Rock", "the circle Rock → Rock"],
    ),
    (
        "version = 1\n[genres]\nRock = []\nPop = []\nJazz = []\n[parents]\nJazz = 'Pop'\nPop = 'Rock'\nRock = 'pop'\n",
        &["line 8, parents.Pop", "the circle Pop → Rock → Pop"],
    ),
    (
        "version = 1\n[genres]\nRock = []\nPop = []\n[parents]\nRock = ['Pop']\n",
        &["line 6, parents.Rock: expected a genre's name, found ['Pop']"],
    ),
    ("version = 1\n[genres\n", &["line 2"]),
];

#[test]
fn every_fault_of_a_file_is_named() {
    let many = format!("version = 1\n[genres]\nRock = []\n#{}", "x".repeat(1 << 20));
    let long = format!("version = 1\n[genres]\n{} = []\n", "x".repeat(201));
    let sizes: [(&str, &[&str]); 2] = [
        (&long, &["line 3", "up to 200 characters", "a longer one"]),
        (&many, &["1048"]),
    ];
    for (text, parts) in FAULTS.iter().copied().chain(sizes) {
        let output = checked(text);
        assert_eq!(output.status.code(), Some(2), "{text:.200}: {output:?}");
        let said = errors(&output);
        assert!(
            said.starts_with("genrenet: mine.toml: ") && said.lines().count() == 1,
            "{said}"
        );
        for part in parts {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    let output = checked(b"version = 1\n[genres]\nRock\xff = []\n");
    assert!(errors(&output).contains("UTF-8"), "{output:?}");
}
