//! What decided: the cells of a log-mel that spoke for a genre, or against it.
//!
//! Two measures that know nothing of each other. [`Bundle::explain`] follows the network's gradient: integrated gradients
//! (Sundararajan, Taly and Yan 2017) from silence to what was heard. [`Bundle::occlusion`] silences one patch after the other
//! and looks at what the probability does (Zeiler and Fergus 2014); it needs no gradient and serves as the check.

use genrenet_audio::Matrix;
use genrenet_nn::{Pass, Tensor};

use crate::bundle::{Bundle, Member, Output};
use crate::error::ModelError;
use crate::inputs::{Raw, RawArray, Source};

/// Points on the way from silence to what was heard.
const STEPS: usize = 16;

/// Probabilities are kept this far from 0 and 1 before their log-odds are taken.
const LEAST: f32 = 1e-6;

/// Rows that are predicted at once.
const CHUNK: usize = 64;

impl Bundle {
    /// Weight of each cell of the row's log-mel for `genre`, `[bands, frames]`, by integrated gradients: how much the
    /// genre's logit over the mean of all logits rises from silence (the log-mel's lowest level everywhere) to what was heard,
    /// shared out among the cells; smoothed over five cells each way (binomial). Below zero speaks against the genre. Members
    /// count by their weight. `None` where no member reads the levels of a log-mel one by one (statistics, colour pictures,
    /// table values); [`Bundle::occlusion`] still tells then.
    ///
    /// Takes `&mut self` as networks keep what a backward pass needs; weights stay as they are.
    ///
    /// # Errors
    /// A genre that is none, a row without a log-mel, an array of another shape than the bundle hears.
    pub fn explain(&mut self, row: &Raw, genre: usize) -> Result<Option<Matrix>, ModelError> {
        let array = self.log_mel_of(row, genre)?;
        let quiet = silence(&array);
        let genres = self.genres.len();
        let mut sum = vec![0.0f32; array.data.len()];
        let mut told = false;
        let share: f32 = self.members.iter().map(|member| member.weight).sum();
        for member in &mut self.members {
            if !member.carries_gradient() || !member.hears(row) {
                continue;
            }
            told = true;
            let weight = member.weight / share;
            let gradient = member.mean_gradient(row, &array, quiet, genre, genres)?;
            for ((sum, g), &level) in sum.iter_mut().zip(&gradient).zip(&array.data) {
                *sum += weight * g * (level - quiet);
            }
        }
        Ok(told.then(|| smoothed(&sum, array.shape[0], array.shape[1])))
    }

    /// Weight of each cell of the row's log-mel for `genre`, `[bands, frames]`, by occlusion: how far the log-odds of the
    /// genre's (uncalibrated) probability fall when a patch of `patch` bands × frames is silenced, averaged over the patches,
    /// half overlapping, that cover the cell. Works for every network that hears a log-mel.
    ///
    /// # Errors
    /// As [`Bundle::explain`]; a patch without cells.
    pub fn occlusion(
        &self,
        row: &Raw,
        genre: usize,
        patch: [usize; 2],
    ) -> Result<Matrix, ModelError> {
        let array = self.log_mel_of(row, genre)?;
        if patch.contains(&0) {
            return Err(ModelError::value(
                "patch",
                format!("{patch:?}"),
                "at least one band and one frame",
            ));
        }
        let (bands, frames) = (array.shape[0], array.shape[1]);
        let quiet = silence(&array);
        let patches: Vec<[usize; 4]> = spans(bands, patch[0])
            .into_iter()
            .flat_map(|[low, high]| {
                spans(frames, patch[1])
                    .into_iter()
                    .map(move |[from, to]| [low, high, from, to])
            })
            .collect();
        let whole = self.log_odds(std::slice::from_ref(row), genre)?[0];
        let mut sum = vec![0.0f32; bands * frames];
        let mut count = vec![0.0f32; bands * frames];
        for chunk in patches.chunks(CHUNK) {
            let rows: Vec<Raw> = chunk
                .iter()
                .map(|&[low, high, from, to]| {
                    let mut data = array.data.clone();
                    for band in low..high {
                        data[band * frames + from..band * frames + to].fill(quiet);
                    }
                    with_log_mel(row, &array.shape, data)
                })
                .collect();
            for (&[low, high, from, to], odds) in chunk.iter().zip(self.log_odds(&rows, genre)?) {
                for cell in (low..high).flat_map(|b| b * frames + from..b * frames + to) {
                    sum[cell] += whole - odds;
                    count[cell] += 1.0;
                }
            }
        }
        Ok(Matrix {
            rows: bands,
            cols: frames,
            data: sum
                .iter()
                .zip(&count)
                .map(|(s, n)| s / n.max(1.0))
                .collect(),
        })
    }

    fn log_odds(&self, rows: &[Raw], genre: usize) -> Result<Vec<f32>, ModelError> {
        let all = self.uncalibrated(rows)?;
        let odds = |row: &[f32]| {
            let p = row[genre].clamp(LEAST, 1.0 - LEAST);
            (p / (1.0 - p)).ln()
        };
        Ok(all.chunks(self.genres.len()).map(odds).collect())
    }

