//! MP4, M4A and QuickTime: AAC, ALAC, FLAC and Opus, trimmed by the edit list.

mod boxes;
mod edits;
mod entry;
mod fragments;
mod pushed;
mod samples;

use boxes::{Box4, content, descend, find, u32_at, walk};
use edits::Trim;
use fragments::Fragments;
use samples::{PacketPosition, SampleTables};

use super::packet_stream::{PacketStream, Packets, SeekPoint, StreamParameters};
use super::setup::{Lengths, Prepared};
use super::{Input, Source};
use crate::error::AudioError;

/// An audio track, as its headers describe it.
struct Track {
    trak: Box4,
    stbl: Box4,
    number: u32,
    /// Units per second of the track's own times.
    scale: u32,
}

/// Opens the first audio track that can be decoded in the file at byte `start`.
pub(super) fn open(input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let (mut input, start) = pushed::undo(input, start)?;
    let end = input.len();
    let moov = find(&mut input, start, end, b"moov")?
        .ok_or_else(|| AudioError::no_sound("MP4", "no moov box: the file is not complete"))?;
    let movie_scale = match descend(&mut input, moov, &[b"mvhd"])? {
        Some(mvhd) => time_scale(&content(&mut input, mvhd, 24)?),
        None => 0,
    };
    let (track, mut prepared) = choose(&mut input, moov)?;
    let listed = edits::edit_list(&mut input, track.trak, movie_scale, track.scale)?;
    let trim = match listed {
        Some(trim) => trim,
        None => edits::itunes_note(&mut input, moov)?.unwrap_or_default(),
    };
    let mut tables = SampleTables::open(&mut input, track.stbl)?;
    let times = total_time(&mut input, &mut tables)?;
    let places = match find(&mut input, moov.at, moov.end, b"mvex")? {
        Some(mvex) if tables.count == 0 => {
            let defaults = fragments::defaults(&mut input, mvex, track.number)?;
            Places::Fragments(Fragments::open(&mut input, start, defaults)?)
        }
        _ => Places::Tables(tables),
    };
    let mut packets = Mp4Packets {
        input,
        places,
        frame: 0,
        overlap: 0,
        given: 0,
    };
    let counted = packets.count(&mut prepared.lengths)?;
    packets.frame = counted.each;
    packets.overlap = prepared.run_in.checked_div(counted.each).unwrap_or(0);
    let shape = shape(&prepared, &track, trim, times, &counted);
    Ok(Box::new(PacketStream::new(
        packets,
        prepared.decoder,
        shape,
    )))
}

/// The first audio track whose codec is decoded here; if there is none, why the first one is not.
fn choose(input: &mut Input, moov: Box4) -> Result<(Track, Prepared), AudioError> {
    let (mut chosen, mut refusal) = (None, None);
    walk(input, moov.at, moov.end, &mut |input, found| {
        if &found.kind == b"trak"
            && let Some(track) = sound_track(input, found)?
        {
            match prepare(input, &track) {
                Ok(prepared) => chosen = Some((track, prepared)),
                Err(AudioError::Io(e)) => return Err(e.into()),
                Err(reason) => {
                    refusal.get_or_insert(reason);
                }
            }
        }
        Ok(chosen.is_some())
    })?;
    let none = || AudioError::no_sound("MP4", "no audio track");
    chosen.ok_or_else(|| refusal.unwrap_or_else(none))
}

fn prepare(input: &mut Input, track: &Track) -> Result<Prepared, AudioError> {
    let stsd = find(input, track.stbl.at, track.stbl.end, b"stsd")?
        .ok_or_else(|| AudioError::damaged("MP4", "no stsd box"))?;
    entry::read(input, stsd)?.prepare()
}

/// The header of a track, if it is an audio track.
fn sound_track(input: &mut Input, trak: Box4) -> Result<Option<Track>, AudioError> {
    let Some(mdia) = descend(input, trak, &[b"mdia"])? else {
        return Ok(None);
    };
    let Some(hdlr) = descend(input, mdia, &[b"hdlr"])? else {
        return Ok(None);
    };
    if content(input, hdlr, 12)?.get(8..12) != Some(b"soun") {
        return Ok(None);
    }
    let Some(stbl) = descend(input, mdia, &[b"minf", b"stbl"])? else {
        return Ok(None);
    };
    let scale = match descend(input, mdia, &[b"mdhd"])? {
        Some(mdhd) => time_scale(&content(input, mdhd, 24)?),
        None => 0,
    };
    let number = match descend(input, trak, &[b"tkhd"])? {
        Some(tkhd) => {
            let bytes = content(input, tkhd, 24)?;
            u32_at(&bytes, if bytes.first() == Some(&1) { 20 } else { 12 })
        }
        None => 0,
    };
    Ok(Some(Track {
        trak,
        stbl,
        number,
        scale,
    }))
}

/// Units per second in an `mvhd` or `mdhd` box, after two times of 32 or 64 bits.
fn time_scale(bytes: &[u8]) -> u32 {
    u32_at(bytes, if bytes.first() == Some(&1) { 20 } else { 12 })
}

/// Most runs of durations that are added up.
const MOST_RUNS: u32 = 1 << 20;

