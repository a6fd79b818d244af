//! One FLAC frame: subframes with a predictor and Rice-coded residuals (RFC 9639, section 9.2).

use super::bits::{Bits, CutOff};
use super::header::{Header, Stereo};
use super::predict::{FIXED, Stored, predict};
use crate::decode::Downmix;
use crate::decode::crc::FLAC_FRAME;

/// Why a frame could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end before the frame does.
    CutOff,
    /// A field has a value that the format forbids.
    Forbidden(&'static str),
    /// The check sum does not match.
    CheckSum,
}

impl From<CutOff> for Fault {
    fn from(_: CutOff) -> Self {
        Self::CutOff
    }
}

impl std::error::Error for Fault {}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CutOff => f.write_str("a frame is cut off"),
            Self::Forbidden(what) => write!(f, "a frame has {what}"),
            Self::CheckSum => f.write_str("a frame's check sum does not match"),
        }
    }
}

/// The samples of one frame, by channel. Buffers are kept from frame to frame.
#[derive(Default)]
pub(super) struct Frame {
    channels: Vec<Vec<i32>>,
    /// The side channel of 32-bit stereo has 33 bits.
    wide: Vec<i64>,
    used: usize,
    bits: u32,
}

impl Frame {
    /// Decodes the frame whose header was parsed from the start of `bytes`; returns its length in bytes.
    pub(super) fn decode(
        &mut self,
        bytes: &[u8],
        header: &Header,
        stream_bits: u8,
    ) -> Result<usize, Fault> {
        let bits = u32::from(header.bits.unwrap_or(stream_bits));
        if !(4..=32).contains(&bits) {
            return Err(Fault::Forbidden("no bit depth"));
        }
        let block = header.block as usize;
        self.used = usize::from(header.channels);
        self.bits = bits;
        if self.channels.len() < self.used {
            self.channels.resize_with(self.used, Vec::new);
        }
        let mut reader = Bits::new(&bytes[header.bytes..]);
        let side = match header.stereo {
            Stereo::Independent => None,
            Stereo::LeftSide | Stereo::MidSide => Some(1),
            Stereo::SideRight => Some(0),
        };
        let wide_side = side.filter(|_| bits == 32);
        for (i, channel) in self.channels[..self.used].iter_mut().enumerate() {
            channel.clear();
            if wide_side == Some(i) {
                subframe(&mut reader, &mut self.wide, block, bits + 1)?;
            } else {
                subframe(
                    &mut reader,
                    channel,
                    block,
                    bits + u32::from(side == Some(i)),
                )?;
            }
        }
        let end = header.bytes + reader.position().div_ceil(8);
        let sum = bytes
            .get(end..)
            .and_then(|rest| rest.first_chunk())
            .ok_or(Fault::CutOff)?;
        if FLAC_FRAME.checksum(&bytes[..end]) != u16::from_be_bytes(*sum) {
            return Err(Fault::CheckSum);
        }
        if wide_side.is_some() {
            self.unmix_wide(header.stereo);
        } else {
            self.unmix(header.stereo);
        }
        Ok(end + 2)
    }

    fn unmix(&mut self, stereo: Stereo) {
        let [first, second, ..] = self.channels.as_mut_slice() else {
            return;
        };
        let pairs = first.iter_mut().zip(second.iter_mut());
        match stereo {
            Stereo::Independent => {}
            Stereo::LeftSide => pairs.for_each(|(l, s)| *s = l.wrapping_sub(*s)),
            Stereo::SideRight => pairs.for_each(|(s, r)| *s = s.wrapping_add(*r)),
            Stereo::MidSide => pairs.for_each(|(m, s)| {
                // The mean lost its lowest bit, which is the side's.
                let twice = (*m << 1) | (*s & 1);
                let side = *s;
                *m = twice.wrapping_add(side) >> 1;
                *s = twice.wrapping_sub(side) >> 1;
            }),
        }
    }

    fn unmix_wide(&mut self, stereo: Stereo) {
        let [first, second, ..] = self.channels.as_mut_slice() else {
            return;
        };
        let wide = &self.wide;
        match stereo {
            Stereo::Independent => {}
            Stereo::LeftSide => {
                second.extend(
                    first
                        .iter()
                        .zip(wide)
                        .map(|(&l, &s)| i64::from(l).wrapping_sub(s) as i32),
                );
            }
            Stereo::SideRight => {
                first.extend(
                    second
                        .iter()
                        .zip(wide)
                        .map(|(&r, &s)| i64::from(r).wrapping_add(s) as i32),
                );
            }
            Stereo::MidSide => {
                for (m, &side) in first.iter_mut().zip(wide) {
                    let twice = (i64::from(*m) << 1) | (side & 1);
                    second.push((twice.wrapping_sub(side) >> 1) as i32);
                    *m = (twice.wrapping_add(side) >> 1) as i32;
                }
            }
        }
    }

    /// The channels' samples as they were stored.
    pub(super) fn channels(&self) -> &[Vec<i32>] {
        &self.channels[..self.used]
    }

