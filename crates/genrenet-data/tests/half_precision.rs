//! Arrays of 16-bit floats (`float16`) in an archive.

use std::fs::File;
use std::io::Write;

use genrenet_data::Archive;

#[test]
fn half_precision_is_read_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half.npz");
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("p.npy", stored).unwrap();
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (5,), }\n";
    zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
    zip.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    zip.write_all(header.as_bytes()).unwrap();
    // 1, -2, the least above 0, the greatest below 1, infinity (IEEE 754, binary16).
    for bits in [0x3c00u16, 0xc000, 0x0001, 0x3bff, 0x7c00] {
        zip.write_all(&bits.to_le_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let (shape, values) = Archive::open(&path).unwrap().floats("p").unwrap();
    assert_eq!(shape, [5]);
    let below_one = 1.0 - 2f32.powi(-11);
    assert_eq!(
        values,
        [1.0, -2.0, 2f32.powi(-24), below_one, f32::INFINITY]
    );
}
