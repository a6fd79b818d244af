//! The frames of a tag.

use sha2::{Digest, Sha256};

use super::body::{Body, synchronise};
use super::genres;
use super::header::{Header, from_synchsafe, to_synchsafe};
use super::text::Encoding;
use super::zeros;
use crate::tags::error::TagError;
use crate::tags::layout::{Field, Source};
use crate::tags::positions::bytes_at;

/// How the sizes of frames are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sizes {
    /// Three bytes: version 2.2.
    Three,
    /// Four bytes: version 2.3, and what old versions of iTunes call 2.4.
    Four,
    /// Four bytes below 128: version 2.4.
    Synchsafe,
}

impl Sizes {
    /// As the frames between these positions have them.
    pub fn of(
        source: &mut dyn Source,
        header: &Header,
        at: u64,
        end: u64,
    ) -> Result<Sizes, TagError> {
        match header.version {
            2 => return Ok(Sizes::Three),
            3 => return Ok(Sizes::Four),
            _ => {}
        }
        let synchsafe = leads_to_the_end(source, Sizes::Synchsafe, at, end)?;
        match synchsafe || !leads_to_the_end(source, Sizes::Four, at, end)? {
            true => Ok(Sizes::Synchsafe),
            false => Ok(Sizes::Four),
        }
    }

    fn read(self, bytes: &[u8]) -> Option<u32> {
        match (self, bytes) {
            (Sizes::Three, &[a, b, c, ..]) => Some(u32::from_be_bytes([0, a, b, c])),
            (Sizes::Four, &[a, b, c, d, ..]) => Some(u32::from_be_bytes([a, b, c, d])),
            (Sizes::Synchsafe, &[a, b, c, d, ..]) => from_synchsafe([a, b, c, d]),
            _ => None,
        }
    }

    /// The bytes of a size below 2²⁴.
    pub fn write(self, size: u32) -> Vec<u8> {
        match self {
            Sizes::Three => size.to_be_bytes()[1..].to_vec(),
            Sizes::Four => size.to_be_bytes().to_vec(),
            Sizes::Synchsafe => to_synchsafe(size).to_vec(),
        }
    }
}

/// Whether the frames, their sizes read in this way, end exactly with the tag or before zero bytes.
fn leads_to_the_end(
    source: &mut dyn Source,
    sizes: Sizes,
    mut at: u64,
    end: u64,
) -> Result<bool, TagError> {
    for _ in 0..MOST_FRAMES {
        if end - at < 10 {
            return zeros(source, at, end);
        }
        let head = bytes_at(source, at, 10)?;
        if head[0] == 0 {
            return zeros(source, at, end);
        }
        let size = sizes.read(&head[4..]).filter(|_| is_name(&head[..4]));
        match size.map(|size| at + 10 + u64::from(size)) {
            Some(next) if next <= end => at = next,
            _ => return Ok(false),
        }
    }
    Ok(false)
}

/// One frame and where it is.
pub(super) struct Frame {
    pub field: Field,
    /// Position of its header.
    pub at: u64,
    /// Position after it.
    pub end: u64,
    /// The flags of its status: whether it is kept where the tag or the file is changed.
    pub status: u8,
    pub content: Content,
}

/// What a frame holds, as far as a change of it needs it.
pub(super) enum Content {
    /// Text that can be replaced.
    Text {
        encoding: Encoding,
        /// Of a `TXXX` frame.
        description: Option<String>,
        /// The byte of a grouping.
        group: Option<u8>,
    },
    /// Text that can't, and why.
    Locked(&'static str),
    /// No text.
    Other,
}

impl Frame {
    pub fn is_genre(&self) -> bool {
        matches!(&*self.field.name, "TCON" | "TCO")
    }

