//! Masks of a log-mel or of a sequence (SpecAugment, cutout).

use genrenet_model::RawArray;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::recipe::AugmentSpec;

/// Blanks time runs, band runs and rectangles of a log-mel `[bands, frames]` in dB with its mean level.
pub fn mask_levels(array: &mut RawArray, spec: &AugmentSpec, rng: &mut ChaCha8Rng) {
    let [bands, frames] = array.shape[..] else {
        return;
    };
    let mut areas: Vec<[usize; 4]> = Vec::new();
    for _ in 0..spec.time_masks {
        let (start, width) = span(frames, spec.time_width, rng);
        areas.push([0, bands, start, start + width]);
    }
    for _ in 0..spec.band_masks {
        let (start, width) = span(bands, spec.band_width, rng);
        areas.push([start, start + width, 0, frames]);
    }
    for _ in 0..spec.cutouts {
        let (top, height) = span(bands, (bands as f32 * spec.cutout_size) as usize, rng);
        let (left, width) = span(frames, (frames as f32 * spec.cutout_size) as usize, rng);
        areas.push([top, top + height, left, left + width]);
    }
    if areas
        .iter()
        .all(|[top, bottom, left, right]| top == bottom || left == right)
    {
        return;
    }
    let sum: f64 = array.data.iter().map(|&x| f64::from(x)).sum();
    let mean = (sum / array.data.len().max(1) as f64) as f32;
    for [top, bottom, left, right] in areas {
        for band in top..bottom {
            array.data[band * frames + left..band * frames + right].fill(mean);
        }
    }
}

/// Blanks runs of steps of a prepared sequence `[frames, features]` with zeros, the mean of scaled features.
pub fn mask_sequence(
    sequence: &mut [f32],
    frames: usize,
    features: usize,
    spec: &AugmentSpec,
    rng: &mut ChaCha8Rng,
) {
    for _ in 0..spec.time_masks {
        let (start, width) = span(frames, spec.time_width.min(frames / 4), rng);
        sequence[start * features..(start + width) * features].fill(0.0);
    }
}

/// A random run of up to `most` of `total` positions: its start and its width, which may be 0.
fn span(total: usize, most: usize, rng: &mut ChaCha8Rng) -> (usize, usize) {
    let width = rng.random_range(0..=most.min(total));
    (rng.random_range(0..=total - width), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::generator;

    #[test]
    fn a_mask_blanks_whole_columns_with_the_mean() {
        let spec = AugmentSpec {
            time_masks: 1,
            time_width: 3,
            ..AugmentSpec::default()
        };
        let original: Vec<f32> = (0..20).map(|i| i as f32).collect();
        let mut blanked = 0;
        for place in 0..20 {
            let mut array = RawArray {
                shape: vec![4, 5],
                data: original.clone(),
            };
            mask_levels(&mut array, &spec, &mut generator(1, 0, 0, place));
            let image = array.data;
            for column in 0..5 {
                let changed: Vec<bool> = (0..4)
                    .map(|band| image[band * 5 + column] != original[band * 5 + column])
                    .collect();
                assert!(
                    changed.iter().all(|&c| c == changed[0]),
                    "a column is blanked whole"
                );
                if changed[0] {
                    blanked += 1;
                    assert_eq!(image[column], 9.5);
                }
            }
        }
        assert!(blanked > 0 && blanked <= 60);
    }
}