/// Duration of all packets by the time table, in the track's own units.
fn total_time(input: &mut Input, tables: &mut SampleTables) -> Result<u64, AudioError> {
    let mut total = 0u64;
    for i in 0..MOST_RUNS {
        let Some((n, duration)) = tables.durations(input, i)? else {
            break;
        };
        total = total.saturating_add(u64::from(n) * u64::from(duration));
    }
    Ok(total)
}

/// Sample frames of a track's packets, counted.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    total: u64,
    /// Of the last packet.
    last: u64,
    /// Of every packet but the last, where they are equal; 0 where they are not.
    each: u64,
}

/// Where packets are listed.
enum Places {
    Tables(SampleTables),
    Fragments(Fragments),
}

/// A track's packets in order.
struct Mp4Packets {
    input: Input,
    places: Places,
    /// Sample frames of a packet; 0: they differ.
    frame: u64,
    /// Packets that must be decoded before the requested one.
    overlap: u64,
    /// Bytes of packets that were returned since the last jump: no more than the file can hold.
    given: u64,
}

/// A packet longer than this is damaged.
const LONGEST: u32 = 8 << 20;

impl Mp4Packets {
    /// The next packet's place. The first one that does not lie wholly in the file ends the track, wherever others
    /// lie; the tables cannot list the same bytes over and over.
    fn take(&mut self) -> Result<Option<PacketPosition>, AudioError> {
        let place = match &mut self.places {
            Places::Tables(tables) => tables.next(&mut self.input)?,
            Places::Fragments(fragments) => fragments.next(&mut self.input)?,
        };
        let len = self.input.len();
        Ok(place.filter(|place| {
            self.given += u64::from(place.bytes.max(1));
            place.at.saturating_add(place.bytes.into()) <= len && self.given <= 2 * len
        }))
    }

    /// The packet at `place`, at most `most` bytes of it. One that is absurdly long is empty: its decoder returns silence.
    fn read(
        &mut self,
        place: PacketPosition,
        most: u32,
        packet: &mut Vec<u8>,
    ) -> Result<(), AudioError> {
        packet.clear();
        if place.bytes <= LONGEST {
            packet.resize(place.bytes.min(most) as usize, 0);
            let got = self.input.read_at(place.at, packet)?;
            packet.truncate(got);
        }
        Ok(())
    }

    /// Goes through all packets to add up their sample frames, which the time table need not state, and back to the first one.
    fn count(&mut self, lengths: &mut Lengths) -> Result<Counted, AudioError> {
        let (mut counted, mut head, mut equal) = (Counted::default(), Vec::new(), true);
        while let Some(place) = self.take()? {
            if !matches!(lengths, Lengths::Same(_)) {
                self.read(place, Lengths::HEAD as u32, &mut head)?;
            }
            equal &= counted.total == 0 || counted.last == counted.each;
            counted.last = lengths.of(&head, place.bytes.into());
            if counted.total == 0 {
                counted.each = counted.last;
            }
            counted.total += counted.last;
        }
        if !equal {
            counted.each = 0;
        }
        self.go(0)?;
        Ok(counted)
    }

    /// Makes packet `packet` the next one.
    fn go(&mut self, packet: u32) -> Result<(), AudioError> {
        self.given = 0;
        match &mut self.places {
            Places::Tables(tables) => tables.go(&mut self.input, packet),
            Places::Fragments(fragments) => fragments.go(&mut self.input, packet),
        }
    }
}

impl Packets for Mp4Packets {
    fn next(&mut self, packet: &mut Vec<u8>) -> Result<bool, AudioError> {
        match self.take()? {
            Some(place) => self.read(place, LONGEST, packet).map(|()| true),
            None => Ok(false),
        }
    }

    fn seek(&mut self, raw: u64, _here: u64) -> Result<SeekPoint, AudioError> {
        let wanted = raw.checked_div(self.frame).unwrap_or(0);
        let from = wanted.saturating_sub(self.overlap);
        let silent = wanted - from;
        let packet = u32::try_from(from).unwrap_or(u32::MAX);
        self.go(packet)?;
        Ok(SeekPoint {
            at: wanted * self.frame,
            silent: silent as u32,
        })
    }
}

/// The parameters of the stream: trimmed by its edit list or note, or by its codec's delay, and by its packets. `times` is their
/// duration in the time table, in which the last one may be shorter.
fn shape(
    prepared: &Prepared,
    track: &Track,
    trim: Trim,
    times: u64,
    counted: &Counted,
) -> StreamParameters {
    let rate = prepared.rate;
    let frames = |units: u64| {
        let scaled = u128::from(units) * u128::from(rate) / u128::from(track.scale.max(1));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    };
    let timed = track.scale > 0;
    let delay = match trim {
        none if none == Trim::default() => prepared.pre_skip,
        trim if timed => frames(trim.start),
        _ => 0,
    };
    let before_last = counted.total - counted.last;
    let all = match frames(times) {
        all if timed && all > before_last => all.min(counted.total),
        _ => counted.total,
    };
    let end = match trim.length.filter(|_| timed) {
        // Rounding to the movie's coarse times may reach past the last packet.
        Some(length) => delay.saturating_add(frames(length)).min(all),
        None => all,
    };
    StreamParameters {
        format: prepared.format,
        rate,
        channels: prepared.channels,
        delay,
        end: Some(end),
        seek_gap: 4096,
    }
}
