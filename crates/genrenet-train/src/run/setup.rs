//! From a recipe and a data set to a run that is ready for its first step.

use std::path::Path;

use genrenet_data::{Dataset, Provenance};
use genrenet_model::inputs::{FitRows, Fitter};
use genrenet_model::{
    Average, Bundle, Calibration, Card, FeatureKind, InputSpec, Learned, Member, ModelError,
    Output, Preprocessor, Scaling, feature_kinds,
};
use genrenet_nn::optim::Optimizer;
use genrenet_nn::{HeadSpec, Tensor, WeightAverage};

use super::RunOptions;
use crate::augment::{generator, normal};
use crate::checkpoint::{self, Checkpoint, Progress};
use crate::checks::{self, TrainingRows};
use crate::error::TrainError;
use crate::feeder;
use crate::learned::learn_rows;
use crate::open_bundle::OpenBundle;
use crate::recipe::{ClassWeights, Initialiser, Keep, Recipe, VALUES};
use crate::rows::raw_row;
use crate::soft_targets::SoftTargets;

/// A run between two epochs.
pub(super) struct Run<'a> {
    pub recipe: Recipe,
    pub dataset: &'a Dataset,
    pub rows: TrainingRows,
    /// All that decides which rows are learned.
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
        let recipe = resolve(recipe, dataset)?;
        let mut rows = options
            .rows
            .clone()
            .unwrap_or_else(|| TrainingRows::of(dataset));
        if recipe.train.with_validation {
            rows.training.append(&mut rows.validation);
            rows.training.sort_unstable();
        }
        let optional: Vec<bool> = recipe
            .inputs
            .iter()
            .map(|input| {
                recipe
                    .network
                    .branches
                    .iter()
                    .filter(|branch| branch.input == input.name)
                    .all(|branch| branch.optional)
            })
            .collect();
        let (mut rows, mut notes) = checks::check(dataset, &rows, &recipe.inputs, &optional)?;
        let mut inputs = Vec::new();
        for spec in &recipe.inputs {
            inputs.push(fit(spec, dataset, &rows.training)?);
        }
        let second = match &recipe.second_target {
            Some(target) => Some(second_input(&target.array, dataset, &rows.training)?),
            None => None,
        };
        let mut member = Member::new(
            &recipe.name,
            inputs,
            recipe.train.output,
            recipe.network.clone(),
            recipe.train.seed,
        )?;
        let batch = recipe.train.batch.min(rows.training.len());
        let most = (VALUES / member.network.widest().max(1)).max(1);
        if batch > most {
            let expected = format!("at most {most} rows of this network's size at a time");
            return Err(TrainError::value("train.batch", batch, expected));
        }
        let mut learned = initialiser(&mut member, &recipe, options.open_bundle, &mut notes)?;
        let soft = match &recipe.distill {
            Some(spec) => {
                let soft = SoftTargets::of(
                    spec,
                    dataset,
                    &dataset.genres,
                    &rows.training,
                    options.open_bundle,
                )?;
                notes.push(format!(
                    "{} of {} training rows have a teacher",
                    soft.count(),
                    rows.training.len()
                ));
                learned.unite(&soft.learned, false);
                Some(soft)
            }
            None => None,
        };
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
        let class_weights = class_weights(recipe.train.class_weights, dataset, &rows.training);
        let steps = feeder::steps(
            rows.training.len(),
            recipe.train.batch,
            recipe.train.shuffle,
        );
        let from_audio = member
            .inputs
            .iter()
            .flat_map(|input| input.spec().reads())
            .all(FeatureKind::from_audio);
        let bundle = Bundle {
            card: Card::default(),
            genres: dataset.genres.clone(),
            front_end: if from_audio { recipe.front_end } else { None },
            members: vec![member],
            average: Average::Probabilities,
            calibration: Calibration {
                target_precision: recipe.calibrate.precision,
                ..Calibration::default()
            },
            learned,
        };
        let progress = Progress {
            best_measure: f64::NEG_INFINITY,
            best_loss: checkpoint::no_loss(),
            recipe: recipe.to_toml()?,
            fingerprint: dataset.fingerprint.clone(),
            ..Progress::default()
        };
        Ok(Run {
            optimizer: Optimizer::new(&recipe.train.optimizer),
            average: recipe.train.average.map(WeightAverage::new),
            recipe,
            dataset,
            rows,
            provenance,
            notes,
            bundle,
            optional,
            second,
            soft,
            class_weights,
            steps,
            progress,
            best: None,
        })
    }

    /// Whether the last improvement is too many epochs ago.
    pub fn out_of_patience(&self) -> bool {
        let patience = self.recipe.train.patience;
        let waited = self.progress.epoch.saturating_sub(self.progress.best_epoch);
        !self.rows.validation.is_empty() && patience.is_some_and(|patience| waited >= patience)
    }

    /// Writes the checkpoint of the epoch just finished.
    pub fn save(&self, folder: &Path, best: bool) -> Result<(), TrainError> {
        let mut arrays = named("network.", state_of(&self.bundle.members[0]));
        arrays.extend(self.optimizer.state());
        if let Some(average) = &self.average {
            arrays.extend(average.state());
        }
        let progress = self.finite_progress();
        Checkpoint { progress, arrays }.save(&checkpoint::last(folder))?;
        // A kill just here costs nothing: the last epoch is the best one then, and has the same weights.
        if best { self.save_best(folder) } else { Ok(()) }
    }

    fn save_best(&self, folder: &Path) -> Result<(), TrainError> {
        let Some(state) = &self.best else {
            return Ok(());
        };
        let best = Checkpoint {
            progress: self.finite_progress(),
            arrays: named("network.", state.clone()),
        };
        best.save(&checkpoint::best(folder))
    }

    /// JSON has no infinity.
    fn finite_progress(&self) -> Progress {
        Progress {
            best_measure: self.progress.best_measure.max(f64::MIN),
            ..self.progress.clone()
        }
    }

    /// Takes up the last checkpoint of a run folder.
    pub fn resume(&mut self, folder: &Path) -> Result<(), TrainError> {
        let path = checkpoint::last(folder);
        let wrong = |message: &str| TrainError::Checkpoint {
            path: path.display().to_string(),
            message: message.to_string(),
        };
        let found = Checkpoint::load(&path)?;
        if found.progress.recipe != self.progress.recipe {
            return Err(wrong(
                "was written by another recipe (see recipe.toml beside it): resume with that one",
            ));
        }
        if found.progress.fingerprint != self.progress.fingerprint {
            return Err(wrong("was written with other data: resume with the same"));
        }
        let nn = |e: genrenet_nn::NnError| TrainError::Checkpoint {
            path: path.display().to_string(),
            message: e.to_string(),
        };
        let network = &mut self.bundle.members[0].network;
        network.load_state(&found.part("network.")).map_err(nn)?;
        self.optimizer
            .load_state(&found.arrays, &network.params())
            .map_err(nn)?;
        if let Some(average) = &mut self.average {
            let shapes: Vec<Vec<usize>> = network
                .state()
                .iter()
                .map(|(_, t)| t.shape.clone())
                .collect();
            average.load_state(&found.arrays, &shapes).map_err(nn)?;
        }
        self.progress = found.progress;
        if self.progress.best_epoch > 0 && self.progress.best_epoch == self.progress.epoch {
            self.best = Some(self.weights_to_keep());
            self.save_best(folder)?;
        } else if self.progress.best_epoch > 0 {
            self.best = Some(Checkpoint::load(&checkpoint::best(folder))?.part("network."));
        }
        Ok(())
    }

    /// Whether the best epoch is kept: it is where the recipe says so and there are rows to choose by.
    pub fn keeps_best(&self) -> bool {
        self.recipe.train.keep == Keep::Best && !self.rows.validation.is_empty()
    }
}

