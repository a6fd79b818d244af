//! The setup header: codebooks, floors, residues, mappings and modes of a stream (Vorbis I specification, section 4.2).

use super::bits::{Bits, bits_of};
use super::codebook::{Budget, Codebook};
use super::fault::{Fault, fault};
use super::floor0::Floor0;
use super::floor1::Floor1;
use super::identity::Identity;
use super::mapping::Mapping;
use super::residue::Residue;

/// The envelope of a spectrum.
#[derive(Debug)]
pub(super) enum Floor {
    /// By line spectral pairs: only in the oldest files.
    Zero(Floor0),
    /// By lines between posts.
    One(Floor1),
}

/// A way to code blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    pub long: bool,
    pub mapping: u8,
}

/// The setup header.
#[derive(Debug)]
pub(super) struct Setup {
    pub books: Vec<Codebook>,
    pub floors: Vec<Floor>,
    pub residues: Vec<Residue>,
    pub mappings: Vec<Mapping>,
    pub modes: Vec<Mode>,
}

impl Setup {
    pub(super) fn parse(identity: &Identity, packet: &[u8]) -> Result<Self, Fault> {
        let Some(bytes) = packet.strip_prefix(b"\x05vorbis") else {
            return fault("no setup header");
        };
        let bits = &mut Bits::new(bytes);
        let mut budget = Budget::WHOLE;
        let books = several(bits, 8, |bits| Codebook::parse(bits, &mut budget))?;
        for _ in 0..=bits.take(6)? {
            if bits.take(16)? != 0 {
                return fault("a time-domain transform, expected none");
            }
        }
        let floors = several(bits, 6, |bits| match bits.take(16)? {
            0 => Ok(Floor::Zero(Floor0::parse(bits, identity, &books)?)),
            1 => Ok(Floor::One(Floor1::parse(bits, &books)?)),
            kind => fault(format!("floor type {kind}, expected 0 or 1")),
        })?;
        let residues = several(bits, 6, |bits| Residue::parse(bits, &books))?;
        let mappings = several(bits, 6, |bits| {
            Mapping::parse(bits, identity.channels.into(), floors.len(), residues.len())
        })?;
        let modes = several(bits, 6, |bits| {
            let long = bits.flag()?;
            let (window, transform, mapping) = (bits.take(16)?, bits.take(16)?, bits.take(8)?);
            if window != 0 || transform != 0 || mapping as usize >= mappings.len() {
                return fault(format!(
                    "a mode of window {window}, transform {transform}, mapping {mapping}"
                ));
            }
            Ok(Mode {
                long,
                mapping: mapping as u8,
            })
        })?;
        if !bits.flag()? {
            return fault("a setup header without its last bit");
        }
        Ok(Self {
            books,
            floors,
            residues,
            mappings,
            modes,
        })
    }
}

