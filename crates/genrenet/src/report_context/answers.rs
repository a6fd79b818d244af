//! What needs the network and the data together: answers, last hidden layer, clips with what decided.

use std::path::Path;

use crate::audio::{self, FrontEnd};
use crate::data::{Dataset, Row, Rule, Split, Tags};
use crate::model::{Bundle, FeatureKind, Raw};
use crate::report::{ClipContext, Hidden, Part, RunContext, Spectrogram, worst_and_best};
use crate::train::Recipe;
use crate::train::rows::{raw_rows, raw_windows};
use rayon::prelude::*;

use super::evaluations::{Answered, evaluations, name, places};
use super::{Wanted, available};
use crate::Progress;
use crate::datasets::RunData;
use crate::explain::{decided_in_file, explanation};
use crate::spectrogram::of_row;

/// Worst and best clips that are shown.
const CLIPS: usize = 4;
/// Clips of one map of the last hidden layer: more take minutes, and cover each other.
const MOST_ON_MAP: usize = 10_000;
/// Rows that go through a network at once.
const CHUNK: usize = 32;

/// The task whose published figures stand beside a run's: only where genres and split are those of the publications.
fn task(dataset: &Dataset, genres: usize) -> Option<&'static str> {
    let official = dataset.split.rule == Rule::Official;
    let name = dataset.name.to_lowercase();
    match genres {
        8 if official && name.starts_with("fma-small") => Some("fma-small"),
        10 if official && name.starts_with("gtzan") => Some("gtzan"),
        11 | 12 if name.starts_with("fma_echonest") => Some("echonest"),
        2 if name.starts_with("er_echonest") => Some("electronic-rock"),
        _ => None,
    }
}

/// All that needs the network and the data: answers, last hidden layer, clips.
pub(super) fn answers(
    facts: &mut RunContext,
    bundle: &Bundle,
    recipe: Option<&Recipe>,
    data: &RunData,
    wanted: &Wanted<'_>,
) {
    let dataset = &data.dataset;
    let fold = dataset.selection.fold;
    // Published figures are of the data's own genres.
    if bundle.taxonomy().is_none() {
        facts.task = task(dataset, bundle.genres.len()).map(str::to_owned);
    }
    let Answered {
        evaluations,
        lacking,
        notes,
    } = evaluations(bundle, data, wanted);
    if let Part::Available(data) = &mut facts.data {
        data.notes.extend(notes);
    }
    facts.unmeasured.extend(lacking);
    let Some((first, rows_of_first)) = evaluations.first() else {
        let why = "there are no answers on clips with known genres".to_owned();
        facts.clips = Part::Missing(why.clone());
        facts.hidden = Part::Missing(why);
        return;
    };
    let shown = worst_and_best(first, bundle.genres.len(), CLIPS);
    let front_end = bundle
        .front_end
        .or_else(|| recipe.and_then(|recipe| recipe.front_end));
    let k = bundle.genres.len();
    let progress = wanted.progress;
    progress.stage("", "clips explained", shown.len() as u64);
    let clips = shown
        .into_iter()
        .map(|at| {
            let row = rows_of_first[at];
            let id = &dataset.rows[row].id;
            progress.now(id);
            let advance = |done, of| progress.now(&format!("{id}, {done}/{of} forward passes"));
            let top = first.probabilities[at * k..(at + 1) * k]
                .iter()
                .enumerate()
                .fold(
                    (0, f32::MIN),
                    |best, (i, &p)| if p > best.1 { (i, p) } else { best },
                )
                .0;
            let clip = clip(at, row, top, bundle, dataset, front_end.as_ref(), &advance);
            progress.more(1);
            clip
        })
        .collect();
    progress.end();
    facts.clips = Part::Available(clips);
    let places = places(bundle, dataset);
    let label = |row: usize| dataset.rows[row].genre.and_then(|genre| places[genre]);
    let training = dataset.indices(Split::Training);
    let maps: Result<Vec<Hidden>, String> = [
        (name(Split::Training, fold.is_some()), &training),
        (first.on.clone(), rows_of_first),
    ]
    .into_iter()
    .filter(|(_, rows)| !rows.is_empty())
    .map(|(subset, rows)| hidden(subset, rows, bundle, dataset, &label, progress))
    .collect();
    facts.hidden = available(maps);
    facts.predictions = evaluations.into_iter().map(|(e, _)| e).collect();
}

/// Values of a clip's last hidden layer, and its genre.
type Placed = (Vec<f32>, usize);

