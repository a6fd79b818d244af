//! Rust's other MP3 decoders as a server for `reference/bench_decode.py`: one request a line, one answer.
//!
//! `nanomp3 PATH`, `symphonia PATH`, `rusty_mp3 PATH`: reads the file in pieces, decodes all of it to samples of 32-bit floats in
//! whatever layout the decoder gives, and answers the number of sample frames. Between requests it waits, so that its CPU time can
//! be read from outside.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

type Answer = Result<u64, Box<dyn Error>>;

fn nanomp3(path: &str) -> Answer {
    let file = BufReader::new(File::open(path)?);
    let mut reader = nanomp3::Reader::<_, f32>::new(file).map_err(|e| format!("{e:?}"))?;
    let mut samples = 0;
    while let Some(frame) = reader.read_frame().map_err(|e| format!("{e:?}"))? {
        samples += std::hint::black_box(frame).len();
    }
    let channels = match reader.channels() {
        Some(nanomp3::Channels::Mono) => 1,
        _ => 2,
    };
    Ok((samples / channels) as u64)
}

fn rusty_mp3(path: &str) -> Answer {
    let mut file = File::open(path)?;
    let mut decoder = rusty_mp3::Mp3Decoder::new();
    let mut piece = vec![0; 64 * 1024];
    let mut samples = 0;
    loop {
        match file.read(&mut piece)? {
            0 => decoder.flush(),
            n => decoder.push(&piece[..n]),
        }
        loop {
            match decoder.next_frame() {
                Ok(frame) => {
                    let frame = std::hint::black_box(frame);
                    samples += frame.samples.len() as u64 / u64::from(frame.channels.max(1));
                }
                Err(rusty_mp3::Error::Again) => break,
                Err(rusty_mp3::Error::Eof) => return Ok(samples),
                Err(e) => return Err(e.into()),
            }
        }
    }
}

fn symphonia(path: &str) -> Answer {
    let file = MediaSourceStream::new(Box::new(File::open(path)?), Default::default());
    let mut format = symphonia::default::get_probe().probe(
        &Hint::new(),
        file,
        FormatOptions::default(),
        MetadataOptions::default(),
    )?;
    let track = format.default_track(TrackType::Audio).ok_or("no track")?;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or("no sound")?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())?;
    let mut samples = 0;
    while let Some(packet) = format.next_packet()? {
        samples += std::hint::black_box(decoder.decode(&packet)?).frames() as u64;
    }
    Ok(samples)
}

fn main() -> Result<(), Box<dyn Error>> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (peer, path) = line.split_once(' ').ok_or("expected: PEER PATH")?;
        let samples = match peer {
            "nanomp3" => nanomp3(path)?,
            "rusty_mp3" => rusty_mp3(path)?,
            "symphonia" => symphonia(path)?,
            _ => return Err(format!("{peer}: expected nanomp3, rusty_mp3 or symphonia").into()),
        };
        println!("{samples}");
    }
    Ok(())
}
