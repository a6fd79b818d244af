//! The program under test, and files for it.

pub mod index;
pub mod library;
pub mod run;
#[cfg(unix)]
pub mod screen;
pub mod values;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long something is waited for that must happen: far beyond what a loaded machine takes, and no test waits for ever.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// Asks again and again until there is an answer; fails after [`PATIENCE`].
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The program, with a cache of its own that no other run has filled.
pub fn genrenet() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genrenet"));
    command.env(
        "GENRENET_CACHE",
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("features"),
    );
    command
}

/// A network that learns and is explained in a moment, in place of that of the recipe for folders.
pub const SMALL: [&str; 2] = [
    "--set",
    r#"network.branches.0.layers=[{kind="conv",filters=8,kernel=[3,3],bias=false},{kind="batch_norm"},{kind="relu"},
    {kind="max_pool",size=[4,4]},{kind="conv",filters=16,kernel=[3,3],bias=false},{kind="batch_norm"},{kind="relu"},
    {kind="global_pool",of=["mean","max"]}]"#,
];

/// The words that train a small network on the folder `music` into `run`, for few epochs: `train.epochs=1`.
pub fn train_network(epochs: &'static str) -> [&'static str; 9] {
    let [set, layers] = SMALL;
    [
        "train",
        "music",
        "--from-scratch",
        "--out",
        "run",
        set,
        layers,
        "--set",
        epochs,
    ]
}

/// A recording of the repository's examples.
pub fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/audio")
        .join(name)
}

/// JSON lines, parsed.
pub fn lines_of_json(bytes: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(bytes).expect("output is UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Two genres that a tiny network can separate: low and high tones, five artists with two pieces of 1.5 s each.
pub fn tones(folder: &Path) {
    for (genre, pitch) in [("Low", 0.02f64), ("High", 0.4)] {
        for artist in 0..5 {
            let home = folder.join(genre).join(format!("artist {artist}"));
            std::fs::create_dir_all(&home).unwrap();
            for piece in 0..2 {
                let step = pitch * (1.0 + 0.03 * f64::from(artist) + 0.01 * f64::from(piece));
                let samples: Vec<i16> = (0..33_075u32)
                    .map(|i| {
                        (8000.0
                            * (f64::from(i) * step).sin()
                            * (0.6 + 0.4 * (f64::from(i) / 2000.0).sin()))
                            as i16
                    })
                    .collect();
                write_wav(&home.join(format!("{piece}.wav")), &samples, 22_050);
            }
        }
    }
}

/// A mono WAV of 16 bits.
pub fn write_wav(path: &Path, samples: &[i16], rate: u32) {
    let bytes = 2 * samples.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate.to_le_bytes());
    file.extend((2 * rate).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    std::fs::write(path, file).unwrap();
}