fn hidden(
    on: String,
    rows: &[usize],
    bundle: &Bundle,
    dataset: &Dataset,
    label: &(dyn Fn(usize) -> Option<usize> + Sync),
    progress: &dyn Progress,
) -> Result<Hidden, String> {
    let sources = bundle.sources();
    let known: Vec<(usize, usize)> = rows
        .iter()
        .filter_map(|&row| Some((row, label(row)?)))
        .collect();
    let (of, step) = (known.len(), known.len().div_ceil(MOST_ON_MAP).max(1));
    let chosen: Vec<(usize, usize)> = known.into_iter().step_by(step).collect();
    progress.stage("last hidden layer", "clips", chosen.len() as u64);
    let pieces: Result<Vec<Vec<Placed>>, String> = chosen
        .par_chunks(CHUNK)
        .map(|chunk| {
            let rows: Vec<usize> = chunk.iter().map(|&(row, _)| row).collect();
            let raws = raw_rows(dataset, &rows, &sources).map_err(|error| error.to_string())?;
            let labels = chunk.iter().map(|&(_, label)| label);
            let (raws, labels): (Vec<Raw>, Vec<usize>) = raws
                .into_iter()
                .zip(labels)
                .filter(|(raw, _)| bundle.members.iter().any(|member| member.accepts(raw)))
                .unzip();
            let values = bundle.embed(&raws).map_err(|error| error.to_string())?;
            progress.more(chunk.len() as u64);
            Ok(values.into_iter().zip(labels).collect())
        })
        .collect();
    progress.end();
    let all: Vec<Placed> = pieces?.into_iter().flatten().collect();
    let width = all
        .iter()
        .map(|(values, _)| values.len())
        .max()
        .unwrap_or(0);
    let mut found = Hidden {
        on,
        of,
        width,
        ..Hidden::default()
    };
    for (mut values, label) in all {
        // A member that could read no row of a chunk gave it no values.
        values.resize(width, 0.0);
        found.values.extend(values);
        found.labels.push(label);
    }
    Ok(found)
}

fn clip(
    at: usize,
    row: usize,
    top: usize,
    bundle: &Bundle,
    dataset: &Dataset,
    front_end: Option<&FrontEnd>,
    advance: &dyn Fn(u64, u64),
) -> ClipContext {
    let mut sources = bundle.sources();
    if !sources.contains(&FeatureKind::Logmel) {
        sources.push(FeatureKind::Logmel);
    }
    let path = dataset.rows[row].path.as_deref();
    let (spectrogram, explanation) =
        match path.and_then(|path| decided_in_file(bundle, path, top, advance)) {
            Some(decided) => {
                // Data hold what a backbone makes of segments, not the segments.
                let decided = decided.map_err(|error| error.to_string());
                decided.map_or_else(
                    |why| (Err(why.clone()), Err(why)),
                    |found| (Ok(found.spectrogram), Ok(found.explanation)),
                )
            }
            None => match raw_windows(dataset, row, &sources) {
                Ok(windows) => {
                    let raw = &windows[windows.len() / 2];
                    let explanation = explanation(bundle, raw, top, None, advance);
                    (
                        spectrogram(raw, front_end, path, windows.len()),
                        explanation
                            .map(|(_, explanation)| explanation)
                            .map_err(|error| error.to_string()),
                    )
                }
                Err(error) => (Err(error.to_string()), Err(error.to_string())),
            },
        };
    ClipContext {
        row: at,
        title: title(&dataset.rows[row]),
        spectrogram: available(spectrogram),
        explanation: available(explanation),
    }
}

/// Artist and title of a row's file by its tags, as "Artist – Title".
fn title(row: &Row) -> Option<String> {
    let tags = Tags::read(row.path.as_deref()?);
    // Numbers by which a table identifies artists mean nothing to a reader.
    let by_table = row.artist.clone();
    let by_table = by_table.filter(|name| name.contains(|c: char| !c.is_ascii_digit()));
    match (tags.artist.or(by_table), tags.title) {
        (Some(artist), Some(title)) => Some(format!("{artist} – {title}")),
        (None, Some(title)) => Some(title),
        _ => None,
    }
}

fn spectrogram(
    raw: &Raw,
    front_end: Option<&FrontEnd>,
    path: Option<&Path>,
    windows: usize,
) -> Result<Spectrogram, String> {
    if raw.get(FeatureKind::Logmel).is_none() && raw.get(FeatureKind::Segments).is_none() {
        return Err("the data hold no spectrogram of this clip".into());
    }
    let front_end = front_end.ok_or("the run does not say which features it reads")?;
    let (rate, place) = match path {
        Some(path) => place(path, front_end, windows).ok_or("the length of its file is unknown")?,
        // Arrays without their files are those of whole windows.
        None => (44_100, [0.0, f64::from(front_end.windowing.seconds)]),
    };
    of_row(raw, front_end, rate, place)
}

/// The rate of a file, and where its middle window lies: start and length in seconds.
fn place(path: &Path, front_end: &FrontEnd, windows: usize) -> Option<(u32, [f64; 2])> {
    let mut source = audio::open(audio::Input::path(path).ok()?).ok()?;
    let rate = source.rate();
    let frames = source.length().ok()?;
    let all = front_end.windowing.windows(frames, rate);
    let range = all.get(windows / 2).or(all.last())?;
    let seconds = |samples: u64| samples as f64 / f64::from(rate);
    let place = [range.start, range.end - range.start].map(seconds);
    Some((rate, place))
}
