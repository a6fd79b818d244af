//! One granule of one frame to mono samples.
//!
//! Only mono is needed, and the transform is linear: if both channels have the same window, their lines are mixed before
//! the transform; of a middle-and-side granule only the middle is decoded, and the side's bits are skipped.

use std::ops::Range;

use super::bands::{Layouts, PAIRS, SUBBANDS};
use super::bits::{BitBytes, BitReader};
use super::header::Header;
use super::huffman::{self, Target};
use super::hybrid::{Rows, SLOTS, Transform, Windows, transform};
use super::polyphase::Polyphase;
use super::scale::ScaleFactors;
use super::side_info::{Part, SideInfo};
use super::stereo::{self, Channel, Positions};

/// Samples of a granule.
pub(super) const GRANULE: usize = 576;

/// How much of a granule is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needed {
    /// Nothing: it is skipped.
    Nothing,
    /// Only its share of the next granule's overlap.
    Overlap,
    /// The samples of the slots `sound`; `from` is the first slot that these or later samples depend on.
    Sound { from: usize, sound: Range<usize> },
}

/// A frame whose main data is in place.
pub(super) struct Frame<'a> {
    pub(super) header: &'a Header,
    pub(super) info: &'a SideInfo,
    /// Main data of this frame and what it uses of earlier ones.
    pub(super) main: &'a BitBytes,
    /// The bit at which the first granule starts; negative where the stream was cut, so that bits are missing.
    pub(super) start: isize,
    /// The bit at which the frame's main data ends.
    pub(super) end: usize,
}

/// The state that is kept from granule to granule.
pub(super) struct GranuleDecoder {
    layouts: Layouts,
    windows: Windows,
    polyphase: Polyphase,
    overlap: Rows,
    overlapping: usize,
    factors: [ScaleFactors; 2],
    lines: [Lines; 2],
    rows: Rows,
    scales: [f32; PAIRS],
    sound: [[f32; SUBBANDS]; SLOTS],
    /// The only channel that is decoded; `None` for the mean of both.
    only: Option<usize>,
    /// Coded pairs that are decoded at most: what lies above is not needed.
    limit: usize,
    /// Whether the processor has the instructions that [`decode_fast`](Self::decode_fast) is compiled for.
    #[cfg(target_arch = "x86_64")]
    fast: bool,
}

/// One channel's 576 lines, as one run for the Huffman decoder and in rows for the transform.
#[repr(align(64))]
struct Lines([f32; GRANULE]);

impl GranuleDecoder {
    pub(super) fn new(rate_row: usize) -> Self {
        Self {
            layouts: Layouts::new(rate_row),
            windows: Windows::new(),
            polyphase: Polyphase::new(),
            overlap: [[0.0; SUBBANDS]; SLOTS],
            overlapping: 0,
            factors: [ScaleFactors::default(); 2],
            lines: [Lines([0.0; GRANULE]), Lines([0.0; GRANULE])],
            rows: [[0.0; SUBBANDS]; SLOTS],
            scales: [0.0; PAIRS],
            sound: [[0.0; SUBBANDS]; SLOTS],
            only: None,
            limit: PAIRS,
            #[cfg(target_arch = "x86_64")]
            fast: has_fast_instructions(),
        }
    }

    /// Forgets earlier frames.
    pub(super) fn reset(&mut self) {
        self.overlap = [[0.0; SUBBANDS]; SLOTS];
        self.overlapping = 0;
        self.polyphase.reset();
        self.factors = [ScaleFactors::default(); 2];
    }

    /// Decodes only one of two channels, or the mean of both, from now on.
    pub(super) fn decode_only(&mut self, channel: Option<usize>) {
        self.only = channel;
    }

    /// Decodes only the lowest `lines` of 576, from now on.
    pub(super) fn limit_lines(&mut self, lines: usize) {
        self.limit = lines.div_ceil(2).min(PAIRS);
    }

    /// The samples of the last granule, in the slots that were needed.
    pub(super) fn sound(&self) -> &[f32] {
        self.sound.as_flattened()
    }

