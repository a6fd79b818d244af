//! Data sets with their features: a recipe's own, a run's, or another one for a bundle; folders of audio files are read first.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::audio::{FrontEnd, WindowFeatures};
use crate::data::features::{self, Embedder, Storage};
use crate::data::{Dataset, OpenOptions, Split};
use crate::model::{Backbone, Bundle, FeatureKind, Member, Raw};
use crate::train::environment::Environment;
use crate::train::learned::provenances;
use crate::train::run::SPLIT_COPY;
use crate::train::{OpenBundle, Recipe, data};
use crate::{Error, Progress, shipped};
use genrenet_text::visible_path;

/// The data set of a recipe: the one at `path`, or the one that the recipe names (also below `$GENRENET_DATA`), with the
/// recipe's genres, split and balance. The features of audio files are not computed yet: [`compute_features`].
///
/// # Errors
/// A recipe without data; data that can't be opened or shaped as it says.
pub fn of_recipe(recipe: &Recipe, path: Option<&Path>) -> Result<Dataset, Error> {
    let Some(path) = path.or(recipe.data.path.as_deref()) else {
        return Err(Error::NoDataPath(recipe.name.clone()));
    };
    let options = OpenOptions {
        split: None,
        seed: recipe.train.seed,
        labels: recipe.data.labels,
        ..OpenOptions::default()
    };
    Ok(data::shape(
        recipe,
        Dataset::open(&data::locate(path)?, &options)?,
    )?)
}

/// The network of a recipe before training.
pub struct Untrained {
    /// The network, with its layers' initial weights.
    pub member: Member,
    /// The number of genres that is assumed, where it depends on data that were not found.
    pub assumed: Option<usize>,
}

/// Genres of a recipe whose data, which give their number, were not found.
const ASSUMED_GENRES: usize = 10;

/// Builds the network of a recipe. Where the number of genres or of a table's columns depends on the data, they are opened;
/// where they are not found and only the number of genres is unknown, it is assumed.
///
/// # Errors
/// Layers that don't fit; data that are needed for the shapes of inputs and can't be opened.
pub fn untrained(recipe: &Recipe) -> Result<Untrained, Error> {
    let named = recipe.data.genres.len();
    let heads = &recipe.network.heads;
    let genres_from_data = named == 0 && heads.first().is_some_and(|head| head.outputs == 0);
    let reads = |kind| recipe.inputs.iter().any(|input| input.source == kind);
    let sizes_from_data = reads(FeatureKind::Values) || recipe.front_end.is_none();
    let (member, assumed) = if !(genres_from_data || sizes_from_data) {
        (recipe.member(named, &[])?, None)
    } else {
        match of_recipe(recipe, None) {
            Ok(dataset) => {
                let genres = dataset.genres.len();
                (recipe.member(genres, &shapes(&dataset))?, None)
            }
            Err(missing) => {
                let genres = if named == 0 { ASSUMED_GENRES } else { named };
                // Sizes of inputs that the recipe does not have can't be assumed.
                let member = recipe.member(genres, &[]).map_err(|_| missing)?;
                (member, Some(genres))
            }
        }
    };
    Ok(Untrained { member, assumed })
}

/// The shapes of a data set's feature arrays.
fn shapes(dataset: &Dataset) -> Vec<(FeatureKind, Vec<usize>)> {
    let kinds = [
        FeatureKind::Logmel,
        FeatureKind::Mfcc,
        FeatureKind::MfccStats,
        FeatureKind::Values,
        FeatureKind::Segments,
        FeatureKind::Embedding,
        FeatureKind::Vggish,
    ];
    let shape = |kind: FeatureKind| Some((kind, dataset.array(kind.name())?.shape.clone()));
    kinds.into_iter().filter_map(shape).collect()
}

/// Opens a data set for a bundle, with the features that the bundle reads. Where the bundle learned from it, its rows are chosen
/// and split as they were then.
///
/// # Errors
/// Data that can't be opened, or are not what the bundle learned from although they have its name.
pub fn for_bundle(bundle: &Bundle, path: &Path, progress: &dyn Progress) -> Result<RunData, Error> {
    let (mut dataset, provenance) = data::open_for(bundle, path)?;
    let mut unread = dataset.unread;
    if let Some(front_end) = &bundle.front_end {
        let backbone = bundle.backbone.as_ref();
        unread += compute_features(&mut dataset, front_end, backbone, None, progress)?;
    }
    if let Some(provenance) = &provenance {
        provenance.hold_out(&mut dataset)?;
    }
    Ok(RunData {
        dataset,
        own: provenance.is_some(),
        unread,
    })
}

/// A data set in the subsets in which a network learned from it.
pub struct RunData {
    /// The rows; those of a fold's run that were held out are its validation rows.
    pub dataset: Dataset,
    /// Whether it is known to be what the network learned from.
    pub own: bool,
    /// Files that could not be read or decoded; each was reported to [`Progress::left_out`], or a note of the data set names it.
    pub unread: usize,
}

impl RunData {
    /// The rows that are measured where nothing else is asked for: the test rows (validation rows, where there are none) of a network's
    /// own data and of data with a split of their own; all rows (`None`) of other data.
    pub fn usual_subset(&self) -> Option<Split> {
        if !self.own && !self.dataset.split.rule.is_given() {
            return None;
        }
        [Split::Test, Split::Validation]
            .into_iter()
            .find(|&subset| !self.dataset.indices(subset).is_empty())
    }
}

