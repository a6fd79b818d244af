//! The range decoder (RFC 6716, section 4.1): symbols from a frame's front, raw bits from its end.

/// Range and value keep more than 23 bits.
const LEAST: u32 = 1 << 23;

/// A frame that is being read.
pub(super) struct Range<'a> {
    data: &'a [u8],
    front: usize,
    back: usize,
    /// Raw bits that were read from the end and not yet taken.
    raw: u64,
    raw_bits: u32,
    /// Bits read so far, before what the range still holds is taken off.
    total: i32,
    range: u32,
    value: u32,
    last: u32,
}

impl<'a> Range<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let mut this = Self {
            data,
            front: 0,
            back: 0,
            raw: 0,
            raw_bits: 0,
            total: 9,
            range: 128,
            value: 0,
            last: 0,
        };
        this.last = this.byte();
        this.value = 127 - (this.last >> 1);
        this.renew();
        this
    }

    /// Bits in the frame.
    pub(super) fn bits(&self) -> i32 {
        self.data.len() as i32 * 8
    }

    /// What seeds the noise of the next frame.
    pub(super) fn last_range(&self) -> u32 {
        self.range
    }

    fn byte(&mut self) -> u32 {
        let byte = self.data.get(self.front).copied().unwrap_or(0);
        self.front += 1;
        byte.into()
    }

    fn renew(&mut self) {
        while self.range <= LEAST {
            self.total += 8;
            self.range <<= 8;
            let before = self.last;
            self.last = self.byte();
            let joined = (before << 8 | self.last) >> 1;
            self.value = ((self.value << 8) + (255 & !joined)) & 0x7fff_ffff;
        }
    }

    /// Bits read, rounded up.
    pub(super) fn tell(&self) -> i32 {
        self.total - (32 - self.range.leading_zeros() as i32)
    }

    /// Bits read in 1/8, rounded up.
    pub(super) fn tell_eighths(&self) -> i32 {
        const STEPS: [u32; 8] = [35733, 38967, 42495, 46340, 50535, 55109, 60097, 65535];
        let length = 32 - self.range.leading_zeros();
        let top = self.range >> (length - 16);
        let step = (top >> 12) & 7;
        let eighth = step + u32::from(top > STEPS[step as usize]);
        (self.total << 3) - (length << 3) as i32 - eighth as i32
    }

    /// Counts the rest of the frame as read.
    pub(super) fn skip_rest(&mut self) {
        self.total += self.bits() - self.tell();
    }

    /// The place of the next symbol in a distribution of `total`; [`Range::take`] must follow.
    pub(super) fn place(&self, total: u32) -> u32 {
        let step = self.range / total;
        total - total.min(self.value / step + 1)
    }

    /// Takes the symbol that lies at `low..high` of `total`.
    pub(super) fn take(&mut self, low: u32, high: u32, total: u32) {
        let step = self.range / total;
        let above = step * (total - high);
        self.value = self.value.wrapping_sub(above);
        self.range = if low > 0 {
            step * (high - low)
        } else {
            self.range - above
        };
        self.renew();
    }

    /// A bit that is set with probability 2^-`log`.
    pub(super) fn bit(&mut self, log: u32) -> bool {
        let step = self.range >> log;
        let set = self.value < step;
        if set {
            self.range = step;
        } else {
            self.value -= step;
            self.range -= step;
        }
        self.renew();
        set
    }

    /// A symbol of an inverse cumulative distribution of 2^`log`.
    pub(super) fn symbol(&mut self, inverse: &[u8], log: u32) -> i32 {
        let step = self.range >> log;
        let mut above = self.range;
        let mut symbol = 0;
        for &share in inverse {
            let below = step * u32::from(share);
            if self.value >= below {
                self.value -= below;
                self.range = above - below;
                break;
            }
            above = below;
            symbol += 1;
        }
        self.renew();
        symbol
    }

    /// One of `count` equally probable values.
    pub(super) fn uniform(&mut self, count: u32) -> u32 {
        if count <= 1 {
            return 0;
        }
        let bits = 32 - (count - 1).leading_zeros();
        let low = bits.saturating_sub(8);
        let total = ((count - 1) >> low) + 1;
        let high = self.place(total);
        self.take(high, high + 1, total);
        let value = high << low | self.raw(low);
        value.min(count - 1)
    }

    /// So many bits, 25 at most, from the frame's end.
    pub(super) fn raw(&mut self, bits: u32) -> u32 {
        while self.raw_bits < bits {
            self.back += 1;
            let place = self.data.len().checked_sub(self.back);
            let byte = place.map_or(0, |place| self.data[place]);
            self.raw |= u64::from(byte) << self.raw_bits;
            self.raw_bits += 8;
        }
        let value = self.raw & ((1 << bits) - 1);
        self.raw >>= bits;
        self.raw_bits -= bits;
        self.total += bits as i32;
        value as u32
    }

    /// A whole number around 0 (RFC 6716, section 4.3.2.1): `zero` is the probability of 0, `decay` that of one more, in 1/32768
    /// and 1/16384.
    pub(super) fn laplace(&mut self, zero: u32, decay: u32) -> i32 {
        let place = self.place(32768);
        let (mut low, mut share, mut value) = (0, zero, 0);
        if place >= share {
            value = 1;
            low = share;
            share = (((32768 - 32 - zero) * (16384 - decay)) >> 15) + 1;
            while share > 1 && place >= low + 2 * share {
                share *= 2;
                low += share;
                share = (((share - 2) * decay) >> 15) + 1;
                value += 1;
            }
            if share <= 1 {
                let more = (place - low) >> 1;
                value += more as i32;
                low += 2 * more;
            }
            if place < low + share {
                value = -value;
            } else {
                low += share;
            }
        }
        self.take(low, (low + share).min(32768), 32768);
        value
    }
}
