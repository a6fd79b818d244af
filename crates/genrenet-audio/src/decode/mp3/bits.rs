//! A bit reader that refills 64 bits at a time.

/// Bytes a [`BitReader`] may look at: a power of two, so that an index can be masked instead of checked.
pub(super) const BIT_SPAN: usize = 8192;

/// What a [`BitReader`] reads from: [`BIT_SPAN`] bytes and the eight that a refill at the last of them touches.
pub(super) type BitBytes = [u8; BIT_SPAN + 8];

/// Reads bits, most significant first, from a fixed block of bytes.
///
/// Reading past the filled part gives stale bits, past the block it wraps around; it never fails: the caller compares
/// [`position`](Self::position) with the end that the stream states.
#[derive(Clone, Copy)]
pub(super) struct BitReader<'a> {
    bytes: &'a BitBytes,
    /// The next bits, left-aligned. Bits below the `held` upper ones are those that a refill loads again.
    window: u64,
    held: u32,
    next: usize,
}

impl<'a> BitReader<'a> {
    /// A reader at bit `at` of `bytes`.
    #[inline(always)]
    pub(super) fn at(bytes: &'a BitBytes, at: usize) -> Self {
        let mut reader = Self {
            bytes,
            window: 0,
            held: 0,
            next: at / 8,
        };
        reader.refill();
        reader.skip((at % 8) as u32);
        reader
    }

    /// The position of the next bit.
    #[inline(always)]
    pub(super) fn position(&self) -> usize {
        self.next * 8 - self.held as usize
    }

    /// Makes at least 56 bits available.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let at = self.next & (BIT_SPAN - 1);
        let mut eight = [0u8; 8];
        eight.copy_from_slice(&self.bytes[at..at + 8]);
        self.window |= u64::from_be_bytes(eight) >> self.held;
        self.next += ((63 - self.held) >> 3) as usize;
        self.held |= 56;
    }

    /// The next bits, left-aligned; at least 56 are valid right after a [`refill`](Self::refill).
    #[inline(always)]
    pub(super) fn window(&self) -> u64 {
        self.window
    }

    /// Drops `n` bits; in all no more than the last refill loaded.
    #[inline(always)]
    pub(super) fn skip(&mut self, n: u32) {
        self.window <<= n & 63;
        self.held = self.held.wrapping_sub(n);
    }

    /// The next `n` bits (0 to 25) as a number.
    #[inline(always)]
    pub(super) fn take(&mut self, n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        self.refill();
        let value = (self.window >> (64 - n)) as u32;
        self.skip(n);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_slow_reader_reads() {
        let mut bytes: Box<BitBytes> = Box::new([0; BIT_SPAN + 8]);
        let mut seed = 1u32;
        for byte in bytes.iter_mut() {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (seed >> 24) as u8;
        }
        let bit = |i: usize| u32::from(bytes[i / 8] >> (7 - i % 8)) & 1;
        for start in [0usize, 1, 7, 8, 13] {
            let mut reader = BitReader::at(&bytes, start);
            let mut at = start;
            for step in 0..2000u32 {
                let n = step * 7 % 26;
                let slow = (0..n as usize).fold(0, |value, i| value * 2 + bit(at + i));
                assert_eq!(reader.take(n), slow, "{n} bits at {at}");
                at += n as usize;
                assert_eq!(reader.position(), at);
            }
        }
    }
}