/// What a model is to be measured on: the data at `path`, or, where the model is in the folder of a run, the run's own.
///
/// # Errors
/// [`Error::NoDataNamed`] where neither is known; data that can't be opened.
pub fn to_measure(
    bundle: &Bundle,
    folder: Option<&Path>,
    path: Option<&Path>,
    progress: &dyn Progress,
) -> Result<RunData, Error> {
    if let Some(path) = path {
        return for_bundle(bundle, path, progress);
    }
    match folder.filter(|folder| folder.join("recipe.toml").is_file()) {
        None => Err(Error::NoDataNamed),
        Some(folder) => {
            let recipe = Recipe::load(&folder.join("recipe.toml"))?;
            of_run(folder, &recipe, Some(bundle), None, progress)
        }
    }
}

/// The data set of a run's folder, or other data in its place, with features; chosen and split as the run's bundle says, or, while
/// there is none, its `environment.json`.
///
/// # Errors
/// Data that can't be opened.
pub fn of_run(
    folder: &Path,
    recipe: &Recipe,
    bundle: Option<&Bundle>,
    path: Option<&Path>,
    progress: &dyn Progress,
) -> Result<RunData, Error> {
    let provenance = bundle
        .and_then(|bundle| provenances(bundle).into_iter().next())
        .or_else(|| {
            let environment = Environment::read(&folder.join("environment.json"));
            environment.ok()?.provenance
        });
    let mut recipe = recipe.clone();
    let copy = folder.join(SPLIT_COPY);
    if recipe.data.split_file.is_some() && copy.is_file() {
        recipe.data.split_file = Some(copy);
    }
    if let Some(provenance) = &provenance {
        recipe.train.seed = provenance
            .selection
            .balanced
            .unwrap_or(provenance.split.seed);
    }
    let mut dataset = of_recipe(&recipe, path)?;
    let mut unread = dataset.unread;
    unread += compute_features_of(&recipe, &mut dataset, None, progress)?;
    let mut own = path.is_none();
    if let Some(provenance) = provenance {
        provenance.hold_out(&mut dataset)?;
        let same = provenance.same_rows(&dataset.provenance(provenance.with_validation));
        own |= same;
        if !same && path.is_none() {
            dataset.notes.push(format!(
                "the data were changed since {} was trained: its split, {}, can't be drawn again",
                folder.display(),
                provenance.split
            ));
        }
    }
    Ok(RunData {
        dataset,
        own,
        unread,
    })
}

/// The backbone that a recipe names, built in or a folder; `None` where its inputs read no embedding.
///
/// # Errors
/// As [`backbone::open`](crate::train::backbone::open).
pub fn backbone(recipe: &Recipe) -> Result<Option<Backbone>, Error> {
    Ok(crate::train::backbone::open(
        recipe,
        OpenBundle(shipped::open),
    )?)
}

/// As [`compute_features`], with the front end and the backbone of a recipe; a recipe without a front end computes none.
///
/// # Errors
/// As [`compute_features`] and [`backbone`].
pub fn compute_features_of(
    recipe: &Recipe,
    dataset: &mut Dataset,
    cancel: Option<&AtomicBool>,
    progress: &dyn Progress,
) -> Result<usize, Error> {
    let Some(front_end) = &recipe.front_end else {
        return Ok(0);
    };
    let backbone = backbone(recipe)?;
    compute_features(dataset, front_end, backbone.as_ref(), cancel, progress)
}

/// Computes the features of the audio files of a data set and adds them to its rows, on all cores; features of files that were
/// seen before come from the feature cache. A data set that has arrays already is left as it is. With a `backbone`, its embedding
/// of the segments is the feature.
///
/// Returns how many files could not be decoded; each was reported to [`Progress::left_out`]. Setting `cancel` stops the work.
///
/// # Errors
/// A stop by `cancel`; no file that can be decoded.
pub fn compute_features(
    dataset: &mut Dataset,
    front_end: &FrontEnd,
    backbone: Option<&Backbone>,
    cancel: Option<&AtomicBool>,
    progress: &dyn Progress,
) -> Result<usize, Error> {
    let computed = [
        FeatureKind::Logmel,
        FeatureKind::Segments,
        FeatureKind::Embedding,
    ];
    let has_features = computed
        .iter()
        .any(|kind| dataset.array(kind.name()).is_some());
    if has_features || !dataset.rows.iter().all(|row| row.path.is_some()) {
        return Ok(0);
    }
    progress.stage("", "files", dataset.rows.len() as u64);
    let never = AtomicBool::new(false);
    let embed = |window: &WindowFeatures| {
        let mut row = Raw::of_window(window);
        let embedding = backbone.map_or(Ok(()), |backbone| backbone.add_to(&mut row));
        embedding.map_err(|error| error.to_string())?;
        let array = row.get(FeatureKind::Embedding);
        array
            .map(|array| array.data.clone())
            .ok_or_else(|| "its front end computes no segments".to_owned())
    };
    let embedder = backbone.map(|backbone| Embedder {
        key: format!("{} {:?}", backbone.fingerprint, backbone.layer),
        columns: backbone.columns(),
        embed: &embed,
    });
    let storage = Storage::from_environment()?;
    let bad = features::compute(
        dataset,
        front_end,
        embedder.as_ref(),
        &storage,
        &|done, file| {
            progress.done(done as u64);
            progress.now(&visible_path(file));
        },
        cancel.or(progress.canceled()).unwrap_or(&never),
    );
    progress.end();
    let bad = bad?;
    for file in &bad {
        progress.left_out(&file.path, &file.error.to_string());
    }
    Ok(bad.len())
}
