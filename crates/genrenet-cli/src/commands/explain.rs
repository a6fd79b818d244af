//! `genrenet explain`: which parts of a song decided for its genre.

use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::audio::{FrontEnd, Input, hz_to_mel, mel_to_hz, open, song_features};
use genrenet::data::same_but_for_writing;
use genrenet::model::{Attribution, Bundle, Prediction, Raw};
use genrenet::report::{
    Drawing, Explanation, Frequencies, Spectrogram, along_song_drawing, explain_drawing,
};
use genrenet::{Error, Song, reads_sound, report_context, shipped};
use genrenet_text::{path_text, percent, visible_path};
use serde_json::json;

use super::spectrogram::along;
use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::Page;
use crate::pictures;
use crate::progress::Progress;

/// Most windows that are heard for the line along the song.
const WINDOWS: usize = 64;

/// Show which parts of a song decided for its genre.
///
/// Writes into a folder: decided (the window that spoke loudest for the genre, what spoke for it in orange, against it
/// in blue, measured by replacing one patch after the other by the mean spectrum), along (probability of the genres along
/// the song), each as PNG and SVG, and explain.json with all the numbers. Whether the first can be trusted is checked by
/// occluding other parts of the window, and is said in the picture.
#[derive(Args)]
pub struct Explain {
    /// The song.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A model inside the program, or the folder of a bundle or run.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The genre that is explained; the most probable one, if not given.
    #[arg(long, value_name = "NAME")]
    genre: Option<String>,
    /// Where to; explained/NAME, if not given.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// A window of a song, and what decided in it.
struct Decided {
    spectrogram: Spectrogram,
    attribution: Attribution,
    explanation: Explanation,
}

pub fn run(arguments: Explain) -> CommandResult {
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let named = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{}: {error}", visible_path(&arguments.file)))
    };
    let asked = arguments
        .genre
        .as_deref()
        .map(|name| genre(&model, name))
        .transpose()?;
    let progress = Progress::over("windows", None);
    progress.stage("hearing", "windows", None);
    progress.now(visible_path(&arguments.file));
    let heard = listen(&model, &arguments.file, asked).map_err(|error| named(&error))?;
    let decided = decide(&model, &heard, &|done, of| {
        if done == 0 {
            progress.stage("what decided", "forward passes", Some(of));
        }
        progress.done(done);
    });
    let decided = decided.map_err(|error| named(&error))?;
    let (song, explained) = (&heard.song, heard.genre);
    let out = arguments.out.clone().unwrap_or_else(|| {
        let stem = arguments.file.file_stem().unwrap_or_default();
        Path::new("explained").join(stem)
    });
    let title = pictures::title(&arguments.file);
    let along = along(&model, song);
    let share = format!("{:.1} %", 100.0 * song.prediction.probabilities[explained]);
    let explanation = &decided.explanation;
    let heading = format!("{title}: what decided for {} ({share})", explanation.genre);
    let picture = explain_drawing(&decided.spectrogram, explanation, Some(&along), &heading);
    let drawings = [
        ("along", along_song_drawing(&along, &title)),
        ("decided", picture),
    ];
    progress.stage("drawing", "pictures", Some(drawings.len() as u64));
    for (name, drawing) in &drawings {
        progress.now(name);
        write(drawing, &out.join(name))?;
        progress.one_more();
    }
    let text = serde_json::to_string(&numbers(&arguments.file, &model, &heard, &decided, &along))?;
    pictures::write_whole(&out.join("explain.json"), text.as_bytes())?;
    drop(progress);
    let from = decided.spectrogram.start;
    let mut told = Page::remarks();
    told.line(format_args!(
        "{}: {} {share}; what decided for it from {from:.0} to {:.0} s is in {}",
        visible_path(&arguments.file),
        model.genres[explained],
        from + decided.spectrogram.seconds,
        visible_path(&out)
    ));
    told.line(&explanation.faithfulness);
    if let Some(caveat) = &explanation.caveat {
        told.line(caveat);
    }
    told.end(Outcome::Done)
}

/// A song that was listened to closely.
struct SongFeatures {
    song: Song,
    /// The genre that is explained.
    genre: usize,
    /// The window that speaks loudest for it, and where it begins, in seconds.
    window: Raw,
    start: f64,
    /// The rate at which the song was heard, in Hz.
    rate: u32,
}

/// The genre of a model that a name means, whatever its case, accents, spaces and punctuation.
fn genre(model: &Bundle, name: &str) -> Result<usize, Failure> {
    let place = |wanted: &str| model.genres.iter().position(|genre| genre == wanted);
    let found = place(name).or_else(|| place(same_but_for_writing(name, &model.genres)?));
    found.ok_or_else(|| {
        Failure::new(format!(
            "--genre {name}: expected one of {}; found no such genre in {}",
            model.genres.join(", "),
            model.card.name
        ))
    })
}