    /// Decodes granule `index` of a frame as far as it is needed. Granules of a frame must come in order.
    pub(super) fn decode(&mut self, frame: &Frame<'_>, index: usize, needed: &Needed) {
        #[cfg(target_arch = "x86_64")]
        if self.fast {
            // SAFETY: `fast` is set only where the processor was found to have these instructions.
            unsafe { self.decode_fast(frame, index, needed) };
            return;
        }
        // ARM64 has fused multiply-add always.
        self.decode_with::<{ cfg!(target_arch = "aarch64") }>(frame, index, needed);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt")]
    fn decode_fast(&mut self, frame: &Frame<'_>, index: usize, needed: &Needed) {
        self.decode_with::<true>(frame, index, needed);
    }

    #[inline(always)]
    fn decode_with<const FUSED: bool>(&mut self, frame: &Frame<'_>, index: usize, needed: &Needed) {
        let parts = &frame.info.parts[index];
        let channels = usize::from(frame.header.channels);
        let before: usize = frame.info.parts[..index]
            .iter()
            .flatten()
            .map(|part| usize::from(part.bits))
            .sum();
        let start = frame.start + before as isize;
        let next_shares = index == 0
            && frame.info.parts[1]
                .iter()
                .any(|part| part.shared_scale != 0);
        if *needed == Needed::Nothing && !next_shares {
            return;
        }
        // If the stream was cut, the whole frame is silent, as in mpg123 and so in librosa. (ffmpeg plays the second
        // granule if its bits are complete.)
        let present = frame.start >= 0;
        let start = start.max(0) as usize;
        let starts = [start, start + usize::from(parts[0].bits)];
        if *needed == Needed::Nothing {
            for (channel, start) in starts.into_iter().enumerate().take(channels) {
                if present {
                    self.read_factors(frame, index, channel, start);
                }
            }
            return;
        }
        let same = channels == 1 || parts[0].window == parts[1].window;
        let joint = channels == 2 && (frame.header.intensity || self.only.is_some());
        if same && !joint {
            let subbands = if present {
                self.mixed_lines(frame, index, starts, next_shares)
            } else {
                0
            };
            if !present {
                self.lines[0].0.fill(0.0);
            }
            self.transform_first::<FUSED>(parts[0].window, subbands);
        } else {
            let mut subbands = [0; 2];
            for channel in 0..2 {
                self.lines[channel].0.fill(0.0);
                if present {
                    subbands[channel] =
                        self.channel_lines::<false>(frame, index, channel, starts[channel], 0);
                }
            }
            let [left, right] = &mut self.lines;
            let layouts = [
                self.layouts.of(parts[0].window),
                self.layouts.of(parts[1].window),
            ];
            stereo::separate(
                frame.header,
                &mut Channel {
                    layout: layouts[0],
                    lines: &mut left.0,
                },
                &mut Channel {
                    layout: layouts[1],
                    lines: &mut right.0,
                },
                &Positions {
                    steps: &self.factors[1].steps,
                    coarse: parts[1].scalefac_compress & 1 == 1,
                },
            );
            if frame.header.mid_side || frame.header.intensity {
                subbands = [subbands[0].max(subbands[1]); 2];
            }
            if let Some(channel) = self.only {
                self.lines.swap(0, channel);
                self.transform_first::<FUSED>(parts[channel].window, subbands[channel]);
            } else if same {
                for (a, b) in left.0.iter_mut().zip(&right.0) {
                    *a = 0.5 * (*a + b);
                }
                self.transform_first::<FUSED>(parts[0].window, subbands[0].max(subbands[1]));
            } else {
                self.transform_both::<FUSED>(parts, subbands);
            }
        }
        if let Needed::Sound { from, sound } = needed {
            self.polyphase
                .run::<FUSED>(&self.rows, *from, sound.clone(), &mut self.sound);
        }
    }

    /// Lines of the mean of both channels (or of the only one); returns how many subbands they reach.
    #[inline(always)]
    fn mixed_lines(
        &mut self,
        frame: &Frame<'_>,
        index: usize,
        starts: [usize; 2],
        next_shares: bool,
    ) -> usize {
        self.lines[0].0.fill(0.0);
        if frame.header.channels == 1 {
            return self.channel_lines::<false>(frame, index, 0, starts[0], 0);
        }
        if frame.header.mid_side {
            if next_shares {
                self.read_factors(frame, index, 1, starts[1]);
            }
            return self.channel_lines::<false>(frame, index, 0, starts[0], -2);
        }
        let left = self.channel_lines::<false>(frame, index, 0, starts[0], -4);
        let right = self.channel_lines::<true>(frame, index, 1, starts[1], -4);
        left.max(right)
    }

    fn read_factors(
        &mut self,
        frame: &Frame<'_>,
        index: usize,
        channel: usize,
        start: usize,
    ) -> usize {
        let part = &frame.info.parts[index][channel];
        let mut bits = BitReader::at(frame.main, start);
        let right_of_intensity = channel == 1 && frame.header.intensity;
        self.factors[channel] = ScaleFactors::read(
            frame.header,
            part,
            right_of_intensity,
            &self.factors[channel],
            &mut bits,
        );
        bits.position()
    }

    /// Decodes one channel's lines, times 2^(`quarters`/4), into the first channel's lines with `ADD`, else into its own.
    #[inline(always)]
    fn channel_lines<const ADD: bool>(
        &mut self,
        frame: &Frame<'_>,
        index: usize,
        channel: usize,
        start: usize,
        quarters: i32,
    ) -> usize {
        let part: &Part = &frame.info.parts[index][channel];
        let at = self.read_factors(frame, index, channel, start);
        let layout = self.layouts.of(part.window);
        self.factors[channel].scales(part, layout, quarters, &mut self.scales);
        let end = (start + usize::from(part.bits)).min(frame.end);
        let mut bits = BitReader::at(frame.main, at);
        let mut target = Target {
            layout,
            scales: &self.scales,
            lines: &mut self.lines[if ADD { 0 } else { channel }].0,
            limit: self.limit,
        };
        let pairs = huffman::decode::<ADD>(&mut bits, part, end, &mut target);
        usize::from(layout.subbands[pairs.min(PAIRS)])
    }

    #[inline(always)]
    fn transform_first<const FUSED: bool>(
        &mut self,
        window: super::bands::Window,
        subbands: usize,
    ) {
        transform::<FUSED>(&mut Transform {
            windows: &self.windows,
            window,
            lines: as_rows(&mut self.lines[0].0),
            subbands,
            overlap: &mut self.overlap,
            overlapping: &mut self.overlapping,
            out: &mut self.rows,
        });
    }

    /// Transforms the channels with their own windows and adds them up.
    #[inline(always)]
    fn transform_both<const FUSED: bool>(&mut self, parts: &[Part; 2], subbands: [usize; 2]) {
        for lines in &mut self.lines {
            for line in &mut lines.0 {
                *line *= 0.5;
            }
        }
        self.transform_first::<FUSED>(parts[0].window, subbands[0]);
        let mut overlap = [[0f32; SUBBANDS]; SLOTS];
        let mut overlapping = 0;
        let mut rows = [[0f32; SUBBANDS]; SLOTS];
        transform::<FUSED>(&mut Transform {
            windows: &self.windows,
            window: parts[1].window,
            lines: as_rows(&mut self.lines[1].0),
            subbands: subbands[1],
            overlap: &mut overlap,
            overlapping: &mut overlapping,
            out: &mut rows,
        });
        for slot in 0..SLOTS {
            for subband in 0..SUBBANDS {
                self.rows[slot][subband] += rows[slot][subband];
                self.overlap[slot][subband] += overlap[slot][subband];
            }
        }
        self.overlapping = self.overlapping.max(overlapping);
    }
}

/// The same lines as rows of subbands.
#[inline(always)]
fn as_rows(lines: &mut [f32; GRANULE]) -> &mut Rows {
    let (rows, _) = lines.as_chunks_mut::<SUBBANDS>();
    match rows.try_into() {
        Ok(rows) => rows,
        Err(_) => unreachable!("576 lines are 18 rows of 32"),
    }
}

#[cfg(target_arch = "x86_64")]
fn has_fast_instructions() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
}
