//! `genrenet demo`: every step from songs to a trained network, offline, with data of its own.

mod synthetic;
mod wav;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Args;
use genrenet_files::write_whole;
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::Page;

/// The repository's short recordings, compiled in.
const RECORDINGS: [(&str, &[u8]); 4] = [
    (
        "lets_go_fishin.ogg",
        include_bytes!("../../../demo/lets_go_fishin.ogg"),
    ),
    (
        "searching.opus",
        include_bytes!("../../../demo/searching.opus"),
    ),
    (
        "slow_motion_dream.mp3",
        include_bytes!("../../../demo/slow_motion_dream.mp3"),
    ),
    ("vibe_ace.m4a", include_bytes!("../../../demo/vibe_ace.m4a")),
];

/// Who made them, and under which licence.
const CREDITS: &str = include_str!("../../../demo/README.md");

/// Show every step: classify four recordings, then extract, train, evaluate and classify synthetic pieces.
///
/// Takes about a minute, offline. Each step is a command that is printed and can be repeated.
#[derive(Args)]
pub struct Demo {
    /// The folder for its files; an earlier demo there is replaced.
    #[arg(long, default_value = "genrenet-demo", value_name = "FOLDER")]
    out: PathBuf,
}

pub fn run(arguments: Demo) -> CommandResult {
    let began = Instant::now();
    let folder = &arguments.out;
    make_room(folder)?;
    let recordings = folder.join("recordings");
    fs::create_dir_all(&recordings)?;
    for (name, bytes) in RECORDINGS {
        write_whole(&recordings.join(name), bytes)?;
    }
    write_whole(&recordings.join("README.md"), CREDITS.as_bytes())?;
    let mut page = Page::result();

    page.text(format_args!(
        "1. Four recordings (CC BY and CC0, see {}), classified by the default model:\n",
        visible_path(&recordings.join("README.md"))
    ));
    step(&mut page, &["classify", path(&recordings)?])?;

    let pieces = folder.join("synthetic");
    let count = synthetic::write_all(&pieces)?;
    page.text(format_args!(
        "\n2. A collection of {count} synthetic pieces of {:.0} s in {} styles ({}). They are here to show the commands:\n   \
         what a network learns from them says nothing about music.\n",
        synthetic::SECONDS,
        synthetic::STYLES.len(),
        synthetic::STYLES.join(", ")
    ));

    page.text(format_args!(
        "3. Features of one artist, for Python and others:\n"
    ));
    let features = folder.join("features.npz");
    step(
        &mut page,
        &[
            "extract",
            path(&pieces.join(synthetic::STYLES[0]).join("Artist 01"))?,
            "--out",
            path(&features)?,
        ],
    )?;

    page.text(format_args!(
        "\n4. A network trained on the folder of genre folders; no artist is in two subsets:\n"
    ));
    let run = folder.join("run");
    step(
        &mut page,
        &[
            "train",
            path(&pieces)?,
            "--from-scratch",
            "--out",
            path(&run)?,
            "--set",
            "train.epochs=20",
        ],
    )?;

    page.text(format_args!(
        "\n5. Its figures on the test artists, from whom it learned nothing:\n"
    ));
    step(&mut page, &["evaluate", path(&run)?, "--on", "test"])?;

    page.text(format_args!("\n6. Classification with it:\n"));
    let last = format!("Artist {:02}", synthetic::ARTISTS);
    let songs: Vec<PathBuf> = synthetic::STYLES
        .iter()
        .map(|style| pieces.join(style).join(&last).join("Piece 1.wav"))
        .collect();
    let mut words = vec!["classify", "--model", path(&run)?, "--top", "2"];
    for song in &songs {
        words.push(path(song)?);
    }
    step(&mut page, &words)?;

    page.text(format_args!(
        "\nDone in {:.0} s. Now with your own music, in folders named by genre:\n\n  \
         genrenet classify ~/Music                 classify it with the default model\n  \
         genrenet train ~/Music                    learn your own genres\n  \
         genrenet classify --model runs/Music SONG classify songs with them\n",
        began.elapsed().as_secs_f64()
    ));
    page.end(Outcome::Done)
}

/// Removes what an earlier demo left and nothing else.
fn make_room(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !["recordings", "synthetic", "run", "features.npz"]
            .iter()
            .any(|ours| name == *ours)
        {
            return Err(Failure::new(format!(
                "{}: expected an empty folder or that of an earlier demo; found {}",
                folder.display(),
                name.to_string_lossy()
            )));
        }
    }
    Ok(fs::remove_dir_all(folder)?)
}

fn path(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| {
        Failure::new(format!(
            "{}: the demo needs a folder whose name is UTF-8",
            path.display()
        ))
    })
}

/// Prints a command and runs it in a process of its own.
fn step(page: &mut Page, words: &[&str]) -> Result<(), Failure> {
    let shown: Vec<String> = words
        .iter()
        .map(|word| {
            if word.contains(' ') {
                format!("'{word}'")
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    page.text(format_args!("$ genrenet {}", shown.join(" ")));
    let status = Command::new(std::env::current_exe()?)
        .args(words)
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the step `genrenet {}` ended with {status}",
        shown.join(" ")
    )))
}
