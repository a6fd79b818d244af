//! Made-up runs that look like real ones: for the tests and for `examples/synthetic.rs`.

pub mod library;

use genrenet_report::{
    AlongSong, ClipContext, DataContext, Drawing, Epoch, Explanation, Frequencies, Hidden, History,
    LayerContext, Part, Predictions, Repeat, RunContext, Shape, Spectrogram, worst_and_best,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// FMA-small's genres.
pub const FMA: [&str; 8] = [
    "Electronic",
    "Experimental",
    "Folk",
    "Hip-Hop",
    "Instrumental",
    "International",
    "Pop",
    "Rock",
];

/// Names of genres as the facts want them.
pub fn names(genres: &[&str]) -> Vec<String> {
    genres.iter().map(|&genre| genre.to_owned()).collect()
}

/// Answers on `n` clips; the greater `skill`, the more are right.
pub fn predictions(on: &str, n: usize, k: usize, skill: f32, seed: u64) -> Predictions {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut probabilities = Vec::new();
    let labels: Vec<usize> = (0..n).map(|row| row % k).collect();
    for &label in &labels {
        let mut row: Vec<f32> = (0..k)
            .map(|genre| {
                let kin = if genre / 2 == label / 2 {
                    0.5 * skill
                } else {
                    0.0
                };
                let own = if genre == label { skill } else { kin };
                (own + 2.4 * (rng.random::<f32>() + rng.random::<f32>() - 1.0)).exp()
            })
            .collect();
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|p| *p /= sum);
        probabilities.extend(row);
    }
    Predictions {
        on: on.into(),
        ids: (0..n)
            .map(|row| format!("fma/{:06}.mp3", 137 * row + 2))
            .collect(),
        labels,
        probabilities,
        groups: Some((0..n as u32).map(|row| row / 3).collect()),
    }
}

/// A clip of tones and beats.
pub fn spectrogram(bands: usize, frames: usize, seconds: f64, seed: u64) -> Spectrogram {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let tones: Vec<f32> = (0..5).map(|_| rng.random::<f32>() * 0.6).collect();
    let beat = 5 + (seed % 9) as usize;
    let mut db = Vec::with_capacity(bands * frames);
    for band in 0..bands {
        let height = band as f32 / bands as f32;
        for frame in 0..frames {
            let mut level = -28.0 - 38.0 * height + 9.0 * rng.random::<f32>();
            for (i, tone) in tones.iter().enumerate() {
                let sounding = (frame * (i + 2) / frames).is_multiple_of(2);
                if sounding && (height - tone).abs() < 0.012 {
                    level += 26.0;
                }
            }
            if frame % beat == 0 {
                level += 13.0;
            }
            db.push(level.clamp(-80.0, 0.0));
        }
    }
    Spectrogram {
        db,
        bands,
        frames,
        frequencies: Frequencies::Mel {
            low: 0.0,
            high: 22_050.0,
        },
        start: 0.0,
        seconds,
    }
}

/// Weights that lie on one burst, with something against elsewhere.
pub fn explanation(bands: usize, frames: usize, genre: &str) -> Explanation {
    let hill = |band: usize, frame: usize, b: f32, f: f32| {
        let (x, y) = (
            frame as f32 / frames as f32 - f,
            band as f32 / bands as f32 - b,
        );
        (-(x * x + y * y) / 0.01).exp()
    };
    let weights = (0..bands * frames)
        .map(|at| {
            hill(at / frames, at % frames, 0.25, 0.3)
                - 0.7 * hill(at / frames, at % frames, 0.6, 0.75)
        })
        .collect();
    Explanation {
        genre: genre.into(),
        method: "occlusion".into(),
        faithfulness: "Held-out occlusion r = 0.91; insertion 0.62, deletion 0.20".into(),
        caveat: None,
        weights,
        bands,
        frames,
    }
}

