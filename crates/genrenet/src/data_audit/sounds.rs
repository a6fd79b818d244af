//! The sounds of a data set, decoded once: their faults and their fingerprints.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use genrenet_text::visible_path;
use rayon::prelude::*;

use super::found::FaultKind;
use super::{CLIPPED, SHORT, SILENT};
use crate::audio::{AudioError, Format, Input, SoundCheck, SoundFacts, Source, open};
use crate::data::{DataError, Dataset};
use crate::library::duplicates::Fingerprint;
use crate::{Error, Progress};

/// Least length of a song that the default model reads, in seconds.
const LEAST_SECONDS: f64 = 1.0;

/// What was read of a file, or why it can't be decoded.
pub(super) type Sound = Result<(SoundFacts, Fingerprint), String>;

/// Decodes every file of a data set of audio files, on all cores; `None` for other data sets.
pub(super) fn read(
    dataset: &Dataset,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Option<Vec<Sound>>, Error> {
    let paths: Option<Vec<&Path>> = dataset.rows.iter().map(|row| row.path.as_deref()).collect();
    let Some(paths) = paths.filter(|paths| !paths.is_empty()) else {
        return Ok(None);
    };
    progress.stage("sounds", "files", paths.len() as u64);
    let done = AtomicUsize::new(0);
    let one = |path: &&Path| -> Option<Sound> {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        progress.now(&visible_path(path));
        let sound = of_file(path).map_err(|error| error.to_string());
        progress.done(done.fetch_add(1, Ordering::Relaxed) as u64 + 1);
        Some(sound)
    };
    let sounds: Option<Vec<Sound>> = paths.par_iter().map(one).collect();
    progress.end();
    let sounds = sounds.ok_or(DataError::Stopped)?;
    for (path, sound) in paths.iter().zip(&sounds) {
        if let Err(reason) = sound {
            progress.left_out(path, reason);
        }
    }
    Ok(Some(sounds))
}

fn of_file(path: &Path) -> Result<(SoundFacts, Fingerprint), AudioError> {
    let source = open(Input::path(path)?)?;
    let mut checked = Checked {
        check: SoundCheck::new(source.rate()),
        source,
    };
    let fingerprint = Fingerprint::of(&mut checked)?;
    let mut rest = Vec::new();
    while checked.read(&mut rest)? > 0 {
        rest.clear();
    }
    Ok((checked.check.finish(), fingerprint))
}

/// A source that checks what is read of it, in its whole band.
struct Checked {
    source: Box<dyn Source>,
    check: SoundCheck,
}

impl Source for Checked {
    fn format(&self) -> Format {
        self.source.format()
    }

    fn rate(&self) -> u32 {
        self.source.rate()
    }

    fn channels(&self) -> u16 {
        self.source.channels()
    }

    fn frames(&self) -> Option<u64> {
        self.source.frames()
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let before = out.len();
        let read = self.source.read(out)?;
        self.check.push(&out[before..]);
        Ok(read)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.source.seek(to)
    }
}

/// The faults of sounds, with the figures.
pub(super) fn faults(sounds: &[Sound]) -> Vec<(usize, FaultKind, String)> {
    let mut lengths: Vec<f64> = sounds
        .iter()
        .flatten()
        .map(|(facts, _)| facts.seconds)
        .collect();
    lengths.sort_by(f64::total_cmp);
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or_default();
    let mut found = Vec::new();
    for (row, sound) in sounds.iter().enumerate() {
        let facts = match sound {
            Ok((facts, _)) => facts,
            Err(reason) => {
                found.push((row, FaultKind::Undecodable, reason.clone()));
                continue;
            }
        };
        if facts.peak < SILENT {
            let level = match facts.peak > 0.0 {
                true => format!("its peak is {:.0} dB", 20.0 * facts.peak.log10()),
                false => "all samples are 0".to_owned(),
            };
            found.push((row, FaultKind::Silent, level));
        }
        if facts.seconds < LEAST_SECONDS || facts.seconds < SHORT * median {
            let figures = format!("{:.1} s; the median is {median:.1} s", facts.seconds);
            found.push((row, FaultKind::Short, figures));
        }
        if facts.clipped >= CLIPPED {
            let figures = format!(
                "{:.1} % of its samples are at the peak in runs",
                100.0 * facts.clipped
            );
            found.push((row, FaultKind::Clipped, figures));
        }
    }
    found
}