/// A copy of a network's weights and running statistics.
pub(super) fn state_of(member: &Member) -> Vec<(String, Tensor)> {
    member
        .network
        .state()
        .into_iter()
        .map(|(name, tensor)| (name, tensor.clone()))
        .collect()
}

/// Arrays under a common beginning of their names.
fn named(prefix: &str, arrays: Vec<(String, Tensor)>) -> Vec<(String, Tensor)> {
    let named = |(name, tensor)| (format!("{prefix}{name}"), tensor);
    arrays.into_iter().map(named).collect()
}

/// Fills in what depends on the data: the number of genres, the second head.
fn resolve(recipe: &Recipe, dataset: &Dataset) -> Result<Recipe, TrainError> {
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
    Ok(recipe)
}

/// Fits an input's scaling on training rows (or on all rows, where a recipe of the origin says so).
fn fit(
    spec: &InputSpec,
    dataset: &Dataset,
    training: &[usize],
) -> Result<Preprocessor, TrainError> {
    let all: Vec<usize> = (0..dataset.rows.len()).collect();
    let rows = match spec.scaling {
        Scaling::Rank { fit: FitRows::All } => &all,
        _ => training,
    };
    let reads = spec.reads();
    let example = rows
        .iter()
        .map(|&row| raw_row(dataset, row, &reads))
        .find(|raw| reads.iter().all(|&source| raw.get(source).is_some()));
    let Some(example) = example else {
        return Err(ModelError::Fit {
            input: spec.name.clone(),
            message: "no training row has this array".into(),
        }
        .into());
    };
    let mut fitter = Fitter::new(spec.clone(), &example)?;
    if spec.source == FeatureKind::Values
        && let Some(array) = dataset.array(FeatureKind::Values.name())
    {
        fitter.columns(array.columns.clone());
    }
    if fitter.needs_rows() {
        for &row in rows {
            fitter.add(&raw_row(dataset, row, &reads))?;
        }
    }
    Ok(fitter.finish()?)
}

