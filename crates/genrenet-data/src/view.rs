//! Views of stored spectrograms with fewer frames or other bands, without copying them.

use std::sync::Arc;

use genrenet_audio::hz_to_mel;

use crate::array::Array;
use crate::error::DataError;

/// The positions of the bands of one Slaney mel filter bank among those of another, for [`Array::with_bands`]: both start at 0 Hz,
/// the stored one has `stored` bands up to `stored_fmax` Hz, the wanted one `bands` up to `fmax` Hz.
///
/// Positions beyond the first and last stored band are clamped. Slaney's filters have equal areas, so levels agree
/// wherever the spectrum is smooth over a band; no detail is added to that of the stored bands.
pub fn band_positions(stored_fmax: f32, stored: usize, fmax: f32, bands: usize) -> Vec<f32> {
    let top = hz_to_mel(f64::from(stored_fmax));
    let wanted = hz_to_mel(f64::from(fmax));
    (1..=bands)
        .map(|b| {
            let mel = wanted * b as f64 / (bands + 1) as f64;
            let position = mel / top * (stored + 1) as f64 - 1.0;
            position.clamp(0.0, stored.saturating_sub(1) as f64) as f32
        })
        .collect()
}

impl Array {
    /// The same `[bands, frames]` array with fewer frames: column `j` is the stored column
    /// `floor((j + 0.5) · stored / frames)`, the rule by which windowing selects frames.
    ///
    /// # Errors
    /// If the array is not two-dimensional or has fewer frames than requested.
    pub fn with_frames(&self, frames: usize) -> Result<Array, DataError> {
        let &[bands, stored] = self.shape.as_slice() else {
            return Err(self.not_an_image());
        };
        if frames == 0 || frames > stored {
            return Err(DataError::Mismatch {
                array: self.name.clone(),
                expected: format!("1 to {stored} frames"),
                found: frames.to_string(),
            });
        }
        let picked: Vec<u32> = (0..frames)
            .map(|j| ((2 * j + 1) * stored / (2 * frames)) as u32)
            .collect();
        let mut array = self.clone();
        array.shape = vec![bands, frames];
        for view in &mut array.views {
            let columns = match &view.columns {
                Some(old) => picked.iter().map(|&j| old[j as usize]).collect(),
                None => picked.iter().copied().collect(),
            };
            view.columns = Some(columns);
        }
        Ok(array)
    }

    /// The same `[bands, frames]` array on another set of bands: band `b` is at `positions[b]` between the stored bands
    /// (2.25 is a quarter of the way from band 2 to band 3) and is interpolated linearly in dB.
    ///
    /// # Errors
    /// If the array is not two-dimensional, was mapped before, or a position lies outside its bands.
    pub fn with_bands(&self, positions: &[f32]) -> Result<Array, DataError> {
        let &[bands, frames] = self.shape.as_slice() else {
            return Err(self.not_an_image());
        };
        let highest = bands.saturating_sub(1) as f32;
        if let Some(p) = positions.iter().find(|p| !(0.0..=highest).contains(*p)) {
            return Err(DataError::Mismatch {
                array: self.name.clone(),
                expected: format!("band positions within 0 and {highest}"),
                found: p.to_string(),
            });
        }
        if self.views.iter().any(|v| v.bands.is_some()) {
            return Err(DataError::Mismatch {
                array: self.name.clone(),
                expected: "the bands as stored".into(),
                found: "bands mapped before".into(),
            });
        }
        let mapped: Arc<[(u32, f32)]> = positions
            .iter()
            .map(|&p| {
                let lower = (p.floor() as u32).min(bands.saturating_sub(2) as u32);
                (lower, p - lower as f32)
            })
            .collect();
        let mut array = self.clone();
        array.shape = vec![positions.len(), frames];
        for view in &mut array.views {
            view.bands = Some(mapped.clone());
        }
        Ok(array)
    }

    /// The same log-mel as a front end with `bands` bands up to `highest_hz` Hz and `frames` frames would compute it: bands are
    /// interpolated where the stored ones are others (and are known), frames selected where more are stored.
    ///
    /// # Errors
    /// If the stored bands end below `highest_hz`, and those of [`Array::with_frames`] and [`Array::with_bands`].
    pub fn match_front_end(
        &self,
        highest_hz: f32,
        bands: usize,
        frames: usize,
    ) -> Result<Array, DataError> {
        let &[stored, columns] = self.shape.as_slice() else {
            return Err(self.not_an_image());
        };
        let mut array = self.clone();
        if let Some(own) = self.highest_hz
            && ((own - highest_hz).abs() > 1.0 || stored != bands)
        {
            if own + 1.0 < highest_hz {
                return Err(DataError::Mismatch {
                    array: self.name.clone(),
                    expected: format!("bands up to {highest_hz} Hz"),
                    found: format!("bands that end at {own} Hz"),
                });
            }
            array = array.with_bands(&band_positions(own, stored, highest_hz, bands))?;
            array.highest_hz = Some(highest_hz);
        }
        if columns > frames {
            array = array.with_frames(frames)?;
        }
        Ok(array)
    }

    fn not_an_image(&self) -> DataError {
        DataError::Mismatch {
            array: self.name.clone(),
            expected: "rows of bands and frames".into(),
            found: format!("the shape {:?}", self.shape),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_banks_map_to_themselves_and_half_the_range_to_the_lower_bands() {
        let same = band_positions(22_050.0, 128, 22_050.0, 128);
        assert!(
            same.iter()
                .enumerate()
                .all(|(i, p)| (*p - i as f32).abs() < 1e-3)
        );
        let half = band_positions(22_050.0, 128, 11_025.0, 128);
        assert!(half.windows(2).all(|p| p[0] <= p[1]));
        // 11 025 Hz is mel 49.91 of 60.00: the last requested band is near stored band 106.
        assert!((105.0..107.0).contains(&half[127]), "{}", half[127]);
        assert_eq!(band_positions(11_025.0, 128, 22_050.0, 128)[127], 127.0);
    }
}
