//! Batches: rows are read, augmented, preprocessed and mixed.

use genrenet_data::{DataError, Dataset};
use genrenet_model::{FeatureKind, Layout, Preprocessor, feature_kinds};
use genrenet_nn::{Inputs, Tensor};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::augment::{decibel, generator, masks, mix, normal};
use crate::recipe::AugmentSpec;
use crate::rows::{has, raw_row, raw_window};
use crate::soft_targets::SoftTargets;

/// The rows of one training step.
pub struct Batch {
    /// The network's inputs.
    pub inputs: Inputs,
    /// Targets `[n, genres]`; each row sums to 1, unless rows have several genres.
    pub targets: Tensor,
    /// Weight of each row in the loss, where they differ.
    pub weights: Option<Vec<f32>>,
    /// The label mask of each row, `[n, genres]`, where it is not all of them.
    pub classes: Option<Vec<bool>>,
    /// The second target `[n, m]` and the weight of each row in its loss (0 for a row that lacks it).
    pub second: Option<(Tensor, Vec<f32>)>,
}

/// Makes the batches of a run; shared by threads.
pub struct BatchMaker<'a> {
    /// The data.
    pub dataset: &'a Dataset,
    /// The network's inputs, fitted.
    pub inputs: &'a [Preprocessor],
    /// Which of them a row may lack.
    pub optional: Vec<bool>,
    /// Number of genres.
    pub genres: usize,
    /// Augmentation.
    pub augment: AugmentSpec,
    /// Probability moved from the label to all genres evenly.
    pub label_smoothing: f32,
    /// Weight of each genre, where they differ.
    pub class_weights: Option<Vec<f32>>,
    /// Whether some rows have a label mask ([`Dataset::mask`]).
    pub partial: bool,
    /// The second target, standardised.
    pub second: Option<&'a Preprocessor>,
    /// Soft targets.
    pub soft: Option<&'a SoftTargets>,
    /// The run's seed.
    pub seed: u64,
}

