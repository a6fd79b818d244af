//! Changes of a log-mel in dB, as recording chains, bit rates, tempos and keys make them.

use genrenet_model::RawArray;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::normal;
use crate::recipe::AugmentSpec;

/// The lowest level of a log-mel.
const FLOOR: f32 = -80.0;

/// Varies a log-mel `[bands, frames]` in dB.
pub fn vary(array: &mut RawArray, spec: &AugmentSpec, rng: &mut ChaCha8Rng) {
    let [bands, frames] = array.shape[..] else {
        return;
    };
    let map = frame_map(frames, spec, rng);
    let offsets = band_offsets(bands, spec, rng);
    let shift = if spec.shift_bands > 0 {
        let most = spec.shift_bands as i64;
        rng.random_range(-most..=most) as isize
    } else {
        0
    };
    let kept = if spec.low_pass > 0.0 && rng.random::<f32>() < spec.low_pass {
        let share = spec.low_pass_least + (1.0 - spec.low_pass_least) * rng.random::<f32>();
        ((bands as f32 * share).round() as usize).clamp(1, bands)
    } else {
        bands
    };
    let simple =
        map.is_none() && offsets.is_none() && shift == 0 && kept == bands && !spec.level_noise;
    if simple {
        return;
    }
    let mut out = vec![FLOOR; bands * frames];
    for band in 0..kept {
        let from = (band as isize - shift).clamp(0, bands as isize - 1) as usize;
        let source = &array.data[from * frames..(from + 1) * frames];
        let target = &mut out[band * frames..(band + 1) * frames];
        match &map {
            Some(map) => target
                .iter_mut()
                .zip(map)
                .for_each(|(t, &j)| *t = source[j]),
            None => target.copy_from_slice(source),
        }
        if let Some(offsets) = &offsets {
            target
                .iter_mut()
                .for_each(|x| *x = (*x + offsets[band]).max(FLOOR));
        }
    }
    if spec.level_noise {
        // Arrays rounded to 32 levels hold multiples of 2.5 dB; music does not.
        for x in &mut out {
            *x = (*x + 2.5 * (rng.random::<f32>() - 0.5)).clamp(FLOOR, 0.0);
        }
    }
    array.data = out;
}

/// Which frame stands in each column, where frames are rolled or stretched.
fn frame_map(frames: usize, spec: &AugmentSpec, rng: &mut ChaCha8Rng) -> Option<Vec<usize>> {
    if !spec.roll && spec.stretch == 0.0 {
        return None;
    }
    let mut map: Vec<usize> = (0..frames).collect();
    if spec.stretch > 0.0 {
        // Faster: the clip is read past its end and begins again; slower: only a part of it is read.
        let speed = 1.0 + spec.stretch * (2.0 * rng.random::<f32>() - 1.0);
        map = (0..frames)
            .map(|j| (j as f32 * speed) as usize % frames)
            .collect();
    }
    if spec.roll {
        map.rotate_left(rng.random_range(0..frames));
    }
    Some(map)
}

/// dB that are added to each band: gain, tilt and a smooth equaliser.
fn band_offsets(bands: usize, spec: &AugmentSpec, rng: &mut ChaCha8Rng) -> Option<Vec<f32>> {
    if spec.gain_db == 0.0 && spec.tilt_db == 0.0 && spec.equalizer_db == 0.0 {
        return None;
    }
    let gain = spec.gain_db * (2.0 * rng.random::<f32>() - 1.0);
    let tilt = spec.tilt_db * (2.0 * rng.random::<f32>() - 1.0);
    const NODES: usize = 8;
    let nodes: Vec<f32> = (0..NODES)
        .map(|_| spec.equalizer_db * normal(rng))
        .collect();
    let offsets = (0..bands)
        .map(|band| {
            let place = band as f32 / (bands.max(2) - 1) as f32;
            let at = place * (NODES - 1) as f32;
            let low = (at as usize).min(NODES - 2);
            let curve = nodes[low] + (at - low as f32) * (nodes[low + 1] - nodes[low]);
            gain + tilt * (2.0 * place - 1.0) + curve
        })
        .collect();
    Some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::generator;

    fn clip() -> RawArray {
        let data = (0..8 * 6).map(|i| -(i as f32)).collect();
        RawArray {
            shape: vec![8, 6],
            data,
        }
    }

    #[test]
    fn the_default_changes_nothing() {
        let mut array = clip();
        vary(
            &mut array,
            &AugmentSpec::default(),
            &mut generator(1, 0, 0, 0),
        );
        assert_eq!(array, clip());
    }

    #[test]
    fn a_roll_keeps_each_bands_values() {
        let spec = AugmentSpec {
            roll: true,
            ..AugmentSpec::default()
        };
        let mut moved = false;
        for place in 0..8 {
            let mut array = clip();
            vary(&mut array, &spec, &mut generator(1, 0, 0, place));
            moved |= array != clip();
            for (new, old) in array.data.chunks(6).zip(clip().data.chunks(6)) {
                let mut sorted = new.to_vec();
                sorted.sort_by(|a, b| b.total_cmp(a));
                assert_eq!(sorted, old);
            }
        }
        assert!(moved);
    }

    #[test]
    fn a_low_pass_empties_top_bands_only() {
        let spec = AugmentSpec {
            low_pass: 1.0,
            low_pass_least: 0.5,
            ..AugmentSpec::default()
        };
        let mut array = clip();
        vary(&mut array, &spec, &mut generator(3, 0, 0, 1));
        let empty: Vec<bool> = array
            .data
            .chunks(6)
            .map(|band| band.iter().all(|&x| x == FLOOR))
            .collect();
        assert!(!empty[..4].contains(&true), "{empty:?}");
        assert!(
            empty.windows(2).all(|pair| pair[0] <= pair[1]),
            "only from the top: {empty:?}"
        );
    }

    #[test]
    fn levels_stay_in_range() {
        let spec = AugmentSpec {
            gain_db: 30.0,
            tilt_db: 20.0,
            equalizer_db: 10.0,
            level_noise: true,
            stretch: 0.3,
            shift_bands: 3,
            ..AugmentSpec::default()
        };
        for place in 0..50 {
            let mut array = clip();
            vary(&mut array, &spec, &mut generator(1, 0, 0, place));
            assert_eq!(array.shape, [8, 6]);
            assert!(array.data.iter().all(|x| (FLOOR..=0.0).contains(x)));
        }
    }
}
