//! Reading `.npz` archives: numbers, compact bytes, ids and words.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use half::f16;

use crate::error::DataError;
use crate::npy::{Element, Header};

/// Most bytes of one array: 4 GiB are 260 000 log-mel spectrograms of 128 × 128 bytes.
const ARRAY_BYTES: u64 = 4 << 30;
/// Most bytes of all arrays that are read from one archive.
const ARCHIVE_BYTES: u64 = 8 << 30;
/// Most entries of an archive.
const ENTRIES: usize = 4096;
/// Most rows of a list of ids or words.
const ROWS: usize = 10_000_000;
/// An array beyond [`SMALL_BYTES`] that was compressed to less than this share is taken for a decompression bomb. (Measured features
/// take a fourth to a half of their bytes.)
const PACKED_SHARE: u64 = 200;
/// Smaller arrays are read whatever their compression.
const SMALL_BYTES: u64 = 64 << 20;

/// An archive of arrays as `numpy.savez` and `numpy.savez_compressed` write them.
pub struct Archive {
    path: PathBuf,
    zip: zip::ZipArchive<BufReader<File>>,
    headers: Vec<(String, Header)>,
    /// Bytes that may still be read.
    left: u64,
}

/// An array as it was stored, without conversion to floats where a byte holds an element.
pub(crate) enum Numbers {
    U8(Vec<u8>),
    I8(Vec<i8>),
    F32(Vec<f32>),
}