/// One or more items, preceded by their number less one in `count_bits` bits.
fn several<T>(
    bits: &mut Bits<'_>,
    count_bits: u32,
    mut parse: impl FnMut(&mut Bits<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    (0..=bits.take(count_bits)?).map(|_| parse(bits)).collect()
}

/// The number of a mode in front of a packet, in as many bits as the last one's takes.
pub(super) fn mode_bits(modes: usize) -> u32 {
    bits_of(modes.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs numbers of so many bits, the lowest bit first.
    #[derive(Default)]
    struct Writer(Vec<u8>, usize);

    impl Writer {
        fn put(&mut self, fields: &[(u32, u32)]) -> &mut Self {
            for &(value, bits) in fields {
                for i in 0..bits {
                    if self.1.is_multiple_of(8) {
                        self.0.push(0);
                    }
                    self.0[self.1 / 8] |= ((value >> i & 1) as u8) << (self.1 % 8);
                    self.1 += 1;
                }
            }
            self
        }
    }

    const IDENTITY: Identity = Identity {
        rate: 44_100,
        channels: 2,
        sizes: [256, 2048],
    };

    /// A codebook whose words all have `length` bits.
    fn book(dimensions: u32, length: u32) -> Vec<(u32, u32)> {
        vec![
            (0x0056_4342, 24),
            (dimensions, 16),
            (1 << length, 24),
            (1, 1),
            (length - 1, 5),
            (1 << length, length + 1),
        ]
    }

    /// Vectors of `count` different values of one bit.
    fn lookup(count: u32) -> Vec<(u32, u32)> {
        let last = 1 << (count - 1);
        vec![
            (1, 4),
            (0, 32),
            (0x6000_0001, 32),
            (0, 4),
            (0, 1),
            (last, count),
        ]
    }

    /// A header of two books, one floor, one residue, one mapping, one mode, with `parts` in place of some.
    fn header(parts: &[(usize, Vec<(u32, u32)>)]) -> Vec<u8> {
        let mut own = [
            vec![(1, 8)],
            [book(1, 1), vec![(0, 4)]].concat(),
            [book(1, 1), lookup(2)].concat(),
            vec![(0, 6), (0, 16)],
            // Floor 1 without partitions.
            vec![(0, 6), (1, 16), (0, 5), (0, 2), (8, 4)],
            // Residue 1, two classes, the second one with the second book.
            vec![(0, 6), (1, 16), (0, 24), (64, 24), (7, 24), (1, 6), (0, 8)],
            vec![(0, 3), (0, 1), (1, 3), (0, 1), (1, 8)],
            // The first channel is coupled with the second.
            vec![
                (0, 6),
                (0, 16),
                (0, 1),
                (1, 1),
                (0, 8),
                (0, 1),
                (1, 1),
                (0, 2),
                (0, 24),
            ],
            vec![(0, 6), (1, 1), (0, 32), (0, 8), (1, 1)],
        ];
        for (place, part) in parts {
            own[*place].clone_from(part);
        }
        let mut writer = Writer::default();
        for part in own {
            writer.put(&part);
        }
        [b"\x05vorbis".as_slice(), &writer.0].concat()
    }

    fn refusal(parts: &[(usize, Vec<(u32, u32)>)]) -> String {
        match Setup::parse(&IDENTITY, &header(parts)) {
            Ok(_) => "accepted".to_owned(),
            Err(Fault(reason)) => reason.into_owned(),
        }
    }

    #[test]
    fn a_small_header_is_read() {
        let setup = Setup::parse(&IDENTITY, &header(&[])).unwrap();
        assert_eq!((setup.books.len(), setup.residues.len()), (2, 1));
        assert!(setup.modes[0].long && setup.books[1].has_vectors());
        let whole = header(&[]);
        for end in 7..whole.len() {
            assert!(
                Setup::parse(&IDENTITY, &whole[..end]).is_err(),
                "{end} bytes"
            );
        }
    }

    #[test]
    fn values_beyond_their_bounds_are_refused_before_memory_is_allocated() {
        // Millions of entries in a few bits, and vectors of thousands of values.
        let wide = |dimensions, length| vec![(1, [book(dimensions, length), lookup(1)].concat())];
        assert_eq!(
            refusal(&wide(65_535, 8)),
            "a codebook of 256 entries of 65535 dimensions"
        );
        assert_eq!(
            refusal(&wide(1, 22)),
            "a codebook of 4194304 entries of 1 dimensions"
        );
        // Each book within its own limit, all together beyond.
        let many = |dimensions, length| {
            let book = [book(dimensions, length), lookup(1)].concat();
            vec![(0, vec![(255, 8)]), (1, book.repeat(256))]
        };
        assert_eq!(
            refusal(&many(1023, 12)),
            "a codebook of 4096 vectors of 1023 values"
        );
        assert_eq!(
            refusal(&many(0, 19)),
            "a codebook of 524288 vectors of 0 values"
        );
        let numbers = [book(1, 20), vec![(0, 4)]].concat();
        assert_eq!(
            refusal(&[(0, vec![(255, 8)]), (1, numbers.repeat(256))]),
            "a codebook of 1048576 entries of 1 dimensions"
        );
    }

    #[test]
    fn impossible_parts_are_named() {
        let refuse = |place, part: &[(u32, u32)]| refusal(&[(place, part.to_vec())]);
        assert_eq!(refuse(1, &[(5, 24)]), "a codebook without its sync pattern");
        assert_eq!(
            refusal(&[(2, [book(1, 1), vec![(3, 4)]].concat())]),
            "codebook lookup type 3, expected 0 to 2"
        );
        assert_eq!(
            refuse(3, &[(0, 6), (1, 16)]),
            "a time-domain transform, expected none"
        );
        assert_eq!(
            refuse(4, &[(0, 6), (2, 16)]),
            "floor type 2, expected 0 or 1"
        );
        // Posts at 0 and twice at 7.
        let class = [(0, 4), (1, 3), (0, 2), (0, 8)];
        let twice = [
            &[(0, 6), (1, 16), (1, 5)][..],
            &class,
            &[(0, 2), (8, 4), (7, 8), (7, 8)],
        ];
        assert_eq!(
            refuse(4, &twice.concat()),
            "a floor with two posts in one place"
        );
        assert_eq!(
            refuse(5, &[(0, 6), (3, 16)]),
            "residue type 3, expected 0 to 2"
        );
        assert_eq!(
            refuse(6, &[(0, 3), (0, 1), (1, 3), (0, 1), (0, 8)]),
            "codebook 0 has no vectors"
        );
        // Three classes, and two words only.
        let classes = [
            (0, 6),
            (1, 16),
            (0, 24),
            (64, 24),
            (7, 24),
            (2, 6),
            (0, 8),
            (0, 4),
        ];
        assert_eq!(
            refuse(5, &classes),
            "class words of 1 classes from a codebook of 2 entries"
        );
        assert_eq!(
            refuse(
                7,
                &[(0, 6), (0, 16), (0, 1), (1, 1), (0, 8), (1, 1), (1, 1)]
            ),
            "channels 1 and 1 of 2 coupled"
        );
        assert_eq!(
            refuse(
                7,
                &[
                    (0, 6),
                    (0, 16),
                    (0, 1),
                    (0, 1),
                    (0, 2),
                    (0, 8),
                    (1, 8),
                    (0, 8)
                ]
            ),
            "floor 1 of 1, residue 0 of 1"
        );
        assert_eq!(
            refuse(8, &[(0, 6), (1, 1), (0, 32), (1, 8), (1, 1)]),
            "a mode of window 0, transform 0, mapping 1"
        );
        assert_eq!(
            refuse(8, &[(0, 6), (1, 1), (0, 32), (0, 8), (0, 1)]),
            "a setup header without its last bit"
        );
    }
}
