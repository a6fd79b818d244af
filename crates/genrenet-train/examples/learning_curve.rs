//! Accuracy against the number of clips per genre from which a head learns: on the mean tags of musicnn, and from scratch on
//! statistics of the sound. Everything by folds that keep an artist's clips together, inside GTZAN's training clips.
//!
//! ```text
//! cargo run --release -p genrenet-train --example learning_curve -- $GENRENET_DATA/gtzan [DRAWS]
//! ```
//!
//! In each draw the clips are divided into five folds; each is predicted by heads that learn from the given number of
//! clips of each genre (all, where there are fewer), drawn from the other folds. Printed: the mean over draws with its 95 %
//! interval (Student's t), and the lowest and highest draw; last, what folds of all clips say of each kind of head.

use std::path::{Path, PathBuf};

use genrenet_data::{Archive, Dataset, OpenOptions, Split, assign_folds};
use genrenet_train::heads::{Examples, FEW_ROWS, HeadKind, HeadOptions, Scaling, choose, fit_head};
use genrenet_train::seeds::Mean;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const SIZES: [usize; 6] = [1, 2, 5, 10, 20, 40];
const FOLDS: usize = 5;

/// The heads that are compared.
#[derive(Clone, Copy)]
enum Head {
    Fixed(HeadKind),
    /// As `genrenet_train::heads::choose` chooses.
    Chosen,
}

const HEADS: [(&str, Head); 3] = [
    ("logistic, C = 0.03", Head::Fixed(HeadKind::OF_FEW_ROWS)),
    ("discriminants", Head::Fixed(HeadKind::Discriminant)),
    ("chosen", Head::Chosen),
];

fn main() -> Fallible<()> {
    let mut words = std::env::args().skip(1);
    let folder = PathBuf::from(words.next().ok_or("expected the folder of GTZAN")?);
    let draws: u64 = words.next().map_or(Ok(20), |word| word.parse())?;
    let (tags, statistics, groups) = clips(&folder)?;
    println!(
        "{} clips, {draws} draws of {FOLDS} folds by artist; mean, 95 % interval of the mean, lowest–highest draw",
        tags.rows()
    );
    println!(
        "| inputs | head | {} |",
        SIZES.map(|n| n.to_string()).join(" | ")
    );
    println!("|---|---|{}", "---|".repeat(SIZES.len()));
    for (inputs, examples, scaling) in [
        ("50 tags of musicnn", &tags, Scaling::AsIs),
        ("57 statistics", &statistics, Scaling::Standard),
    ] {
        for (name, head) in HEADS {
            let mut cells = Vec::new();
            for size in SIZES {
                cells.push(cell(examples, &groups, scaling, head, size, draws)?);
            }
            println!("| {inputs} | {name} | {} |", cells.join(" | "));
        }
    }
    let options = HeadOptions::default();
    let fitted = fit_head(&tags, &groups, &options)?;
    println!("\nAll clips, tags, out of fold: {}", fitted.choice.kind);
    println!("{:?}, {:?}", fitted.choice.reason, fitted.calibration);
    for one in &fitted.choice.candidates {
        let (low, high) = one.interval;
        println!(
            "{}: accuracy {:.3} ({low:.3}–{high:.3}), temperature {:.2}, log loss {:.3}",
            one.kind, one.accuracy, one.temperature, one.log_loss
        );
    }
    Ok(())
}

/// The figures of one head and size over all draws; discriminants need two clips of a genre.
fn cell(
    examples: &Examples,
    groups: &[Option<u32>],
    scaling: Scaling,
    head: Head,
    size: usize,
    draws: u64,
) -> Fallible<String> {
    if size == 1 && matches!(head, Head::Fixed(HeadKind::Discriminant)) {
        return Ok("–".into());
    }
    let accuracies: Vec<f64> = (0..draws)
        .into_par_iter()
        .map(|draw| accuracy(examples, groups, scaling, head, size, draw))
        .collect::<Fallible<_>>()?;
    let mean = Mean::of(&accuracies);
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let lowest = accuracies.iter().copied().fold(1.0, f64::min);
    let highest = accuracies.iter().copied().fold(0.0, f64::max);
    Ok(format!(
        "{} ({}–{}), {}–{}",
        percent(mean.mean),
        percent(mean.low),
        percent(mean.high),
        percent(lowest),
        percent(highest)
    ))
}

