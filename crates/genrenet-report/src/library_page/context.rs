//! What a page of a library is given: plain values.

/// What is known of a music library. Texts are as they are, not escaped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LibraryContext {
    /// The page's title.
    pub title: String,
    /// What was classified by which model, in a sentence.
    pub about: String,
    /// Number of files, those that failed among them.
    pub songs: u64,
    /// Playing time of all that were classified.
    pub seconds: f64,
    /// Songs with a sure answer.
    pub sure: u64,
    /// Songs with an unsure one.
    pub unsure: u64,
    /// Sounds that are no music; `None` for a model that does not tell.
    pub no_music: Option<u64>,
    /// Files without an answer.
    pub failed: u64,
    /// All genres of the model with their songs, in the order of the model.
    pub genres: Vec<GenreCount>,
    /// Songs of the map, all of which have embeddings of one length.
    pub map: Vec<MapSong>,
    /// How many songs could be on the map; more than `map` where that is a sample.
    pub map_of: u64,
    /// Songs whose tag disagrees most with their sound, the worst first.
    pub disagreements: Vec<DisagreeingSong>,
    /// How many disagree in all.
    pub disagreeing: u64,
    /// How many have a sure answer and a tag that can be compared with it.
    pub compared: u64,
    /// The first files without an answer.
    pub failures: Vec<FailedSong>,
}

/// Songs of a genre.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenreCount {
    /// Its name.
    pub name: String,
    /// Songs whose answer it surely is.
    pub sure: u64,
    /// Songs whose most probable genre it is, but not surely.
    pub unsure: u64,
}

/// A song of the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapSong {
    /// Its file.
    pub path: String,
    /// Its title, where a tag names it.
    pub title: Option<String>,
    /// Its artist, where a tag names it.
    pub artist: Option<String>,
    /// Its most probable genre, an index of [`LibraryContext::genres`].
    pub genre: usize,
    /// The probability of this genre.
    pub probability: f32,
    /// Whether the answer is unsure.
    pub unsure: bool,
    /// Whether the sound is taken for something other than music.
    pub no_music: bool,
    /// What says which songs are similar.
    pub embedding: Vec<f32>,
}

/// A song whose tag and sound disagree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisagreeingSong {
    /// Its file.
    pub path: String,
    /// Its title, where a tag names it.
    pub title: Option<String>,
    /// Its artist, where a tag names it.
    pub artist: Option<String>,
    /// The values of its genre tag.
    pub tags: Vec<String>,
    /// The probability of the tagged genre.
    pub tagged_probability: f32,
    /// The answer.
    pub genre: String,
    /// Its probability.
    pub probability: f32,
}

/// A file without an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailedSong {
    /// The file.
    pub path: String,
    /// Why.
    pub reason: String,
}
