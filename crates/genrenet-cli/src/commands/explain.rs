//! `genrenet explain`: which parts of a song decided for its genre.

use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::data::same_but_for_writing;
use genrenet::model::Bundle;
use genrenet::report::{Drawing, along_song_drawing, explain_drawing};
use genrenet::{Progress as _, explain, shipped};
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::images;
use crate::output::Page;
use crate::terminal::Terminal;

/// Show which parts of a song decided for its genre.
///
/// Writes into a folder: "decided", the window that is most probably of the genre, with what counts for it in orange and against
/// it in blue; "along", the probabilities of the genres along the song; both as PNG and SVG; and explain.json with all numbers.
/// Of a model that reads segments, such as msd50, the segment of 3 s is shown that is most probably of the genre. What decided is measured by replacing one patch of the spectrogram after the other by the mean spectrum. How far that can
/// be trusted is tested on other patches, and written into the picture.
#[derive(Args)]
pub struct Explain {
    /// The song.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A built-in model (`genrenet models`), or the folder of a run or bundle; wide, if not given.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The genre (or tag) that is explained; the most probable one, if not given.
    #[arg(long, value_name = "NAME")]
    genre: Option<String>,
    /// The folder that is written; explained/NAME, if not given.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub fn run(arguments: Explain) -> CommandResult {
    let file = &arguments.file;
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let name = arguments.genre.as_deref();
    let genre = name.map(|name| genre(&model, name)).transpose()?;
    let progress = Terminal::default();
    let explained = explain(&model, file, genre, &progress)
        .map_err(|error| Failure::new(format!("{}: {error}", visible_path(file))))?;
    let out = arguments.out.clone().unwrap_or_else(|| {
        let stem = file.file_stem().unwrap_or_default();
        Path::new("explained").join(stem)
    });
    let title = images::title(file);
    let along = explained.along_song(&model);
    let share = explained.song.prediction.probabilities[explained.genre];
    let share = format!("{:.1} %", 100.0 * share);
    let explanation = &explained.explanation;
    let heading = format!("{title}: what decided for {} ({share})", explanation.genre);
    let decided = explain_drawing(&explained.spectrogram, explanation, Some(&along), &heading);
    let drawings = [
        ("along", along_song_drawing(&along, &title)),
        ("decided", decided),
    ];
    progress.stage("drawing", "pictures", drawings.len() as u64);
    for (name, drawing) in &drawings {
        progress.now(name);
        write(drawing, &out.join(name))?;
        progress.more(1);
    }
    let text = serde_json::to_string(&explained.to_json(&model, file))?;
    images::write_whole(&out.join("explain.json"), text.as_bytes())?;
    progress.end();
    let from = explained.spectrogram.start;
    let mut page = Page::summary();
    page.line(format_args!(
        "{}: {} {share}; what decided for it from {from:.0} to {:.0} s is in {}",
        visible_path(file),
        explanation.genre,
        from + explained.spectrogram.seconds,
        visible_path(&out)
    ));
    let prediction = &explained.song.prediction;
    if prediction.no_music {
        page.line(
            "This sound is taken for something other than music: its genre is not to be relied on.",
        );
    } else if prediction.unsure {
        page.line("The model is unsure of this sound.");
    }
    page.line(&explanation.faithfulness);
    if let Some(caveat) = &explanation.caveat {
        page.line(caveat);
    }
    page.end(Outcome::Done)
}

/// The genre of a model that a name means, whatever its case, accents, spaces and punctuation.
fn genre(model: &Bundle, name: &str) -> Result<usize, Failure> {
    let place = |wanted: &str| model.genres.iter().position(|genre| genre == wanted);
    let found = place(name).or_else(|| place(same_but_for_writing(name, &model.genres)?));
    found.ok_or_else(|| {
        let noun = if model.independent() { "tag" } else { "genre" };
        Failure::new(format!(
            "--genre {name}: expected one of {}; found no such {noun} in {}",
            model.genres.join(", "),
            model.card.name
        ))
    })
}

fn write(drawing: &Drawing, path: &Path) -> Result<(), Failure> {
    images::write(
        drawing,
        &path.with_extension("png"),
        images::ImageFormat::Png,
    )?;
    images::write(
        drawing,
        &path.with_extension("svg"),
        images::ImageFormat::Svg,
    )
}
