//! Scanning a library: what is new or changed is read and classified, what is known costs a stat.

mod again;
mod classifier;
mod drives;
mod index_files;
mod page;
mod read_file;
mod vanished;
mod visit;
mod watch;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use classifier::Classifier;
use index_files::IndexFiles;
use vanished::{Marked, Missing};
use visit::{Job, Visit};
pub use watch::{Watch, Watched};

use crate::library::index::Index;
use crate::taxonomy::{Taxonomy, regrouped_by};
use crate::{Error, Found, Songs, in_order, reads_sound, shipped, taxonomy};

/// A library that is scanned into an index.
pub struct Scan<'a> {
    index: &'a Index,
    classifier: Classifier,
    taxonomy: Option<Taxonomy>,
    reclassify: bool,
}

/// A step of a scan, for those who show how far it is.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A file is opened.
    Opened(&'a Path),
    /// A file was passed over, as it is as it was.
    Passed,
}

/// A file that was read, or that could not be.
#[derive(Debug)]
pub struct ScannedFile {
    /// The file.
    pub path: PathBuf,
    /// What was new, or why it has no answer.
    pub result: Result<Change, Error>,
}

/// What a scan found of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not known.
    New,
    /// It was known under another name, where it is no more.
    Moved(PathBuf),
    /// Its sound is another.
    Sound,
    /// Its tags are others.
    Tags,
    /// It was read again, and is as before.
    Nothing,
    /// It is there again.
    Returned,
    /// It is as before, and was classified by another model.
    Reclassified,
    /// It is not there any more.
    Missing,
}

/// What a scan found beside the files that it read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Files that are as they were.
    pub unchanged: usize,
    /// Files that are as they were when they could not be classified; they are not tried again.
    pub failed_before: usize,
    /// Files that are missing and were marked so.
    pub vanished: usize,
    /// Places whose missing files were not marked, and why.
    pub spared: Vec<(PathBuf, String)>,
    /// Songs whose answer is in the genres of the taxonomy since this scan.
    pub regrouped: usize,
    /// Songs with answers of other models.
    pub of_other_models: usize,
    /// How long such a song takes on one core, in seconds.
    pub seconds_each: f64,
}

/// In place of a taxonomy: the model's own genres.
pub const MODELS_OWN: &str = "none";

/// What all threads of a scan count.
#[derive(Default)]
struct Counts {
    unchanged: AtomicUsize,
    failed_before: AtomicUsize,
    /// Places that could not be searched.
    faulty: Mutex<Vec<PathBuf>>,
}

