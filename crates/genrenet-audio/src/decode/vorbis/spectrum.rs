//! One packet to the spectrum of the mean of all channels (Vorbis I specification, section 4.3).
//!
//! All channels of a packet share a block size, so their mean is taken before the inverse transform, of which one is enough.

use super::bits::Bits;
use super::floor0::Pairs;
use super::floor1::{Heights, MOST_POSTS};
use super::mapping::{Coupling, Mapping, Submap};
use super::residue::Scratch;
use super::setup::{Floor, Setup};
use crate::vector::{mul_add, vectorised};

/// The largest amplitude that is accepted.
const LOUDEST: f32 = 1e10;

/// One channel's envelope in a block.
#[derive(Debug, Clone)]
struct Envelope {
    silent: bool,
    /// Whether its residue is in the packet; a coupled channel may need it though it is silent itself.
    coded: bool,
    heights: Heights,
    pairs: Pairs,
}

/// Buffers for the spectra of one packet.
#[derive(Debug)]
pub(super) struct Spectra {
    envelopes: Vec<Envelope>,
    /// One channel behind the other.
    planes: Vec<f32>,
    /// A residue of type 2 before its channels are taken apart.
    interleaved: Vec<f32>,
    curve: Vec<f32>,
    /// The sum of all channels, or the only one that is summed.
    sum: Vec<f32>,
    only: Option<usize>,
    scratch: Scratch,
}

impl Spectra {
    /// For so many channels of at most `lines` lines.
    pub(super) fn new(channels: usize, lines: usize) -> Self {
        let envelope = Envelope {
            silent: true,
            coded: false,
            heights: [None; MOST_POSTS],
            pairs: Pairs::default(),
        };
        Self {
            envelopes: vec![envelope; channels],
            planes: vec![0.0; channels * lines],
            interleaved: Vec::new(),
            curve: vec![0.0; lines],
            sum: vec![0.0; lines],
            only: None,
            scratch: Scratch::default(),
        }
    }

    /// Leaves all channels but one out of the sum, or none.
    pub(super) fn sum_only(&mut self, only: Option<usize>) {
        self.only = only;
    }

    /// Decodes what follows the packet's header: `lines` lines, summed over all channels. `None` if an amplitude is beyond all bounds.
    pub(super) fn decode(
        &mut self,
        setup: &Setup,
        mapping: &Mapping,
        long: bool,
        lines: usize,
        bits: &mut Bits<'_>,
    ) -> Option<&[f32]> {
        self.read_envelopes(setup, mapping, bits);
        for &Coupling { magnitude, angle } in &mapping.couplings {
            let coded = self.envelopes[magnitude].coded || self.envelopes[angle].coded;
            self.envelopes[magnitude].coded = coded;
            self.envelopes[angle].coded = coded;
        }
        self.planes[..self.envelopes.len() * lines].fill(0.0);
        let mut top = 0;
        for submap in &mapping.submaps {
            top = top.max(self.read_residue(setup, submap, lines, bits));
        }
        // The last step was taken last, so it is undone first.
        for &Coupling { magnitude, angle } in mapping.couplings.iter().rev() {
            let magnitude = magnitude * lines..magnitude * lines + top;
            let angle = angle * lines..angle * lines + top;
            if let Ok([magnitude, angle]) = self.planes.get_disjoint_mut([magnitude, angle]) {
                uncouple(magnitude, angle);
            }
        }
        self.sum[..lines].fill(0.0);
        for submap in &mapping.submaps {
            let floor = &setup.floors[usize::from(submap.floor)];
            for &channel in &submap.channels {
                let envelope = &self.envelopes[channel];
                let left_out = self.only.is_some_and(|only| only != channel);
                if envelope.silent || left_out || top == 0 {
                    continue;
                }
                let curve = &mut self.curve[..top];
                match floor {
                    Floor::Zero(floor) => floor.draw(&envelope.pairs, long, curve),
                    Floor::One(floor) => floor.draw(&envelope.heights, curve),
                }
                let start = channel * lines;
                add_product(
                    &mut self.sum[..top],
                    curve,
                    &self.planes[start..start + top],
                );
            }
        }
        let sum = &self.sum[..lines];
        is_sound(sum).then_some(sum)
    }

