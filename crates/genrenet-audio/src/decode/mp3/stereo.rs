//! Joint stereo in its general form: intensity positions, or channels with different windows.
//!
//! Most granules do not need this: the mean of left and right is the middle channel over √2.

use super::bands::{Layout, PAIRS, SUBBANDS};
use super::header::Header;

/// One channel's lines before the channels are joined.
pub(super) struct Channel<'a> {
    pub(super) layout: &'a Layout,
    pub(super) lines: &'a mut [f32; 576],
}

/// The right channel's parameters of intensity stereo.
pub(super) struct Positions<'a> {
    /// A position for each band, in the order of [`Layout::bands`].
    pub(super) steps: &'a [u8; 40],
    /// Lowest bit of the right channel's `scalefac_compress`: the step of the low sampling frequencies' positions.
    pub(super) coarse: bool,
}

/// Turns middle and side, or one shared spectrum, into left and right, by the header's mode.
pub(super) fn separate(
    header: &Header,
    left: &mut Channel<'_>,
    right: &mut Channel<'_>,
    positions: &Positions<'_>,
) {
    if !header.intensity {
        if header.mid_side {
            for pair in 0..PAIRS {
                middle_side(left, right, pair);
            }
        }
        return;
    }
    let bands = &right.layout.bands;
    // Intensity holds above the right channel's last line that is not zero, for each short window by itself; a long part
    // below short ones goes on where none of the three had a line.
    let mut found = [false; 3];
    for index in (0..bands.len()).rev() {
        let band = bands[index];
        let pairs = usize::from(band.start)..usize::from(band.end);
        let window = band.short.map_or(0, usize::from);
        if band.short.is_none() && index + 1 == right.layout.long_bands {
            found = [found.contains(&true); 3];
        }
        if !found[window] {
            found[window] = pairs.clone().any(|pair| {
                let place = usize::from(right.layout.places[pair]);
                right.lines[place] != 0.0 || right.lines[place + SUBBANDS] != 0.0
            });
        }
        // The uppermost band has no position of its own.
        let own = match band.short {
            None if index == 21 => 20,
            Some(_) if index + 3 >= bands.len() => index - 3,
            _ => index,
        };
        let ratios = ratios(header, positions.steps[own.min(39)], positions.coarse);
        match ratios {
            Some((to_left, to_right)) if !found[window] => {
                for pair in pairs {
                    let (from, to) = (
                        usize::from(left.layout.places[pair]),
                        usize::from(right.layout.places[pair]),
                    );
                    for row in [0, SUBBANDS] {
                        right.lines[to + row] = left.lines[from + row] * to_right;
                        left.lines[from + row] *= to_left;
                    }
                }
            }
            _ if header.mid_side => {
                for pair in pairs {
                    middle_side(left, right, pair);
                }
            }
            _ => {}
        }
    }
}

fn middle_side(left: &mut Channel<'_>, right: &mut Channel<'_>, pair: usize) {
    let (at, to) = (
        usize::from(left.layout.places[pair]),
        usize::from(right.layout.places[pair]),
    );
    for row in [0, SUBBANDS] {
        let (middle, side) = (left.lines[at + row], right.lines[to + row]);
        left.lines[at + row] = (middle + side) * std::f32::consts::FRAC_1_SQRT_2;
        right.lines[to + row] = (middle - side) * std::f32::consts::FRAC_1_SQRT_2;
    }
}

/// Shares of left and right for a position; `None` for the positions that switch intensity off.
fn ratios(header: &Header, position: u8, coarse: bool) -> Option<(f32, f32)> {
    if header.is_low() {
        if position >= 16 {
            return None;
        }
        let steps = f32::from(position.div_ceil(2)) * if coarse { 2.0 } else { 1.0 };
        let weaker = (-steps / 4.0).exp2();
        Some(if position % 2 == 1 {
            (weaker, 1.0)
        } else {
            (1.0, weaker)
        })
    } else {
        match position {
            0..6 => {
                let tangent = (f32::from(position) * std::f32::consts::PI / 12.0).tan();
                Some((tangent / (1.0 + tangent), 1.0 / (1.0 + tangent)))
            }
            6 => Some((1.0, 0.0)),
            _ => None,
        }
    }
}
