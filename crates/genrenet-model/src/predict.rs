//! From arrays to probabilities: members averaged, temperature, "unsure".

use genrenet_nn::{Inputs, Scratch, Tensor};

use crate::attribute::AttributeAnswer;
use crate::bundle::{Average, Bundle, Member, Output};
use crate::error::ModelError;
use crate::inputs::{FeatureKind, Raw, feature_kinds};

/// The prediction for one window of a song.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowPrediction {
    /// Where the window begins.
    pub start_seconds: f64,
    /// Probabilities, in the order of [`Bundle::genres`].
    pub probabilities: Vec<f32>,
}

/// The prediction for one song.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Probabilities, in the order of [`Bundle::genres`]; they sum to 1, except where they are
    /// [independent](Bundle::independent) or some are [ignored](crate::GenreMap).
    pub probabilities: Vec<f32>,
    /// Indices of the genres, the most probable first.
    pub ranking: Vec<usize>,
    /// Whether the answer is not to be relied on: the top probability lies below the calibrated threshold, or the sound is too
    /// short for a sure answer or [no music](Prediction::no_music).
    pub unsure: bool,
    /// Whether the sound is taken for something other than music: speech, noise, a test tone (see [`Guard`](crate::Guard)).
    pub no_music: bool,
    /// What is said of the song beside its genre, in the order of the backbone's attributes.
    pub attributes: Vec<AttributeAnswer>,
    /// The prediction of each window, in the order of time.
    pub windows: Vec<WindowPrediction>,
}

/// Rows that go through a network at once.
const CHUNK: usize = 32;

impl Bundle {
    /// Names of the columns of values that the bundle reads; empty where none does or they have no names.
    pub fn columns(&self) -> &[String] {
        self.members
            .iter()
            .flat_map(|member| &member.inputs)
            .find(|input| input.spec().source == FeatureKind::Values)
            .map_or(&[], |input| input.columns())
    }

    /// The kinds of features that at least one member reads.
    pub fn sources(&self) -> Vec<FeatureKind> {
        feature_kinds(self.members.iter().flat_map(|member| &member.inputs))
    }

    /// Calibrated probabilities `[rows, genres]`, row-major. Members that lack an input in a row are
    /// left out of its average.
    ///
    /// # Errors
    /// An array of another shape than the bundle reads, or a row that no member accepts.
    pub fn predict(&self, rows: &[Raw]) -> Result<Vec<f32>, ModelError> {
        let k = self.model_genres().len();
        let mut all = self.averaged(rows)?;
        for row in all.chunks_mut(k) {
            match self.independent() {
                true => self.calibration.apply_to_each(row),
                false => self.calibration.apply(row),
            }
        }
        Ok(self.in_own_genres(all))
    }

    /// As [`Bundle::predict`] with temperature 1: what a calibration is fitted to.
    ///
    /// # Errors
    /// As [`Bundle::predict`].
    pub fn uncalibrated(&self, rows: &[Raw]) -> Result<Vec<f32>, ModelError> {
        Ok(self.in_own_genres(self.averaged(rows)?))
    }

    /// The average of the networks.
    fn averaged(&self, rows: &[Raw]) -> Result<Vec<f32>, ModelError> {
        let k = self.model_genres().len();
        let mut out = vec![0.0f32; rows.len() * k];
        let mut shares = vec![0.0f32; rows.len()];
        let rows = &*self.embedded(rows)?;
        let mut scratch = Scratch::new();
        for start in (0..rows.len()).step_by(CHUNK) {
            let chunk = start..rows.len().min(start + CHUNK);
            // Members often share their inputs: they are prepared once.
            let mut prepared: Vec<(&Member, Vec<usize>, Inputs)> = Vec::new();
            for member in &self.members {
                let accepted: Vec<usize> = chunk
                    .clone()
                    .filter(|&i| member.accepts(&rows[i]))
                    .collect();
                if accepted.is_empty() {
                    continue;
                }
                let same = |(other, rows, _): &(&Member, Vec<usize>, Inputs)| {
                    *rows == accepted && other.inputs == member.inputs
                };
                let at = match prepared.iter().position(same) {
                    Some(at) => at,
                    None => {
                        let chosen: Vec<&Raw> = accepted.iter().map(|&i| &rows[i]).collect();
                        prepared.push((member, accepted, member.inputs_of(&chosen)?));
                        prepared.len() - 1
                    }
                };
                let (_, accepted, inputs) = &prepared[at];
                let probabilities = member.probabilities(inputs, k, &mut scratch);
                for (&i, row) in accepted.iter().zip(probabilities.chunks(k)) {
                    shares[i] += member.weight;
                    for (sum, &p) in out[i * k..(i + 1) * k].iter_mut().zip(row) {
                        *sum += member.weight
                            * if self.average == Average::Logits {
                                p.max(1e-30).ln()
                            } else {
                                p
                            };
                    }
                }
            }
        }
        for (i, row) in out.chunks_mut(k).enumerate() {
            if shares[i] == 0.0 {
                return Err(self.missing_input(&rows[i]));
            }
            row.iter_mut().for_each(|x| *x /= shares[i]);
            if self.average == Average::Logits {
                let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                row.iter_mut().for_each(|x| *x = (*x - top).exp());
            }
            if !self.independent() {
                let sum: f32 = row.iter().sum();
                row.iter_mut().for_each(|x| *x /= sum);
            }
        }
        if self.independent() {
            self.raise_parents(&mut out);
        }
        Ok(out)
    }

