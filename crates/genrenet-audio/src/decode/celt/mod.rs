//! The CELT layer of Opus (RFC 6716, section 4.3) at 48 kHz, to mono.
//!
//! Order of operations, integer arithmetic and tables are those of the RFC's reference code (BSD-3-Clause, see the LICENSE
//! beside this file). Two things differ: the channels are added in the spectrum, so that there is one inverse
//! transform, and a frame whose samples are not used is only read: its energies, the seed of its noise and its pitch filter
//! are kept for the frames after it, and no sample is computed.

mod allocation;
mod angle;
mod band;
mod bands;
mod coder;
mod energy;
mod partition;
mod pulses;
mod range;
mod shape;
mod synthesis;
mod tables;

use energy::EnergyState;
use range::Range;
pub(super) use synthesis::Pitch;
use synthesis::Synthesis;
use tables::{BANDS, EDGES, MEANS, SHORT, SPREAD, TAPSET, TF_SELECT};

/// Bins of the longest frame.
const BINS: usize = 8 * SHORT;

/// What a packet's first byte states about its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) stereo: bool,
    /// log2 of the length in blocks of 2.5 ms.
    log: usize,
    /// Bands above this are empty.
    end: usize,
}

impl Frame {
    /// `None` if the packet's frames are not CELT only.
    pub(super) fn of(toc: u8) -> Option<Self> {
        let configuration = usize::from(toc >> 3);
        let end = [13, 17, 19, 21][configuration.checked_sub(16)? / 4];
        Some(Self {
            stereo: toc & 4 != 0,
            log: configuration & 3,
            end,
        })
    }

    /// Sample frames.
    pub(super) fn len(self) -> usize {
        SHORT << self.log
    }
}

/// The fields at the start of a frame.
struct Opening {
    silent: bool,
    pitch: Pitch,
    transient: bool,
    intra: bool,
}

impl Opening {
    fn read(range: &mut Range, log: usize) -> Self {
        let bits = range.bits();
        let silent = range.tell() >= bits || range.bit(15);
        if silent {
            range.skip_rest();
        }
        let mut pitch = Pitch::OFF;
        if !silent && range.tell() + 16 <= bits && range.bit(1) {
            let octave = range.uniform(6);
            let period = (16 << octave) + range.raw(4 + octave) as usize - 1;
            let gain = 0.09375 * (range.raw(3) + 1) as f32;
            let taps = if range.tell() + 2 <= bits {
                range.symbol(&TAPSET, 2)
            } else {
                0
            };
            pitch = Pitch {
                period,
                gain,
                taps: taps as usize,
            };
        }
        let transient = log > 0 && range.tell() + 3 <= bits && range.bit(3);
        let intra = range.tell() + 3 <= bits && range.bit(3);
        Self {
            silent,
            pitch,
            transient,
            intra,
        }
    }
}

/// The pitch filter of a frame, without reading more of it.
pub(super) fn pitch_of(data: &[u8], frame: Frame) -> Pitch {
    Opening::read(&mut Range::new(data), frame.log).pitch
}

/// A decoder of one stream.
pub(super) struct Celt {
    energy: EnergyState,
    seed: u32,
    synthesis: Synthesis,
    channels: [Vec<f32>; 2],
    spectrum: Vec<f32>,
    scratch: bands::Scratch,
    /// Whether the last frame was only read, so that its samples are missing.
    stale: bool,
}

impl Celt {
    pub(super) fn new() -> Self {
        Self {
            energy: EnergyState::new(),
            seed: 0,
            synthesis: Synthesis::new(),
            channels: [vec![0.0; BINS], vec![0.0; BINS]],
            spectrum: vec![0.0; BINS],
            scratch: bands::Scratch::new(),
            stale: false,
        }
    }

    /// Forgets all earlier frames.
    pub(super) fn reset(&mut self) {
        self.energy = EnergyState::new();
        self.seed = 0;
        self.synthesis.forget();
        self.synthesis.skip(3, Pitch::OFF);
    }

    /// Appends the samples of a frame to `out`; after frames that were only read, as if silence had come before.
    pub(super) fn decode(&mut self, data: &[u8], frame: Frame, out: &mut Vec<f32>) {
        if std::mem::take(&mut self.stale) {
            self.synthesis.forget();
        }
        self.frame::<true>(data, frame, out);
    }

    /// Reads a frame for what later ones need of it.
    pub(super) fn skip(&mut self, data: &[u8], frame: Frame) {
        self.stale = true;
        self.frame::<false>(data, frame, &mut Vec::new());
    }

