//! NumPy's `.npy` format: the header and the element types that arrays of features have.
//!
//! Source: NumPy's "NPY format" description (NEP 1), versions 1.0, 2.0 and 3.0.

use std::io::{self, Read};

/// Type of one element, little-endian unless a byte wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Bool,
    Unsigned(usize),
    Signed(usize),
    Float(usize),
    /// UTF-32 text of so many characters (`<U15`).
    Text(usize),
    /// Bytes of so many characters (`|S15`).
    Bytes(usize),
}

impl Element {
    fn parse(descr: &str) -> Option<Element> {
        let mut chars = descr.chars();
        let order = chars.next()?;
        let kind = chars.next()?;
        let size: usize = chars.as_str().parse().ok()?;
        let little =
            order == '<' || order == '|' || (order == '=' && cfg!(target_endian = "little"));
        if !little {
            return None;
        }
        match (kind, size) {
            ('b', 1) => Some(Element::Bool),
            ('u', 1 | 2 | 4 | 8) => Some(Element::Unsigned(size)),
            ('i', 1 | 2 | 4 | 8) => Some(Element::Signed(size)),
            ('f', 2 | 4 | 8) => Some(Element::Float(size)),
            ('U', 0..=65_536) => Some(Element::Text(size)),
            ('S', 0..=65_536) => Some(Element::Bytes(size)),
            _ => None,
        }
    }

    /// Bytes of one element.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Element::Bool => 1,
            Element::Unsigned(n) | Element::Signed(n) | Element::Float(n) | Element::Bytes(n) => n,
            Element::Text(n) => 4 * n,
        }
    }
}

/// The header of a `.npy` file.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) descr: String,
    pub(crate) element: Option<Element>,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
}

impl Header {
    /// Reads the header; the reader is then at the first element.
    pub(crate) fn read(reader: &mut impl Read) -> io::Result<Header> {
        let mut start = [0u8; 8];
        reader.read_exact(&mut start)?;
        if &start[..6] != b"\x93NUMPY" {
            return Err(fault("it does not start as a .npy file does"));
        }
        let length = if start[6] == 1 {
            let mut n = [0u8; 2];
            reader.read_exact(&mut n)?;
            u16::from_le_bytes(n) as usize
        } else {
            let mut n = [0u8; 4];
            reader.read_exact(&mut n)?;
            u32::from_le_bytes(n) as usize
        };
        if length > 1 << 20 {
            return Err(fault("its header is longer than a mebibyte"));
        }
        let mut text = vec![0u8; length];
        reader.read_exact(&mut text)?;
        Header::parse(&String::from_utf8_lossy(&text))
            .ok_or_else(|| fault("its header cannot be read"))
    }

    /// Reads the Python dictionary `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
    fn parse(text: &str) -> Option<Header> {
        let after = |key: &str| {
            let quoted = [format!("'{key}'"), format!("\"{key}\"")];
            let at = quoted
                .iter()
                .find_map(|q| text.find(q.as_str()).map(|at| at + q.len()))?;
            text[at..]
                .trim_start()
                .strip_prefix(':')
                .map(str::trim_start)
        };
        let fortran = after("fortran_order")?.starts_with("True");
        let list = after("shape")?.strip_prefix('(')?;
        let list = &list[..list.find(')')?];
        let shape = list
            .split(',')
            .map(|n| n.trim().trim_end_matches('L'))
            .filter(|n| !n.is_empty())
            .map(|n| n.parse().ok())
            .collect::<Option<Vec<usize>>>()?;
        let descr = after("descr")?;
        let quote = descr.chars().next()?;
        let descr = match quote {
            '\'' | '"' => descr[1..].split(quote).next()?.to_string(),
            _ => descr.split(']').next()?.to_string(), // a record type: kept for the message
        };
        Some(Header {
            element: Element::parse(&descr),
            descr,
            fortran,
            shape,
        })
    }

    /// Number of elements, or `None` if it cannot be counted.
    pub(crate) fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
    }
}

/// The header of a version 1.0 file, padded so that the data starts at a multiple of 64 bytes.
pub(crate) fn header_bytes(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut list = shape
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if shape.len() == 1 {
        list.push(',');
    }
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({list}), }}");
    let padding = 64 - (10 + text.len() + 1) % 64;
    text.extend(std::iter::repeat_n(' ', padding % 64));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.into_bytes());
    bytes
}

fn fault(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back() {
        for shape in [vec![], vec![7], vec![3, 4], vec![7194, 128, 128]] {
            let bytes = header_bytes("<f4", &shape);
            assert_eq!(bytes.len() % 64, 0);
            let header = Header::read(&mut &bytes[..]).unwrap();
            assert_eq!(header.shape, shape);
            assert_eq!(header.element, Some(Element::Float(4)));
            assert!(!header.fortran);
        }
    }

    #[test]
    fn faulty_headers_are_errors() {
        for bytes in [
            &b""[..],
            b"PK\x03\x04 nothing",
            b"\x93NUMPY\x01\x00\x05\x00{'a':",
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        ] {
            assert!(Header::read(&mut &bytes[..]).is_err());
        }
        assert!(
            Header::parse("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }")
                .unwrap()
                .element
                .is_none()
        );
        assert!(
            Header::parse("{'descr': [('a', '<f4')], 'fortran_order': True, 'shape': (2,), }")
                .unwrap()
                .element
                .is_none()
        );
    }
}