impl<'a> Scan<'a> {
    /// Of an index, with a model and the genres of a taxonomy; where none is named, those of the last scan, or the usual model in its
    /// own genres, which [`MODELS_OWN`] stands for.
    ///
    /// # Errors
    /// A model or taxonomy that can't be opened, [`Error::NotAudio`]; [`Error::Index`].
    pub fn new(
        index: &'a Index,
        model: Option<&str>,
        own: Option<&Path>,
    ) -> Result<Scan<'a>, Error> {
        let remembered = match model {
            Some(_) => None,
            None => index.setting("model")?,
        };
        let model = model.or(remembered.as_deref()).unwrap_or(shipped::DEFAULT);
        let remembered_own = own.is_none();
        let own = match own {
            Some(own) => Some(own.to_owned()),
            None => index.setting("taxonomy")?.map(PathBuf::from),
        }
        .filter(|own| own != Path::new(MODELS_OWN));
        // Classified once, in the model's own genres; those of a taxonomy can change without another classification.
        let networks = shipped::open(Path::new(model))?;
        reads_sound(&networks)?;
        let taxonomy = match own.as_deref().map(Taxonomy::open).transpose() {
            Err(error) if remembered_own => {
                let cure = "it was named by the last scan; --taxonomy names another one, and none the model's own genres";
                return Err(Error::Search(format!("{error} ({cure})")));
            }
            opened => opened?,
        };
        let genres = match &taxonomy {
            Some(taxonomy) => regrouped_by(shipped::open(Path::new(model))?, taxonomy)?,
            None => shipped::open(Path::new(model))?,
        };
        let classifier = Classifier::new(index, networks, genres)?;
        index.set_setting("model", &lasting(model, shipped::contains(model)))?;
        let preset = |own: &Path| {
            taxonomy::PRESETS
                .iter()
                .any(|preset| Path::new(preset) == own)
        };
        let own = own.map_or(MODELS_OWN.into(), |own| {
            lasting(&own.to_string_lossy(), preset(&own))
        });
        index.set_setting("taxonomy", &own)?;
        Ok(Scan {
            index,
            classifier,
            taxonomy,
            reclassify: false,
        })
    }

    /// Also classifies again what other models have classified.
    #[must_use]
    pub fn reclassifying(self, reclassify: bool) -> Scan<'a> {
        Scan { reclassify, ..self }
    }

    /// The taxonomy, where there is one.
    pub fn taxonomy(&self) -> Option<&Taxonomy> {
        self.taxonomy.as_ref()
    }

    /// The model that is asked, in the genres of the index.
    pub fn model(&self) -> &crate::model::Bundle {
        self.classifier.genres()
    }

    /// Scans files and folders on all cores and hands each file that is not as it was to `each`, on the calling thread, until it
    /// returns [`ControlFlow::Break`]; `step` is called from any thread.
    ///
    /// What was read of a file is stored before `each` is called: nothing that was finished is lost by an interruption, and the next scan
    /// goes on from there. Files that are missing are marked when everything was searched.
    ///
    /// # Errors
    /// [`Error::Index`] where nothing more can be stored; [`Error::Search`] for a path that is not there.
    pub fn run(
        &self,
        roots: &[PathBuf],
        step: impl Fn(Step) + Sync,
        each: impl FnMut(ScannedFile) -> ControlFlow<()>,
    ) -> Result<Summary, Error> {
        let roots = roots
            .iter()
            .map(|root| root_of(root))
            .collect::<Result<Vec<_>, _>>()?;
        let roots = outermost(roots);
        let regrouped = self.classifier.regroup(self.index)?;
        let mark = |missing: &Missing| missing.mark(&roots);
        let summary = self.search(&roots, &roots, step, each, mark)?;
        let (of_other_models, seconds_each) =
            self.index.of_other_models(self.classifier.rows().id)?;
        Ok(Summary {
            regrouped,
            of_other_models,
            seconds_each,
            ..summary
        })
    }

    /// Scans `paths`, all within `roots`, and marks what `mark` finds missing.
    fn search(
        &self,
        paths: &[PathBuf],
        roots: &[PathBuf],
        step: impl Fn(Step) + Sync,
        mut each: impl FnMut(ScannedFile) -> ControlFlow<()>,
        mark: impl FnOnce(&Missing) -> Result<Marked, Error>,
    ) -> Result<Summary, Error> {
        let newest_before = self.index.newest_file()?;
        let before = drives::Drives::of(roots);
        let counts = Counts::default();
        let drives = Mutex::new(before);
        let visit = Visit {
            index: self.index,
            model: self.classifier.rows().id,
            reclassify: self.reclassify,
            counts: &counts,
            drives: &drives,
        };
        let songs = Songs::new(paths.to_vec(), std::io::empty());
        let own = IndexFiles::of(self.index.path());
        let songs = songs.filter(|found| !found.as_ref().is_ok_and(|path| own.contain(path)));
        let jobs = songs.filter_map(|found: Found| {
            let job = visit.job(found);
            if job.is_none() {
                step(Step::Passed);
            }
            job
        });
        let mut fatal = None;
        let mut stopped = false;
        in_order(
            jobs,
            |job| self.work(job, &step),
            |file| {
                let flow = match file {
                    Some(ScannedFile {
                        result: Err(error @ Error::Index(_)),
                        ..
                    }) => {
                        fatal = Some(error);
                        ControlFlow::Break(())
                    }
                    Some(file) => each(file),
                    None => ControlFlow::Continue(()),
                };
                stopped |= flow.is_break();
                flow
            },
        );
        if let Some(error) = fatal {
            return Err(error);
        }
        let number = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let mut summary = Summary {
            unchanged: number(&counts.unchanged),
            failed_before: number(&counts.failed_before),
            ..Summary::default()
        };
        let drives = drives
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        self.index.add_mounts(drives.mounts())?;
        if stopped {
            return Ok(summary);
        }
        let missing = Missing {
            index: self.index,
            drives: &drives,
            faulty: &counts
                .faulty
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
            newest_before,
        };
        let (vanished, spared) = mark(&missing)?;
        summary.vanished = vanished.len();
        summary.spared = spared;
        for path in vanished {
            let result = Ok(Change::Missing);
            if each(ScannedFile { path, result }).is_break() {
                break;
            }
        }
        Ok(summary)
    }

    fn work(&self, job: Job, step: &(impl Fn(Step) + Sync)) -> Option<ScannedFile> {
        let (path, result) = match job {
            Job::Fault(path, error) => (path, Err(error)),
            Job::Returned(path) => (path, Ok(Change::Returned)),
            Job::Reclassify(path, song) => {
                step(Step::Opened(&path));
                let result = again::reclassify(self.index, &self.classifier, &path, song);
                (path, result)
            }
            Job::Read(path, known) => {
                step(Step::Opened(&path));
                let result = read_file::ReadFile {
                    index: self.index,
                    classifier: &self.classifier,
                    reclassify: self.reclassify,
                }
                .read(&path, known.map(|known| *known));
                (path, result)
            }
        };
        match result {
            // It will be marked as missing, unless its drive has vanished.
            Err(Error::Gone) => None,
            result => Some(ScannedFile { path, result }),
        }
    }
}

/// A name that is kept, or the absolute path of a folder or file.
fn lasting(given: &str, is_name: bool) -> String {
    match is_name {
        true => given.to_owned(),
        false => std::path::absolute(given).map_or_else(
            |_| given.to_owned(),
            |path| path.to_string_lossy().into_owned(),
        ),
    }
}

/// Paths without those that lie within another one of them.
fn outermost(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    // Everything below a path follows it directly, part by part.
    paths.dedup_by(|later, earlier| later.starts_with(earlier));
    paths
}

/// The path by which an index knows a file or folder: absolute, without `.` and `..`. Links are kept, as players show them, except where a `..`
/// can only be resolved through them.
///
/// # Errors
/// The system's error; a path with a `..` that is not there.
pub fn indexed_path(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let above = |part| part == std::path::Component::ParentDir;
    match absolute.components().any(above) {
        true => absolute.canonicalize(),
        // Without `//`.
        false => Ok(absolute.components().collect()),
    }
}

/// The same of a file or folder that is there.
fn root_of(path: &Path) -> Result<PathBuf, Error> {
    let there = std::fs::symlink_metadata(path).and_then(|_| indexed_path(path));
    there.map_err(|error| Error::Search(format!("{}: {error}", path.display())))
}
