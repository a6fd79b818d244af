//! The model of a scan: what is stored of a sound, and in which genres.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::audio::catch_panics;
use crate::library::duplicates::Fingerprint;
use crate::library::index::{Index, ModelAnswer, ModelRows, NewModel, SongRecord, StoredAnswer};
use crate::model::{Bundle, Prediction};
use crate::{Error, Sound, analyse};

/// A model, the genres in which its answers are stored, and their rows in the index.
pub(super) struct Classifier {
    /// In its own genres.
    networks: Bundle,
    /// The same in those of the index.
    genres: Bundle,
    fingerprint: String,
    rows: ModelRows,
}

impl Classifier {
    /// Adds the model to the index.
    pub fn new(index: &Index, networks: Bundle, genres: Bundle) -> Result<Classifier, Error> {
        let fingerprint = networks.fingerprint()?;
        let own = genres.regrouped.as_ref().map_or(String::new(), |own| {
            json!({"name": own.map.name, "genres": own.map.genres, "places": own.map.places})
                .to_string()
        });
        let rows = index.add_model(&NewModel {
            fingerprint: &fingerprint,
            taxonomy: &own,
            name: &genres.card.name,
            version: &genres.card.version,
            unsure_below: genres.calibration.unsure_below,
            genres: &genres.genres,
            parents: &genres.parents,
            attributes: genres.attributes(),
        })?;
        Ok(Classifier {
            networks,
            genres,
            fingerprint,
            rows,
        })
    }

    pub fn genres(&self) -> &Bundle {
        &self.genres
    }

    pub fn rows(&self) -> &ModelRows {
        &self.rows
    }

    /// What is stored of a song's sound.
    pub fn classify(&self, path: &Path) -> Result<SongRecord, Error> {
        let start = Instant::now();
        let analysis = analyse(&self.networks, path)?;
        let fingerprint = fingerprint(path);
        let prediction = &analysis.song.prediction;
        let answer = ModelAnswer {
            song: 0,
            probabilities: prediction.probabilities.clone(),
            never_sure: prediction.unsure && !self.networks.is_unsure(&prediction.probabilities),
            no_music: prediction.no_music,
        };
        let mut stored = self.stored(&answer)?;
        let attributes = self.rows.attributes.iter().zip(&prediction.attributes);
        stored
            .probabilities
            .extend(attributes.map(|(&label, answer)| (label, answer.probability)));
        Ok(SongRecord {
            seconds: analysis.song.seconds,
            model: self.rows.id,
            answer: stored,
            never_sure: answer.never_sure,
            model_probabilities: answer.probabilities,
            embedding: analysis.embedding,
            fingerprint,
            cost_ms: start.elapsed().as_secs_f64() * 1000.0,
        })
    }

    /// A model's answer in the genres of the index.
    fn stored(&self, answer: &ModelAnswer) -> Result<StoredAnswer, Error> {
        let own = self.genres.regroup(answer.probabilities.clone())?;
        let Prediction {
            ranking,
            probabilities,
            unsure,
            ..
        } = self.genres.rank(own);
        let labels = self.rows.genres.iter().copied();
        Ok(StoredAnswer {
            genre: self.genres.genres[ranking[0]].clone(),
            probability: probabilities[ranking[0]],
            unsure: unsure || answer.never_sure,
            no_music: answer.no_music,
            probabilities: labels.zip(probabilities).collect(),
        })
    }

    /// Brings what the same networks have answered in other genres into those of the index; returns the number of songs.
    pub fn regroup(&self, index: &Index) -> Result<usize, Error> {
        let mut songs = 0;
        index.songs_of_other_genres(&self.fingerprint, self.rows.id, |page| {
            let stored = page
                .iter()
                .map(|answer| Ok((answer.song, self.stored(answer)?)));
            let answers = stored.collect::<Result<Vec<_>, Error>>()?;
            songs += answers.len();
            Ok::<(), Error>(index.regroup(&answers, &self.rows)?)
        })?;
        Ok(songs)
    }
}

/// The fingerprint of a song; none where there is too little sound for one.
fn fingerprint(path: &Path) -> Option<Vec<u8>> {
    let mut source = Sound::from(path).open().ok()?;
    let of = catch_panics(|| Fingerprint::of(&mut *source));
    let fingerprint = of.ok()?.ok()?;
    (!fingerprint.items().is_empty()).then(|| fingerprint.to_bytes())
}