impl Archive {
    /// Opens an archive and reads the headers of all arrays in it.
    ///
    /// # Errors
    /// If the file cannot be read, is no zip archive, or holds an array without a readable header.
    pub fn open(path: &Path) -> Result<Archive, DataError> {
        let file = genrenet_files::open(path).map_err(DataError::io(path))?;
        let broken = |e: &dyn std::fmt::Display| DataError::Table {
            path: path.to_path_buf(),
            message: format!("it is not a readable .npz archive: {e}"),
        };
        let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| broken(&e))?;
        if zip.len() > ENTRIES {
            let found = format!("it has {} entries, expected at most {ENTRIES}", zip.len());
            return Err(broken(&found));
        }
        let names: Vec<String> = zip
            .file_names()
            .filter_map(|n| n.ok().map(|n| n.into_owned()))
            .collect();
        let mut headers = Vec::new();
        for file_name in names {
            let Some(name) = file_name.strip_suffix(".npy") else {
                continue;
            };
            let mut entry = zip.by_name(&file_name).map_err(|e| broken(&e))?;
            let header = Header::read(&mut entry).map_err(|e| DataError::Array {
                path: path.to_path_buf(),
                array: name.to_string(),
                expected: "an array in NumPy's .npy format".into(),
                found: e.to_string(),
            })?;
            headers.push((name.to_string(), header));
        }
        headers.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Archive {
            path: path.to_path_buf(),
            zip,
            headers,
            left: ARCHIVE_BYTES,
        })
    }

    /// The arrays' names in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    /// Shape of the array `name`, if there is one.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.header(name).map(|h| h.shape.as_slice())
    }

    /// Whether the array holds numbers (and not text).
    pub fn is_numeric(&self, name: &str) -> bool {
        self.header(name).is_some_and(|h| {
            matches!(
                h.element,
                Some(Element::Bool | Element::Unsigned(_) | Element::Signed(_) | Element::Float(_))
            )
        })
    }

    fn header(&self, name: &str) -> Option<&Header> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, h)| h)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// An error about one array of this archive.
    pub(crate) fn fault(
        &self,
        array: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> DataError {
        DataError::Array {
            path: self.path.clone(),
            array: array.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn raw(&mut self, name: &str) -> Result<(Header, Element, Vec<u8>), DataError> {
        let header = self.header(name).cloned().ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            self.fault(
                name,
                "an array of this name",
                format!("only {}", names.join(", ")),
            )
        })?;
        let Some(element) = header.element else {
            return Err(self.fault(
                name,
                "numbers or text, little-endian",
                format!("the type {}", header.descr),
            ));
        };
        if header.fortran && header.shape.iter().filter(|&&d| d > 1).count() > 1 {
            return Err(self.fault(
                name,
                "C order (save it with numpy.ascontiguousarray)",
                "Fortran order".to_string(),
            ));
        }
        let bytes = header.count().and_then(|n| n.checked_mul(element.bytes()));
        let Some(bytes) = bytes else {
            return Err(self.fault(
                name,
                "a shape that fits in memory",
                format!("{:?}", header.shape),
            ));
        };
        let most = ARRAY_BYTES.min(self.left);
        if bytes as u64 > most {
            return Err(self.fault(
                name,
                format!("at most {ARRAY_BYTES} bytes, and {ARCHIVE_BYTES} in the whole archive"),
                format!(
                    "{bytes} bytes ({} of the type {})",
                    shown(&header.shape),
                    header.descr
                ),
            ));
        }
        self.left -= bytes as u64;
        let fault = |found: String| DataError::Array {
            path: self.path.clone(),
            array: name.to_string(),
            expected: format!("{bytes} bytes of data for the shape {:?}", header.shape),
            found,
        };
        let mut entry = self
            .zip
            .by_name(&format!("{name}.npy"))
            .map_err(|e| fault(e.to_string()))?;
        Header::read(&mut entry).map_err(|e| fault(e.to_string()))?;
        let packed = entry.compressed_size();
        if bytes as u64 > SMALL_BYTES && bytes as u64 / PACKED_SHARE > packed {
            let found = format!("only {packed} packed ones, less than one for {PACKED_SHARE}");
            return Err(fault(found));
        }
        let mut data = Vec::with_capacity(bytes);
        entry
            .by_ref()
            .take(bytes as u64)
            .read_to_end(&mut data)
            .map_err(|e| fault(e.to_string()))?;
        if data.len() != bytes {
            return Err(fault(format!("{} bytes", data.len())));
        }
        Ok((header, element, data))
    }

    /// Reads numbers of any type; bytes stay bytes, everything else becomes `f32`.
    pub(crate) fn numbers(&mut self, name: &str) -> Result<(Vec<usize>, Numbers), DataError> {
        let (header, element, data) = self.raw(name)?;
        let numbers = match element {
            Element::Unsigned(1) | Element::Bool => Numbers::U8(data),
            Element::Signed(1) => Numbers::I8(data.into_iter().map(|v| v as i8).collect()),
            Element::Unsigned(2) => {
                Numbers::F32(convert(&data, |b: [u8; 2]| u16::from_le_bytes(b) as f32))
            }
            Element::Unsigned(4) => {
                Numbers::F32(convert(&data, |b: [u8; 4]| u32::from_le_bytes(b) as f32))
            }
            Element::Unsigned(_) => {
                Numbers::F32(convert(&data, |b: [u8; 8]| u64::from_le_bytes(b) as f32))
            }
            Element::Signed(2) => {
                Numbers::F32(convert(&data, |b: [u8; 2]| i16::from_le_bytes(b) as f32))
            }
            Element::Signed(4) => {
                Numbers::F32(convert(&data, |b: [u8; 4]| i32::from_le_bytes(b) as f32))
            }
            Element::Signed(_) => {
                Numbers::F32(convert(&data, |b: [u8; 8]| i64::from_le_bytes(b) as f32))
            }
            Element::Float(2) => Numbers::F32(convert(&data, |b| f16::from_le_bytes(b).to_f32())),
            Element::Float(4) => Numbers::F32(convert(&data, f32::from_le_bytes)),
            Element::Float(_) => {
                Numbers::F32(convert(&data, |b: [u8; 8]| f64::from_le_bytes(b) as f32))
            }
            Element::Text(_) | Element::Bytes(_) => {
                return Err(self.fault(name, "numbers", format!("text ({})", header.descr)));
            }
        };
        Ok((header.shape, numbers))
    }

    /// Reads numbers of any type as `f32`: shape and values, row-major.
    ///
    /// # Errors
    /// If there is no such array, it holds text, is in Fortran order, or is shorter than its shape.
    pub fn floats(&mut self, name: &str) -> Result<(Vec<usize>, Vec<f32>), DataError> {
        let (shape, numbers) = self.numbers(name)?;
        let floats = match numbers {
            Numbers::U8(v) => v.into_iter().map(f32::from).collect(),
            Numbers::I8(v) => v.into_iter().map(f32::from).collect(),
            Numbers::F32(v) => v,
        };
        Ok((shape, floats))
    }

    /// Reads a list of ids or words: text as it is, whole numbers in decimal.
    ///
    /// # Errors
    /// If there is no such array, it has more than one dimension, holds fractions, or is shorter than its shape.
    pub fn words(&mut self, name: &str) -> Result<Vec<String>, DataError> {
        let (header, element, data) = self.raw(name)?;
        if header.shape.len() != 1 {
            return Err(self.fault(
                name,
                "a list (one dimension)",
                format!("the shape {:?}", header.shape),
            ));
        }
        if header.shape[0] > ROWS {
            return Err(self.fault(
                name,
                format!("at most {ROWS} rows"),
                header.shape[0].to_string(),
            ));
        }
        let chunks = |size: usize| data.chunks_exact(size.max(1));
        Ok(match element {
            Element::Text(0) | Element::Bytes(0) => vec![String::new(); header.shape[0]],
            Element::Text(n) => chunks(4 * n)
                .map(|c| {
                    c.chunks_exact(4)
                        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                        .take_while(|&code| code != 0)
                        .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
                        .collect()
                })
                .collect(),
            Element::Bytes(n) => chunks(n)
                .map(|c| {
                    String::from_utf8_lossy(c)
                        .trim_end_matches('\0')
                        .to_string()
                })
                .collect(),
            Element::Unsigned(n) => chunks(n)
                .map(|c| {
                    c.iter()
                        .rev()
                        .fold(0u64, |v, &b| v << 8 | b as u64)
                        .to_string()
                })
                .collect(),
            Element::Signed(n) => chunks(n)
                .map(|c| {
                    let start = if c[n - 1] & 0x80 == 0 { 0i64 } else { -1 };
                    c.iter()
                        .rev()
                        .fold(start, |v, &b| v << 8 | b as i64)
                        .to_string()
                })
                .collect(),
            Element::Float(_) | Element::Bool => {
                return Err(self.fault(
                    name,
                    "whole numbers or text",
                    format!("the type {}", header.descr),
                ));
            }
        })
    }
}

