//! From a recipe and a data set to a run before its first step.

use genrenet_data::{Dataset, Provenance};
use genrenet_model::{
    Average, Backbone, Bundle, Calibration, Card, FeatureKind, Learned, Member, Output,
    Preprocessor, feature_kinds,
};
use genrenet_nn::optim::Optimizer;
use genrenet_nn::{HeadSpec, Network, Tensor, WeightAverage};

use super::{RunOptions, initial_weights, scaling};
use crate::backbone;
use crate::batch::BatchMaker;
use crate::checkpoint::{self, Progress};
use crate::checks::{self, TrainingRows};
use crate::error::TrainError;
use crate::feeder;
use crate::leaks;
use crate::learned::learn_rows;
use crate::recipe::{ClassWeights, Keep, Recipe, SecondTarget, VALUES};
use crate::soft_targets::SoftTargets;

/// What a step of training reads and changes.
pub(super) struct TrainingParts<'r> {
    pub maker: BatchMaker<'r>,
    pub network: &'r mut Network,
    pub optimizer: &'r mut Optimizer,
    pub average: Option<&'r mut WeightAverage>,
    pub recipe: &'r Recipe,
}

/// A run between two epochs.
pub(super) struct Run<'a> {
    pub recipe: Recipe,
    pub dataset: &'a Dataset,
    pub rows: TrainingRows,
    /// How the rows were chosen and split.
    pub provenance: Provenance,
    pub notes: Vec<String>,
    /// The network being trained, as a bundle with one member.
    pub bundle: Bundle,
    pub optional: Vec<bool>,
    pub second: Option<Preprocessor>,
    pub soft: Option<SoftTargets>,
    pub class_weights: Option<Vec<f32>>,
    pub optimizer: Optimizer,
    pub average: Option<WeightAverage>,
    pub steps: usize,
    pub progress: Progress,
    /// Weights of the best epoch.
    pub best: Option<Vec<(String, Tensor)>>,
}

impl<'a> Run<'a> {
    pub fn new(
        recipe: &Recipe,
        dataset: &'a Dataset,
        options: &RunOptions,
    ) -> Result<Run<'a>, TrainError> {
        recipe.check()?;
        let (recipe, without_second) = resolve(recipe, dataset)?;
        let optional = optional_inputs(&recipe);
        let rows = rows_of(&recipe, dataset, options);
        let given = rows.validation.len();
        let (backbone, learned_before) =
            backbone::open_with_learned(&recipe, options.open_bundle)?.unzip();
        backbone::check_embeddings(backbone.as_ref(), dataset)?;
        let (mut rows, mut notes) = checks::check(dataset, &rows, &recipe.inputs, &optional)?;
        leaks::expect_none(&recipe, dataset)?;
        notes.extend(without_second);
        // A head that is solved has no epochs, and is calibrated out of fold.
        if rows.validation.is_empty() && recipe.train.solve.is_none() {
            notes.push(checks::without_validation(dataset, given));
        }
        let (mut member, second) = untrained(&recipe, dataset, &rows.training)?;
        let mut learned =
            initial_weights::initialise(&mut member, &recipe, options.open_bundle, &mut notes)?;
        let soft = soft_targets(&recipe, dataset, &rows.training, options, &mut notes)?;
        if let Some(soft) = &soft {
            learned.unite(&soft.learned, false);
        }
        if let Some(before) = &learned_before {
            learned.unite(before, false);
        }
        let mut provenance = dataset.provenance(recipe.train.with_validation);
        provenance.selection.fold = options.fold.or(provenance.selection.fold);
        learn_rows(
            &mut learned,
            &provenance,
            dataset,
            &mut rows,
            &feature_kinds(&member.inputs),
            &mut notes,
        )?;
        let train = &recipe.train;
        let progress = Progress {
            best_measure: f64::NEG_INFINITY,
            best_loss: checkpoint::no_loss(),
            recipe: recipe.to_toml()?,
            fingerprint: dataset.fingerprint.clone(),
            ..Progress::default()
        };
        Ok(Run {
            optimizer: Optimizer::new(&train.optimizer),
            average: train.average.map(WeightAverage::new),
            class_weights: class_weights(train.class_weights, dataset, &rows.training),
            steps: feeder::steps(rows.training.len(), train.batch, train.shuffle),
            bundle: bundle_of(&recipe, dataset, backbone, member, learned),
            recipe,
            dataset,
            rows,
            provenance,
            notes,
            optional,
            second,
            soft,
            progress,
            best: None,
        })
    }

    /// The parts that a step of training needs, borrowed apart.
    pub fn parts(&mut self) -> TrainingParts<'_> {
        let member = &mut self.bundle.members[0];
        let train = &self.recipe.train;
        let masked = |source: &genrenet_data::DataSource| source.label_mask.contains(&false);
        TrainingParts {
            maker: BatchMaker {
                dataset: self.dataset,
                inputs: &member.inputs,
                optional: self.optional.clone(),
                genres: self.dataset.genres.len(),
                augment: self.recipe.augment.clone(),
                label_smoothing: train.label_smoothing,
                class_weights: self.class_weights.clone(),
                partial: self.dataset.sources.iter().any(masked),
                second: self.second.as_ref(),
                soft: self.soft.as_ref(),
                seed: train.seed,
            },
            network: &mut member.network,
            optimizer: &mut self.optimizer,
            average: self.average.as_mut(),
            recipe: &self.recipe,
        }
    }

    /// The rows of each batch of an epoch.
    pub fn batches(&self, epoch: usize) -> Vec<Vec<usize>> {
        let train = &self.recipe.train;
        feeder::order(
            &self.rows.training,
            train.batch,
            train.seed,
            epoch,
            train.shuffle,
        )
    }

    /// Whether the last improvement is too many epochs ago.
    pub fn out_of_patience(&self) -> bool {
        let patience = self.recipe.train.patience;
        let waited = self.progress.epoch.saturating_sub(self.progress.best_epoch);
        !self.rows.validation.is_empty() && patience.is_some_and(|patience| waited >= patience)
    }

    /// Whether the best epoch is kept: it is where the recipe says so and there are rows to choose by.
    pub fn keeps_best(&self) -> bool {
        self.recipe.train.keep == Keep::Best && !self.rows.validation.is_empty()
    }
}

