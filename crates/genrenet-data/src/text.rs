//! The text of a table's bytes: UTF-8, or UTF-16 as spreadsheets save it.

use std::borrow::Cow;

/// Why bytes are not the text of a table; the message follows a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotText {
    #[error("it is a zip archive (as .xlsx and .ods are), not a text table: save it as CSV, UTF-8")]
    Archive,
    #[error("it is not a text table: it holds zero bytes")]
    ZeroBytes,
    #[error("line {line} is not UTF-8 (byte 0x{byte:02x}): save the table as CSV, UTF-8")]
    NotUtf8 { line: usize, byte: u8 },
    #[error("line {line} is not UTF-16, as its first bytes suggest: save the table as CSV, UTF-8")]
    NotUtf16 { line: usize },
}

/// The text in `bytes`, without a byte order mark: UTF-8, or UTF-16 of either byte order, recognised by its mark or, without
/// one, by the zero bytes of its first characters.
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    const ZIP: &[u8] = b"PK\x03\x04";
    if bytes.starts_with(ZIP) {
        return Err(NotText::Archive);
    }
    if let Some((rest, unit)) = utf_16(bytes) {
        return from_utf_16(rest, unit).map(Cow::Owned);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(NotText::ZeroBytes);
    }
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|e| {
        let (good, bad) = bytes.split_at(e.valid_up_to());
        let line = 1 + good.iter().filter(|&&b| b == b'\n').count();
        NotText::NotUtf8 { line, byte: bad[0] }
    })
}

/// Whether a table that begins with these bytes is UTF-16.
pub(crate) fn is_utf_16(head: &[u8]) -> bool {
    utf_16(head).is_some()
}

/// How two bytes make a unit.
type Unit = fn([u8; 2]) -> u16;

/// The bytes after the mark and how two of them make a unit, where they are UTF-16.
fn utf_16(bytes: &[u8]) -> Option<(&[u8], Unit)> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes)),
        // A header begins with Latin letters.
        [a, 0, b, 0, ..] if *a > 0 && *b > 0 => Some((bytes, u16::from_le_bytes)),
        [0, a, 0, b, ..] if *a > 0 && *b > 0 => Some((bytes, u16::from_be_bytes)),
        _ => None,
    }
}

fn from_utf_16(bytes: &[u8], unit: Unit) -> Result<String, NotText> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let fault = |text: &str| NotText::NotUtf16 {
        line: 1 + text.matches('\n').count(),
    };
    let mut text = String::with_capacity(pairs.len());
    for character in char::decode_utf16(pairs.iter().copied().map(unit)) {
        match character {
            Ok(character) if character != '\0' => text.push(character),
            _ => return Err(fault(&text)),
        }
    }
    match odd {
        [] => Ok(text),
        _ => Err(fault(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "path,genre\r\na.wav,M\u{fa}sica \u{1f3b5}\r\n";

    fn units(bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
        let mark = mark.then_some('\u{feff}');
        let text: String = mark.into_iter().chain(TABLE.chars()).collect();
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_unicode_encoding_reads_alike() {
        for bytes in [
            TABLE.as_bytes().to_vec(),
            format!("\u{feff}{TABLE}").into_bytes(),
            units(u16::to_le_bytes, true),
            units(u16::to_be_bytes, true),
            units(u16::to_le_bytes, false),
            units(u16::to_be_bytes, false),
        ] {
            assert_eq!(text(&bytes).unwrap(), TABLE);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_errors() {
        let mut odd = units(u16::to_le_bytes, true);
        odd.pop();
        for (bytes, part) in [
            (&b"PK\x03\x04rest"[..], "zip archive"),
            (b"path\0genre", "zero bytes"),
            (
                b"path,genre\na,M\xfasica\n",
                "line 2 is not UTF-8 (byte 0xfa)",
            ),
            (b"\xff\xfea\0\x00\xd8b\0", "line 1 is not UTF-16"),
            (&odd, "line 2 is not UTF-16"),
        ] {
            let fault = text(bytes).unwrap_err().to_string();
            assert!(fault.contains(part), "{fault}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_text_or_an_error(bytes: Vec<u8>) {
            let _ = text(&bytes);
        }
    }
}
