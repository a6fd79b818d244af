//! Encodes 16-bit stereo samples of stdin as HE-AAC in ADTS on stdout: `he_aac VERSION RATE BITS_PER_SECOND < s16le > file.aac`.

use std::io::{Read, Write, stdin, stdout};

use fdk_aac::enc::{AudioObjectType, BitRate, ChannelMode, Encoder, EncoderParams, Transport};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [version, rate, bits] = arguments.as_slice() else {
        panic!("usage: he_aac 1|2 RATE BITS_PER_SECOND");
    };
    let encoder = Encoder::new(EncoderParams {
        bit_rate: BitRate::Cbr(bits.parse().expect("bits per second")),
        sample_rate: rate.parse().expect("a rate in Hz"),
        transport: Transport::Adts,
        channels: ChannelMode::Stereo,
        audio_object_type: match version.as_str() {
            "1" => AudioObjectType::Mpeg4HeAac,
            _ => AudioObjectType::Mpeg4HeAacV2,
        },
    })
    .expect("an encoder");
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes).expect("samples");
    let samples: Vec<i16> = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    let mut rest = samples.as_slice();
    let mut packet = vec![0; 8192];
    while !rest.is_empty() {
        let done = encoder.encode(rest, &mut packet).expect("a packet");
        stdout().write_all(&packet[..done.output_size]).expect("stdout");
        if done.input_consumed == 0 {
            break;
        }
        rest = &rest[done.input_consumed..];
    }
}