    /// Gives each broader genre at least the probability of each of its narrower ones: a song of "Punk" is one of "Rock". The largest
    /// of consistent answers is consistent too, and so is their mean.
    fn raise_parents(&self, probabilities: &mut [f32]) {
        let (genres, parents) = (self.model_genres(), self.model_parents());
        let place = |genre: &String| genres.iter().position(|g| g == genre);
        let depth = |genre| std::iter::successors(Some(genre), |up| parents.get(*up)).count();
        let mut edges: Vec<(usize, usize, usize)> = (parents.iter())
            .filter_map(|(genre, parent)| Some((depth(genre), place(genre)?, place(parent)?)))
            .collect();
        // The narrowest first, so that one pass reaches the broadest.
        edges.sort_unstable_by(|a, b| b.cmp(a));
        for row in probabilities.chunks_mut(genres.len().max(1)) {
            for &(_, genre, parent) in &edges {
                row[parent] = row[parent].max(row[genre]);
            }
        }
    }

    /// Ranks the genres by their probabilities, and marks an answer below the threshold as unsure.
    pub fn rank(&self, probabilities: Vec<f32>) -> Prediction {
        let mut ranking: Vec<usize> = (0..probabilities.len()).collect();
        ranking.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        Prediction {
            unsure: self.is_unsure(&probabilities),
            probabilities,
            ranking,
            no_music: false,
            attributes: Vec::new(),
            windows: Vec::new(),
        }
    }

    /// The last hidden layer of each row, concatenated over the members; zeros for a member that lacks an input.
    ///
    /// # Errors
    /// As [`Bundle::predict`].
    pub fn embed(&self, rows: &[Raw]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut out = vec![Vec::new(); rows.len()];
        let rows = &*self.embedded(rows)?;
        let mut scratch = Scratch::new();
        for member in &self.members {
            let accepted: Vec<usize> = (0..rows.len())
                .filter(|&i| member.accepts(&rows[i]))
                .collect();
            let mut width = 0;
            let before: usize = out.first().map_or(0, Vec::len);
            for chunk in accepted.chunks(CHUNK) {
                let chosen: Vec<&Raw> = chunk.iter().map(|&i| &rows[i]).collect();
                let hidden = member
                    .network
                    .embed(&member.inputs_of(&chosen)?, &mut scratch);
                width = hidden.item_len();
                for (row, &i) in chunk.iter().enumerate() {
                    out[i].extend_from_slice(hidden.item(row));
                }
            }
            out.iter_mut()
                .for_each(|row| row.resize(before + width, 0.0));
        }
        Ok(out)
    }

    pub(crate) fn missing_input(&self, row: &Raw) -> ModelError {
        let list = |sources: Vec<FeatureKind>| {
            let names: Vec<&str> = sources.into_iter().map(FeatureKind::name).collect();
            if names.is_empty() {
                "none of its features".to_string()
            } else {
                names.join(", ")
            }
        };
        ModelError::MissingInput {
            needs: list(self.sources()),
            has: list(row.sources().collect()),
        }
    }
}

impl Member {
    /// Whether a row has the features that this network reads: those of every input that is not optional, and of one input at least.
    pub fn accepts(&self, row: &Raw) -> bool {
        let mut any = false;
        for branch in &self.spec.branches {
            let available = self.input(&branch.input).is_some_and(|input| {
                input
                    .spec()
                    .reads()
                    .into_iter()
                    .all(|source| row.get(source).is_some())
            });
            if !available && !branch.optional {
                return false;
            }
            any |= available;
        }
        any
    }

    fn input(&self, name: &str) -> Option<&crate::inputs::Preprocessor> {
        self.inputs.iter().find(|input| input.spec().name == name)
    }

    /// A batch of prepared rows as the network reads it.
    ///
    /// # Errors
    /// An array of another shape than the member reads.
    pub fn inputs_of(&self, rows: &[&Raw]) -> Result<Inputs, ModelError> {
        let mut inputs = Inputs {
            batch: rows.len(),
            arrays: Vec::new(),
            present: Vec::new(),
        };
        for input in &self.inputs {
            let len = input.len();
            let mut shape = vec![rows.len()];
            shape.extend(input.shape());
            let mut tensor = Tensor::zeros(&shape);
            let mut present = vec![true; rows.len()];
            for ((row, out), present) in rows
                .iter()
                .zip(tensor.data.chunks_mut(len))
                .zip(&mut present)
            {
                *present = input.prepare(row, out)?;
            }
            inputs.arrays.push((input.spec().name.clone(), tensor));
            inputs.present.push(if present.contains(&false) {
                Some(present)
            } else {
                None
            });
        }
        Ok(inputs)
    }

    /// Probabilities `[rows, k]` of this member alone.
    fn probabilities(&self, inputs: &Inputs, k: usize, scratch: &mut Scratch) -> Vec<f32> {
        let mut logits = self.network.infer_first(inputs, scratch);
        match self.output {
            Output::Softmax => {
                genrenet_nn::loss::softmax(&mut logits);
                logits.data
            }
            Output::Sigmoid => logits
                .data
                .iter()
                .flat_map(|&x| {
                    let p = 1.0 / (1.0 + (-x).exp());
                    [1.0 - p, p]
                })
                .take(inputs.batch * k)
                .collect(),
            Output::Independent => logits
                .data
                .iter()
                .map(|&x| 1.0 / (1.0 + (-x).exp()))
                .collect(),
        }
    }
}
