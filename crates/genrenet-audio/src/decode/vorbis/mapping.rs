//! Mappings: which floor and residue each channel has, and which channels are coupled (Vorbis I specification, section 4.2.4).

use super::bits::{Bits, bits_of};
use super::fault::{Fault, fault};

/// Channels that share a floor and a residue.
#[derive(Debug)]
pub(super) struct Submap {
    pub floor: u8,
    pub residue: u8,
    /// Numbers of its channels, in order.
    pub channels: Vec<usize>,
}

/// Two channels coded as magnitude and angle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coupling {
    pub magnitude: usize,
    pub angle: usize,
}

/// The parameters of a mapping, from the setup header.
#[derive(Debug)]
pub(super) struct Mapping {
    pub submaps: Vec<Submap>,
    /// For each channel: its submap.
    pub submap_of: Vec<u8>,
    /// In the order in which the encoder coupled.
    pub couplings: Vec<Coupling>,
}

impl Mapping {
    pub(super) fn parse(
        bits: &mut Bits<'_>,
        channels: usize,
        floors: usize,
        residues: usize,
    ) -> Result<Self, Fault> {
        let kind = bits.take(16)?;
        if kind != 0 {
            return fault(format!("mapping type {kind}, expected 0"));
        }
        let submaps = if bits.flag()? { bits.take(4)? + 1 } else { 1 };
        let steps = if bits.flag()? { bits.take(8)? + 1 } else { 0 };
        let mut couplings = Vec::with_capacity(steps as usize);
        for _ in 0..steps {
            let n = bits_of(channels - 1);
            let (magnitude, angle) = (bits.take(n)? as usize, bits.take(n)? as usize);
            if magnitude == angle || magnitude >= channels || angle >= channels {
                return fault(format!(
                    "channels {magnitude} and {angle} of {channels} coupled"
                ));
            }
            couplings.push(Coupling { magnitude, angle });
        }
        if bits.take(2)? != 0 {
            return fault("a mapping with reserved bits");
        }
        let mut members = vec![Vec::new(); submaps as usize];
        let mut submap_of = Vec::with_capacity(channels);
        for channel in 0..channels {
            let submap = if submaps > 1 { bits.take(4)? } else { 0 };
            match members.get_mut(submap as usize) {
                Some(members) => {
                    members.push(channel);
                    submap_of.push(submap as u8);
                }
                None => return fault(format!("submap {submap} of {submaps}")),
            }
        }
        let submaps = members
            .into_iter()
            .map(|channels| {
                let (_time, floor, residue) = (bits.take(8)?, bits.take(8)?, bits.take(8)?);
                if floor as usize >= floors || residue as usize >= residues {
                    return fault(format!(
                        "floor {floor} of {floors}, residue {residue} of {residues}"
                    ));
                }
                Ok(Submap {
                    floor: floor as u8,
                    residue: residue as u8,
                    channels,
                })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(Self {
            submaps,
            submap_of,
            couplings,
        })
    }
}
