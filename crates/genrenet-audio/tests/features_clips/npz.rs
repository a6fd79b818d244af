//! Just enough of NumPy's .npz (a zip of .npy) for the golden clips.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Arrays by name, each as the bytes after its header.
pub struct Npz(HashMap<String, Vec<u8>>);

pub fn read(path: &Path) -> Npz {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut arrays = HashMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let name = entry.name().unwrap().trim_end_matches(".npy").to_owned();
        arrays.insert(name, bytes.split_off(header));
    }
    Npz(arrays)
}

impl Npz {
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.0[name].clone()
    }

    pub fn floats(&self, name: &str) -> Vec<f32> {
        self.0[name]
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()
    }
}
