//! Statistics of a clip: the hand-crafted features of classical genre classifiers, computed from log-mel spectrogram and MFCC.
//!
//! Two groups, each a vector of numbers in a fixed order, whose names [`log_mel_names`] and [`mfcc_names`] list:
//! [`of_log_mel`] describes timbre, its spread and its slow modulation over a whole window, [`of_mfcc`] the fast
//! texture of the first seconds, from which every frame is used. They follow Tzanetakis and Cook, "Musical genre
//! classification of audio signals" (2002, texture windows), Jiang et al., "Music type classification by spectral
//! contrast feature" (2002), and McKinney and Breebaart, "Features for audio and music classification" (2003,
//! modulation energies). `reference/clip_statistics.py` is the same in numpy and makes the values of the test.

mod measures;
mod names;
mod sizes;

use realfft::RealFftPlanner;

use measures::{deviation, differences, mean, mean_magnitude, percentile, sorted};
pub use names::{log_mel_names, mfcc_names};
use sizes::{
    CEPSTRA, LEVEL_BANDS, MODULATION_BANDS, MODULATION_COEFFICIENTS, MODULATION_EDGES,
    MODULATION_RANGES, WIDE_BANDS,
};
pub use sizes::{LOG_MEL_STATISTICS, mfcc_statistics};

/// Appends the statistics of a log-mel spectrogram to `out`.
///
/// `db` is row-major `[bands, frames]` in dB below the loudest value of the window (0 and less). `bands` is a
/// multiple of 32 and `frames` at least 4; [`LOG_MEL_STATISTICS`] numbers are appended.
///
/// # Panics
/// If `db` is not `bands * frames` long, `bands` not a multiple of 32, or `frames` under 4.
pub fn of_log_mel(db: &[f32], bands: usize, frames: usize, out: &mut Vec<f32>) {
    assert_eq!(
        db.len(),
        bands * frames,
        "log-mel of {bands} bands and {frames} frames"
    );
    assert!(
        bands.is_multiple_of(LEVEL_BANDS) && bands > 0,
        "{bands} mel bands are not a multiple of {LEVEL_BANDS}"
    );
    assert!(frames >= 4, "{frames} frames are too few for statistics");
    cepstra(db, bands, frames, out);
    let levels = mean_of_band_groups(db, bands, frames, LEVEL_BANDS);
    let onsets = band_levels(&levels, frames, out);
    contrast(db, bands, frames, out);
    frame_course(db, bands, frames, &onsets, out);
    let slow = mean_of_band_groups(db, bands, frames, MODULATION_BANDS);
    modulation(&slow, MODULATION_BANDS, frames, out);
    correlation(
        &mean_of_band_groups(db, bands, frames, WIDE_BANDS),
        frames,
        out,
    );
}

/// Appends the statistics of a run of MFCC to `out`.
///
/// `mfcc` is row-major `[frames, coefficients]` as librosa scales them; at least 8 coefficients and 4 frames.
/// [`mfcc_statistics`] numbers are appended.
///
/// # Panics
/// If `mfcc` is not `frames * coefficients` long, or there are too few frames or coefficients.
pub fn of_mfcc(mfcc: &[f32], frames: usize, coefficients: usize, out: &mut Vec<f32>) {
    assert_eq!(
        mfcc.len(),
        frames * coefficients,
        "MFCC of {frames} frames and {coefficients} coefficients"
    );
    assert!(
        coefficients >= MODULATION_COEFFICIENTS && frames >= 4,
        "{frames} frames of {coefficients} MFCC"
    );
    let course = |coefficient: usize| -> Vec<f32> {
        mfcc.iter()
            .skip(coefficient)
            .step_by(coefficients)
            .copied()
            .collect()
    };
    let courses: Vec<Vec<f32>> = (0..coefficients).map(course).collect();
    let first: Vec<Vec<f32>> = courses.iter().map(|course| differences(course)).collect();
    out.extend(courses.iter().map(|course| mean(course)));
    out.extend(courses.iter().map(|course| deviation(course)));
    out.extend(first.iter().map(|course| deviation(course)));
    out.extend(first.iter().map(|course| deviation(&differences(course))));
    let sorted: Vec<Vec<f32>> = courses.iter().map(|course| sorted(course)).collect();
    for share in [0.1, 0.9] {
        out.extend(sorted.iter().map(|course| percentile(course, share)));
    }
    modulation(
        &courses[..MODULATION_COEFFICIENTS].concat(),
        MODULATION_COEFFICIENTS,
        frames,
        out,
    );
}