    fn log_mel_of(&self, row: &Raw, genre: usize) -> Result<RawArray, ModelError> {
        if genre >= self.genres.len() {
            return Err(ModelError::value(
                "genre",
                genre,
                format!("below {}", self.genres.len()),
            ));
        }
        let Some(array) = row.get(Source::Logmel) else {
            let has: Vec<&str> = row.sources().map(Source::name).collect();
            return Err(ModelError::NothingToHear {
                needs: Source::Logmel.name().into(),
                has: if has.is_empty() {
                    "nothing".into()
                } else {
                    has.join(", ")
                },
            });
        };
        let sound = array.shape.len() == 2
            && !array.data.is_empty()
            && array.shape.iter().product::<usize>() == array.data.len();
        if !sound {
            return Err(ModelError::Shape {
                input: Source::Logmel.name().into(),
                expected: "a log-mel of [bands, frames]".into(),
                found: array.shape.clone(),
            });
        }
        Ok(array.clone())
    }
}

impl Member {
    /// Whether one of the network's branches reads a log-mel cell by cell.
    fn carries_gradient(&self) -> bool {
        self.spec
            .branches
            .iter()
            .filter_map(|branch| {
                self.inputs
                    .iter()
                    .find(|input| input.spec().name == branch.input)
            })
            .any(|input| input.carries_gradient())
    }

    /// Mean over the way from silence of the gradient by each cell of the log-mel.
    fn mean_gradient(
        &mut self,
        row: &Raw,
        array: &RawArray,
        quiet: f32,
        genre: usize,
        genres: usize,
    ) -> Result<Vec<f32>, ModelError> {
        let steps: Vec<Raw> = (0..STEPS)
            .map(|step| {
                let share = (step as f32 + 0.5) / STEPS as f32;
                let data = array.data.iter().map(|x| quiet + share * (x - quiet));
                with_log_mel(row, &array.shape, data.collect())
            })
            .collect();
        let rows: Vec<&Raw> = steps.iter().collect();
        let inputs = self.inputs_of(&rows)?;
        self.network.zero_grad();
        let outputs = self.network.forward(&inputs, &mut Pass::evaluation());
        let mut d_heads: Vec<Tensor> = outputs.iter().map(|_| Tensor::default()).collect();
        let Some(first) = outputs.first() else {
            return Ok(vec![0.0; array.data.len()]);
        };
        let mut pull = Tensor::zeros(&first.shape);
        match self.output {
            Output::Softmax => {
                let mean = 1.0 / genres as f32;
                for logits in pull.data.chunks_mut(genres) {
                    logits.fill(-mean);
                    logits[genre] += 1.0;
                }
            }
            Output::Sigmoid => pull.fill(if genre == 1 { 1.0 } else { -1.0 }),
        }
        d_heads[0] = pull;
        let gradients = self.network.backward_to_inputs(&d_heads);
        self.network.zero_grad();
        let mut out = vec![0.0f32; array.data.len()];
        for (branch, gradient) in self.spec.branches.iter().zip(&gradients) {
            let input = self
                .inputs
                .iter()
                .find(|input| input.spec().name == branch.input);
            let Some(input) = input.filter(|input| input.carries_gradient()) else {
                continue;
            };
            for (step, raw) in steps.iter().enumerate().take(gradient.batch()) {
                let levels = raw.get(Source::Logmel).map_or(&[][..], |array| &array.data);
                input.gradient_to_log_mel(gradient.item(step), levels, array.shape[1], &mut out);
            }
        }
        out.iter_mut().for_each(|g| *g /= STEPS as f32);
        Ok(out)
    }
}

/// The level of silence: the lowest one there is.
fn silence(array: &RawArray) -> f32 {
    array.data.iter().copied().fold(f32::INFINITY, f32::min)
}

fn with_log_mel(row: &Raw, shape: &[usize], data: Vec<f32>) -> Raw {
    let mut raw = row.clone();
    let shape = shape.to_vec();
    raw.insert(Source::Logmel, RawArray { shape, data });
    raw
}

/// Half overlapping spans of at most `width` that cover `0..len`.
fn spans(len: usize, width: usize) -> Vec<[usize; 2]> {
    let width = width.min(len);
    let step = width.div_ceil(2);
    let last = len - width;
    let mut starts: Vec<usize> = (0..last).step_by(step).collect();
    starts.push(last);
    starts
        .into_iter()
        .map(|start| [start, start + width])
        .collect()
}

/// Binomial smoothing over five cells along both axes; at the edges over those that are there.
fn smoothed(values: &[f32], rows: usize, cols: usize) -> Matrix {
    const SHARES: [f32; 5] = [1.0, 4.0, 6.0, 4.0, 1.0];
    let along = |from: &[f32], len: usize, at: &dyn Fn(usize) -> usize, to: &mut Vec<f32>| {
        for i in 0..len {
            let (mut sum, mut shares) = (0.0, 0.0);
            for (j, share) in SHARES.iter().enumerate() {
                if let Some(near) = (i + j).checked_sub(2).filter(|&near| near < len) {
                    sum += share * from[at(near)];
                    shares += share;
                }
            }
            to.push(sum / shares);
        }
    };
    let mut across = Vec::with_capacity(values.len());
    for row in 0..rows {
        along(values, cols, &|col| row * cols + col, &mut across);
    }
    let mut turned = Vec::with_capacity(values.len());
    for col in 0..cols {
        along(&across, rows, &|row| row * cols + col, &mut turned);
    }
    Matrix {
        rows: cols,
        cols: rows,
        data: turned,
    }
    .transposed()
}
