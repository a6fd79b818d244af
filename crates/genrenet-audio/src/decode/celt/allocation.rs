//! How many bits each band has (RFC 6716, section 4.3.3). Bits are counted in 1/8.

use super::range::Range;
use super::tables::{ALLOCATION, BANDS, CAPS, EDGES, LOG_WIDTH, LOG2_FRACTION, TRIM, VECTORS};

/// The bits of a frame.
pub(super) struct Allocation {
    /// For the shape of each band.
    pub(super) shape: [i32; BANDS],
    /// For its energy, in whole bits a channel.
    pub(super) fine: [i32; BANDS],
    /// Whether leftover bits reach it in the second pass only.
    pub(super) later: [bool; BANDS],
    /// Bands below this have bits for their shape.
    pub(super) coded: usize,
    /// From this band on both channels share a shape.
    pub(super) intensity: usize,
    /// Whether the channels are coded independently below that.
    pub(super) dual: bool,
    /// Bits that the last band could not use.
    pub(super) balance: i32,
}

/// What bounds the allocation of a frame.
pub(super) struct Frame {
    pub(super) end: usize,
    pub(super) channels: usize,
    /// log2 of the frame's length in blocks of 2.5 ms.
    pub(super) log: usize,
}

impl Frame {
    fn width(&self, band: usize) -> i32 {
        (EDGES[band + 1] - EDGES[band]) as i32
    }

    fn c(&self) -> i32 {
        self.channels as i32
    }
}

/// Reads the boosts of bands and the trim, and allocates the bits; also returns those reserved for the anti-collapse flag.
pub(super) fn read(range: &mut Range, frame: &Frame, transient: bool) -> (Allocation, i32) {
    let mut caps = [0; BANDS];
    for (band, cap) in caps.iter_mut().enumerate() {
        let most = i32::from(CAPS[BANDS * (2 * frame.log + frame.channels - 1) + band]);
        *cap = ((most + 64) * frame.c() * (frame.width(band) << frame.log)) >> 2;
    }
    let mut boosts = [0; BANDS];
    let mut total = range.bits() << 3;
    let mut first_cost = 6;
    for band in 0..frame.end {
        let width = frame.c() * (frame.width(band) << frame.log);
        let step = (width << 3).min((6 << 3).max(width));
        let mut cost = first_cost;
        while range.tell_eighths() + (cost << 3) < total && boosts[band] < caps[band] {
            if !range.bit(cost as u32) {
                break;
            }
            boosts[band] += step;
            total -= step;
            cost = 1;
        }
        if boosts[band] > 0 {
            first_cost = (first_cost - 1).max(2);
        }
    }
    let trim = if range.tell_eighths() + (6 << 3) <= total {
        range.symbol(&TRIM, 7)
    } else {
        5
    };
    let left = (range.bits() << 3) - range.tell_eighths() - 1;
    let reserved = if transient && frame.log >= 2 && left >= (frame.log as i32 + 2) << 3 {
        8
    } else {
        0
    };
    let allocation = share(range, frame, &boosts, &caps, trim, left - reserved);
    (allocation, reserved)
}

