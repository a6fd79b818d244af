//! Codebooks: code words, and the vectors that they stand for (Vorbis I specification, section 3).

use super::bits::{Bits, CutOff, bits_of};
use super::fault::{Fault, fault};
use super::huffman::Huffman;

/// Every codebook begins with it.
const SYNC: u32 = 0x0056_4342;

/// Limits of all codebooks of a stream together. Encoders need some 20 000 entries and 300 000 values; a header of a few bytes
/// can state thousands of millions.
pub(super) struct Budget {
    entries: usize,
    values: usize,
}

impl Budget {
    pub(super) const WHOLE: Self = Self {
        entries: 1 << 21,
        values: 1 << 22,
    };
}

/// One codebook.
#[derive(Debug)]
pub(super) struct Codebook {
    /// Values of a vector.
    pub dimensions: usize,
    pub entries: usize,
    pub code: Huffman,
    /// The vectors of all entries one behind the other; none if the book has only numbers.
    vectors: Vec<f32>,
}

impl Codebook {
    pub(super) fn parse(bits: &mut Bits<'_>, budget: &mut Budget) -> Result<Self, Fault> {
        if bits.take(24)? != SYNC {
            return fault("a codebook without its sync pattern");
        }
        let dimensions = bits.take(16)? as usize;
        let entries = bits.take(24)? as usize;
        // The reference decoder's limit for one book, and a limit for all.
        if bits_of(dimensions) + bits_of(entries) > 24 || entries > budget.entries {
            return fault(format!(
                "a codebook of {entries} entries of {dimensions} dimensions"
            ));
        }
        budget.entries -= entries;
        let lengths = lengths(bits, entries)?;
        let code = Huffman::new(&lengths)?;
        let vectors = match bits.take(4)? {
            0 => Vec::new(),
            kind @ (1 | 2) => {
                let wanted = dimensions * entries;
                if dimensions == 0 || wanted > budget.values {
                    return fault(format!(
                        "a codebook of {entries} vectors of {dimensions} values"
                    ));
                }
                budget.values -= wanted;
                vectors(bits, kind, dimensions, &lengths)?
            }
            kind => return fault(format!("codebook lookup type {kind}, expected 0 to 2")),
        };
        Ok(Self {
            dimensions,
            entries,
            code,
            vectors,
        })
    }

    /// Whether its entries stand for vectors.
    pub(super) fn has_vectors(&self) -> bool {
        !self.vectors.is_empty()
    }

    /// The next vector.
    #[inline(always)]
    pub(super) fn vector(&self, bits: &mut Bits<'_>) -> Result<&[f32], CutOff> {
        let at = self.code.decode(bits)? as usize * self.dimensions;
        Ok(&self.vectors[at..at + self.dimensions])
    }
}

/// The length of each entry's word; 0 where it has none.
fn lengths(bits: &mut Bits<'_>, entries: usize) -> Result<Vec<u8>, Fault> {
    let mut lengths = vec![0u8; entries];
    if bits.flag()? {
        // In rising order: how many words of each length there are.
        let mut length = bits.take(5)? as u8 + 1;
        let mut at = 0;
        while at < entries {
            let run = bits.take(bits_of(entries - at))? as usize;
            if length > 32 || run > entries - at {
                return fault("a codebook with more lengths than entries");
            }
            lengths[at..at + run].fill(length);
            at += run;
            length += 1;
        }
    } else {
        let sparse = bits.flag()?;
        for length in &mut lengths {
            if !sparse || bits.flag()? {
                *length = bits.take(5)? as u8 + 1;
            }
        }
    }
    Ok(lengths)
}

/// The vectors of all entries (section 3.2.1, lookup types 1 and 2); zeros for those without a word.
fn vectors(
    bits: &mut Bits<'_>,
    kind: u32,
    dimensions: usize,
    lengths: &[u8],
) -> Result<Vec<f32>, Fault> {
    let least = float(bits.take(32)?);
    let step = float(bits.take(32)?);
    let value_bits = bits.take(4)? + 1;
    let sums_up = bits.flag()?;
    let count = if kind == 1 {
        root(lengths.len(), dimensions)
    } else {
        lengths.len() * dimensions
    };
    let value = |_| Ok::<_, CutOff>(bits.take(value_bits)? as f32 * step + least);
    let values = (0..count).map(value).collect::<Result<Vec<f32>, _>>()?;
    let mut vectors = vec![0.0f32; dimensions * lengths.len()];
    // Type 1: the digits of the entry's number, to the base `count`, choose the values, the lowest first.
    let mut digits = vec![0usize; dimensions];
    for (entry, (vector, &length)) in vectors
        .chunks_exact_mut(dimensions)
        .zip(lengths)
        .enumerate()
    {
        if length > 0 {
            let mut last = 0.0;
            for (i, value) in vector.iter_mut().enumerate() {
                let chosen = if kind == 1 {
                    digits[i]
                } else {
                    entry * dimensions + i
                };
                *value = values[chosen] + last;
                if sums_up {
                    last = *value;
                }
            }
        }
        for digit in &mut digits {
            *digit += 1;
            if *digit < count {
                break;
            }
            *digit = 0;
        }
    }
    Ok(vectors)
}

/// The greatest number whose power `exponent` is not above `n`.
fn root(n: usize, exponent: usize) -> usize {
    let fits = |r: usize| {
        u32::try_from(exponent)
            .ok()
            .and_then(|exponent| r.checked_pow(exponent))
            .is_some_and(|power| power <= n)
    };
    // Rounding may put the estimate off by one.
    let guess = (n as f64).powf(1.0 / exponent.max(1) as f64) as usize;
    (guess.saturating_sub(1)..=guess + 1)
        .rev()
        .find(|&r| fits(r))
        .unwrap_or(0)
}

/// A number as the header packs it: sign, exponent, 21 bits of mantissa (section 9.2.2). The exponent is held within ±63, as the
/// reference decoder does.
fn float(packed: u32) -> f32 {
    let mantissa = f64::from(packed & 0x1f_ffff);
    let exponent = (packed >> 21 & 0x3ff) as i32 - 788;
    let sign = if packed >> 31 == 1 { -1.0 } else { 1.0 };
    (sign * mantissa * 2f64.powi(exponent.clamp(-63, 63))) as f32
}

/// Reads the number of one of `books`, which must have vectors if `vectors` is set.
pub(super) fn book(bits: &mut Bits<'_>, books: &[Codebook], vectors: bool) -> Result<u8, Fault> {
    let number = bits.take(8)?;
    match books.get(number as usize) {
        Some(book) if !vectors || book.has_vectors() => Ok(number as u8),
        Some(_) => fault(format!("codebook {number} has no vectors")),
        None => fault(format!("codebook {number} of {}", books.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_exact() {
        for (n, exponent, expected) in [
            (81, 4, 3),
            (80, 4, 2),
            (625, 4, 5),
            (6561, 8, 3),
            (1, 1, 1),
            (0, 2, 0),
            (4_194_303, 1, 4_194_303),
            (3, 65_535, 1),
        ] {
            assert_eq!(root(n, exponent), expected, "{n} to 1/{exponent}");
        }
    }

    #[test]
    fn floats_are_unpacked() {
        assert_eq!(float(0x6000_0000 | 1), 2f32.powi(768 - 788));
        assert_eq!(
            float(0xe100_0000 | 20 << 16),
            -(20 << 16) as f32 * 2f32.powi(776 - 788)
        );
        assert_eq!(float(0), 0.0);
    }
}
