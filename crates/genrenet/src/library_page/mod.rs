//! The page of a music library, filled song by song.

mod least;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use genrenet_text::path_text;

use self::least::Least;
use crate::classify::each_song;
use crate::file_tags::file_tags;
use crate::library::audit::{Comparison, compare};
use crate::model::{Bundle, Prediction};
use crate::report::{
    DisagreeingSong, FailedSong, GenreCount, LibraryContext, MapSong, library_page,
};
use crate::taxonomy::{OwnGenre, Taxonomy};
use crate::{Analysis, Answer, Found, analyse};

/// Most songs of the map.
const DRAWN: usize = 2000;
/// Most disagreements and most failures that are listed.
const LISTED: usize = 50;
/// Most characters that are kept of a tag or a reason.
const CHARACTERS: usize = 300;

/// A song as it is added to a page.
#[derive(Clone, Copy, Debug)]
pub struct PageSong<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its title, where a tag names it.
    pub title: Option<&'a str>,
    /// Its artist, where a tag names it.
    pub artist: Option<&'a str>,
    /// The values of its genre tag.
    pub genres: &'a [String],
    /// Its length.
    pub seconds: f64,
    /// Probabilities, in the order of [`Bundle::genres`]; of those that are missing 0.
    pub probabilities: &'a [f32],
    /// Whether the answer is unsure.
    pub unsure: bool,
    /// Whether the sound is taken for something other than music.
    pub no_music: bool,
    /// As [`embed`](crate::embed) answers. Without one, or with one of another length than the first song's, the song is not on the map.
    pub embedding: &'a [f32],
}

/// Gathers the page of a music library, one song at a time: its genres, a map of similar songs, where tags and sound disagree, what failed.
///
/// Memory does not grow with the number of songs: of more than 2 000 the map shows a sample, which depends on their paths alone, and the
/// 50 worst disagreements and the first 50 failures are listed. The same songs in the same order make the same page.
///
/// ```
/// # use std::path::Path;
/// use genrenet::{LibraryPage, PageSong};
///
/// let model = genrenet::shipped::load("wide")?;
/// let mut page = LibraryPage::new("My music", &model, None);
/// page.add(PageSong {
///     path: Path::new("song.mp3"),
///     title: Some("A song"),
///     artist: None,
///     genres: &["Rock".to_owned()],
///     seconds: 200.0,
///     probabilities: &[0.8, 0.2],
///     unsure: false,
///     no_music: false,
///     embedding: &[1.0, 2.0],
/// });
/// page.add_failed(Path::new("broken.mp3"), "no audio was found in it");
/// let html = page.finish();
/// assert!(html.contains("A song") && html.contains("broken.mp3"));
/// # Ok::<(), genrenet::Error>(())
/// ```
pub struct LibraryPage<'a> {
    model: &'a Bundle,
    taxonomy: Taxonomy,
    context: LibraryContext,
    /// Length of the embeddings on the map.
    width: usize,
    /// By a hash of the path, then in order.
    map: Least<(u64, u64), MapSong>,
    /// The greatest score first, then in order.
    disagreements: Least<(i64, u64), DisagreeingSong>,
}