/// Probabilities along a song of `windows` windows.
pub fn along_song(windows: usize) -> AlongSong {
    let k = FMA.len();
    let mut probabilities = Vec::new();
    for window in 0..windows {
        let row: Vec<f32> = (0..k)
            .map(|g| (2.0 * ((window as f32 * 0.7 + g as f32 * 1.9).sin() + 0.2 * g as f32)).exp())
            .collect();
        let sum: f32 = row.iter().sum();
        probabilities.extend(row.iter().map(|p| p / sum));
    }
    AlongSong {
        genres: names(&FMA),
        starts: (0..windows)
            .map(|w| w as f64 * 210.0 / windows as f64)
            .collect(),
        window: 30.0,
        seconds: 240.0,
        probabilities,
        ..AlongSong::default()
    }
}

/// The last hidden layer of `n` clips in overlapping groups.
pub fn hidden(on: &str, n: usize, width: usize, k: usize, seed: u64) -> Hidden {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels: Vec<usize> = (0..n).map(|row| row % k).collect();
    let values = labels
        .iter()
        .flat_map(|&label| {
            (0..width)
                .map(move |column| (label, column))
                .collect::<Vec<_>>()
        })
        .map(|(label, column)| {
            let own = if column % k == label { 1.1 } else { 0.0 };
            own + rng.random::<f32>() + rng.random::<f32>()
        })
        .collect();
    Hidden {
        on: on.into(),
        of: n,
        width,
        values,
        labels,
    }
}

/// So many genres, long ones and other alphabets among them.
pub fn long_names(count: usize) -> Vec<String> {
    let long = [
        "Old-Time / Historic",
        "Progressive Psychedelic Trance and Ambient",
        "Музыка народов мира",
    ];
    let others = (3..count).map(|i| format!("Genre {i}"));
    let names = long.map(str::to_owned).into_iter().chain(others);
    names.take(count).collect()
}

/// A run on so many genres with long names, and clips with long titles.
pub fn many_genres(count: usize) -> RunContext {
    let mut run = run("many", 1.5, 60);
    run.genres = long_names(count);
    let test = predictions("test", 10 * count, count, 1.5, 11);
    if let Part::Available(clips) = &mut run.clips {
        let rows = worst_and_best(&test, count, 4);
        for (clip, row) in clips.iter_mut().zip(rows) {
            clip.row = row;
            clip.title = Some(format!(
                "The Philharmonic Orchestra of a Distant Town – Symphony No. {row} in B Flat Minor, second movement"
            ));
        }
    }
    run.predictions = vec![test];
    run.hidden = Part::Available(vec![hidden("test", 3 * count, 24, count, 2)]);
    run
}

/// A run with two more seeds.
pub fn seeds(name: &str, skill: f32, clips: usize) -> RunContext {
    let mut first = run(name, skill, clips);
    first.part = Some("seed 1".into());
    for seed in 2..=3 {
        let mut other = run(name, skill + 0.2 * seed as f32, clips);
        other.predictions[0] = predictions("test", clips, FMA.len(), skill, 30 + seed);
        if let Part::Available(history) = &mut other.history {
            history.kept = Some(14 + seed as u32);
            for epoch in &mut history.epochs {
                epoch.validation_loss = epoch.validation_loss.map(|l| l + 0.02 * seed as f64);
            }
        }
        first.repeats.push(Repeat {
            name: format!("seed {seed}"),
            seconds: Some(1_800.0),
            history: other.history,
            predictions: other.predictions,
        });
    }
    first
}

