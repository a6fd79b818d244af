//! Archives and their published checksums.
//!
//! Sources: the README of `mdeff/fma` (SHA-1, release of May 2017); torchaudio and mirdata (MD5 of GTZAN's archive).

use std::io::Read;
use std::path::Path;

use md5::Md5;
use sha1::Sha1;
use sha2::Digest;

use super::Check;
use crate::dataset::hex;
use crate::error::DataError;

enum Checksum {
    Sha1(&'static str),
    Md5(&'static str),
}

const ARCHIVES: &[(&str, Checksum)] = &[
    (
        "fma_metadata.zip",
        Checksum::Sha1("f0df49ffe5f2a6008d7dc83c6915b31835dfe733"),
    ),
    (
        "fma_small.zip",
        Checksum::Sha1("ade154f733639d52e35e32f5593efe5be76c6d70"),
    ),
    (
        "fma_medium.zip",
        Checksum::Sha1("c67b69ea232021025fca9231fc1c7c1a063ab50b"),
    ),
    (
        "fma_large.zip",
        Checksum::Sha1("497109f4dd721066b5ce5e5f250ec604dc78939e"),
    ),
    (
        "fma_full.zip",
        Checksum::Sha1("0f0ace23fbe9ba30ecb7e95f763e435ea802b8ab"),
    ),
    (
        "genres.tar.gz",
        Checksum::Md5("5b3d6dddb579ab49814ab86dba69e7c7"),
    ),
];

/// Computes the checksums of the archives in a folder.
pub(super) fn verify(folder: &Path, tell: &dyn Fn(&str)) -> Result<Vec<Check>, DataError> {
    let mut checks = Vec::new();
    for (name, published) in ARCHIVES {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        tell(&format!("{name}: checksum"));
        let (kind, expected, found) = match published {
            Checksum::Sha1(sum) => ("SHA-1", sum, digest::<Sha1>(&path)?),
            Checksum::Md5(sum) => ("MD5", sum, digest::<Md5>(&path)?),
        };
        checks.push(Check::compare(format!("{name}: {kind}"), expected, found));
    }
    Ok(checks)
}

fn digest<D: Digest>(path: &Path) -> Result<String, DataError> {
    let mut file = genrenet_files::open(path).map_err(DataError::io(path))?;
    let mut hash = D::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(DataError::io(path))? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_sha1sum_and_md5sum() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        // FIPS 180 and RFC 1321.
        assert_eq!(
            digest::<Sha1>(file.path()).unwrap(),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            digest::<Md5>(file.path()).unwrap(),
            "900150983cd24fb0d6963f7d28e17f72"
        );
    }
}