impl<'a> LibraryPage<'a> {
    /// An empty page. Tags are compared with answers in the genres of the taxonomy by which the model is
    /// [regrouped](crate::taxonomy::regrouped_by); in the model's own where there is none.
    pub fn new(title: &str, model: &'a Bundle, taxonomy: Option<Taxonomy>) -> LibraryPage<'a> {
        let genres = model.genres.iter().map(|name| GenreCount {
            name: name.clone(),
            ..GenreCount::default()
        });
        LibraryPage {
            taxonomy: taxonomy.unwrap_or_else(|| own_genres(model)),
            context: LibraryContext {
                title: title.to_owned(),
                about: about(model),
                genres: genres.collect(),
                no_music: model.guard().is_some().then_some(0),
                ..LibraryContext::default()
            },
            width: 0,
            map: Least::new(DRAWN),
            disagreements: Least::new(LISTED),
            model,
        }
    }

    /// Adds a song that was classified.
    pub fn add(&mut self, song: PageSong) {
        let finite = |&p: &f32| if p.is_finite() { p } else { 0.0 };
        let mut probabilities: Vec<f32> = song.probabilities.iter().map(finite).collect();
        probabilities.resize(self.model.genres.len(), 0.0);
        let prediction = Prediction {
            unsure: song.unsure,
            no_music: song.no_music,
            ..self.model.rank(probabilities)
        };
        let Some(&genre) = prediction.ranking.first() else {
            return;
        };
        let context = &mut self.context;
        context.songs += 1;
        context.seconds += if song.seconds.is_finite() {
            song.seconds
        } else {
            0.0
        };
        match (&mut context.no_music, song.no_music, song.unsure) {
            (Some(count), true, _) => *count += 1,
            (_, _, true) => {
                context.unsure += 1;
                context.genres[genre].unsure += 1;
            }
            _ => {
                context.sure += 1;
                context.genres[genre].sure += 1;
            }
        }
        self.add_to_map(&song, &prediction, genre);
        self.compare(&song, &prediction);
    }

    fn add_to_map(&mut self, song: &PageSong, prediction: &Prediction, genre: usize) {
        let embedding = song.embedding;
        if embedding.is_empty() || !embedding.iter().all(|x| x.is_finite()) {
            return;
        }
        if self.context.map_of == 0 {
            self.width = embedding.len();
        }
        if embedding.len() != self.width {
            return;
        }
        self.context.map_of += 1;
        let key = (hash(song.path), self.context.songs);
        self.map.add(key, || MapSong {
            path: path_text(song.path).into_owned(),
            title: song.title.map(shortened),
            artist: song.artist.map(shortened),
            genre,
            probability: prediction.probabilities[genre],
            unsure: song.unsure,
            no_music: song.no_music,
            embedding: embedding.to_vec(),
        });
    }

    fn compare(&mut self, song: &PageSong, prediction: &Prediction) {
        let comparison = compare(song.genres, prediction, self.model, &self.taxonomy);
        let context = &mut self.context;
        match comparison {
            Comparison::Agrees => context.compared += 1,
            Comparison::Disagrees {
                tagged_probability,
                genre,
                probability,
                ..
            } => {
                context.compared += 1;
                context.disagreeing += 1;
                let score = f64::from(probability) - f64::from(tagged_probability);
                let key = ((-1e9 * score) as i64, context.songs);
                self.disagreements.add(key, || DisagreeingSong {
                    path: path_text(song.path).into_owned(),
                    title: song.title.map(shortened),
                    artist: song.artist.map(shortened),
                    tags: song
                        .genres
                        .iter()
                        .take(8)
                        .map(|tag| shortened(tag))
                        .collect(),
                    tagged_probability,
                    genre,
                    probability,
                });
            }
            Comparison::NoTag
            | Comparison::UnknownTag
            | Comparison::NoMusic
            | Comparison::Unsure => {}
        }
    }

    /// Adds a file that could not be classified, with the reason.
    pub fn add_failed(&mut self, path: &Path, reason: &str) {
        self.context.songs += 1;
        self.context.failed += 1;
        if self.context.failures.len() < LISTED {
            self.context.failures.push(FailedSong {
                path: path_text(path).into_owned(),
                reason: shortened(reason),
            });
        }
    }

    /// As [`classify_all`](crate::classify_all) with the model of the page, to which every answer is added, with its tags where they
    /// can be read.
    pub fn classify_all(
        &mut self,
        songs: impl Iterator<Item = Found> + Send,
        begun: impl Fn(&PathBuf) + Sync,
        mut each: impl FnMut(Answer) -> ControlFlow<()>,
    ) {
        let model = self.model;
        let work = |path: &PathBuf| Ok((analyse(model, path)?, file_tags(path)));
        each_song(songs, begun, work, |path, result| {
            let result = result.map(|(Analysis { song, embedding }, tags)| {
                self.add(PageSong {
                    path: &path,
                    title: tags.title.as_deref(),
                    artist: tags.artist.as_deref(),
                    genres: tags.genre.as_slice(),
                    seconds: song.seconds,
                    probabilities: &song.prediction.probabilities,
                    unsure: song.prediction.unsure,
                    no_music: song.prediction.no_music,
                    embedding: &embedding,
                });
                song
            });
            if let Err(error) = &result {
                self.add_failed(&path, &error.to_string());
            }
            each(Answer { path, result })
        });
    }

    /// The page as one HTML file. Lays out the map, which takes a few seconds for 2 000 songs.
    pub fn finish(self) -> String {
        library_page(&LibraryContext {
            map: self.map.into_sorted(),
            disagreements: self.disagreements.into_sorted(),
            ..self.context
        })
    }
}

/// "Classified by wide 1.0.0 in the genres of simple; unsure below 41 %."
fn about(model: &Bundle) -> String {
    let mut text = format!("Classified by {} {}", model.card.name, model.card.version);
    if let Some(taxonomy) = model.taxonomy() {
        text += &format!(" in the genres of {taxonomy}");
    }
    let threshold = model.calibration.unsure_below;
    if threshold > 0.0 {
        text += &format!("; unsure below {:.0} %", 100.0 * threshold);
    }
    text + "."
}

/// The genres of a model and those above them, each under its own name.
fn own_genres(model: &Bundle) -> Taxonomy {
    let mut names: Vec<&String> = model.genres.iter().collect();
    for name in model
        .parents
        .iter()
        .flat_map(|(genre, parent)| [genre, parent])
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let genre = |name: &String| OwnGenre {
        name: name.clone(),
        from: Vec::new(),
    };
    Taxonomy {
        name: model.card.name.clone(),
        genres: names.into_iter().map(genre).collect(),
        parents: model.parents.clone(),
        ignore: Vec::new(),
    }
}

/// As much of a text as a page shows.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A number by which a sample of paths is drawn: FNV-1a, its bits mixed as MurmurHash3 does at its end, so that similar paths have
/// unlike numbers.
fn hash(path: &Path) -> u64 {
    let bytes = path.as_os_str().as_encoded_bytes();
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}