/// A whole run.
pub fn run(name: &str, skill: f32, clips: usize) -> RunContext {
    let genres = names(&FMA);
    let mut run = RunContext::new(name, genres.clone());
    run.about = "Made-up figures that show what a report looks like; nothing was trained.".into();
    run.task = Some("fma-small".into());
    run.command = Some(format!(
        "genrenet train configs/{name}.toml --set train.seed=3"
    ));
    run.seed = Some(3);
    run.seconds = Some(1_874.0);
    run.versions = [
        ("genrenet", "0.1.0"),
        ("System", "Linux, x86-64, AVX-512"),
        ("Threads", "2"),
    ]
    .map(|(a, b)| (a.to_owned(), b.to_owned()))
    .to_vec();
    run.config = Part::Available(
        "[train]\nepochs = 30\nbatch = 32\n\n[train.optimizer]\nkind = \"adamw\"\nlr = 0.002\n"
            .into(),
    );
    run.data = Part::Available(DataContext {
        name: "fma-small".into(),
        fingerprint: "sha256:9f2c51d07a5be1c8e13d4c0f2b7a9be05e3cf01c6a1d0d4f1f6f2f5ad2b1c0aa"
            .into(),
        rows: vec![
            ("training".into(), 6_394),
            ("validation".into(), 800),
            ("test".into(), clips as u64),
        ],
        split_rule: "official (whole artists in one subset)".into(),
        notes: vec![
            "6 rows have no arrays: 98565, 98567, 98569, 99134, 108925, 133297".into(),
            "107535 is digital silence".into(),
        ],
    });
    run.network = Part::Available(network());
    run.history = Part::Available(History {
        epochs: epochs(),
        kept: Some(14),
    });
    let test = predictions("test", clips, genres.len(), skill, 11);
    run.clips = Part::Available(
        worst_and_best(&test, genres.len(), 4)
            .into_iter()
            .map(|row| ClipContext {
                row,
                title: Some(format!("An Artist – Title {row}")),
                spectrogram: Part::Available(spectrogram(128, 128, 30.0, row as u64)),
                explanation: Part::Available(explanation(128, 128, "Rock")),
            })
            .collect(),
    );
    run.predictions = vec![
        test,
        predictions("validation", clips, genres.len(), skill + 0.3, 12),
    ];
    run.hidden = Part::Available(vec![
        hidden("training", 4 * clips, 24, 8, 1),
        hidden("test", clips, 24, 8, 2),
    ]);
    run
}

fn network() -> Vec<LayerContext> {
    [
        (
            "logmel.0",
            "conv 3×3",
            "128 × 128 × 16",
            160u64,
            2_359_296u64,
        ),
        (
            "logmel.1",
            "batch norm, ReLU, max-pool",
            "64 × 64 × 16",
            32,
            0,
        ),
        ("trunk.0", "global pool (mean, max)", "256", 0, 0),
        ("genre", "dense", "8", 2_056, 2_048),
    ]
    .map(
        |(name, kind, output, weights, multiply_adds)| LayerContext {
            name: name.into(),
            kind: kind.into(),
            output: output.into(),
            weights,
            multiply_adds,
        },
    )
    .to_vec()
}

fn epochs() -> Vec<Epoch> {
    (1..=30)
        .map(|epoch| {
            let t = f64::from(epoch);
            Epoch {
                epoch,
                training_loss: Some(2.05 * (-t / 14.0).exp() + 0.35 + 0.02 * (t * 1.7).sin()),
                validation_loss: Some(
                    1.25 + 0.85 * (-t / 6.0).exp()
                        + 0.012 * (t - 12.0).max(0.0)
                        + 0.03 * (t * 2.3).sin(),
                ),
                training_accuracy: Some(0.86 - 0.66 * (-t / 12.0).exp()),
                validation_accuracy: Some(0.56 - 0.36 * (-t / 6.0).exp() + 0.01 * (t * 2.3).cos()),
            }
        })
        .collect()
}

/// Every text lies inside the picture.
#[track_caller]
pub fn nothing_is_cut_off(name: &str, drawing: &Drawing) {
    for shape in &drawing.shapes {
        if let Shape::Text(text) = shape {
            let [left, top, right, bottom] = text.bounds();
            assert!(
                left >= -0.5
                    && top >= -0.5
                    && right <= drawing.width + 0.5
                    && bottom <= drawing.height + 0.5,
                "{name}: '{}' at {:?} leaves {} × {}",
                text.words,
                text.bounds(),
                drawing.width,
                drawing.height
            );
        }
    }
}