/// Finds the two allocation vectors between which the bits lie.
fn share(
    range: &mut Range,
    frame: &Frame,
    boosts: &[i32; BANDS],
    caps: &[i32; BANDS],
    trim: i32,
    total: i32,
) -> Allocation {
    let mut total = total.max(0);
    let (c, log, end) = (frame.c(), frame.log as i32, frame.end);
    let skip = if total >= 8 { 8 } else { 0 };
    total -= skip;
    let (mut intensity, mut dual) = (0, 0);
    if c == 2 {
        intensity = LOG2_FRACTION[end];
        if intensity > total {
            intensity = 0;
        } else {
            total -= intensity;
            dual = if total >= 8 { 8 } else { 0 };
            total -= dual;
        }
    }
    let mut thresholds = [0; BANDS];
    let mut tilts = [0; BANDS];
    for band in 0..end {
        let width = frame.width(band);
        thresholds[band] = (c << 3).max(((3 * width) << (log + 3)) >> 4);
        tilts[band] =
            (c * width * (trim - 5 - log) * (end - band - 1) as i32 * (1 << (log + 3))) >> 6;
        if width << log == 1 {
            tilts[band] -= c << 3;
        }
    }
    let of_vector = |vector: usize, band: usize| {
        let bits = ((c * frame.width(band) * i32::from(ALLOCATION[vector][band])) << log) >> 2;
        if bits > 0 {
            (bits + tilts[band]).max(0)
        } else {
            bits
        }
    };
    let (mut low, mut high) = (1, VECTORS - 1);
    while low <= high {
        let middle = (low + high) / 2;
        let bits = |band| of_vector(middle, band) + boosts[band];
        if demand(end, bits, &thresholds, caps, c << 3) > total {
            high = middle - 1;
        } else {
            low = middle + 1;
        }
    }
    let mut skip_from = 0;
    let mut base = [0; BANDS];
    let mut more = [0; BANDS];
    for band in 0..end {
        let mut lower = of_vector(low - 1, band);
        let upper = if low < VECTORS {
            of_vector(low, band)
        } else {
            // The caps are not vectors, but are tilted like them.
            if caps[band] > 0 {
                (caps[band] + tilts[band]).max(0)
            } else {
                0
            }
        };
        if low > 1 {
            lower += boosts[band];
        }
        if boosts[band] > 0 {
            skip_from = band;
        }
        base[band] = lower;
        more[band] = (upper + boosts[band] - lower).max(0);
    }
    let plan = Plan {
        base,
        more,
        thresholds,
        caps: *caps,
        skip_from,
        total,
        skip,
        intensity,
        dual,
    };
    plan.fill(range, frame)
}

/// Bits that all bands together need: nothing below the lowest one that reaches its threshold from above.
fn demand(
    end: usize,
    bits: impl Fn(usize) -> i32,
    thresholds: &[i32; BANDS],
    caps: &[i32; BANDS],
    least: i32,
) -> i32 {
    let (mut sum, mut reached) = (0, false);
    for band in (0..end).rev() {
        let bits = bits(band);
        if bits >= thresholds[band] || reached {
            reached = true;
            sum += bits.min(caps[band]);
        } else if bits >= least {
            sum += least;
        }
    }
    sum
}

struct Plan {
    base: [i32; BANDS],
    more: [i32; BANDS],
    thresholds: [i32; BANDS],
    caps: [i32; BANDS],
    skip_from: usize,
    total: i32,
    /// Reserved for the end of skipping, the intensity band and the dual flag.
    skip: i32,
    intensity: i32,
    dual: i32,
}

impl Plan {
    /// Interpolates between the two vectors, leaves out the highest bands as the frame states, and splits each band's bits into
    /// energy and shape.
    fn fill(mut self, range: &mut Range, frame: &Frame) -> Allocation {
        let (c, end) = (frame.c(), frame.end);
        let least = c << 3;
        let (mut low, mut high) = (0, 64);
        for _ in 0..6 {
            let middle = (low + high) / 2;
            let bits = |band: usize| self.base[band] + ((middle * self.more[band]) >> 6);
            if demand(end, bits, &self.thresholds, &self.caps, least) > self.total {
                high = middle;
            } else {
                low = middle;
            }
        }
        let mut bits = [0; BANDS];
        let (mut sum, mut reached) = (0, false);
        for band in (0..end).rev() {
            let mut own = self.base[band] + ((low * self.more[band]) >> 6);
            if own < self.thresholds[band] && !reached {
                own = if own >= least { least } else { 0 };
            } else {
                reached = true;
            }
            bits[band] = own.min(self.caps[band]);
            sum += bits[band];
        }
        let coded = self.leave_out(range, frame, &mut bits, &mut sum);
        let intensity = if self.intensity > 0 {
            range.uniform(coded as u32 + 1) as usize
        } else {
            0
        };
        if intensity == 0 {
            self.total += self.dual;
            self.dual = 0;
        }
        let dual = self.dual > 0 && range.bit(1);
        let mut left = self.total - sum;
        let each = left / EDGES[coded] as i32;
        left -= each * EDGES[coded] as i32;
        for (band, bits) in bits.iter_mut().enumerate().take(coded) {
            let extra = left.min(frame.width(band));
            *bits += each * frame.width(band) + extra;
            left -= extra;
        }
        let mut allocation = Allocation {
            shape: bits,
            fine: [0; BANDS],
            later: [false; BANDS],
            coded,
            intensity,
            dual,
            balance: 0,
        };
        for band in 0..coded {
            allocation.split(frame, band, self.caps[band]);
        }
        for band in coded..end {
            allocation.fine[band] = allocation.shape[band] >> (frame.channels - 1) >> 3;
            allocation.later[band] = allocation.fine[band] < 1;
            allocation.shape[band] = 0;
        }
        allocation
    }

