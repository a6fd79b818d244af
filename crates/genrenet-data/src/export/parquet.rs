//! Parquet tables, one row per song or window: `path`, `genre`, `artist`, `split`, `start`, `seconds`, `rate`, and lists of floats `log_mel` and `mfcc`, row-major, with
//! the number of their rows in `log_mel_bands` and `mfcc_coefficients`.
//!
//! Pages are plain and uncompressed: any reader of Parquet 1.0 reads them, and features hardly compress.
//! Source: the Apache Parquet format's `parquet.thrift` and "Encodings" (PLAIN, RLE).

use genrenet_files::NewFile;
use std::io::{self, BufWriter, Write};

use genrenet_audio::Matrix;

use super::Track;
use super::thrift::{Struct, unsigned};

/// Songs are written together until their features take this many bytes.
const ROW_GROUP_BYTES: usize = 16 << 20;

const INT32: i32 = 1;
const FLOAT: i32 = 4;
const DOUBLE: i32 = 5;
const BYTE_ARRAY: i32 = 6;
const PLAIN: i32 = 0;
const RLE: i32 = 3;

/// A column's name, physical type, and whether it is a list.
const COLUMNS: [(&str, i32, bool); 11] = [
    ("path", BYTE_ARRAY, false),
    ("genre", BYTE_ARRAY, false),
    ("artist", BYTE_ARRAY, false),
    ("split", BYTE_ARRAY, false),
    ("start", DOUBLE, false),
    ("seconds", DOUBLE, false),
    ("rate", INT32, false),
    ("log_mel_bands", INT32, false),
    ("log_mel", FLOAT, true),
    ("mfcc_coefficients", INT32, false),
    ("mfcc", FLOAT, true),
];

/// Pages of one column in the row group that is being gathered.
#[derive(Default)]
struct Column {
    bytes: Vec<u8>,
    values: i64,
}

pub(super) struct Parquet {
    file: BufWriter<NewFile>,
    at: u64,
    columns: [Column; COLUMNS.len()],
    rows: i64,
    total_rows: i64,
    groups: Vec<Struct>,
}

impl Parquet {
    pub(super) fn new(mut file: BufWriter<NewFile>) -> io::Result<Parquet> {
        file.write_all(b"PAR1")?;
        Ok(Parquet {
            file,
            at: 4,
            columns: Default::default(),
            rows: 0,
            total_rows: 0,
            groups: Vec::new(),
        })
    }

    pub(super) fn push(&mut self, track: &Track) -> io::Result<()> {
        let rows = |m: Option<&Matrix>| (m.map_or(0, |m| m.rows) as i32).to_le_bytes();
        let rate = i32::try_from(track.rate).unwrap_or(i32::MAX);
        let words = [track.path, track.genre, track.artist, track.split];
        let [
            path,
            genre,
            artist,
            split,
            start,
            seconds,
            own_rate,
            bands,
            log_mel,
            coefficients,
            mfcc,
        ] = &mut self.columns;
        for (column, word) in [path, genre, artist, split].into_iter().zip(words) {
            let length = u32::try_from(word.len()).map_err(|_| too_long())?;
            column.page(1, &[&length.to_le_bytes(), word.as_bytes()])?;
        }
        start.page(1, &[&track.start.to_le_bytes()])?;
        seconds.page(1, &[&track.seconds.to_le_bytes()])?;
        own_rate.page(1, &[&rate.to_le_bytes()])?;
        bands.page(1, &[&rows(track.log_mel)])?;
        log_mel.list_page(track.log_mel)?;
        coefficients.page(1, &[&rows(track.mfcc)])?;
        mfcc.list_page(track.mfcc)?;
        self.rows += 1;
        if self.columns.iter().map(|c| c.bytes.len()).sum::<usize>() >= ROW_GROUP_BYTES {
            self.flush_group()?;
        }
        Ok(())
    }

