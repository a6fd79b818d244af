//! Ogg with Vorbis, Opus or FLAC: the packet of comments is rewritten within as many pages as it had, where that is possible.

mod comment_packet;
mod page;

use super::change::{Change, Options};
use super::error::TagError;
use super::layout::Source;
use super::music_file::{Contents, Format};
use super::positions::{bytes_at, length, stream};
use super::splice::Splice;
use comment_packet::{Codec, CommentPacket};
use page::{
    LAST, MOST_SEGMENTS, Page, SEQUENCE_AT, header_page, next_capture, page_at, renumbered,
};

/// Header packets of more are refused: they are read into memory.
const MOST_BYTES: u64 = 256 << 20;
/// Streams side by side.
const MOST_STREAMS: usize = 64;
/// Left behind the comments where the packet has to grow, for later changes.
const NEW_PADDING: usize = 1024;

struct Ogg {
    size: u64,
    /// The pages of the header packets, the identification's first.
    pages: Vec<Page>,
    /// The packets after the identification.
    packets: Vec<Vec<u8>>,
    comments: CommentPacket,
    /// Ogg Skeleton: it may hold positions in the file.
    skeleton: bool,
}

/// Reads the file where it is of this container.
pub(crate) fn read(source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    let size = length(source)?;
    let (mut at, mut first, mut skeleton) = (0, None, false);
    for streams in 0.. {
        let Some(page) = page_at(source, at, size)?.filter(Page::is_first) else {
            match streams {
                0 if size < 4 || bytes_at(source, 0, 4)? != b"OggS" => return Ok(None),
                0 => {
                    return Err(malformed(
                        "expected the first page of a stream at the start, found none".into(),
                    ));
                }
                _ => break,
            }
        };
        let bytes = page.bytes(source)?.ok_or_else(|| damaged(&page))?;
        let packet = &bytes[27 + page.lacing.len()..];
        at = page.end();
        skeleton |= packet.starts_with(b"fishead\0");
        if let Some(codec) = Codec::of(packet) {
            if first.is_some() || streams >= MOST_STREAMS {
                return Err(unsupported(
                    "expected one stream of sound, found several".into(),
                ));
            }
            if page.lacing.iter().filter(|&&length| length < 255).count() != 1
                || !page.ends_packet()
            {
                return Err(malformed(
                    "expected one packet in the first page, found another number".into(),
                ));
            }
            first = Some((codec, page));
        } else if streams >= MOST_STREAMS {
            return Err(unsupported(format!(
                "expected up to {MOST_STREAMS} streams, found more"
            )));
        }
    }
    let Some((codec, first)) = first else {
        return Err(TagError::Container("Ogg with none of these".into()));
    };
    let mut pages = vec![first];
    let packets = header_packets(source, at, size, codec, &mut pages)?;
    let comments = CommentPacket::parse(codec, &packets)?;
    Ok(Some(Contents {
        tags: vec![comments.comments.tag()],
        format: Box::new(Ogg {
            size,
            pages,
            packets,
            comments,
            skeleton,
        }),
    }))
}