    /// Appends the channels in [-1, 1], as `downmix` says.
    pub(super) fn append(&self, downmix: Downmix, out: &mut Vec<f32>) {
        // 2^-(bits - 1), exact; dividing by the channels last keeps one rounding for up to two of them.
        let scale = 1.0 / (1u64 << (self.bits - 1)) as f32;
        let channels = match downmix {
            Downmix::Mean => self.channels(),
            Downmix::Channel(channel) => {
                let one = self.channels().get(usize::from(channel));
                one.map_or(&[][..], std::slice::from_ref)
            }
        };
        match channels {
            [] => out.resize(out.len() + self.channels().first().map_or(0, Vec::len), 0.0),
            [one] => out.extend(one.iter().map(|&s| s as f32 * scale)),
            [left, right] => {
                let half = scale / 2.0;
                if self.bits <= 24 {
                    out.extend(
                        left.iter()
                            .zip(right)
                            .map(|(&l, &r)| l.wrapping_add(r) as f32 * half),
                    );
                } else {
                    out.extend(
                        left.iter()
                            .zip(right)
                            .map(|(&l, &r)| (l as f32 + r as f32) * half),
                    );
                }
            }
            [first, others @ ..] => {
                let start = out.len();
                out.extend(first.iter().map(|&s| s as f32 * scale));
                for channel in others {
                    for (sum, &s) in out[start..].iter_mut().zip(channel) {
                        *sum += s as f32 * scale;
                    }
                }
                let n = self.used as f32;
                out[start..].iter_mut().for_each(|s| *s /= n);
            }
        }
    }
}

/// Replaces `out` by the `block` samples, of `bits` bits each, of the next subframe.
fn subframe<S: Stored>(
    reader: &mut Bits<'_>,
    out: &mut Vec<S>,
    block: usize,
    bits: u32,
) -> Result<(), Fault> {
    out.clear();
    let start = reader.unsigned(8)?;
    if start & 0x80 != 0 {
        return Err(Fault::Forbidden("a subframe without its zero bit"));
    }
    let wasted = if start & 1 == 1 {
        reader.unary()? + 1
    } else {
        0
    };
    let bits = match bits.checked_sub(wasted) {
        Some(bits @ 1..) => bits,
        _ => return Err(Fault::Forbidden("more wasted bits than bits")),
    };
    match start >> 1 {
        0 => {
            let value = S::from_wide(reader.signed(bits)?);
            out.resize(block, value);
        }
        1 => {
            for _ in 0..block {
                out.push(S::from_wide(reader.signed(bits)?));
            }
        }
        kind @ 8..=12 => {
            let order = kind as usize - 8;
            warm_up(reader, out, order, block, bits)?;
            residuals(reader, out, order, block)?;
            predict(out, FIXED[order], 0);
        }
        kind @ 32..=63 => {
            let order = kind as usize - 31;
            warm_up(reader, out, order, block, bits)?;
            let precision = reader.unsigned(4)? + 1;
            if precision == 16 {
                return Err(Fault::Forbidden("a forbidden coefficient precision"));
            }
            let shift = reader.unsigned(5)?;
            if shift >= 16 {
                return Err(Fault::Forbidden("a negative predictor shift"));
            }
            let mut coefficients = [0i32; 32];
            // The first coefficient belongs to the latest sample: turned round, they lie as the samples do.
            for c in coefficients[..order].iter_mut().rev() {
                *c = reader.signed(precision)? as i32;
            }
            residuals(reader, out, order, block)?;
            predict(out, &coefficients[..order], shift);
        }
        _ => return Err(Fault::Forbidden("a reserved subframe type")),
    }
    if wasted > 0 {
        for s in out.iter_mut() {
            *s = S::from_wide(s.wide() << wasted);
        }
    }
    Ok(())
}

fn warm_up<S: Stored>(
    reader: &mut Bits<'_>,
    out: &mut Vec<S>,
    order: usize,
    block: usize,
    bits: u32,
) -> Result<(), Fault> {
    if order > block {
        return Err(Fault::Forbidden("a predictor longer than the block"));
    }
    for _ in 0..order {
        out.push(S::from_wide(reader.signed(bits)?));
    }
    Ok(())
}

/// Appends `block - order` residuals.
fn residuals<S: Stored>(
    reader: &mut Bits<'_>,
    out: &mut Vec<S>,
    order: usize,
    block: usize,
) -> Result<(), Fault> {
    let parameter_bits = match reader.unsigned(2)? {
        0 => 4,
        1 => 5,
        _ => return Err(Fault::Forbidden("a reserved residual coding")),
    };
    let escape = (1 << parameter_bits) - 1;
    let partition_order = reader.unsigned(4)?;
    let partition = block >> partition_order;
    if partition << partition_order != block || partition < order {
        return Err(Fault::Forbidden("partitions that do not fit the block"));
    }
    for i in 0..1usize << partition_order {
        let n = if i == 0 { partition - order } else { partition };
        let parameter = reader.unsigned(parameter_bits)?;
        let first = out.len();
        out.resize(first + n, S::from_wide(0));
        if parameter == escape {
            let width = reader.unsigned(5)?;
            for residual in &mut out[first..] {
                *residual = S::from_wide(reader.signed(width)?);
            }
        } else {
            reader.rice_numbers(parameter, &mut out[first..])?;
        }
    }
    Ok(())
}