/// For each input of a recipe, whether rows may lack it: it is optional in every branch that reads it.
fn optional_inputs(recipe: &Recipe) -> Vec<bool> {
    let optional = |name: &str| {
        let branches = recipe.network.branches.iter();
        let mut reading = branches.filter(|branch| branch.input == name);
        reading.all(|branch| branch.optional)
    };
    let inputs = recipe.inputs.iter();
    inputs.map(|input| optional(&input.name)).collect()
}

/// The rows to train and to validate on, before they are checked.
fn rows_of(recipe: &Recipe, dataset: &Dataset, options: &RunOptions) -> TrainingRows {
    let given = options.rows.clone();
    let mut rows = given.unwrap_or_else(|| TrainingRows::of(dataset));
    if recipe.train.with_validation {
        rows.training.append(&mut rows.validation);
        rows.training.sort_unstable();
    }
    rows
}

/// The network with the weights of its layers' initialisers and its inputs fitted on training rows, and the second target's
/// scaling.
fn untrained(
    recipe: &Recipe,
    dataset: &Dataset,
    training: &[usize],
) -> Result<(Member, Option<Preprocessor>), TrainError> {
    let mut inputs = Vec::new();
    for spec in &recipe.inputs {
        inputs.push(scaling::fit(spec, dataset, training)?);
    }
    let second = match &recipe.second_target {
        Some(target) => Some(scaling::fit_second_target(
            &target.array,
            dataset,
            training,
        )?),
        None => None,
    };
    let train = &recipe.train;
    let member = Member::new(
        &recipe.name,
        inputs,
        train.output,
        recipe.network.clone(),
        train.seed,
    )?;
    let batch = train.batch.min(training.len());
    let most = (VALUES / member.network.widest().max(1)).max(1);
    if batch > most {
        let expected = format!("at most {most} rows of this network's size at a time");
        return Err(TrainError::value("train.batch", batch, expected));
    }
    Ok((member, second))
}

