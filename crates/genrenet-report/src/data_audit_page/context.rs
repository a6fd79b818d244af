//! What the page of an audited data set is given: plain values.

/// What an audit found. Texts are as they are, not escaped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataAuditContext {
    /// The page's title.
    pub title: String,
    /// The data set in a sentence.
    pub about: String,
    /// Figures for the top: name, value, note.
    pub figures: Vec<[String; 3]>,
    /// How labels were suspected, in a sentence, or why they were not.
    pub suspects_about: String,
    /// Rows whose label is suspected, the most suspicious first.
    pub suspects: Vec<SuspectRow>,
    /// Tables: of faults, duplicates, leaks, classes.
    pub tables: Vec<AuditTable>,
}

/// A row whose label is suspected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuspectRow {
    /// Its id: a file below the data set's folder, or a number.
    pub id: String,
    /// Its artist, where known.
    pub artist: Option<String>,
    /// The genre that it has, and its probability.
    pub given: (String, f64),
    /// The genre that it probably is, and its probability.
    pub suggested: (String, f64),
    /// The address of its sound, relative to the page.
    pub sound: Option<String>,
    /// Its log-mel, where there is no sound: `[bands, frames]` in dB.
    pub spectrogram: Option<(Vec<f32>, [usize; 2])>,
}

/// A table with a heading; one without rows shows only its sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditTable {
    /// The heading.
    pub heading: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The cells.
    pub rows: Vec<Vec<String>>,
}