/// A shape of a few axes in words; of many, how many.
fn shown(shape: &[usize]) -> String {
    match shape.len() {
        0..=8 => format!("the shape {shape:?}"),
        n => format!("a shape of {n} axes"),
    }
}

fn convert<const N: usize>(data: &[u8], decode: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    data.chunks_exact(N)
        .map(|c| decode(c.try_into().unwrap_or([0; N])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Dataset, OpenOptions};

    /// The clips' own golden values, unrounded, against their rows in FMA-small's arrays.
    #[test]
    fn rows_of_the_arrays_are_the_clips() {
        let root = std::env::var_os("GENRENET_SHARED")
            .map(PathBuf::from)
            .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
        let (clips, arrays) = (
            root.join("data/audio/fma_clips"),
            root.join("data/fma-small"),
        );
        if !clips.is_dir() || !arrays.is_dir() {
            println!("skipped: {} is not there", root.display());
            return;
        }
        let data = Dataset::open(&arrays, &OpenOptions::default()).unwrap();
        let mut rounding = Archive::open(&arrays.join("mfcc_first3s.npz")).unwrap();
        let steps = rounding.floats("scale").unwrap().1;
        let offsets = rounding.floats("offset").unwrap().1;
        let mut compared = 0;
        for (row, id) in data.rows.iter().map(|r| r.id.as_str()).enumerate() {
            let path = clips.join(format!("{id:0>6}.npz"));
            if !path.is_file() {
                continue;
            }
            let mut archive = Archive::open(&path).unwrap();
            let (shape, levels) = archive.floats("logmel_u8").unwrap();
            let logmel = data.array("logmel").unwrap();
            assert_eq!(shape, logmel.shape);
            let mut ours = vec![0.0; logmel.row_len()];
            logmel.read(row, &mut ours).unwrap();
            // 256 floored levels against the middles of 32: at most half of 2.5 dB and a level of 0.31 dB apart.
            let apart = |(a, b): (&f32, &f32)| (-80.0 + 80.0 * (a + 0.5) / 255.0 - b).abs();
            let worst = levels.iter().zip(&ours).map(apart).fold(0.0, f32::max);
            assert!(worst < 1.25 + 0.32, "{id}: {worst} dB");

            let (_, golden) = archive.floats("mfcc_first3s").unwrap();
            let mfcc = data.array("mfcc").unwrap();
            let mut ours = vec![0.0; mfcc.row_len()];
            mfcc.read(row, &mut ours).unwrap();
            for (i, (a, b)) in golden.iter().zip(&ours).enumerate() {
                let step = steps[i % 20];
                // Values beyond the range of int8 were clipped.
                let clipped = (b - offsets[i % 20]).abs() > 126.5 * step;
                assert!(
                    (a - b).abs() <= 0.51 * step || clipped,
                    "{id}, value {i}: {a} {b} {step}"
                );
            }
            compared += 1;
        }
        assert!(compared > 0);
    }
}
