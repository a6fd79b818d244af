//! Recognising a file's format by its first bytes, never by its name.

use super::mpeg_header::{self, Layer};
use super::{Input, id3};
use crate::error::AudioError;

/// A container or raw stream that has a reader here, and the byte at which it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Riff,
    Aiff,
    Au,
    Flac,
    Ogg,
    Mp4,
    Matroska,
    Adts,
    /// Layer II.
    Mpeg,
    Mp3,
}

/// Bytes read from the start: enough for every magic number here (a tar's is at 257, a MOD's at 1 080).
const HEAD: usize = 2048;
/// Bytes searched for the first MPEG frame if there is none at the start.
const SEARCHED: u64 = 1 << 20;
/// The same after a tag, which may state a wrong size: more than the largest cover images.
const SEARCHED_AFTER_TAG: u64 = 128 << 20;

/// Recognises what `input` holds; the second value is where it starts, after any ID3v2 tags.
///
/// # Errors
/// Names what was found if it is not audio that is decoded here.
pub(super) fn sniff(input: &mut Input) -> Result<(Kind, u64), AudioError> {
    if input.is_empty() {
        return Err(AudioError::Empty);
    }
    let tags_end = id3::after_tags(input, begins)?;
    // If a tag states more bytes than there are, its content is searched.
    let start = if tags_end < input.len() { tags_end } else { 0 };
    let mut head = vec![0; HEAD];
    let n = input.read_at(start, &mut head)?;
    let head = &head[..n];
    if let Some(kind) = by_magic(head)? {
        return Ok((kind, start));
    }
    // If a tag states a wrong size, what follows may be its own text.
    if let Some(refusal) = refusal(head) {
        return Err(refusal);
    }
    if let Some(what) = text(head).filter(|_| tags_end == 0) {
        return Err(AudioError::unsupported(what));
    }
    let searched = if tags_end == 0 {
        SEARCHED
    } else {
        SEARCHED_AFTER_TAG
    };
    if let Some((kind, at)) = mpeg_header::find(input, start, searched)? {
        return match kind {
            Layer::One => Err(AudioError::to_convert("MPEG audio layer I")),
            Layer::Two => Ok((Kind::Mpeg, at)),
            Layer::Three => Ok((Kind::Mp3, at)),
            Layer::Adts => Ok((Kind::Adts, at)),
        };
    }
    if tags_end >= input.len() {
        return Err(AudioError::no_sound("ID3", "a tag and nothing after it"));
    }
    if let Some(what) = late_refusal(head) {
        return Err(AudioError::unsupported(what));
    }
    if tags_end > 0 {
        return Err(AudioError::no_sound(
            "ID3",
            "a tag and no known audio format after it",
        ));
    }
    if head.iter().all(|&b| b == 0) {
        return Err(AudioError::Unknown {
            start: "zero bytes".to_owned(),
        });
    }
    Err(AudioError::Unknown {
        start: printable(&head[..n.min(12)]),
    })
}

/// Whether a stream that is decoded here may begin with these bytes.
fn begins(head: &[u8]) -> bool {
    by_magic(head).is_ok_and(|kind| kind.is_some()) || mpeg_header::starts_with_header(head)
}

/// The formats that are decoded and have a magic number.
fn by_magic(head: &[u8]) -> Result<Option<Kind>, AudioError> {
    let form = head.get(8..12).unwrap_or_default();
    let kind = match head.get(..4).unwrap_or_default() {
        b"RIFF" | b"RIFX" | b"RF64" | b"BW64" if form == b"WAVE" => Kind::Riff,
        b"FORM" if form == b"AIFF" || form == b"AIFC" => Kind::Aiff,
        b".snd" => Kind::Au,
        b"fLaC" => Kind::Flac,
        b"OggS" => Kind::Ogg,
        b"\x1a\x45\xdf\xa3" => Kind::Matroska,
        _ => {
            let boxes: [&[u8]; 8] = [
                b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"moof",
            ];
            let kind = head.get(4..8).unwrap_or_default();
            if !boxes.contains(&kind) {
                return Ok(None);
            }
            if kind == b"ftyp" {
                let picture = match form {
                    b"avif" | b"avis" => Some("an AVIF image"),
                    b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
                        Some("a HEIF image")
                    }
                    b"crx " => Some("a CR3 image"),
                    b"jp2 " => Some("a JPEG 2000 image"),
                    _ => None,
                };
                if let Some(picture) = picture {
                    return Err(AudioError::unsupported(picture));
                }
            }
            Kind::Mp4
        }
    };
    Ok(Some(kind))
}

