//! Writes reports and pictures of made-up runs, to look at while changing how they are drawn.
//!
//! `cargo run --release -p genrenet-report --example synthetic -- FOLDER`

use std::error::Error;
use std::path::PathBuf;

use genrenet_report::{
    Part, RunContext, Theme, along_song_drawing, explain_drawing, library_page, report,
    spectrogram_drawing,
};

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/synthetic/mod.rs"]
mod synthetic;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .ok_or("expected a folder to write to")?,
    );
    let one = synthetic::run("fma-small-cnn", 1.9, 800);
    for path in
        report("Report of fma-small-cnn", std::slice::from_ref(&one)).write(&folder.join("one"))?
    {
        println!("{}", path.display());
    }
    let mut published = synthetic::run("origin-cnn", 1.0, 300);
    published.history = Part::Missing("the run folder has no history.jsonl".into());
    let runs = [
        published,
        synthetic::run("cnn-logmel", 1.8, 300),
        synthetic::run("fusion", 1.9, 300),
    ];
    report("Three networks for music genre", &runs).write(&folder.join("three"))?;
    report("Thirty genres", &[synthetic::many_genres(30)]).write(&folder.join("many"))?;
    let bare = [RunContext::new(
        "<script>alert('bare')</script>",
        synthetic::names(&["Folk", "<b>Rock</b>"]),
    )];
    report("A run without data", &bare).write(&folder.join("bare"))?;

    let mut libraries = synthetic::library::odd();
    libraries.extend([14, 40, 400, 2000].map(|n| ("songs", synthetic::library::library(n))));
    for (name, library) in libraries {
        let file = format!("library-{name}-{}.html", library.songs);
        std::fs::write(folder.join(file), library_page(&library))?;
    }

    let clip = synthetic::spectrogram(128, 1_292, 240.0, 4);
    let along = synthetic::along_song(7);
    let explanation = synthetic::explanation(128, 1_292, "Rock");
    for (name, drawing) in [
        (
            "spectrogram",
            spectrogram_drawing(&clip, Some(&along), "nightdream.ogg"),
        ),
        (
            "explain",
            explain_drawing(
                &clip,
                &explanation,
                Some(&along),
                "nightdream.ogg: what decided for Rock",
            ),
        ),
        ("along", along_song_drawing(&along, "nightdream.ogg")),
    ] {
        std::fs::write(folder.join(format!("{name}.svg")), drawing.svg())?;
        for (theme, ending) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            std::fs::write(
                folder.join(format!("{name}-{ending}.png")),
                drawing.png(theme, 1.5)?,
            )?;
        }
    }
    Ok(())
}