/// Computes the features of a song in as many windows as fit, up to [`WINDOWS`]: what the model says of it, and the window with the highest
/// probability of the genre that was asked for, else of the top genre.
fn listen(model: &Bundle, path: &Path, asked: Option<usize>) -> Result<SongFeatures, Error> {
    let front_end = reads_sound(model)?;
    let mut closely = front_end;
    closely.windowing.windows = WINDOWS.max(front_end.windowing.windows);
    let rate = front_end.log_mel.rate.hz(open(Input::path(path)?)?.rate());
    // The song's genre is what `classify` says; the windows are more than it listens to.
    let first = song_features(Input::path(path)?, &front_end)?;
    let said: Prediction = model.classify(&first)?;
    // Fewer windows than were asked for are all that fit.
    let (heard, windows) = if first.windows.len() < front_end.windowing.windows {
        (first, said.windows.clone())
    } else {
        let all = song_features(Input::path(path)?, &closely)?;
        let windows = model.classify(&all)?.windows;
        (all, windows)
    };
    let genre = asked.unwrap_or(said.ranking[0]);
    let loudest = (0..windows.len())
        .max_by(|&a, &b| {
            let p = |at: usize| windows[at].probabilities[genre];
            p(a).total_cmp(&p(b)).then(b.cmp(&a))
        })
        .unwrap_or(0);
    let window = Raw::of_window(&heard.windows[loudest]);
    let start = windows[loudest].start_seconds;
    let mut prediction = said;
    prediction.windows = windows;
    Ok(SongFeatures {
        song: Song {
            seconds: heard.seconds,
            prediction,
        },
        genre,
        window,
        start,
        rate,
    })
}

fn decide(
    model: &Bundle,
    heard: &SongFeatures,
    advance: &dyn Fn(u64, u64),
) -> Result<Decided, String> {
    let (song, raw) = (&heard.song, &heard.window);
    let (attribution, explanation) = report_context::explanation(model, raw, heard.genre, advance)?;
    let front_end: FrontEnd = model.front_end.ok_or("the model can't hear")?;
    let length = f64::from(front_end.windowing.seconds);
    // A shorter song is heard to its end.
    let seconds = length.min(song.seconds);
    let db = raw
        .get(genrenet::model::FeatureKind::Logmel)
        .map(|array| array.data.clone())
        .unwrap_or_default();
    Ok(Decided {
        spectrogram: Spectrogram {
            db,
            bands: explanation.bands,
            frames: explanation.frames,
            frequencies: Frequencies::Mel {
                low: front_end.log_mel.fmin,
                high: front_end.log_mel.fmax.unwrap_or(heard.rate as f32 / 2.0),
            },
            start: heard.start,
            seconds,
        },
        attribution,
        explanation,
    })
}

fn write(drawing: &Drawing, path: &Path) -> Result<(), Failure> {
    pictures::write(
        drawing,
        &path.with_extension("png"),
        pictures::ImageFormat::Png,
    )?;
    pictures::write(
        drawing,
        &path.with_extension("svg"),
        pictures::ImageFormat::Svg,
    )
}

fn numbers(
    path: &Path,
    model: &Bundle,
    heard: &SongFeatures,
    decided: &Decided,
    along: &genrenet::report::AlongSong,
) -> serde_json::Value {
    let (song, picture) = (&heard.song, &decided.spectrogram);
    let top = song.prediction.ranking[0];
    let (attribution, explanation) = (&decided.attribution, &decided.explanation);
    let rows = (0..attribution.weights.rows).map(|band| attribution.weights.row(band));
    let windows: Vec<_> = along
        .starts
        .iter()
        .zip(along.probabilities.chunks(model.genres.len()))
        .map(|(start, probabilities)| json!({"start": start, "probabilities": probabilities}))
        .collect();
    json!({
        "path": path_text(path),
        "path_bytes": percent(path),
        "seconds": song.seconds,
        "genre": model.genres[top],
        "probability": song.prediction.probabilities[top],
        "unsure": song.prediction.unsure,
        "explained": {
            "genre": model.genres[heard.genre],
            "probability": song.prediction.probabilities[heard.genre],
        },
        "genres": model.genres,
        "window": {"start": picture.start, "seconds": picture.seconds},
        "band_hz": band_centres(picture),
        "attribution": {
            "method": explanation.method,
            "weights": rows.collect::<Vec<_>>(),
            "probability": attribution.probability,
            "baseline_probability": attribution.baseline_probability,
            "insertion": attribution.faithfulness.insertion,
            "deletion": attribution.faithfulness.deletion,
            "held_out_occlusion": attribution.faithfulness.occlusion,
            "caveat": explanation.caveat,
        },
        "along": {"window_seconds": along.window, "windows": windows},
    })
}

/// Frequency of the middle of each mel band in Hz, lowest first.
fn band_centres(picture: &Spectrogram) -> Vec<f64> {
    let Frequencies::Mel { low, high } = picture.frequencies else {
        return Vec::new();
    };
    let [low, high] = [low, high].map(|hz| hz_to_mel(f64::from(hz)));
    let step = (high - low) / (picture.bands + 1) as f64;
    (1..=picture.bands)
        .map(|band| (mel_to_hz(low + step * band as f64) * 10.0).round() / 10.0)
        .collect()
}
