//! Scale factor bands (ISO/IEC 11172-3, table 3-B.8; 13818-3, table B.2) and where each coded line goes.
//!
//! A granule's 576 lines are coded band by band; the transform needs them by subband. [`Layout`] maps one to the other: for each coded
//! pair of lines its place in a [`Spectrum`](super::hybrid::Spectrum).

/// Lines at which the long scale factor bands start and end, by [`Header::rate_row`](super::header::Header::rate_row).
#[rustfmt::skip]
pub(super) const LONG_EDGES: [[u16; 23]; 9] = [
    [0, 4, 8, 12, 16, 20, 24, 30, 36, 44, 52, 62, 74, 90, 110, 134, 162, 196, 238, 288, 342, 418, 576], // 44.1 kHz
    [0, 4, 8, 12, 16, 20, 24, 30, 36, 42, 50, 60, 72, 88, 106, 128, 156, 190, 230, 276, 330, 384, 576], // 48 kHz
    [0, 4, 8, 12, 16, 20, 24, 30, 36, 44, 54, 66, 82, 102, 126, 156, 194, 240, 296, 364, 448, 550, 576], // 32 kHz
    [0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576], // 22.05 kHz
    [0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 114, 136, 162, 194, 232, 278, 332, 394, 464, 540, 576], // 24 kHz
    [0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576], // 16 kHz
    [0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576], // 11.025 kHz
    [0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576], // 12 kHz
    [0, 12, 24, 36, 48, 60, 72, 88, 108, 132, 160, 192, 232, 280, 336, 400, 476, 566, 568, 570, 572, 574, 576], // 8 kHz
];

/// The same for short blocks, in lines of one of the three windows.
#[rustfmt::skip]
const SHORT_EDGES: [[u16; 14]; 9] = [
    [0, 4, 8, 12, 16, 22, 30, 40, 52, 66, 84, 106, 136, 192], // 44.1 kHz
    [0, 4, 8, 12, 16, 22, 28, 38, 50, 64, 80, 100, 126, 192], // 48 kHz
    [0, 4, 8, 12, 16, 22, 30, 42, 58, 78, 104, 138, 180, 192], // 32 kHz
    [0, 4, 8, 12, 18, 24, 32, 42, 56, 74, 100, 132, 174, 192], // 22.05 kHz
    [0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 136, 180, 192], // 24 kHz
    [0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 134, 174, 192], // 16 kHz
    [0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 134, 174, 192], // 11.025 kHz
    [0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 134, 174, 192], // 12 kHz
    [0, 8, 16, 24, 36, 52, 72, 96, 124, 160, 162, 164, 166, 192], // 8 kHz
];

/// Pairs of lines in a granule.
pub(super) const PAIRS: usize = 288;

/// Subbands of the filter bank.
pub(super) const SUBBANDS: usize = 32;

/// The window that a granule of one channel is transformed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Window {
    /// 0 normal, 1 start, 2 three short windows, 3 stop.
    pub(super) kind: u8,
    /// The two lowest subbands use the normal window.
    pub(super) mixed: bool,
}

/// One scale factor's lines, in coded pairs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    pub(super) start: u16,
    pub(super) end: u16,
    /// Which of the three short windows it belongs to; `None` in long blocks.
    pub(super) short: Option<u8>,
}

/// How the coded lines of one kind of block are laid out.
pub(super) struct Layout {
    /// For each coded pair the index of its first line in a spectrum of rows of 32 subbands; the second line is one row below.
    pub(super) places: [u16; PAIRS],
    /// After so many coded pairs, how many subbands can be non-zero.
    pub(super) subbands: [u8; PAIRS + 1],
    /// The bands in coded order, which is also the order of their scale factors.
    pub(super) bands: Vec<Band>,
    /// How many of the bands are long ones.
    pub(super) long_bands: usize,
}

/// The three layouts of a sampling rate.
pub(super) struct Layouts {
    long: Layout,
    short: Layout,
    mixed: Layout,
}

impl Layouts {
    /// The layouts for a row of the rate tables, see [`Header::rate_row`](super::header::Header::rate_row).
    pub(super) fn new(rate_row: usize) -> Self {
        Self {
            long: Layout::new(rate_row, 576),
            short: Layout::new(rate_row, 0),
            mixed: Layout::new(rate_row, 36),
        }
    }

    /// The layout of blocks with this window.
    pub(super) fn of(&self, window: Window) -> &Layout {
        match (window.kind, window.mixed) {
            (2, false) => &self.short,
            (2, true) => &self.mixed,
            _ => &self.long,
        }
    }
}

impl Layout {
    /// Lines below `split` are long (0, 36 or 576), the others come in three short windows.
    fn new(rate_row: usize, split: u16) -> Self {
        let mut layout = Self {
            places: [0; PAIRS],
            subbands: [0; PAIRS + 1],
            bands: Vec::with_capacity(40),
            long_bands: 0,
        };
        let mut coded = 0u16;
        for edges in LONG_EDGES[rate_row].windows(2) {
            if edges[1] > split {
                break;
            }
            layout.band(&mut coded, edges[1] - edges[0], None, |line| {
                let line = usize::from(edges[0] + line);
                (line % 18, line / 18)
            });
        }
        layout.long_bands = layout.bands.len();
        for edges in SHORT_EDGES[rate_row].windows(2) {
            // 8 kHz has no short band that starts at the split: the one across it is cut.
            let start = edges[0].max(split / 3);
            if edges[1] <= start {
                continue;
            }
            for window in 0..3u8 {
                layout.band(&mut coded, edges[1] - start, Some(window), |line| {
                    let line = usize::from(start + line);
                    (usize::from(window) * 6 + line % 6, line / 6)
                });
            }
        }
        layout
    }

    /// Appends a band of `width` lines that go where `place` (row, subband) says.
    fn band(
        &mut self,
        coded: &mut u16,
        width: u16,
        short: Option<u8>,
        place: impl Fn(u16) -> (usize, usize),
    ) {
        let start = *coded / 2;
        for line in (0..width).step_by(2) {
            let pair = usize::from(*coded / 2);
            let (row, subband) = place(line);
            self.places[pair] = (row * SUBBANDS + subband) as u16;
            self.subbands[pair + 1] = self.subbands[pair].max(subband as u8 + 1);
            *coded += 2;
        }
        self.bands.push(Band {
            start,
            end: *coded / 2,
            short,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_own_position() {
        for rate_row in 0..9 {
            for split in [0, 36, 576] {
                let layout = Layout::new(rate_row, split);
                let mut seen = [false; 576];
                for place in layout.places {
                    for index in [usize::from(place), usize::from(place) + SUBBANDS] {
                        assert!(!seen[index], "row {rate_row}, split {split}, index {index}");
                        seen[index] = true;
                    }
                }
                assert_eq!(layout.subbands[PAIRS], 32);
                assert_eq!(usize::from(layout.bands.last().unwrap().end), PAIRS);
            }
        }
    }

    #[test]
    fn as_many_bands_as_scale_factors() {
        for rate_row in 0..9 {
            let layouts = Layouts::new(rate_row);
            assert_eq!(layouts.long.bands.len(), 22);
            assert_eq!(layouts.short.bands.len(), 39);
            let mixed = if rate_row < 3 { (8, 38) } else { (6, 36) };
            if rate_row != 8 {
                assert_eq!((layouts.mixed.long_bands, layouts.mixed.bands.len()), mixed);
            }
        }
    }
}