    fn read_envelopes(&mut self, setup: &Setup, mapping: &Mapping, bits: &mut Bits<'_>) {
        for (envelope, &submap) in self.envelopes.iter_mut().zip(&mapping.submap_of) {
            let floor = mapping.submaps[usize::from(submap)].floor;
            let read = match &setup.floors[usize::from(floor)] {
                Floor::Zero(floor) => floor.decode(bits, &setup.books, &mut envelope.pairs),
                Floor::One(floor) => floor.decode(bits, &setup.books, &mut envelope.heights),
            };
            // A packet that ends here leaves this channel and the following ones silent.
            envelope.coded = read.unwrap_or(false);
            envelope.silent = !envelope.coded;
        }
    }

    /// Reads the residues of a submap's channels; returns the number of lines behind which all are zero.
    fn read_residue(
        &mut self,
        setup: &Setup,
        submap: &Submap,
        lines: usize,
        bits: &mut Bits<'_>,
    ) -> usize {
        let residue = &setup.residues[usize::from(submap.residue)];
        let coded = |&channel: &usize| self.envelopes[channel].coded;
        let channels = &submap.channels;
        let count = channels.len();
        if !residue.interleaves() || count < 2 {
            let chosen: Vec<usize> = channels.iter().copied().filter(coded).collect();
            let planes = &mut self.planes;
            return residue.decode(
                bits,
                &setup.books,
                &chosen,
                lines,
                planes,
                &mut self.scratch,
            );
        }
        if !channels.iter().any(coded) {
            return 0;
        }
        self.interleaved.clear();
        self.interleaved.resize(count * lines, 0.0);
        let data = &mut self.interleaved;
        let size = count * lines;
        let top = residue.decode(bits, &setup.books, &[0], size, data, &mut self.scratch);
        let top = top.div_ceil(count);
        for (i, &channel) in channels.iter().enumerate() {
            let plane = &mut self.planes[channel * lines..channel * lines + top];
            match count {
                2 => take_apart::<2>(data, i, plane),
                _ => {
                    for (value, values) in plane.iter_mut().zip(data.chunks_exact(count)) {
                        *value = values[i];
                    }
                }
            }
        }
        top
    }
}

fn take_apart<const N: usize>(interleaved: &[f32], index: usize, plane: &mut [f32]) {
    for (value, values) in plane.iter_mut().zip(interleaved.as_chunks::<N>().0) {
        *value = values[index];
    }
}

vectorised! {
    /// From magnitude and angle to the two channels (section 1.3.3).
    fn uncouple(magnitude: &mut [f32], angle: &mut [f32]) {
        for (m, a) in magnitude.iter_mut().zip(angle) {
            // The angle is taken off one of the two and leaves the other as the magnitude has it.
            let towards_zero = if *m > 0.0 { -*a } else { *a };
            let other = *m + if *a > 0.0 { towards_zero } else { -towards_zero };
            (*m, *a) = if *a > 0.0 { (*m, other) } else { (other, *m) };
        }
    }
}

vectorised! {
    fn add_product(sum: &mut [f32], curve: &[f32], plane: &[f32]) {
        for ((sum, curve), value) in sum.iter_mut().zip(curve).zip(plane) {
            *sum = mul_add::<FUSED, _>(*curve, *value, *sum);
        }
    }
}

vectorised! {
    fn is_sound(lines: &[f32]) -> bool {
        lines.iter().fold(true, |fine, x| fine & (x.abs() <= LOUDEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uncoupling_follows_the_specifications_four_cases() {
        let mut magnitude = [3.0, 3.0, -3.0, -3.0, 0.0, 0.0, 2.0];
        let mut angle = [1.0, -1.0, 1.0, -1.0, 2.0, -2.0, 0.0];
        uncouple(&mut magnitude, &mut angle);
        assert_eq!(magnitude, [3.0, 2.0, -3.0, -2.0, 0.0, 2.0, 2.0]);
        assert_eq!(angle, [2.0, 3.0, -2.0, -3.0, 2.0, 0.0, 2.0]);
    }
}