    /// Skips bands from the top until the frame's stop flag; returns how many are kept.
    fn leave_out(
        &mut self,
        range: &mut Range,
        frame: &Frame,
        bits: &mut [i32; BANDS],
        sum: &mut i32,
    ) -> usize {
        let least = frame.c() << 3;
        let mut coded = frame.end;
        loop {
            let band = coded - 1;
            if band <= self.skip_from {
                self.total += self.skip;
                return coded;
            }
            let left = self.total - *sum;
            let bins = EDGES[coded] as i32;
            let each = left / bins;
            let rest = (left - bins * each - EDGES[band] as i32).max(0);
            let mut own = bits[band] + each * frame.width(band) + rest;
            if own >= self.thresholds[band].max(least + 8) {
                if range.bit(1) {
                    return coded;
                }
                *sum += 8;
                own -= 8;
            }
            *sum -= bits[band] + self.intensity;
            if self.intensity > 0 {
                self.intensity = LOG2_FRACTION[band];
            }
            *sum += self.intensity;
            bits[band] = if own >= least { least } else { 0 };
            *sum += bits[band];
            coded = band;
        }
    }
}

impl Allocation {
    /// Splits a band's bits into those of its energy and those of its shape; what it cannot use goes to the next one.
    fn split(&mut self, frame: &Frame, band: usize, cap: i32) {
        let (c, n) = (frame.c(), frame.width(band) << frame.log);
        let both = frame.channels as i32 - 1;
        let bits = self.shape[band] + self.balance;
        let mut excess;
        if n > 1 {
            excess = (bits - cap).max(0);
            let own = bits - excess;
            let angle = c == 2 && n > 2 && !self.dual && band < self.intensity;
            let places = c * n + i32::from(angle);
            let logs = places * (LOG_WIDTH[band] + ((frame.log as i32) << 3));
            let mut offset = (logs >> 1) - places * 21;
            if n == 2 {
                offset += places << 3 >> 2;
            }
            if own + offset < (places * 2) << 3 {
                offset += logs >> 2;
            } else if own + offset < (places * 3) << 3 {
                offset += logs >> 3;
            }
            let mut fine = ((own + offset + (places << 2)).max(0) / places) >> 3;
            if c * fine > own >> 3 {
                fine = own >> both >> 3;
            }
            fine = fine.min(8);
            self.later[band] = fine * (places << 3) >= own + offset;
            self.fine[band] = fine;
            self.shape[band] = own - ((c * fine) << 3);
        } else {
            excess = (bits - (c << 3)).max(0);
            self.shape[band] = bits - excess;
            self.fine[band] = 0;
            self.later[band] = true;
        }
        if excess > 0 {
            let extra = (excess >> (both + 3)).min(8 - self.fine[band]);
            self.fine[band] += extra;
            let spent = (extra * c) << 3;
            self.later[band] = spent >= excess - self.balance;
            excess -= spent;
        }
        self.balance = excess;
    }
}
