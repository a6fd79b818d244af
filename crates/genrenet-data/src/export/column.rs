//! One column of a Parquet table: its description in the schema, and its values of the row group that is being gathered.
//!
//! A row group has one page for each column, plain and uncompressed: any reader of Parquet 1.0 reads it, and features hardly compress.
//! Source: the Apache Parquet format's `parquet.thrift` and "Encodings" (PLAIN, RLE).

use std::io;

use super::table::{Cell, ColumnKind};
use super::thrift::{Struct, unsigned};

const PLAIN: i32 = 0;
const RLE: i32 = 3;

/// A column's values since the last row group.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
    /// Whether every row has a value, so that none can be null.
    pub(super) required: bool,
    values: Vec<u8>,
    repetition: Levels,
    definition: Levels,
    /// Values, nulls, and empty lists: what has levels.
    count: usize,
}

impl Column {
    pub(super) fn new(name: &str, kind: ColumnKind, required: bool) -> Column {
        Column {
            name: name.to_owned(),
            kind,
            required,
            values: Vec::new(),
            repetition: Levels::default(),
            definition: Levels::default(),
            count: 0,
        }
    }

    /// Appends a cell of this column's kind.
    pub(super) fn push(&mut self, cell: &Cell) {
        let values = &mut self.values;
        let present = match *cell {
            Cell::Text(text) => text.map(|text| {
                // A longer text than `u32` can tell is refused with its page.
                values.extend((text.len() as u32).to_le_bytes());
                values.extend(text.as_bytes());
            }),
            Cell::Double(number) => number.map(|v| values.extend(v.to_le_bytes())),
            Cell::Float(number) => number.map(|v| values.extend(v.to_le_bytes())),
            Cell::Int(number) => number.map(|v| values.extend(v.to_le_bytes())),
            // One byte each until the page is made: there they become bits.
            Cell::Bool(bit) => bit.map(|bit| values.push(u8::from(bit))),
            Cell::Floats(list) => return self.push_list(list),
        };
        self.definition.push(1, u8::from(present.is_some()));
        self.count += 1;
    }

    /// Appends a list; definition levels are 0 for null, 1 for an empty list, 2 for a number.
    fn push_list(&mut self, list: Option<&[f32]>) {
        let numbers = list.unwrap_or_default();
        let levels = numbers.len().max(1);
        let definition = match list {
            None => 0,
            Some([]) => 1,
            Some(_) => 2,
        };
        self.values
            .extend(numbers.iter().flat_map(|v| v.to_le_bytes()));
        self.repetition.push(1, 0);
        self.repetition.push(levels - 1, 1);
        self.definition.push(levels, definition);
        self.count += levels;
    }

    /// Bytes that are held.
    pub(super) fn size(&self) -> usize {
        self.values.len() + self.repetition.bytes.len() + self.definition.bytes.len()
    }

    /// Takes the gathered values: the parts of a page that begins at `offset` of the file, and its chunk's metadata and size.
    ///
    /// # Errors
    /// If the page is longer than the format allows (2 GiB).
    pub(super) fn take_page(&mut self, offset: u64) -> io::Result<([Vec<u8>; 4], Struct, u64)> {
        let taken = Column::new(&self.name, self.kind, self.required);
        let taken = std::mem::replace(self, taken);
        let repetition = match self.kind {
            ColumnKind::Floats => taken.repetition.finish(),
            _ => Vec::new(),
        };
        let definition = match self.required {
            true => Vec::new(),
            false => taken.definition.finish(),
        };
        let values = match self.kind {
            ColumnKind::Bool => bits(&taken.values),
            _ => taken.values,
        };
        let length = repetition.len() + definition.len() + values.len();
        let length = i32::try_from(length).map_err(|_| too_long())?;
        let data = Struct::default()
            .i32(1, taken.count as i32)
            .i32(2, PLAIN)
            .i32(3, RLE)
            .i32(4, RLE);
        let header = Struct::default()
            .i32(1, 0)
            .i32(2, length)
            .i32(3, length)
            .structure(5, data)
            .finish();
        let size = header.len() as u64 + length as u64;
        let names: &[&str] = match self.kind {
            ColumnKind::Floats => &[&self.name, "list", "element"],
            _ => &[&self.name],
        };
        let metadata = Struct::default()
            .i32(1, self.kind.physical_type())
            .i32s(2, &[PLAIN, RLE])
            .texts(3, names)
            .i32(4, 0)
            .i64(5, taken.count as i64)
            .i64(6, size as i64)
            .i64(7, size as i64)
            .i64(9, offset as i64);
        let chunk = Struct::default()
            .i64(2, offset as i64)
            .structure(3, metadata);
        Ok(([header, repetition, definition, values], chunk, size))
    }

    /// The column's elements of the schema: one, or for a list three.
    pub(super) fn schema(&self) -> Vec<Struct> {
        let repetition = i32::from(!self.required);
        let kind = self.kind.physical_type();
        let element = |name| Struct::default().i32(1, kind).i32(3, 0).text(4, name);
        match self.kind {
            ColumnKind::Floats => vec![
                Struct::default()
                    .i32(3, repetition)
                    .text(4, &self.name)
                    .i32(5, 1)
                    .i32(6, 3),
                Struct::default().i32(3, 2).text(4, "list").i32(5, 1),
                element("element"),
            ],
            _ => {
                let column = Struct::default()
                    .i32(1, kind)
                    .i32(3, repetition)
                    .text(4, &self.name);
                vec![match self.kind {
                    ColumnKind::Text => column.i32(6, 0),
                    _ => column,
                }]
            }
        }
    }
}

/// Levels below 256 in runs of equal ones (the RLE encoding).
#[derive(Default)]
struct Levels {
    bytes: Vec<u8>,
    run: usize,
    level: u8,
}

impl Levels {
    fn push(&mut self, count: usize, level: u8) {
        if level != self.level {
            self.end_run();
            self.level = level;
        }
        self.run += count;
    }

    fn end_run(&mut self) {
        if self.run > 0 {
            unsigned(&mut self.bytes, (self.run as u64) << 1);
            self.bytes.push(self.level);
        }
        self.run = 0;
    }

    /// The runs, with their length in bytes before them.
    fn finish(mut self) -> Vec<u8> {
        self.end_run();
        [&(self.bytes.len() as u32).to_le_bytes()[..], &self.bytes].concat()
    }
}

/// Eight truth values a byte, the first in the lowest bit.
fn bits(values: &[u8]) -> Vec<u8> {
    let byte = |eight: &[u8]| eight.iter().rev().fold(0, |byte, bit| byte << 1 | bit);
    values.chunks(8).map(byte).collect()
}

fn too_long() -> io::Error {
    io::Error::other(
        "a column of a row is longer than 2 GiB: too long for a Parquet page; features of such a song fit into .npz",
    )
}