impl BatchMaker<'_> {
    /// The batch number `index` of an epoch. Random numbers depend on seed, epoch, index and position in the batch only.
    /// `mixing` says whether rows may be mixed in this epoch.
    ///
    /// # Errors
    /// Features that can't be read.
    pub fn make(
        &self,
        epoch: usize,
        index: usize,
        rows: &[usize],
        mixing: bool,
    ) -> Result<Batch, DataError> {
        let n = rows.len();
        let mut batch = self.empty(n);
        for (place, &row) in rows.iter().enumerate() {
            let mut rng = generator(self.seed, epoch as u64, index as u64, place as u64);
            self.fill(&mut batch, place, row, &mut rng)?;
        }
        let mut rng = generator(self.seed, epoch as u64, index as u64, u64::MAX);
        if mixing && n > 1 && (self.augment.mixup > 0.0 || self.augment.cutmix > 0.0) {
            self.mix(&mut batch, &mut rng);
        }
        Ok(batch)
    }

    fn empty(&self, n: usize) -> Batch {
        let mut inputs = Inputs {
            batch: n,
            arrays: Vec::new(),
            present: Vec::new(),
        };
        for (input, &optional) in self.inputs.iter().zip(&self.optional) {
            let mut shape = vec![n];
            shape.extend(input.shape());
            inputs
                .arrays
                .push((input.spec().name.clone(), Tensor::zeros(&shape)));
            inputs.present.push(optional.then(|| vec![true; n]));
        }
        Batch {
            inputs,
            targets: Tensor::zeros(&[n, self.genres]),
            weights: self.class_weights.as_ref().map(|_| vec![1.0; n]),
            classes: self.partial.then(|| vec![true; n * self.genres]),
            second: self
                .second
                .map(|second| (Tensor::zeros(&[n, second.len()]), vec![0.0; n])),
        }
    }

    fn fill(
        &self,
        batch: &mut Batch,
        place: usize,
        row: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<(), DataError> {
        let sources = feature_kinds(self.inputs);
        // One draw for all arrays, so that they are of the same window.
        let pick: f32 = rng.random();
        let mut raw = raw_window(self.dataset, row, &sources, |array| {
            (pick * array.windows(row) as f32) as usize
        })?;
        if let Some(array) = raw.get_mut(FeatureKind::Logmel) {
            decibel::vary(array, &self.augment, rng);
            masks::mask_levels(array, &self.augment, rng);
        }
        let available = |input: &&Preprocessor| has(&raw, input.spec());
        let mut left = self.inputs.iter().filter(available).count();
        for (number, input) in self.inputs.iter().enumerate() {
            let len = input.len();
            let out = &mut batch.inputs.arrays[number].1.data[place * len..(place + 1) * len];
            // The checks before the first step guarantee that shapes fit.
            let mut available = input.prepare(&raw, out).unwrap_or(false);
            if available
                && self.optional[number]
                && left > 1
                && self.augment.drop_inputs > 0.0
                && rng.random::<f32>() < self.augment.drop_inputs
            {
                available = false;
                left -= 1;
            }
            if available {
                self.perturb(input, out, rng);
            } else {
                out.fill(0.0);
                if let Some(present) = &mut batch.inputs.present[number] {
                    present[place] = false;
                }
            }
        }
        self.target(batch, place, row);
        if let (Some(second), Some((targets, weights))) = (self.second, &mut batch.second) {
            let len = second.len();
            let raw = raw_row(self.dataset, row, &second.spec().reads())?;
            if second
                .prepare(&raw, &mut targets.data[place * len..(place + 1) * len])
                .unwrap_or(false)
            {
                weights[place] = 1.0;
            }
        }
        Ok(())
    }

    /// Masks and noise on a prepared input.
    fn perturb(&self, input: &Preprocessor, out: &mut [f32], rng: &mut ChaCha8Rng) {
        let noise = match (input.spec().source, input.spec().layout) {
            (FeatureKind::Logmel, _) => 0.0,
            (_, Layout::Sequence) => {
                let shape = input.shape();
                masks::mask_sequence(out, shape[0], shape[1], &self.augment, rng);
                self.augment.mfcc_noise
            }
            (_, Layout::Vector) => {
                if self.augment.value_dropout > 0.0 {
                    for x in out.iter_mut() {
                        if rng.random::<f32>() < self.augment.value_dropout {
                            *x = 0.0;
                        }
                    }
                }
                self.augment.value_noise
            }
            _ => self.augment.mfcc_noise,
        };
        if noise > 0.0 {
            out.iter_mut().for_each(|x| *x += noise * normal(rng));
        }
    }

    fn target(&self, batch: &mut Batch, place: usize, row: usize) {
        let k = self.genres;
        let Some(genre) = self.dataset.rows[row].genre else {
            return;
        };
        let labels = &self.dataset.rows[row].labels;
        if !labels.is_empty() {
            let target = &mut batch.targets.data[place * k..(place + 1) * k];
            labels
                .iter()
                .for_each(|&label| target[label as usize] = 1.0);
            return;
        }
        let known = self.partial.then(|| self.dataset.mask(row));
        let target = &mut batch.targets.data[place * k..(place + 1) * k];
        let usable = known
            .map_or(k, |known| known.iter().filter(|&&x| x).count())
            .max(1);
        for (j, x) in target.iter_mut().enumerate() {
            if known.is_none_or(|known| known[j]) {
                *x = self.label_smoothing / usable as f32;
            }
        }
        target[genre] += 1.0 - self.label_smoothing;
        if let Some(soft) = self.soft
            && let Some(teacher) = soft.rows.get(row).and_then(Option::as_ref)
        {
            mix::blend(target, teacher, 1.0 - soft.weight);
        }
        if let (Some(weights), Some(of)) = (&mut batch.weights, &self.class_weights) {
            weights[place] = of[genre];
        }
        if let (Some(classes), Some(known)) = (&mut batch.classes, known) {
            classes[place * k..(place + 1) * k].copy_from_slice(known);
        }
    }

    /// Mixes each row with a partner of the same batch: mixup, or CutMix along time.
    fn mix(&self, batch: &mut Batch, rng: &mut ChaCha8Rng) {
        let n = batch.inputs.batch;
        let k = self.genres;
        let mut partners: Vec<usize> = (0..n).collect();
        partners.shuffle(rng);
        let originals: Vec<Tensor> = batch
            .inputs
            .arrays
            .iter()
            .map(|(_, tensor)| tensor.clone())
            .collect();
        let targets = batch.targets.clone();
        let second = batch.second.clone();
        for (place, &partner) in partners.iter().enumerate() {
            let (cut, portion, start): (bool, f32, f32) = (
                rng.random::<f32>() < self.augment.cutmix,
                rng.random(),
                rng.random(),
            );
            let mixed = self.augment.mixup > 0.0 && rng.random::<f32>() < self.augment.mixup_share;
            let blended = if self.augment.mixup > 0.0 {
                mix::beta(self.augment.mixup, rng)
            } else {
                1.0
            };
            let same_inputs = batch
                .inputs
                .present
                .iter()
                .flatten()
                .all(|present| present[place] == present[partner]);
            let same_classes = batch
                .classes
                .as_ref()
                .is_none_or(|c| c[place * k..(place + 1) * k] == c[partner * k..(partner + 1) * k]);
            let same_second = second
                .as_ref()
                .is_none_or(|(_, weights)| weights[place] == weights[partner]);
            if partner == place || !same_inputs || !same_classes || !same_second || !(cut || mixed)
            {
                continue;
            }
            // A row keeps the larger share, so that its own weight and label mask apply.
            let share = if cut {
                1.0 - 0.5 * portion
            } else {
                blended.max(1.0 - blended)
            };
            for (number, input) in self.inputs.iter().enumerate() {
                let len = input.len();
                let other = &originals[number].data[partner * len..(partner + 1) * len];
                let own = &mut batch.inputs.arrays[number].1.data[place * len..(place + 1) * len];
                match input.spec().layout {
                    Layout::Image if cut => {
                        let shape = input.shape();
                        let width = ((1.0 - share) * shape[1] as f32) as usize;
                        let first = (start * (shape[1] - width) as f32) as usize;
                        mix::splice_image(own, other, shape[1], shape[2], first, first + width);
                    }
                    _ => mix::blend(own, other, share),
                }
            }
            mix::blend(
                &mut batch.targets.data[place * k..(place + 1) * k],
                &targets.data[partner * k..(partner + 1) * k],
                share,
            );
            if let (Some((own, _)), Some((all, _))) = (&mut batch.second, &second) {
                let m = all.item_len();
                mix::blend(
                    &mut own.data[place * m..(place + 1) * m],
                    &all.data[partner * m..(partner + 1) * m],
                    share,
                );
            }
        }
    }
}
