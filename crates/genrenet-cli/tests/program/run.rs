//! A run that tests read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use crate::program::{SMALL, genrenet, write_wav};

/// A genre whose name is no markup, whatever a browser may think.
pub const HOSTILE: &str = "<script>alert(1)";

/// The run that all tests read, with the folder of its music.
pub struct Made {
    _folder: tempfile::TempDir,
    /// The music.
    pub music: PathBuf,
    /// The run.
    pub run: PathBuf,
}

/// Trains once: low tones against high ones, five artists each.
pub fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let music = folder.path().join("music");
        for (genre, pitch) in [("Low", 0.02f64), (HOSTILE, 0.4)] {
            for artist in 0..5 {
                let home = music.join(genre).join(format!("artist {artist}"));
                fs::create_dir_all(&home).unwrap();
                sing(&home, pitch, artist);
            }
        }
        let run = folder.path().join("run");
        let trained = genrenet()
            .arg("train")
            .arg(&music)
            .arg("--from-scratch")
            .arg("--out")
            .arg(&run)
            .args(SMALL)
            .args(["--set", "train.epochs=3"])
            .output()
            .unwrap();
        succeeded(&trained);
        Made {
            _folder: folder,
            music,
            run,
        }
    })
}

/// Two pieces of an artist.
pub fn sing(home: &Path, pitch: f64, artist: u32) {
    for piece in 0..2 {
        let step = pitch * (1.0 + 0.03 * f64::from(artist) + 0.01 * f64::from(piece));
        let samples: Vec<i16> = (0..33_075u32)
            .map(|i| (8000.0 * (f64::from(i) * step).sin()) as i16)
            .collect();
        let name = format!("<img src=x onerror=alert({piece})>.wav");
        write_wav(&home.join(name), &samples, 22_050);
    }
}

/// Asserts that a command did all of its work.
pub fn succeeded(output: &Output) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
}
