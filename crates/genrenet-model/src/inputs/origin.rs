//! What only the networks of the origin read (docs/ORIGIN.md): faults of the student report, kept so that its recipes give its
//! figures.
//!
//! - The CNN read a saved plot of each spectrogram, with margins, frame and colour map, in place of levels
//!   ([`spectrogram_image`], layout `spectrogram_image`).
//! - The MLPs read each value as its rank among the distinct values of its column over all rows, test rows included, divided by
//!   the one largest rank of the table ([`rank`], scaling `rank`; [`FitRows::All`](super::FitRows::All)).
//! - The RNN read MFCC with the axes transposed, coefficients as time steps
//!   ([`Layout::Transposed`](super::Layout::Transposed)).

/// Share of the image left white at left, right, top and bottom, as in matplotlib's default figure.
const MARGINS: [f32; 4] = [0.125, 0.10, 0.12, 0.11];

/// Nine stops of a perceptually rising map from dark violet over green to yellow, R, G, B.
const STOPS: [[f32; 3]; 9] = [
    [0.267, 0.005, 0.329],
    [0.279, 0.175, 0.483],
    [0.230, 0.322, 0.546],
    [0.173, 0.449, 0.558],
    [0.128, 0.567, 0.551],
    [0.158, 0.684, 0.502],
    [0.369, 0.789, 0.383],
    [0.678, 0.864, 0.190],
    [0.993, 0.906, 0.144],
];

/// Draws `levels` (`[bands, frames]`, dB from −80 to 0, lowest band first) as a `[height, width, 3]`
/// plot into `out`: a white page, a thin dark frame, and the spectrogram inside; B, G, R order as OpenCV reads, values 0–1, low frequencies at the bottom.
pub(super) fn spectrogram_image(
    levels: &[f32],
    bands: usize,
    frames: usize,
    height: usize,
    width: usize,
    out: &mut [f32],
) {
    out.fill(1.0);
    let left = (MARGINS[0] * width as f32) as usize;
    let right = width - (MARGINS[1] * width as f32) as usize;
    let top = (MARGINS[2] * height as f32) as usize;
    let bottom = height - (MARGINS[3] * height as f32) as usize;
    for y in top..bottom {
        let band = bands - 1 - (y - top) * bands / (bottom - top);
        for x in left..right {
            let frame = (x - left) * frames / (right - left);
            let edge = y == top || y + 1 == bottom || x == left || x + 1 == right;
            let color = if edge {
                [0.0; 3]
            } else {
                color_of(levels[band * frames + frame])
            };
            let pixel = &mut out[(y * width + x) * 3..][..3];
            pixel[0] = color[2];
            pixel[1] = color[1];
            pixel[2] = color[0];
        }
    }
}

/// The rank of `x` among its column's `sorted` distinct values, divided by the largest rank of the table; a value that was not
/// there takes the rank at which it would be inserted.
pub(super) fn rank(sorted: &[f32], x: f32, largest: f32) -> f32 {
    sorted.partition_point(|known| *known < x) as f32 / largest
}

/// Colour of a level, rounded to the 256 steps of an image file.
fn color_of(db: f32) -> [f32; 3] {
    let at = ((db + 80.0) / 80.0).clamp(0.0, 1.0) * (STOPS.len() - 1) as f32;
    let low = (at as usize).min(STOPS.len() - 2);
    let part = at - low as f32;
    std::array::from_fn(|c| {
        let value = STOPS[low][c] + part * (STOPS[low + 1][c] - STOPS[low][c]);
        (value * 255.0).round() / 255.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_bands_lie_at_the_bottom_and_loud_is_yellow() {
        // Two bands, the lower one at 0 dB and the upper one at −80 dB.
        let levels = [0.0, 0.0, -80.0, -80.0];
        let (height, width) = (40, 60);
        let mut out = vec![0.0; height * width * 3];
        spectrogram_image(&levels, 2, 2, height, width, &mut out);
        let pixel = |y: usize, x: usize| {
            [
                out[(y * width + x) * 3],
                out[(y * width + x) * 3 + 1],
                out[(y * width + x) * 3 + 2],
            ]
        };
        assert_eq!(pixel(0, 0), [1.0; 3], "the margin is white");
        assert_eq!(pixel(4, 20), [0.0; 3], "the frame is black");
        let low = pixel(30, 30);
        assert!(low[2] > 0.98 && low[0] < 0.15, "B, G, R of yellow: {low:?}");
        let high = pixel(8, 30);
        assert!(
            high[2] < 0.28 && high[0] > 0.3,
            "B, G, R of dark violet: {high:?}"
        );
    }
}