/// The second target as a standardised vector.
fn second_input(
    array: &str,
    dataset: &Dataset,
    training: &[usize],
) -> Result<Preprocessor, TrainError> {
    let source = [
        FeatureKind::Vggish,
        FeatureKind::MfccStats,
        FeatureKind::Values,
    ]
    .into_iter()
    .find(|source| source.name() == array);
    let Some(source) = source else {
        return Err(TrainError::value(
            "second_target.array",
            format!("{array:?}"),
            "\"vggish\", \"mfcc_stats\" or \"values\"",
        ));
    };
    let spec = InputSpec::new("second_target", source, Scaling::Standard { clip: None });
    fit(&spec, dataset, training)
}

/// First weights other than the layers' own; returns what the network that they come from learned.
fn initialiser(
    member: &mut Member,
    recipe: &Recipe,
    OpenBundle(open): OpenBundle,
    notes: &mut Vec<String>,
) -> Result<Learned, TrainError> {
    if recipe.train.initialiser == Initialiser::Normal {
        let mut rng = generator(recipe.train.seed, u64::MAX, 0, 0);
        for param in member.network.params_mut() {
            param
                .value
                .data
                .iter_mut()
                .for_each(|x| *x = normal(&mut rng));
        }
    }
    let Some(path) = &recipe.train.start_from else {
        return Ok(Learned::default());
    };
    let source = open(path).map_err(|error| TrainError::Bundle {
        key: "train.start_from".into(),
        error,
    })?;
    let mut state = state_of(member);
    let mut taken = 0;
    for (name, tensor) in &mut state {
        let known = source
            .members
            .iter()
            .flat_map(|other| other.network.state())
            .find(|(other, _)| other == name);
        if let Some((_, other)) = known
            && other.shape == tensor.shape
        {
            *tensor = other.clone();
            taken += 1;
        }
    }
    if taken == 0 {
        return Err(TrainError::value(
            "train.start_from",
            path.display(),
            "a bundle with at least one array of the same name and shape",
        ));
    }
    notes.push(format!(
        "{taken} of {} arrays start from {}",
        state.len(),
        path.display()
    ));
    member
        .network
        .load_state(&state)
        .map_err(|e| ModelError::Network {
            member: member.name.clone(),
            source: e.into(),
        })?;
    let mut learned = Learned::default();
    learned.unite(&source.learned, false);
    Ok(learned)
}

/// Weight of each genre in the loss, with mean 1 over the rows.
fn class_weights(rule: ClassWeights, dataset: &Dataset, training: &[usize]) -> Option<Vec<f32>> {
    let power = match rule {
        ClassWeights::None => return None,
        ClassWeights::Balanced => 1.0,
        ClassWeights::Root => 0.5,
    };
    let mut counts = vec![0f64; dataset.genres.len()];
    training
        .iter()
        .filter_map(|&row| dataset.rows[row].genre)
        .for_each(|genre| counts[genre] += 1.0);
    let raw: Vec<f64> = counts.iter().map(|n| n.max(1.0).powf(-power)).collect();
    let mean =
        raw.iter().zip(&counts).map(|(w, n)| w * n).sum::<f64>() / counts.iter().sum::<f64>();
    Some(raw.iter().map(|w| (w / mean) as f32).collect())
}
