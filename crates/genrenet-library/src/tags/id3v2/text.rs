//! Text of frames in its four encodings.

/// How the text of a frame is encoded: the first byte of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Latin1,
    /// With a byte order mark in front of each text.
    Utf16,
    Utf16BigEndian,
    Utf8,
}

impl Encoding {
    pub fn of(byte: u8) -> Option<Encoding> {
        let all = [
            Encoding::Latin1,
            Encoding::Utf16,
            Encoding::Utf16BigEndian,
            Encoding::Utf8,
        ];
        all.get(usize::from(byte)).copied()
    }

    pub fn byte(self) -> u8 {
        self as u8
    }

    /// Whether these texts can be written so.
    pub fn holds(self, texts: &[&str]) -> bool {
        let mut chars = texts.iter().flat_map(|text| text.chars());
        self != Encoding::Latin1 || chars.all(|char| u32::from(char) < 0x100)
    }

    /// The texts, with a NUL between each two.
    pub fn encode(self, texts: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                bytes.extend(vec![0; self.unit()]);
            }
            match self {
                Encoding::Latin1 => bytes.extend(text.chars().map(|char| char as u8)),
                Encoding::Utf8 => bytes.extend(text.bytes()),
                Encoding::Utf16 => {
                    bytes.extend([0xFF, 0xFE]);
                    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
                }
                Encoding::Utf16BigEndian => {
                    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
                }
            }
        }
        bytes
    }

    /// The texts between NULs; what is no text in this encoding is replaced.
    pub fn decode(self, bytes: &[u8]) -> Vec<String> {
        match self {
            Encoding::Latin1 => {
                let texts = bytes.split(|&byte| byte == 0);
                texts
                    .map(|text| text.iter().map(|&byte| char::from(byte)).collect())
                    .collect()
            }
            Encoding::Utf8 => {
                let texts = bytes.split(|&byte| byte == 0);
                texts
                    .map(|text| String::from_utf8_lossy(text).into_owned())
                    .collect()
            }
            Encoding::Utf16 => utf16(bytes, false),
            Encoding::Utf16BigEndian => utf16(bytes, true),
        }
    }

    fn unit(self) -> usize {
        match self {
            Encoding::Latin1 | Encoding::Utf8 => 1,
            Encoding::Utf16 | Encoding::Utf16BigEndian => 2,
        }
    }
}

/// Each text may have a byte order mark of its own; one without keeps the order of the one before.
fn utf16(bytes: &[u8], mut big_endian: bool) -> Vec<String> {
    let units: Vec<[u8; 2]> = bytes
        .chunks_exact(2)
        .map(|pair| [pair[0], pair[1]])
        .collect();
    let texts = units.split(|unit| *unit == [0, 0]).map(|text| {
        let text = match text {
            [[0xFE, 0xFF], rest @ ..] => {
                big_endian = true;
                rest
            }
            [[0xFF, 0xFE], rest @ ..] => {
                big_endian = false;
                rest
            }
            _ => text,
        };
        let units = text.iter().map(|&unit| match big_endian {
            true => u16::from_be_bytes(unit),
            false => u16::from_le_bytes(unit),
        });
        char::decode_utf16(units)
            .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(texts in prop::collection::vec("[^\0\u{feff}\u{fffe}]{0,9}", 1..4), byte in 0u8..4) {
            let encoding = Encoding::of(byte).unwrap();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assume!(encoding.holds(&texts));
            prop_assert_eq!(encoding.decode(&encoding.encode(&texts)), texts);
            prop_assert_eq!(encoding.byte(), byte);
        }
    }
}
