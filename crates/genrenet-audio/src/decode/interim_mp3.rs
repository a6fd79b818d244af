//! MP3 by symphonia, exact but without skipping: seeking decodes from the start.

use std::io::{Read, Seek, SeekFrom};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::units::Timestamp;
use symphonia::default::codecs::MpaDecoder;
use symphonia::default::formats::MpaReader;

use super::mono::append_mean;
use super::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

struct Media(Input);

impl Read for Media {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Media {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl MediaSource for Media {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.0.len())
    }
}

struct Mp3 {
    reader: MpaReader<'static>,
    decoder: MpaDecoder,
    rate: u32,
    channels: u16,
    drop: u64,
    scratch: Vec<f32>,
}

pub(super) fn open(mut input: Input) -> Result<Box<dyn Source>, AudioError> {
    input.seek(SeekFrom::Start(0))?;
    let damaged =
        |e: symphonia::core::errors::Error| AudioError::damaged(Format::Mp3, e.to_string());
    let stream = MediaSourceStream::new(Box::new(Media(input)), Default::default());
    let reader = MpaReader::try_new(stream, FormatOptions::default()).map_err(damaged)?;
    let track = reader
        .tracks()
        .first()
        .ok_or_else(|| AudioError::no_sound(Format::Mp3, "no frames"))?;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or_else(|| AudioError::no_sound(Format::Mp3, "no frames"))?;
    let rate = params.sample_rate.unwrap_or(44_100);
    let channels = params.channels.as_ref().map_or(1, |c| c.count() as u16);
    let options = AudioDecoderOptions::default();
    let decoder = MpaDecoder::try_new(params, &options).map_err(damaged)?;
    Ok(Box::new(Mp3 {
        reader,
        decoder,
        rate,
        channels,
        drop: 0,
        scratch: Vec::new(),
    }))
}

impl Source for Mp3 {
    fn format(&self) -> Format {
        Format::Mp3
    }

    fn rate(&self) -> u32 {
        self.rate
    }

    fn channels(&self) -> u16 {
        self.channels
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        loop {
            let packet = match self.reader.next_packet() {
                Ok(Some(packet)) => packet,
                _ => return Ok(0),
            };
            self.scratch.clear();
            if let Ok(decoded) = self.decoder.decode(&packet) {
                append_mean(&decoded, &mut self.scratch);
            }
            let skip = self.drop.min(self.scratch.len() as u64) as usize;
            self.drop -= skip as u64;
            if skip < self.scratch.len() {
                out.extend_from_slice(&self.scratch[skip..]);
                return Ok(self.scratch.len() - skip);
            }
        }
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.reader
            .seek(
                SeekMode::Accurate,
                SeekTo::Timestamp {
                    ts: Timestamp::new(0),
                    track_id: 0,
                },
            )
            .map_err(|e| AudioError::damaged(Format::Mp3, e.to_string()))?;
        self.decoder.reset();
        self.drop = to;
        Ok(())
    }
}