    /// Its values, of a genre the names.
    pub fn values(&self) -> Vec<String> {
        let texts = self.field.text.iter();
        match self.is_genre() {
            true => texts.flat_map(|text| genres::named_by(text)).collect(),
            false => texts.cloned().collect(),
        }
    }
}

const MOST_FRAMES: usize = 1 << 16;
/// Of a frame whose text is kept.
const LONGEST_TEXT: u64 = 1 << 16;
/// Of all texts of a tag together.
const MOST_TEXT: u64 = 1 << 24;

/// Reads the frames up to the padding; also the position after the last one.
pub(super) fn read(
    body: &mut Body,
    header: &Header,
    sizes: Sizes,
) -> Result<(Vec<Frame>, u64), TagError> {
    let mut frames = Vec::new();
    let mut text_left = MOST_TEXT;
    let (head_length, name_length) = header.frame_header();
    loop {
        let at = body.at();
        let head = body.bytes(head_length)?;
        if head.first().is_none_or(|&byte| byte == 0) {
            let mut zeros = head.iter().all(|&byte| byte == 0);
            body.take(u64::MAX, &mut |part| zeros &= part.iter().all(|&b| b == 0))?;
            return match zeros {
                true => Ok((frames, at)),
                false => Err(header.malformed(format!(
                    "expected zero bytes after the last frame, at byte {at}, found others"
                ))),
            };
        }
        let name = head.get(..name_length).filter(|name| is_name(name));
        let (Some(name), true) = (name, head.len() == head_length) else {
            return Err(header.malformed(format!("expected a frame at byte {at}, found none")));
        };
        let size = sizes.read(&head[name_length..]);
        let size = u64::from(size.ok_or_else(|| too_long(header, name))?);
        let mut hash = Sha256::new_with_prefix(&head);
        let is_text = name[0] == b'T' && size <= LONGEST_TEXT.min(text_left);
        let mut content = Vec::new();
        let whole = body.take(size, &mut |part| {
            hash.update(part);
            if is_text {
                content.extend_from_slice(part);
            }
        })?;
        if !whole {
            return Err(too_long(header, name));
        }
        text_left -= content.len() as u64;
        if frames.len() == MOST_FRAMES {
            return Err(header.malformed(format!("expected at most {MOST_FRAMES} frames")));
        }
        let content = is_text.then_some(&content[..]);
        let (name, text, content) = interpret(header, name, &head, content);
        frames.push(Frame {
            field: Field {
                name,
                digest: hash.finalize().into(),
                text,
            },
            at,
            end: body.at(),
            status: if header.version == 2 { 0 } else { head[8] },
            content,
        });
    }
}

/// Capital letters and digits; at the end also what iTunes leaves of the names of version 2.2.
fn is_name(name: &[u8]) -> bool {
    let valid = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let (start, end) = name.split_at(3);
    start.iter().all(valid)
        && end
            .iter()
            .all(|byte| valid(byte) || matches!(byte, 0 | b' '))
}

fn too_long(header: &Header, name: &[u8]) -> TagError {
    header.malformed(format!(
        "expected a frame {} inside of the tag, found one that states to be longer",
        String::from_utf8_lossy(name)
    ))
}

/// The name of the field, its texts, and what stands against a change.
fn interpret(
    header: &Header,
    name: &[u8],
    head: &[u8],
    content: Option<&[u8]>,
) -> (String, Vec<String>, Content) {
    let name = String::from_utf8_lossy(name)
        .trim_end_matches(['\0', ' '])
        .to_owned();
    if !name.starts_with('T') {
        return (name, Vec::new(), Content::Other);
    }
    let Some(content) = content else {
        return (name, Vec::new(), Content::Locked("is too long"));
    };
    let plain = match header.version {
        2 => Ok((None, content.to_vec())),
        3 => plain_of_3(head[9], content),
        _ => plain_of_4(head[9], header.frames_unsynchronised(), content),
    };
    let (group, content) = match plain {
        Ok(plain) => plain,
        Err(reason) => return (name, Vec::new(), Content::Locked(reason)),
    };
    let Some((&first, text)) = content.split_first() else {
        let content = Content::Text {
            encoding: Encoding::Latin1,
            description: None,
            group,
        };
        return (name, Vec::new(), content);
    };
    let Some(encoding) = Encoding::of(first) else {
        return (name, Vec::new(), Content::Locked("has an unknown encoding"));
    };
    let mut texts = encoding.decode(text);
    let described = matches!(&*name, "TXXX" | "TXX");
    let description = described.then(|| texts.remove(0));
    texts.retain(|text| !text.is_empty());
    let name = match &description {
        Some(description) => format!("{name}:{description}"),
        None => name,
    };
    let read_only = match header.version {
        2 => 0,
        3 => 0x20,
        _ => 0x10,
    };
    if header.version > 2 && head[8] & read_only != 0 {
        return (name, texts, Content::Locked("is marked as read-only"));
    }
    let content = Content::Text {
        encoding,
        description,
        group,
    };
    (name, texts, content)
}

type Plain = Result<(Option<u8>, Vec<u8>), &'static str>;

/// The byte of a grouping, and the content without what the flags add.
fn plain_of_3(flags: u8, content: &[u8]) -> Plain {
    match flags {
        0 => Ok((None, content.to_vec())),
        0x20 => grouped(content),
        _ if flags & 0x80 != 0 => Err("is compressed"),
        _ if flags & 0x40 != 0 => Err("is encrypted"),
        _ => Err("has unknown flags"),
    }
}

fn plain_of_4(flags: u8, unsynchronised: bool, content: &[u8]) -> Plain {
    if flags & 0x08 != 0 {
        return Err("is compressed");
    }
    if flags & 0x04 != 0 {
        return Err("is encrypted");
    }
    if flags & !0x43 != 0 {
        return Err("has unknown flags");
    }
    let content = match unsynchronised || flags & 0x02 != 0 {
        true => synchronise(content),
        false => content.to_vec(),
    };
    let (group, content) = match flags & 0x40 {
        0 => (None, content),
        _ => grouped(&content)?,
    };
    match flags & 0x01 {
        0 => Ok((group, content)),
        _ => {
            let (length, content) = content
                .split_first_chunk()
                .ok_or("has no data length indicator")?;
            match from_synchsafe(*length) {
                Some(length) if length as usize == content.len() => Ok((group, content.to_vec())),
                _ => Err("has a wrong data length indicator"),
            }
        }
    }
}

fn grouped(content: &[u8]) -> Plain {
    let (&group, content) = content.split_first().ok_or("has no byte for its group")?;
    Ok((Some(group), content.to_vec()))
}
