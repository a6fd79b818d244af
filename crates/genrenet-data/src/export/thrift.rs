//! Thrift's compact protocol, as far as Parquet's metadata needs it.
//!
//! Source: Apache Thrift, "Thrift Compact protocol encoding".

/// Bytes of one structure.
#[derive(Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

fn varint(bytes: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        bytes.push(v as u8 | 0x80);
        v >>= 7;
    }
    bytes.push(v as u8);
}

fn zigzag(v: i64) -> u64 {
    ((v << 1) ^ (v >> 63)) as u64
}

/// An unsigned number in groups of seven bits, as levels of Parquet pages use it too.
pub(super) fn unsigned(bytes: &mut Vec<u8>, v: u64) {
    varint(bytes, v);
}

impl Struct {
    fn field(&mut self, id: u8, kind: u8) {
        // Fields come in rising order, at most 15 apart.
        self.bytes.push((id - self.last) << 4 | kind);
        self.last = id;
    }

    pub(super) fn i32(mut self, id: u8, v: i32) -> Struct {
        self.field(id, I32);
        varint(&mut self.bytes, zigzag(v.into()));
        self
    }

    pub(super) fn i64(mut self, id: u8, v: i64) -> Struct {
        self.field(id, I64);
        varint(&mut self.bytes, zigzag(v));
        self
    }

    pub(super) fn text(mut self, id: u8, v: &str) -> Struct {
        self.field(id, BINARY);
        varint(&mut self.bytes, v.len() as u64);
        self.bytes.extend(v.as_bytes());
        self
    }

    pub(super) fn structure(mut self, id: u8, v: Struct) -> Struct {
        self.field(id, STRUCT);
        self.bytes.extend(v.finish());
        self
    }

    fn list(&mut self, id: u8, kind: u8, len: usize) {
        self.field(id, LIST);
        if len < 15 {
            self.bytes.push((len as u8) << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            varint(&mut self.bytes, len as u64);
        }
    }

    pub(super) fn structures(self, id: u8, list: Vec<Struct>) -> Struct {
        let encoded: Vec<Vec<u8>> = list.into_iter().map(Struct::finish).collect();
        self.encoded(id, &encoded)
    }

    /// A list of structures that are finished.
    pub(super) fn encoded(mut self, id: u8, list: &[Vec<u8>]) -> Struct {
        self.list(id, STRUCT, list.len());
        list.iter().for_each(|bytes| self.bytes.extend(bytes));
        self
    }

    pub(super) fn i32s(mut self, id: u8, list: &[i32]) -> Struct {
        self.list(id, I32, list.len());
        list.iter()
            .for_each(|&v| varint(&mut self.bytes, zigzag(v.into())));
        self
    }

    pub(super) fn texts(mut self, id: u8, list: &[&str]) -> Struct {
        self.list(id, BINARY, list.len());
        for v in list {
            varint(&mut self.bytes, v.len() as u64);
            self.bytes.extend(v.as_bytes());
        }
        self
    }

    /// The structure's bytes, with the mark of its end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}