/// The accuracy over all clips of one draw.
fn accuracy(
    examples: &Examples,
    groups: &[Option<u32>],
    scaling: Scaling,
    head: Head,
    size: usize,
    draw: u64,
) -> Fallible<f64> {
    let keys: Vec<_> = examples.labels().iter().zip(groups).collect();
    let keys: Vec<_> = keys
        .iter()
        .map(|&(&genre, &group)| (Some(genre), group))
        .collect();
    let folds = assign_folds(&keys, FOLDS, draw);
    let mut right = 0;
    for fold in 0..FOLDS {
        let mut rng = ChaCha8Rng::seed_from_u64(draw);
        rng.set_stream(fold as u64);
        let mut drawn = Vec::new();
        for genre in 0..examples.classes() {
            let of_genre = |&row: &usize| folds[row] != fold && examples.labels()[row] == genre;
            let mut rows: Vec<usize> = (0..examples.rows()).filter(of_genre).collect();
            rows.shuffle(&mut rng);
            drawn.extend(rows.into_iter().take(size));
        }
        let training = examples.select(&drawn);
        let of_drawn: Vec<Option<u32>> = drawn.iter().map(|&row| groups[row]).collect();
        let options = HeadOptions {
            scaling,
            seed: draw,
            ..HeadOptions::default()
        };
        let kind = match head {
            Head::Fixed(kind) => kind,
            Head::Chosen if size < FEW_ROWS => HeadKind::OF_FEW_ROWS,
            Head::Chosen => choose(&training, &of_drawn, &options)?.kind,
        };
        let fitted = kind.fit(&training, scaling)?;
        right += (0..examples.rows())
            .filter(|&row| folds[row] == fold)
            .filter(|&row| {
                let p = fitted.probabilities(examples.row(row));
                (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b])) == Some(examples.labels()[row])
            })
            .count();
    }
    Ok(right as f64 / examples.rows() as f64)
}

/// GTZAN's training clips that have taggrams: tags, statistics, groups.
fn clips(folder: &Path) -> Fallible<(Examples, Examples, Vec<Option<u32>>)> {
    let options = OpenOptions {
        arrays: Some(vec!["values".into()]),
        ..OpenOptions::default()
    };
    let dataset = Dataset::open(folder, &options)?;
    let values = dataset.require_array("values")?;
    let mut archive = Archive::open(&folder.join("musicnn_taggram.npz"))?;
    let names = archive.words("name")?;
    let numbers = |words: Vec<String>| -> Fallible<Vec<usize>> {
        Ok(words
            .iter()
            .map(|word| word.parse())
            .collect::<Result<_, _>>()?)
    };
    let first = numbers(archive.words("first_row")?)?;
    let counts = numbers(archive.words("rows")?)?;
    let (shape, probabilities) = archive.floats("probability")?;
    let tags = shape[1];
    let width = values.row_len();
    let (mut of_tags, mut statistics) = (Vec::new(), Vec::new());
    let (mut labels, mut groups) = (Vec::new(), Vec::new());
    for ((name, first), count) in names.iter().zip(first).zip(counts) {
        let known = |row: &genrenet_data::Row| row.id == *name && row.split == Split::Training;
        let Some(row) = dataset.rows.iter().position(known) else {
            continue;
        };
        let Some(genre) = dataset.rows[row].genre else {
            continue;
        };
        let windows = &probabilities[first * tags..(first + count) * tags];
        of_tags.extend(mean_logits(windows, tags));
        let mut read = vec![0.0; width];
        values.read(row, &mut read)?;
        statistics.extend(read);
        labels.push(genre);
        groups.push(dataset.rows[row].group);
    }
    let genres = dataset.genres.len();
    Ok((
        Examples::new(&of_tags, tags, &labels, genres)?,
        Examples::new(&statistics, width, &labels, genres)?,
        groups,
    ))
}

/// The mean over windows of the logit of each tag; half precision holds nothing nearer to 0 and 1 than the bounds.
fn mean_logits(windows: &[f32], tags: usize) -> Vec<f32> {
    let count = (windows.len() / tags) as f64;
    let mut sums = vec![0.0f64; tags];
    for window in windows.chunks_exact(tags) {
        for (sum, &p) in sums.iter_mut().zip(window) {
            let p = f64::from(p).clamp(2f64.powi(-24), 1.0 - 2f64.powi(-11));
            *sum += (p / (1.0 - p)).ln();
        }
    }
    sums.iter().map(|sum| (sum / count) as f32).collect()
}