/// The soft targets of `[distill]`, with a note about how many rows have one.
fn soft_targets(
    recipe: &Recipe,
    dataset: &Dataset,
    training: &[usize],
    options: &RunOptions,
    notes: &mut Vec<String>,
) -> Result<Option<SoftTargets>, TrainError> {
    let Some(spec) = &recipe.distill else {
        return Ok(None);
    };
    let soft = SoftTargets::of(
        spec,
        dataset,
        &dataset.genres,
        training,
        options.open_bundle,
    )?;
    notes.push(format!(
        "{} of {} training rows have soft targets",
        soft.count(),
        training.len()
    ));
    Ok(Some(soft))
}

/// The bundle of the network, yet to be trained, calibrated and described.
fn bundle_of(
    recipe: &Recipe,
    dataset: &Dataset,
    backbone: Option<Backbone>,
    member: Member,
    learned: Learned,
) -> Bundle {
    let from_audio = member
        .inputs
        .iter()
        .flat_map(|input| input.spec().reads())
        .all(FeatureKind::from_audio);
    Bundle {
        regrouped: None,
        card: Card::default(),
        genres: dataset.genres.clone(),
        front_end: if from_audio { recipe.front_end } else { None },
        parents: dataset.parents.clone(),
        backbone,
        members: vec![member],
        average: Average::Probabilities,
        calibration: Calibration {
            target_precision: recipe.calibrate.precision,
            ..Calibration::default()
        },
        learned,
    }
}

/// Fills in what depends on the data: the number of genres, the second head. Audio files come without an array to predict: the second
/// head is left out then, with a note.
fn resolve(recipe: &Recipe, dataset: &Dataset) -> Result<(Recipe, Option<String>), TrainError> {
    let mut recipe = recipe.clone();
    let k = dataset.genres.len();
    let expected = if recipe.train.output == Output::Sigmoid {
        1
    } else {
        k
    };
    if recipe.train.output == Output::Sigmoid && k != 2 {
        return Err(TrainError::value(
            "train.output",
            "\"sigmoid\"",
            format!("\"softmax\", as {} has {k} genres", dataset.name),
        ));
    }
    let head = &mut recipe.network.heads[0];
    if head.outputs == 0 {
        head.outputs = expected;
    } else if head.outputs != expected {
        return Err(TrainError::value(
            "network.heads.0.outputs",
            head.outputs,
            format!(
                "{expected}, as {} has {k} genres (or 0 to follow the data)",
                dataset.name
            ),
        ));
    }
    let from_audio = dataset.rows.iter().all(|row| row.path.is_some());
    let lacking = |second: &mut SecondTarget| from_audio && dataset.array(&second.array).is_none();
    let without_second = recipe.second_target.take_if(lacking).map(|second| {
        format!(
            "trained without [second_target]: {} is made of audio files and has no array `{}`",
            dataset.name, second.array
        )
    });
    if let Some(second) = &recipe.second_target {
        let array = dataset.require_array(&second.array)?;
        let outputs = array.row_len();
        match recipe.network.heads.get(1) {
            None => recipe.network.heads.push(HeadSpec {
                name: second.array.clone(),
                outputs,
                bias: true,
            }),
            Some(head) if head.outputs != outputs => {
                return Err(TrainError::value(
                    "network.heads.1.outputs",
                    head.outputs,
                    format!("{outputs}, the length of {}", second.array),
                ));
            }
            Some(_) => {}
        }
    }
    Ok((recipe, without_second))
}

/// Weight of each genre in the loss, with mean 1 over the rows.
fn class_weights(rule: ClassWeights, dataset: &Dataset, training: &[usize]) -> Option<Vec<f32>> {
    let power = match rule {
        ClassWeights::None => return None,
        ClassWeights::Balanced => 1.0,
        ClassWeights::Root => 0.5,
    };
    let mut counts = vec![0f64; dataset.genres.len()];
    let genres = training.iter().filter_map(|&row| dataset.rows[row].genre);
    genres.for_each(|genre| counts[genre] += 1.0);
    let raw: Vec<f64> = counts.iter().map(|n| n.max(1.0).powf(-power)).collect();
    let weighted: f64 = raw.iter().zip(&counts).map(|(w, n)| w * n).sum();
    let mean = weighted / counts.iter().sum::<f64>();
    Some(raw.iter().map(|w| (w / mean) as f32).collect())
}