    fn frame<const SOUND: bool>(&mut self, data: &[u8], frame: Frame, out: &mut Vec<f32>) {
        let Frame { log, end, .. } = frame;
        let channels = 1 + usize::from(frame.stereo);
        if channels == 1 {
            self.energy.merge();
        }
        let mut range = Range::new(data);
        let opening = Opening::read(&mut range, log);
        self.energy
            .coarse(&mut range, end, channels, log, opening.intra);
        let tf = resolutions(&mut range, end, log, opening.transient);
        let spread = if range.tell() + 4 <= range.bits() {
            range.symbol(&SPREAD, 5)
        } else {
            2
        };
        let bounds = allocation::Frame { end, channels, log };
        let (allocation, reserved) = allocation::read(&mut range, &bounds, opening.transient);
        self.energy
            .fine(&mut range, &allocation.fine[..end], channels);
        let shapes = bands::Frame {
            allocation: &allocation,
            end,
            channels,
            log,
            short: opening.transient,
            spread,
            tf: &tf,
            total: (range.bits() << 3) - reserved,
        };
        let [left, right] = &mut self.channels;
        let masks = bands::read::<SOUND>(
            &mut range,
            &shapes,
            left,
            right,
            &mut self.scratch,
            &mut self.seed,
        );
        let anti_collapse = reserved > 0 && range.raw(1) == 1;
        self.energy.finish(
            &mut range,
            &allocation.fine[..end],
            &allocation.later[..end],
            channels,
        );
        if SOUND && anti_collapse {
            self.fill_collapsed(&masks, &allocation.shape, frame);
        }
        if opening.silent {
            self.energy.silence(channels);
        }
        if SOUND {
            self.mix(frame, opening.silent);
            let spectrum = &self.spectrum[..frame.len()];
            self.synthesis
                .frame(spectrum, log, opening.transient, opening.pitch, out);
        } else {
            self.synthesis.skip(log, opening.pitch);
        }
        self.energy.keep(end, channels, opening.transient);
        self.seed = range.last_range();
    }

    /// Blocks that lost all energy get noise as loud as what sounded before (RFC 6716, section 4.3.5).
    fn fill_collapsed(&mut self, masks: &bands::Masks, bits: &[i32; BANDS], frame: Frame) {
        let Frame { log, end, .. } = frame;
        let channels = 1 + usize::from(frame.stereo);
        let energy = &self.energy;
        for band in 0..end {
            let width = EDGES[band + 1] - EDGES[band];
            let depth = ((1 + bits[band]) / width as i32) >> log;
            let most = 0.5 * (-0.125 * depth as f32).exp2();
            for (channel, x) in self.channels.iter_mut().enumerate().take(channels) {
                let before = |past: &energy::Energies| {
                    let own = past[channel][band];
                    if channels == 1 {
                        own.max(past[1][band])
                    } else {
                        own
                    }
                };
                let quiet = before(&energy.quietest[0]).min(before(&energy.quietest[1]));
                let drop = (energy.last[channel][band] - quiet).max(0.0);
                let mut level = 2.0 * (-drop).exp2();
                if log == 3 {
                    level *= std::f32::consts::SQRT_2;
                }
                level = level.min(most) / ((width << log) as f32).sqrt();
                let x = &mut x[EDGES[band] << log..EDGES[band + 1] << log];
                let mut filled = false;
                for block in (0..1 << log).filter(|block| masks[band][channel] >> block & 1 == 0) {
                    for x in x.iter_mut().skip(block).step_by(1 << log) {
                        self.seed = shape::noise(self.seed);
                        *x = if self.seed & 0x8000 != 0 {
                            level
                        } else {
                            -level
                        };
                    }
                    filled = true;
                }
                if filled {
                    shape::normalise(x, 1.0);
                }
            }
        }
    }

    /// The spectrum: shapes times energies, the mean of the channels.
    fn mix(&mut self, frame: Frame, silent: bool) {
        let Frame { log, end, .. } = frame;
        let spectrum = &mut self.spectrum[..frame.len()];
        spectrum.fill(0.0);
        if silent {
            return;
        }
        for band in 0..end {
            let bins = EDGES[band] << log..EDGES[band + 1] << log;
            let gain = |channel: usize| {
                (self.energy.last[channel][band] + MEANS[band])
                    .min(32.0)
                    .exp2()
            };
            let [left, right] = &self.channels;
            let out = &mut spectrum[bins.clone()];
            if frame.stereo {
                let (a, b) = (0.5 * gain(0), 0.5 * gain(1));
                for ((out, x), y) in out.iter_mut().zip(&left[bins.clone()]).zip(&right[bins]) {
                    *out = a * x + b * y;
                }
            } else {
                let a = gain(0);
                out.iter_mut()
                    .zip(&left[bins])
                    .for_each(|(out, x)| *out = a * x);
            }
        }
    }
}

/// Reads each band's change of resolution in time and frequency (RFC 6716, section 4.3.1).
fn resolutions(range: &mut Range, end: usize, log: usize, transient: bool) -> [i32; BANDS] {
    let mut cost = if transient { 2 } else { 4 };
    let table = &TF_SELECT[log][4 * usize::from(transient)..][..4];
    let selects = log > 0 && range.tell() + cost < range.bits();
    let budget = range.bits() - i32::from(selects);
    let (mut current, mut any) = (false, false);
    let mut changes = [false; BANDS];
    for change in changes.iter_mut().take(end) {
        if range.tell() + cost <= budget {
            current ^= range.bit(cost as u32);
            any |= current;
        }
        *change = current;
        cost = if transient { 4 } else { 5 };
    }
    let other = selects && table[usize::from(any)] != table[2 + usize::from(any)] && range.bit(1);
    changes.map(|change| table[2 * usize::from(other) + usize::from(change)])
}