    fn flush_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut chunks = Vec::new();
        let mut total = 0;
        for (column, &(name, kind, list)) in self.columns.iter_mut().zip(&COLUMNS) {
            let offset = self.at as i64;
            let size = column.bytes.len() as i64;
            let names: &[&str] = if list {
                &[name, "list", "element"]
            } else {
                &[name]
            };
            let meta = Struct::default()
                .i32(1, kind)
                .i32s(2, &[PLAIN, RLE])
                .texts(3, names)
                .i32(4, 0)
                .i64(5, column.values)
                .i64(6, size)
                .i64(7, size)
                .i64(9, offset);
            chunks.push(Struct::default().i64(2, offset).structure(3, meta));
            self.file.write_all(&column.bytes)?;
            self.at += column.bytes.len() as u64;
            total += size;
            column.bytes.clear();
            column.bytes.shrink_to(ROW_GROUP_BYTES);
            column.values = 0;
        }
        let group = Struct::default()
            .structures(1, chunks)
            .i64(2, total)
            .i64(3, self.rows);
        self.groups.push(group);
        self.total_rows += self.rows;
        self.rows = 0;
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<BufWriter<NewFile>> {
        self.flush_group()?;
        let mut schema = vec![
            Struct::default()
                .text(4, "songs")
                .i32(5, COLUMNS.len() as i32),
        ];
        for (name, kind, list) in COLUMNS {
            if list {
                schema.push(
                    Struct::default()
                        .i32(3, 1)
                        .text(4, name)
                        .i32(5, 1)
                        .i32(6, 3),
                );
                schema.push(Struct::default().i32(3, 2).text(4, "list").i32(5, 1));
                schema.push(Struct::default().i32(1, kind).i32(3, 0).text(4, "element"));
            } else {
                let column = Struct::default().i32(1, kind).i32(3, 0).text(4, name);
                schema.push(if kind == BYTE_ARRAY {
                    column.i32(6, 0)
                } else {
                    column
                });
            }
        }
        let footer = Struct::default()
            .i32(1, 1)
            .structures(2, schema)
            .i64(3, self.total_rows)
            .structures(4, self.groups)
            .text(6, concat!("genrenet ", env!("CARGO_PKG_VERSION")))
            .finish();
        self.file.write_all(&footer)?;
        self.file.write_all(&(footer.len() as u32).to_le_bytes())?;
        self.file.write_all(b"PAR1")?;
        Ok(self.file)
    }
}

impl Column {
    /// Appends a data page of `values` values (nulls counted) that consists of these parts.
    fn page(&mut self, values: i32, parts: &[&[u8]]) -> io::Result<()> {
        let size: usize = parts.iter().map(|p| p.len()).sum();
        let size = i32::try_from(size).map_err(|_| too_long())?;
        let data = Struct::default()
            .i32(1, values)
            .i32(2, PLAIN)
            .i32(3, RLE)
            .i32(4, RLE);
        let header = Struct::default()
            .i32(1, 0)
            .i32(2, size)
            .i32(3, size)
            .structure(5, data);
        self.bytes.extend(header.finish());
        parts.iter().for_each(|p| self.bytes.extend_from_slice(p));
        self.values += i64::from(values);
        Ok(())
    }

    /// Appends a page with one list: repetition levels, definition levels (0 null, 1 empty, 2 a number), numbers.
    fn list_page(&mut self, matrix: Option<&Matrix>) -> io::Result<()> {
        let numbers = matrix.map_or(&[][..], |m| &m.data);
        let n = numbers.len();
        let values = i32::try_from(n.max(1)).map_err(|_| too_long())?;
        let definition = match (matrix, n) {
            (None, _) => 0,
            (Some(_), 0) => 1,
            _ => 2,
        };
        let repetition = levels(&[(1, 0), (n.saturating_sub(1), 1)]);
        let definition = levels(&[(n.max(1), definition)]);
        let data: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.page(values, &[&repetition, &definition, &data])
    }
}

/// Runs of levels below 256 in the RLE encoding, with their length in bytes before them.
fn levels(runs: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &(count, level) in runs.iter().filter(|r| r.0 > 0) {
        unsigned(&mut bytes, (count as u64) << 1);
        bytes.push(level);
    }
    [&(bytes.len() as u32).to_le_bytes()[..], &bytes].concat()
}

fn too_long() -> io::Error {
    io::Error::other(
        "one song's features are longer than 2 GiB: too long for a Parquet page, use .npz",
    )
}
