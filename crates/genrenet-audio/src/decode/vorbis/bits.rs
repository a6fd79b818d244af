//! Reading bits, least significant first.

/// The packet ends inside a number or a code word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CutOff;

/// Bits of a packet in order.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// Next byte to be taken into `window`.
    next: usize,
    /// The next bits, the first one lowest; those above the `held` first are zero or a preview of what `refill` loads again.
    window: u64,
    held: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            next: 0,
            window: 0,
            held: 0,
        }
    }

    /// Makes at least 56 bits available, unless the packet ends before.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(word) = self
            .data
            .get(self.next..)
            .and_then(|d| d.first_chunk::<8>())
        {
            self.window |= u64::from_le_bytes(*word) << self.held;
            self.next += ((63 - self.held) >> 3) as usize;
            self.held |= 56;
        } else {
            self.refill_at_the_end();
        }
    }

    #[cold]
    fn refill_at_the_end(&mut self) {
        // The preview bits of the fast path may be set already; they are the same bits.
        while self.held <= 56 {
            let Some(&byte) = self.data.get(self.next) else {
                break;
            };
            self.window |= u64::from(byte) << self.held;
            self.next += 1;
            self.held += 8;
        }
    }

    /// The next bits, the first one lowest; only the first [`held`](Self::held) are there.
    #[inline(always)]
    pub(super) fn window(&self) -> u64 {
        self.window
    }

    /// How many bits of the window are there.
    #[inline(always)]
    pub(super) fn held(&self) -> u32 {
        self.held
    }

    /// Drops `n` bits, at most 63 and at most [`held`](Self::held).
    #[inline(always)]
    pub(super) fn skip(&mut self, n: u32) {
        self.window >>= n;
        self.held -= n;
    }

    /// Handles reading past the end: nothing more is read, not even what would still fit.
    pub(super) fn cut_off(&mut self) -> CutOff {
        *self = Self::new(&[]);
        CutOff
    }

    /// The next `n` bits (at most 32) as a number.
    #[inline]
    pub(super) fn take(&mut self, n: u32) -> Result<u32, CutOff> {
        if self.held < n {
            self.refill();
            if self.held < n {
                return Err(self.cut_off());
            }
        }
        let value = (self.window & ((1 << n) - 1)) as u32;
        self.skip(n);
        Ok(value)
    }

    /// The next bit.
    #[inline]
    pub(super) fn flag(&mut self) -> Result<bool, CutOff> {
        Ok(self.take(1)? == 1)
    }
}

/// Bits that a number up to `n` takes: 0 for 0, 1 for 1, 2 for 2 and 3, … (the specification's `ilog`).
pub(super) fn bits_of(n: usize) -> u32 {
    usize::BITS - n.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_across_word_borders_and_end_with_the_packet() {
        let data: Vec<u8> = (0..40u8).map(|i| i.wrapping_mul(37) ^ 0x5a).collect();
        let bit = |i: usize| u32::from(data[i / 8] >> (i % 8) & 1);
        for start in 0..70 {
            for n in 0..=32u32 {
                let mut bits = Bits::new(&data);
                for _ in 0..start {
                    bits.take(1).unwrap();
                }
                let mut at = start;
                while at + n as usize <= 320 && at < start + 100 {
                    let expected = (0..n as usize).fold(0, |v, i| v | bit(at + i) << i);
                    assert_eq!(bits.take(n), Ok(expected), "{n} bits at {at}");
                    at += n.max(1) as usize;
                    if n == 0 {
                        bits.take(1).unwrap();
                    }
                }
            }
        }
        let mut bits = Bits::new(&data[..5]);
        assert_eq!(bits.take(32).map(|_| ()), Ok(()));
        assert_eq!(bits.take(9), Err(CutOff));
        // Nothing that would still fit is read.
        assert_eq!((bits.take(8), bits.take(0)), (Err(CutOff), Ok(0)));
    }
}
