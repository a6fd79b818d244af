//! Reading bits, most significant first.

use super::predict::Stored;

/// The bytes end inside a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CutOff;

/// Bits of a byte slice in order.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// Next byte to be taken into `cache`.
    next: usize,
    /// The next bits, left-aligned; those below the `held` first are zero or a preview of what `refill` loads again.
    cache: u64,
    held: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            next: 0,
            cache: 0,
            held: 0,
        }
    }

    /// Bits that were taken so far.
    pub(super) fn position(&self) -> usize {
        self.next * 8 - self.held as usize
    }

    /// Makes at least 56 bits available, unless the data ends before.
    #[inline]
    fn refill(&mut self) {
        if let Some(word) = self
            .data
            .get(self.next..)
            .and_then(|d| d.first_chunk::<8>())
        {
            self.cache |= u64::from_be_bytes(*word) >> self.held;
            let bytes = (63 - self.held) >> 3;
            self.next += bytes as usize;
            self.held += bytes * 8;
        } else {
            // The preview bits of the fast path may be set already; they are the same bits.
            while self.held <= 56 {
                let Some(&byte) = self.data.get(self.next) else {
                    break;
                };
                self.cache |= u64::from(byte) << (56 - self.held);
                self.next += 1;
                self.held += 8;
            }
        }
    }

    #[inline]
    fn drop(&mut self, n: u32) {
        self.cache <<= n;
        self.held -= n;
    }

    /// The next `n` bits as an unsigned number, `n` at most 32.
    #[inline]
    pub(super) fn unsigned(&mut self, n: u32) -> Result<u32, CutOff> {
        if n == 0 {
            return Ok(0);
        }
        if self.held < n {
            self.refill();
            if self.held < n {
                return Err(CutOff);
            }
        }
        let value = (self.cache >> (64 - n)) as u32;
        self.drop(n);
        Ok(value)
    }

    /// The next `n` bits as a number in two's complement, `n` at most 33.
    #[inline]
    pub(super) fn signed(&mut self, n: u32) -> Result<i64, CutOff> {
        if n == 0 {
            return Ok(0);
        }
        let high = if n > 32 {
            u64::from(self.unsigned(n - 32)?) << 32
        } else {
            0
        };
        let value = high | u64::from(self.unsigned(n.min(32))?);
        Ok((value << (64 - n)).cast_signed() >> (64 - n))
    }

    /// The number of zeros before the next one, which is taken too.
    #[inline]
    pub(super) fn unary(&mut self) -> Result<u32, CutOff> {
        let mut zeros = 0u32;
        loop {
            if self.held == 0 {
                self.refill();
                if self.held == 0 {
                    return Err(CutOff);
                }
            }
            let run = self.cache.leading_zeros();
            if run < self.held {
                // `run + 1` may be 64, which a single shift cannot do.
                self.cache <<= run;
                self.cache <<= 1;
                self.held -= run + 1;
                return Ok(zeros.saturating_add(run));
            }
            zeros = zeros.saturating_add(self.held);
            self.cache = 0;
            self.held = 0;
        }
    }

    /// Fills `numbers` with Rice numbers: unary quotient, then `k` bits (at most 30), zigzag to signed.
    pub(super) fn rice_numbers<S: Stored>(
        &mut self,
        k: u32,
        numbers: &mut [S],
    ) -> Result<(), CutOff> {
        // Copied, so that the state stays in registers while numbers are written.
        let mut bits = Self { ..*self };
        for number in numbers {
            *number = S::from_wide(bits.rice(k)?.into());
        }
        *self = bits;
        Ok(())
    }

    #[inline(always)]
    fn rice(&mut self, k: u32) -> Result<i32, CutOff> {
        if self.held < 32 {
            self.refill();
        }
        let quotient = self.cache.leading_zeros();
        let code = if quotient + 1 + k <= self.held {
            let rest = self.cache << quotient << 1;
            let low = (rest >> 1 >> (63 - k)) as u32;
            self.cache = rest << k;
            self.held -= quotient + 1 + k;
            (quotient << k) | low
        } else {
            let quotient = self.unary()?;
            (quotient << k) | self.unsigned(k)?
        };
        Ok((code >> 1).cast_signed() ^ -(code & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_across_word_borders() {
        let data: Vec<u8> = (0..40u8).map(|i| i.wrapping_mul(37) ^ 0x5a).collect();
        let bit = |i: usize| u32::from(data[i / 8] >> (7 - i % 8) & 1);
        for start in 0..70 {
            for n in 1..=32u32 {
                let mut bits = Bits::new(&data);
                for _ in 0..start {
                    bits.unsigned(1).unwrap();
                }
                let expected = (0..n as usize).fold(0, |v, i| v << 1 | bit(start + i));
                assert_eq!(bits.unsigned(n), Ok(expected), "{n} bits from {start}");
                assert_eq!(bits.position(), start + n as usize);
            }
        }
    }

    #[test]
    fn rice_numbers_of_every_size_come_back() {
        for k in 0..=16 {
            let values = [0i32, -1, 1, 5, -77, 300, -2000];
            let mut text = String::new();
            for v in values {
                let code = (v << 1 ^ v >> 31) as u32;
                text.push_str(&"0".repeat((code >> k) as usize));
                text.push('1');
                for i in (0..k).rev() {
                    text.push(if code >> i & 1 == 1 { '1' } else { '0' });
                }
            }
            while !text.len().is_multiple_of(8) {
                text.push('0');
            }
            let data: Vec<u8> = text
                .as_bytes()
                .chunks(8)
                .map(|c| c.iter().fold(0, |b, &d| b << 1 | (d - b'0')))
                .collect();
            let mut bits = Bits::new(&data);
            for v in values {
                assert_eq!(bits.rice(k), Ok(v), "k = {k}");
            }
        }
    }

    #[test]
    fn the_end_is_an_error_not_a_zero() {
        assert_eq!(Bits::new(&[0, 0]).unary(), Err(CutOff));
        assert_eq!(Bits::new(&[1]).unsigned(9), Err(CutOff));
        assert_eq!(Bits::new(&[0x80]).rice(8), Err(CutOff));
    }
}