/// Mean (without the zeroth, which is loudness), deviation, and mean and deviation of the change of each coefficient.
fn cepstra(db: &[f32], bands: usize, frames: usize, out: &mut Vec<f32>) {
    let basis = cosine_basis(bands);
    let mut courses = vec![0.0f32; CEPSTRA * frames];
    for (course, weights) in courses
        .chunks_exact_mut(frames)
        .zip(basis.chunks_exact(bands))
    {
        for (band, &weight) in db.chunks_exact(frames).zip(weights) {
            for (value, &level) in course.iter_mut().zip(band) {
                *value += weight * level;
            }
        }
    }
    let courses: Vec<&[f32]> = courses.chunks_exact(frames).collect();
    let changes: Vec<Vec<f32>> = courses.iter().map(|course| differences(course)).collect();
    out.extend(courses[1..].iter().map(|course| mean(course)));
    out.extend(courses.iter().map(|course| deviation(course)));
    out.extend(changes.iter().map(|change| mean_magnitude(change)));
    out.extend(changes.iter().map(|change| deviation(change)));
}

/// Orthonormal DCT-II, `[CEPSTRA, bands]`.
fn cosine_basis(bands: usize) -> Vec<f32> {
    let scale = (2.0 / bands as f64).sqrt();
    // All angles are multiples of π/(2 · bands): the cosines of one circle.
    let circle: Vec<f64> = (0..4 * bands)
        .map(|i| (std::f64::consts::PI / (2 * bands) as f64 * i as f64).cos())
        .collect();
    (0..CEPSTRA)
        .flat_map(|k| {
            let norm = if k == 0 { scale / 2f64.sqrt() } else { scale };
            let circle = &circle;
            (0..bands).map(move |band| (circle[(2 * band + 1) * k % (4 * bands)] * norm) as f32)
        })
        .collect()
}

/// Percentiles, spread and change of the level of each band group; returns the mean rise from frame to frame.
fn band_levels(levels: &[f32], frames: usize, out: &mut Vec<f32>) -> Vec<f32> {
    let centre = mean(levels);
    let rows: Vec<&[f32]> = levels.chunks_exact(frames).collect();
    let ranked: Vec<Vec<f32>> = rows.iter().map(|row| sorted(row)).collect();
    for share in [0.1, 0.5, 0.9] {
        out.extend(ranked.iter().map(|row| percentile(row, share) - centre));
    }
    out.extend(
        ranked
            .iter()
            .map(|row| percentile(row, 0.9) - percentile(row, 0.1)),
    );
    out.extend(rows.iter().map(|row| deviation(row)));
    let changes: Vec<Vec<f32>> = rows.iter().map(|row| differences(row)).collect();
    out.extend(changes.iter().map(|change| mean_magnitude(change)));
    (0..frames - 1)
        .map(|frame| {
            changes
                .iter()
                .map(|change| change[frame].max(0.0))
                .sum::<f32>()
                / rows.len() as f32
        })
        .collect()
}

/// Mean and deviation over time of the distance between the three loudest and the three softest bands of each group.
fn contrast(db: &[f32], bands: usize, frames: usize, out: &mut Vec<f32>) {
    let size = bands / WIDE_BANDS;
    let edge = 3.min(size);
    let mut column = vec![0.0f32; size];
    let courses: Vec<Vec<f32>> = (0..WIDE_BANDS)
        .map(|group| {
            (0..frames)
                .map(|frame| {
                    for (band, value) in column.iter_mut().enumerate() {
                        *value = db[(group * size + band) * frames + frame];
                    }
                    column.sort_unstable_by(f32::total_cmp);
                    mean(&column[size - edge..]) - mean(&column[..edge])
                })
                .collect()
        })
        .collect();
    out.extend(courses.iter().map(|course| mean(course)));
    out.extend(courses.iter().map(|course| deviation(course)));
}

/// Loudness, brightness, flatness and onset strength: twelve numbers that describe them over the frames.
fn frame_course(db: &[f32], bands: usize, frames: usize, onsets: &[f32], out: &mut Vec<f32>) {
    let (mut energy, mut moment, mut level) = (
        vec![0.0f64; frames],
        vec![0.0f64; frames],
        vec![0.0f64; frames],
    );
    for (band, row) in db.chunks_exact(frames).enumerate() {
        for (frame, &value) in row.iter().enumerate() {
            let power = (f64::from(value) * (std::f64::consts::LN_10 / 10.0)).exp();
            energy[frame] += power;
            moment[frame] += power * band as f64;
            level[frame] += f64::from(value);
        }
    }
    let course = |of: &dyn Fn(usize) -> f64| -> Vec<f32> {
        (0..frames).map(|frame| of(frame) as f32).collect()
    };
    let mut loudness = course(&|frame| 10.0 * (energy[frame] + 1e-9).log10());
    let loudest = loudness.iter().copied().fold(f32::MIN, f32::max);
    loudness.iter_mut().for_each(|value| *value -= loudest);
    let centroid = course(&|frame| moment[frame] / energy[frame].max(1e-30));
    let flatness = course(&|frame| {
        level[frame] / bands as f64 - 10.0 * (energy[frame] / bands as f64 + 1e-9).log10()
    });
    out.extend([
        mean(&loudness),
        deviation(&loudness),
        mean_magnitude(&differences(&loudness)),
    ]);
    out.push(percentile(&sorted(&loudness), 0.1));
    out.extend([
        mean(&centroid),
        deviation(&centroid),
        mean_magnitude(&differences(&centroid)),
    ]);
    out.extend([mean(&flatness), deviation(&flatness)]);
    out.extend([
        mean(onsets),
        deviation(onsets),
        percentile(&sorted(onsets), 0.9),
    ]);
}