/// The header packets after the identification, from the pages of the stream from `at` on, which are added to `pages`.
fn header_packets(
    source: &mut dyn Source,
    mut at: u64,
    size: u64,
    codec: Codec,
    pages: &mut Vec<Page>,
) -> Result<Vec<Vec<u8>>, TagError> {
    let (mut packets, mut packet, mut total) = (Vec::new(), Vec::new(), 0);
    while !codec.is_complete(&packets) {
        let page = page_at(source, at, size)?.ok_or_else(|| {
            malformed(format!(
                "expected a page of the headers at byte {at}, found none"
            ))
        })?;
        at = page.end();
        let before = &pages[pages.len() - 1];
        if page.serial != before.serial {
            continue;
        }
        let bytes = page.bytes(source)?.ok_or_else(|| damaged(&page))?;
        let continues = pages.len() > 1 && !before.ends_packet();
        if page.sequence != before.sequence.wrapping_add(1)
            || page.is_continued() != continues
            || page.is_first()
            || page.lacing.is_empty()
        {
            return Err(malformed(format!(
                "expected the headers in pages one after the other, found page {} after page {}",
                page.sequence, before.sequence
            )));
        }
        total += bytes.len() as u64;
        if total > MOST_BYTES {
            return Err(unsupported(format!(
                "expected headers of up to {MOST_BYTES} bytes, found more"
            )));
        }
        let mut body = &bytes[27 + page.lacing.len()..];
        for &length in &page.lacing {
            if codec.is_complete(&packets) {
                return Err(unsupported("expected the sound to begin on a page of its own, found it in that of the headers".into()));
            }
            let (segment, rest) = body.split_at(length.into());
            packet.extend_from_slice(segment);
            body = rest;
            if length < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
        pages.push(page);
    }
    Ok(packets)
}

impl Format for Ogg {
    /// The bodies of all pages but those of the headers; what is no page, as it stands.
    fn audio(&self, source: &mut dyn Source, each: &mut dyn FnMut(&[u8])) -> Result<(), TagError> {
        let mut headers = self.pages.iter().map(|page| page.at).peekable();
        let mut at = 0;
        while at < self.size {
            let (from, to) = match page_at(source, at, self.size)? {
                Some(page) => (page.body_at(), page.end()),
                None => (at, next_capture(source, at, self.size)?),
            };
            if headers.next_if_eq(&at).is_none() {
                stream(source, from, to, each)?;
            }
            at = to;
        }
        Ok(())
    }

    fn edit(
        &self,
        source: &mut dyn Source,
        changes: &[Change],
        _options: &Options,
    ) -> Result<Vec<Splice>, TagError> {
        let after = self.comments.comments.changed(changes)?;
        if after == self.comments.comments {
            return Ok(Vec::new());
        }
        let (old, packets) = self.rewritten_pages(|length| self.comments.with(&after, length))?;
        let new = self.laid_out(&packets, old);
        let mut splices = Vec::new();
        let shift = (new.len() as u32).wrapping_sub(old.len() as u32);
        for (at, page) in old.iter().enumerate() {
            // Pages more than there were follow the last one; pages less are taken out.
            let until = if at + 1 == old.len() {
                new.len()
            } else {
                at + 1
            };
            let splice = Splice {
                at: page.at,
                remove: page.end() - page.at,
                insert: new.get(at..until).unwrap_or_default().concat(),
            };
            if splice.remove != splice.insert.len() as u64
                || page
                    .bytes(source)?
                    .is_none_or(|bytes| bytes != splice.insert)
            {
                splices.push(splice);
            }
        }
        let grows = splices
            .iter()
            .any(|splice| splice.remove != splice.insert.len() as u64);
        if self.skeleton && grows {
            return Err(unsupported(
                "expected no Skeleton stream, found one, whose positions would become wrong".into(),
            ));
        }
        self.renumber(source, old[old.len() - 1].end(), shift, &mut splices)?;
        Ok(splices)
    }
}

impl Ogg {
    /// The pages up to the first at whose end a packet ends, and the packets in them with the new one of comments.
    fn rewritten_pages(
        &self,
        with: impl Fn(usize) -> Result<Vec<u8>, TagError>,
    ) -> Result<(&[Page], Vec<Vec<u8>>), TagError> {
        let pages = &self.pages[1..];
        let count = 1 + pages
            .iter()
            .position(Page::ends_packet)
            .unwrap_or(pages.len() - 1);
        let pages = &pages[..count];
        let segments = pages.iter().flat_map(|page| &page.lacing);
        let held = segments.filter(|&&length| length < 255).count();
        let mut packets = self.packets[..held].to_vec();
        let before = packets[0].len();
        let least = with(before)?.len();
        let most = if least == before {
            least
        } else {
            least + NEW_PADDING
        };
        packets[0] = with(most)?;
        // Padding costs no page, unless one is needed anyway.
        let shorter = with(least)?;
        if !fits(&packets, count) {
            let padded = std::mem::replace(&mut packets[0], shorter);
            if !fits(&packets, count) {
                packets[0] = padded;
            }
        }
        Ok((pages, packets))
    }

    /// The packets in pages in place of `old`, in as many where that is possible.
    fn laid_out(&self, packets: &[Vec<u8>], old: &[Page]) -> Vec<Vec<u8>> {
        let lacing: Vec<u8> = packets.iter().flat_map(|packet| lacing(packet)).collect();
        let count = match fits(packets, old.len()) {
            true => old.len(),
            false => lacing.len().div_ceil(MOST_SEGMENTS),
        };
        let bytes = packets.concat();
        let (mut body, mut pages, mut from) = (bytes.as_slice(), Vec::new(), 0);
        for at in 0..count {
            let to = lacing.len() * (at + 1) / count;
            let segments = &lacing[from..to];
            let (of_page, rest) =
                body.split_at(segments.iter().map(|&length| usize::from(length)).sum());
            let last = if at + 1 == count {
                old[old.len() - 1].flags & LAST
            } else {
                0
            };
            let continued = from > 0 && lacing[from - 1] == 255;
            let sequence = old[0].sequence.wrapping_add(at as u32);
            pages.push(header_page(
                old[0].serial,
                sequence,
                last,
                continued,
                segments,
                of_page,
            ));
            (body, from) = (rest, to);
        }
        pages
    }

    /// Gives the later pages of the stream numbers that follow, and refuses a file of which a part would be missed.
    fn renumber(
        &self,
        source: &mut dyn Source,
        mut at: u64,
        shift: u32,
        splices: &mut Vec<Splice>,
    ) -> Result<(), TagError> {
        let headers_end = self.pages[self.pages.len() - 1].end();
        let mut ended = self.pages.iter().any(Page::is_last);
        while at < self.size {
            let Some(page) = page_at(source, at, self.size)? else {
                if shift != 0 && !ended {
                    return Err(malformed(format!(
                        "expected a page at byte {at} to give it another number, found none"
                    )));
                }
                at = next_capture(source, at, self.size)?;
                continue;
            };
            at = page.end();
            if page.is_first() && page.at >= headers_end {
                return Err(unsupported(
                    "expected one stream, found a chain of several, each with comments of its own"
                        .into(),
                ));
            }
            if page.serial != self.pages[0].serial {
                continue;
            }
            ended |= page.is_last();
            if shift != 0 {
                let bytes = page.bytes(source)?.ok_or_else(|| damaged(&page))?;
                let insert = renumbered(bytes, page.sequence.wrapping_add(shift));
                splices.push(Splice {
                    at: page.at + SEQUENCE_AT as u64,
                    remove: insert.len() as u64,
                    insert,
                });
            }
        }
        splices.sort_by_key(|splice| splice.at);
        Ok(())
    }
}

/// The lengths of a packet's segments.
fn lacing(packet: &[u8]) -> impl Iterator<Item = u8> {
    let last = (packet.len() % 255) as u8;
    std::iter::repeat_n(255, packet.len() / 255).chain([last])
}

/// Whether the packets can stand in so many pages.
fn fits(packets: &[Vec<u8>], pages: usize) -> bool {
    let segments: usize = packets.iter().map(|packet| packet.len() / 255 + 1).sum();
    (pages..=pages * MOST_SEGMENTS).contains(&segments)
}

fn damaged(page: &Page) -> TagError {
    malformed(format!(
        "expected a right CRC of the page at byte {}, found a wrong one",
        page.at
    ))
}

fn malformed(reason: String) -> TagError {
    TagError::Malformed { tag: "Ogg", reason }
}

fn unsupported(reason: String) -> TagError {
    TagError::Unsupported { tag: "Ogg", reason }
}
