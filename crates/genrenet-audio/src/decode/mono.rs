//! From channels to one: the mean, as `librosa.load(mono=True)` takes it.

use symphonia::core::audio::conv::ConvertibleSample;
use symphonia::core::audio::{Audio, AudioBuffer, GenericAudioBufferRef};

/// Appends the mean of all channels of a packet that symphonia decoded to `out`, in [-1, 1] for integer samples.
pub(super) fn append_mean(packet: &GenericAudioBufferRef<'_>, out: &mut Vec<f32>) {
    match packet {
        GenericAudioBufferRef::S16(buffer) => mean_of(buffer, out),
        GenericAudioBufferRef::S24(buffer) => mean_of(buffer, out),
        GenericAudioBufferRef::S32(buffer) => mean_of(buffer, out),
        GenericAudioBufferRef::F32(buffer) => mean_of(buffer, out),
        // The codecs used here yield no other sample type.
        _ => {}
    }
}

fn mean_of<S: ConvertibleSample>(buffer: &AudioBuffer<S>, out: &mut Vec<f32>)
where
    f32: symphonia::core::audio::conv::FromSample<S>,
{
    use symphonia::core::audio::conv::FromSample;
    let start = out.len();
    let mut planes = buffer.iter_planes();
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
