//! Small archives of arrays, written by hand so that they can be faulty.

use std::fs;
use std::io::Write;
use std::path::Path;

/// One array of an archive: name, `.npy` type, shape, data.
pub struct Npy<'a>(pub &'a str, pub &'a str, pub &'a [usize], pub Vec<u8>);

pub fn npz(path: &Path, arrays: &[Npy]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for Npy(name, descr, shape, data) in arrays {
        npz_entry(&mut zip, name, descr, shape, "False", data);
    }
    zip.finish().unwrap();
}

pub fn npz_entry(
    zip: &mut zip::ZipWriter<fs::File>,
    name: &str,
    descr: &str,
    shape: &[usize],
    fortran: &str,
    data: &[u8],
) {
    let list: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({list}), }}\n");
    zip.start_file(
        format!("{name}.npy"),
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
    zip.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    zip.write_all(header.as_bytes()).unwrap();
    zip.write_all(data).unwrap();
}

pub fn i32s(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

pub fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}
