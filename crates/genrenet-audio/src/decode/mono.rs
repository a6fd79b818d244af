//! Downmixing to mono: the mean of the channels, as `librosa.load(mono=True)`, or a single channel.

use symphonia::core::audio::conv::{ConvertibleSample, FromSample};
use symphonia::core::audio::{Audio, AudioBuffer, GenericAudioBufferRef};

/// How the channels of a file are reduced to one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Downmix {
    /// The mean of all channels.
    #[default]
    Mean,
    /// One channel, counted from 0; silence if the file has fewer.
    Channel(u16),
}

impl Downmix {
    /// Appends a packet that symphonia decoded to `out`, in [-1, 1] for integer samples.
    pub(super) fn append(self, packet: &GenericAudioBufferRef<'_>, out: &mut Vec<f32>) {
        match packet {
            GenericAudioBufferRef::S16(buffer) => self.append_planes(buffer, out),
            GenericAudioBufferRef::S24(buffer) => self.append_planes(buffer, out),
            GenericAudioBufferRef::S32(buffer) => self.append_planes(buffer, out),
            GenericAudioBufferRef::F32(buffer) => self.append_planes(buffer, out),
            // The codecs used here yield no other sample type.
            _ => {}
        }
    }

    fn append_planes<S: ConvertibleSample>(self, buffer: &AudioBuffer<S>, out: &mut Vec<f32>)
    where
        f32: FromSample<S>,
    {
        let start = out.len();
        let mut planes = buffer.iter_planes();
        if let Downmix::Channel(channel) = self {
            let plane = planes.nth(channel.into()).unwrap_or(&[]);
            out.extend(plane.iter().map(|&s| f32::from_sample(s)));
            out.resize(start + buffer.frames(), 0.0);
            return;
        }
        let Some(first) = planes.next() else { return };
        out.extend(first.iter().map(|&s| f32::from_sample(s)));
        let mut channels = 1.0f32;
        for plane in planes {
            channels += 1.0;
            for (sum, &s) in out[start..].iter_mut().zip(plane) {
                *sum += f32::from_sample(s);
            }
        }
        if channels > 1.0 {
            for sum in &mut out[start..] {
                *sum /= channels;
            }
        }
    }
}