/// Magic numbers of audio formats that are not decoded here, but by ffmpeg: (offset, bytes, name).
#[rustfmt::skip]
const TO_CONVERT: &[(usize, &[u8], &str)] = &[
    (0, b"MAC ", "APE (Monkey's Audio)"),
    (0, b"MPCK", "Musepack (SV8)"),
    (0, b"MP+", "Musepack (SV7)"),
    (0, b"wvpk", "WavPack"),
    (0, b"TTA1", "TTA (True Audio)"),
    (0, b"TTA2", "TTA (True Audio)"),
    (0, b"tBaK", "TAK"),
    (0, b"ajkg", "Shorten"),
    (0, b"DSD ", "DSD (DSF)"),
    (0, b"FRM8", "DSD (DSDIFF)"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA (an ASF file)"),
    (0, b".ra\xfd", "RealAudio"),
    (0, b".RMF", "RealMedia"),
    (0, b"caff", "CAF (Core Audio Format)"),
    (0, b"#!AMR", "AMR"),
    (0, b"\x0b\x77", "AC-3"),
    (0, b"\x7f\xfe\x80\x01", "DTS"),
    (0, b"ADIF", "AAC in ADIF"),
    (0, b"Creative Voice File", "VOC (Creative Voice)"),
    (0, b"NIST_1A", "NIST SPHERE"),
    (0, b"riff\x2e\x91\xcf\x11", "Wave64 (Sony)"),
    (8, b"8SVX", "8SVX"),
    (8, b"AVI ", "AVI video"),
    (0, b"FLV\x01", "Flash video"),
    (0, b"\0\0\x01\xba", "MPEG video"),
    (0, b"\0\0\x01\xb3", "MPEG video"),
];

/// Magic numbers of other formats: as above.
#[rustfmt::skip]
const REFUSED: &[(usize, &[u8], &str)] = &[
    (0, b"OFR ", "OptimFROG"),
    (0, b"LA02", "LA"),
    (0, b"LA03", "LA"),
    (0, b"LA04", "LA"),
    (0, b"MThd", "MIDI (notes, no audio)"),
    (8, b"RMID", "MIDI (notes, no audio)"),
    (0, b"#!SILK", "SILK"),
    (0, b"IMPM", "Impulse Tracker (notes)"),
    (0, b"Extended Module: ", "FastTracker (notes)"),
    (44, b"SCRM", "ScreamTracker (notes)"),
    (1080, b"M.K.", "MOD (notes)"),
    (8, b"WEBP", "a WebP image"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"8BPS", "a Photoshop image"),
    (0, b"\0\0\x01\0\x01\0", "an icon"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "PostScript"),
    (0, b"{\\rtf", "RTF text"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Microsoft Office document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"SQLite format 3", "an SQLite database"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"#EXTM3U", "an M3U playlist"),
    (0, b"[playlist]", "a PLS playlist"),
];

fn named(head: &[u8], table: &[(usize, &[u8], &'static str)]) -> Option<&'static str> {
    let starts = |(at, magic, _): &&(usize, &[u8], &str)| {
        head.get(*at..).is_some_and(|h| h.starts_with(magic))
    };
    table.iter().find(starts).map(|(_, _, name)| *name)
}

fn refusal(head: &[u8]) -> Option<AudioError> {
    if let Some(name) = named(head, TO_CONVERT) {
        return Some(AudioError::to_convert(name));
    }
    if let Some(name) = named(head, REFUSED) {
        return Some(AudioError::unsupported(name));
    }
    if head.len() > 376 && [0, 188, 376].iter().all(|&at| head[at] == 0x47) {
        return Some(AudioError::to_convert("an MPEG transport stream"));
    }
    if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
        return Some(AudioError::unsupported("a BMP image"));
    }
    is_musepack_sv4_to_6(head).then(|| AudioError::to_convert("Musepack (SV4 to SV6)"))
}

/// What is recognised only after no MPEG frame was found.
fn late_refusal(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Some("text (UTF-16)");
    }
    if head.starts_with(b"MZ") {
        return Some("a program");
    }
    None
}

/// Old Musepack streams have no magic number, only a header whose fields usually have these values
/// (libmpcdec, `streaminfo.c`: bit rate 0, no intensity stereo, version 4–6, block size 1).
fn is_musepack_sv4_to_6(head: &[u8]) -> bool {
    let Some(word) = head.first_chunk::<4>().map(|b| u32::from_le_bytes(*b)) else {
        return false;
    };
    let version = word >> 11 & 0x3ff;
    word >> 22 == 0
        && (4..=6).contains(&version)
        && word & 0x3f == 1
        && head.len() > 8
        && word >> 6 & 0x1f > 8
}

/// Whether the start is text, and of which kind.
fn text(head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let readable = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be incomplete.
        Err(e) if e.error_len().is_none() && e.valid_up_to() > 0 => {
            std::str::from_utf8(&head[..e.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if readable
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x0c' | '\x1b'))
    {
        return None;
    }
    let lower = readable
        .trim_start()
        .get(..64.min(readable.trim_start().len()))
        .unwrap_or(readable)
        .to_ascii_lowercase();
    Some(
        if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
            "HTML"
        } else if lower.starts_with("<svg") {
            "an SVG image"
        } else if lower.starts_with("<?xml") {
            "XML"
        } else {
            "text"
        },
    )
}

fn printable(bytes: &[u8]) -> String {
    if bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
        return format!("{:?}", String::from_utf8_lossy(bytes));
    }
    let hex: Vec<String> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    hex.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        match sniff(&mut Input::bytes(bytes)) {
            Err(e) => e.to_string(),
            Ok(kind) => panic!("recognised as {kind:?}"),
        }
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        assert_eq!(refused(b""), "empty file (0 bytes)");
        assert_eq!(refused(b"hello, I am no song\n"), "text is not supported");
        assert_eq!(
            refused("naïve — ünïcödé".as_bytes()),
            "text is not supported"
        );
        assert_eq!(
            refused(b"\xff\xfeH\0e\0l\0l\0o\0"),
            "text (UTF-16) is not supported"
        );
        assert_eq!(
            refused(b"  <!DOCTYPE html><html></html>"),
            "HTML is not supported"
        );
        assert_eq!(refused(b"%PDF-1.7 ..."), "PDF is not supported");
        assert_eq!(
            refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            "a PNG image is not supported"
        );
        assert_eq!(
            refused(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9"),
            "WMA (an ASF file) is not supported: convert it first, for example with ffmpeg -i SONG song.flac"
        );
        assert_eq!(
            refused(b"MThd\0\0\0\x06"),
            "MIDI (notes, no audio) is not supported"
        );
        assert_eq!(
            refused(b"DSD \x1c\0\0\0\0\0\0\0"),
            "DSD (DSF) is not supported: convert it first, for example with ffmpeg -i SONG song.flac"
        );
        assert_eq!(
            refused(&[0; 5000]),
            "not a known audio format (starts with zero bytes)"
        );
        assert_eq!(
            refused(b"\x01\x02\x03\x04"),
            "not a known audio format (starts with 01 02 03 04)"
        );
    }

    #[test]
    fn a_tag_alone_is_refused() {
        let mut tag = b"ID3\x04\0\0\0\0\0\x0a".to_vec();
        tag.extend([0; 10]);
        assert_eq!(refused(&tag), "ID3: a tag and nothing after it");
        // A tag that states more bytes than the file has.
        assert_eq!(
            refused(b"ID3\x03\0\0\x7f\x7f\x7f\x7f..."),
            "ID3: a tag and nothing after it"
        );
    }

    #[test]
    fn tags_in_front_are_skipped() {
        let mut tagged = b"ID3\x04\0\0\0\0\0\x04....".to_vec();
        tagged.extend(b"fLaC\0\0\0\x22");
        assert_eq!(
            sniff(&mut Input::bytes(tagged)).ok(),
            Some((Kind::Flac, 14))
        );
        let mut tagged = b"ID3\x04\0\0\0\0\0\x04....".to_vec();
        tagged.extend(b"MAC \x96\x0f");
        assert_eq!(
            refused(&tagged),
            "APE (Monkey's Audio) is not supported: convert it first, for example with ffmpeg -i SONG song.flac"
        );
    }
}
