//! Prints the shapes of a file's log-mel spectrogram and MFCC, and its embedding: `cargo run --example features -- song.mp3`.

use genrenet::audio::{ExtractSpec, Input, LogMelSpec, MfccSpec, extract};
use genrenet::{embed, shipped};

fn main() -> Result<(), genrenet::Error> {
    let model = shipped::open_or_default(None)?;
    for path in std::env::args().skip(1) {
        let spec = ExtractSpec {
            log_mel: Some(LogMelSpec::default()),
            mfcc: Some(MfccSpec::default()),
        };
        let features = extract(Input::path(path.as_ref())?, &spec)?;
        let shape = |matrix: Option<&genrenet::audio::Matrix>| {
            matrix.map_or_else(String::new, |m| format!("{} × {}", m.rows, m.cols))
        };
        println!(
            "{path}: {:.1} s; log-mel {}, MFCC {}; embedding of {} values, comparable under {}",
            features.seconds,
            shape(features.log_mel.as_ref()),
            shape(features.mfcc.as_ref()),
            embed(&model, path.as_str())?.len(),
            &model.fingerprint()?[..8],
        );
    }
    Ok(())
}