/// Logarithm of the mean modulation magnitude of each course in each modulation range.
fn modulation(courses: &[f32], rows: usize, frames: usize, out: &mut Vec<f32>) {
    debug_assert_eq!(courses.len(), rows * frames);
    let transform = RealFftPlanner::<f32>::new().plan_fft_forward(frames);
    let mut spectrum = transform.make_output_vec();
    let half = frames / 2;
    let edge = |range: usize| (MODULATION_EDGES[range] * half as f32).round() as usize;
    for course in courses.chunks_exact(frames) {
        let centre = mean(course);
        let mut wave: Vec<f32> = course.iter().map(|value| value - centre).collect();
        transform
            .process(&mut wave, &mut spectrum)
            .expect("the vectors were made by this transform");
        for range in 0..MODULATION_RANGES {
            let from = edge(range).min(half - 1);
            let to = edge(range + 1).clamp(from + 1, half);
            let bins = &spectrum[1 + from..1 + to];
            let magnitude = bins.iter().map(|bin| bin.norm()).sum::<f32>() / bins.len() as f32;
            out.push((1.0 + magnitude).ln());
        }
    }
}

/// Pearson correlation over time of each pair of band groups; zero where one of the two is constant.
fn correlation(levels: &[f32], frames: usize, out: &mut Vec<f32>) {
    let rows: Vec<Vec<f32>> = levels
        .chunks_exact(frames)
        .map(|row| {
            let (centre, spread) = (mean(row), deviation(row));
            let scale = if spread > 1e-4 { 1.0 / spread } else { 0.0 };
            row.iter().map(|value| (value - centre) * scale).collect()
        })
        .collect();
    for (index, row) in rows.iter().enumerate() {
        for other in &rows[index + 1..] {
            out.push(row.iter().zip(other).map(|(a, b)| a * b).sum::<f32>() / frames as f32);
        }
    }
}

/// Averages neighbouring bands into `groups` rows, `[groups, frames]`.
fn mean_of_band_groups(db: &[f32], bands: usize, frames: usize, groups: usize) -> Vec<f32> {
    let size = bands / groups;
    let mut rows = vec![0.0f32; groups * frames];
    for (row, members) in rows
        .chunks_exact_mut(frames)
        .zip(db.chunks_exact(size * frames))
    {
        for band in members.chunks_exact(frames) {
            for (value, &level) in row.iter_mut().zip(band) {
                *value += level / size as f32;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The course that `reference/clip_statistics.py` computes too: integers, so that both start from equal numbers.
    fn course(rows: usize, columns: usize) -> Vec<f32> {
        (0..rows * columns)
            .map(|i| -(((i * 7919 + (i / 97) * 31) % 641) as f32) / 8.0)
            .collect()
    }

    fn assert_golden(found: &[f32], golden: &str) {
        let golden: Vec<f32> = golden
            .lines()
            .map(|line| line.parse().expect("a number a line"))
            .collect();
        assert_eq!(found.len(), golden.len());
        for (index, (found, expected)) in found.iter().zip(&golden).enumerate() {
            assert!(
                (found - expected).abs() <= 1e-3 * expected.abs().max(1.0),
                "statistic {index}: {found}, numpy {expected}"
            );
        }
    }

    #[test]
    fn log_mel_statistics_are_those_of_numpy() {
        let mut found = Vec::new();
        of_log_mel(&course(128, 128), 128, 128, &mut found);
        assert_eq!(found.len(), LOG_MEL_STATISTICS);
        assert_golden(
            &found,
            include_str!("../../tests/golden/statistics_log_mel.txt"),
        );
    }

    #[test]
    fn mfcc_statistics_are_those_of_numpy() {
        let mut found = Vec::new();
        of_mfcc(&course(130, 20), 130, 20, &mut found);
        assert_eq!(found.len(), mfcc_statistics(20));
        assert_golden(
            &found,
            include_str!("../../tests/golden/statistics_mfcc.txt"),
        );
    }

    #[test]
    fn a_flat_spectrogram_has_finite_statistics() {
        for (bands, frames) in [(32, 4), (128, 387)] {
            let mut found = Vec::new();
            of_log_mel(&vec![-80.0; bands * frames], bands, frames, &mut found);
            assert_eq!(found.len(), LOG_MEL_STATISTICS);
            assert!(found.iter().all(|value| value.is_finite()));
        }
    }
}
