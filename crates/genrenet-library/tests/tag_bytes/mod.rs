//! Tags and files around them, built byte by byte.

use proptest::prelude::*;

/// A frame of MPEG audio of 417 bytes, and 11 more like it.
pub fn mpeg() -> Vec<u8> {
    let mut frame = vec![0x55; 417];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x90, 0x64]);
    frame.repeat(12)
}

pub fn synchsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (size >> shift & 0x7F) as u8)
}

/// How a tag is built.
#[derive(Clone, Debug)]
pub struct Shape {
    pub version: u8,
    pub unsynchronised: bool,
    pub extended: bool,
    pub footer: bool,
    /// Sizes of version 2.4 as old versions of iTunes write them.
    pub plain_sizes: bool,
    pub padding: usize,
}

impl Shape {
    pub fn plain(version: u8) -> Shape {
        Shape {
            version,
            unsynchronised: false,
            extended: false,
            footer: false,
            plain_sizes: false,
            padding: 0,
        }
    }

    fn frame(&self, name: &str, flags: [u8; 2], content: &[u8]) -> Vec<u8> {
        let mut frame = name.as_bytes().to_vec();
        let content = match self.unsynchronised && self.version == 4 {
            true => stuffed(content),
            false => content.to_vec(),
        };
        let size = content.len() as u32;
        match self.version {
            2 => frame.extend(&size.to_be_bytes()[1..]),
            4 if !self.plain_sizes => frame.extend(synchsafe(content.len())),
            _ => frame.extend(size.to_be_bytes()),
        }
        if self.version > 2 {
            frame.extend(flags);
        }
        frame.extend(content);
        frame
    }

    /// The tag with these frames: names, flags, contents.
    pub fn tag(&self, frames: &[(&str, [u8; 2], Vec<u8>)]) -> Vec<u8> {
        let frames = frames
            .iter()
            .flat_map(|(name, flags, content)| self.frame(name, *flags, content));
        let mut body: Vec<u8> = Vec::new();
        let extended = self.extended && self.version > 2;
        if extended && self.version == 3 {
            body.extend([0, 0, 0, 6, 0, 0]);
            body.extend((self.padding as u32).to_be_bytes());
        } else if extended {
            body.extend([0, 0, 0, 6, 1, 0]);
        }
        body.extend(frames);
        if self.unsynchronised && self.version < 4 {
            body = stuffed(&body);
        }
        let footer = self.footer && self.version == 4;
        if !footer {
            body.extend(vec![0; self.padding]);
        }
        let flags =
            u8::from(self.unsynchronised) << 7 | u8::from(extended) << 6 | u8::from(footer) << 4;
        let mut head = vec![self.version, 0, flags];
        head.extend(synchsafe(body.len()));
        let mut tag = [b"ID3", &head[..], &body].concat();
        if footer {
            tag.extend([b"3DI", &head[..]].concat());
        }
        tag
    }
}

fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, &byte) in bytes.iter().enumerate() {
        out.push(byte);
        if byte == 0xFF
            && bytes
                .get(at + 1)
                .is_none_or(|&next| next == 0 || next >= 0xE0)
        {
            out.push(0);
        }
    }
    out
}

pub fn id3v1(genre: u8) -> Vec<u8> {
    let mut tag = vec![0; 128];
    tag[..8].copy_from_slice(b"TAGTitle");
    tag[33..39].copy_from_slice(b"Artist");
    tag[126] = 7;
    tag[127] = genre;
    tag
}

/// Items: keys, flags, values.
pub fn ape(version: u32, header: bool, items: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, flags, value) in items {
        body.extend((value.len() as u32).to_le_bytes());
        body.extend(flags.to_le_bytes());
        body.extend(key.bytes());
        body.push(0);
        body.extend(*value);
    }
    let end = |flags: u32| {
        let numbers = [version, body.len() as u32 + 32, items.len() as u32, flags];
        let mut bytes = b"APETAGEX".to_vec();
        bytes.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
        bytes.extend([0; 8]);
        bytes
    };
    let has = if header { 1 << 31 } else { 0 };
    let head = if header {
        end(has | 1 << 29)
    } else {
        Vec::new()
    };
    [head, body.clone(), end(has)].concat()
}

/// A RIFF or IFF file of these chunks.
pub fn chunks(header: &[u8; 4], form: &[u8; 4], chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let size = |length: usize| match header {
        b"FORM" => (length as u32).to_be_bytes(),
        _ => (length as u32).to_le_bytes(),
    };
    let mut body = form.to_vec();
    for (name, content) in chunks {
        body.extend(*name);
        body.extend(size(content.len()));
        body.extend(content);
        body.extend(vec![0; content.len() % 2]);
    }
    [&header[..], &size(body.len()), &body].concat()
}

/// A list of information: names and texts.
pub fn info(items: &[(&[u8; 4], &str)]) -> Vec<u8> {
    let mut list = b"INFO".to_vec();
    for (name, text) in items {
        let size = text.len() + 1;
        list.extend(*name);
        list.extend((size as u32).to_le_bytes());
        list.extend(text.bytes());
        list.extend(vec![0; 1 + size % 2]);
    }
    list
}

/// Shapes that the standard allows.
pub fn shapes() -> impl Strategy<Value = Shape> {
    let padding = prop_oneof![Just(0usize), 1usize..40, Just(500usize)];
    (2u8..5, any::<[bool; 4]>(), padding).prop_map(
        |(version, [unsynchronised, extended, footer, plain_sizes], padding)| Shape {
            version,
            unsynchronised,
            // The size of the padding, which would be unsynchronised too.
            extended: extended && !(unsynchronised && version == 3),
            footer,
            plain_sizes,
            padding,
        },
    )
}

/// Frames with any content, among them genres and named texts.
pub fn frames(version: u8) -> impl Strategy<Value = Vec<(&'static str, [u8; 2], Vec<u8>)>> {
    let names: [&str; 6] = match version {
        2 => ["TCO", "TXX", "TT2", "PIC", "POP", "ETC"],
        _ => ["TCON", "TXXX", "TIT2", "APIC", "POPM", "ETCO"],
    };
    let text = prop_oneof![
        "[a-z]{1,9}".prop_map(|text| [&[0], text.as_bytes()].concat()),
        "(\\(17\\)|\\(RX\\)|\\(\\()[a-z]{0,9}".prop_map(|text| [&[0], text.as_bytes()].concat()),
        "[a-zé]{1,9}".prop_map(|text| {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [1, 0xFF, 0xFE].into_iter().chain(units).collect()
        }),
        Just(b"\0Mood\0calm".to_vec()),
        Just(b"\0mood\0".to_vec()),
        Just(vec![0]),
    ];
    let byte = prop_oneof![Just(0xFFu8), Just(0), Just(0xE0), any::<u8>()];
    let any_bytes = prop_oneof![
        prop::collection::vec(byte.clone(), 1..60),
        prop::collection::vec(byte, 120..400),
    ];
    let frame = prop_oneof![(0usize..3, text), (3usize..6, any_bytes),];
    let frame = frame.prop_map(move |(name, content)| (names[name], [0, 0], content));
    prop::collection::vec(frame, 0..8)
}

/// A WAV with these chunks of tags.
pub fn wave(tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut all: Vec<(&[u8; 4], Vec<u8>)> = vec![(b"fmt ", vec![1; 16]), (b"data", vec![9; 101])];
    all.extend(tags.iter().cloned());
    all.push((b"cue ", vec![0; 4]));
    chunks(b"RIFF", b"WAVE", &all)
}
