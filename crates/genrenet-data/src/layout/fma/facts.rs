//! What is published of FMA, and the faults that everybody's copy has.
//!
//! Sources: the README of `mdeff/fma` (counts, checksums) and its wiki, "Excerpts shorter than 30s and erroneous audio length
//! metadata" (clips); facts about files, of no licence.

/// Files in the folders of the four subsets.
pub(crate) const CLIPS: [usize; 4] = [8000, 25_000, 106_574, 106_574];

/// Rows of the tables.
pub(crate) const TABLE_ROWS: [(&str, usize); 4] = [
    ("tracks.csv", 106_574),
    ("genres.csv", 163),
    ("features.csv", 106_574),
    ("echonest.csv", 13_129),
];

/// Clips that can't be decoded, of FMA-small and FMA-medium.
pub(crate) const UNDECODABLE: [u32; 15] = [
    1486, 5574, 65753, 80391, 98558, 98559, 98560, 98571, 99134, 105_247, 108_925, 126_981,
    127_336, 133_297, 143_992,
];

/// Clips of less than two seconds: 1.6, 0.5 and 1.5.
pub(crate) const TOO_SHORT: [u32; 3] = [98565, 98567, 98569];

/// Whether every copy of this clip is of no use.
pub(crate) fn is_unusable(clip: u32) -> bool {
    UNDECODABLE.contains(&clip) || TOO_SHORT.contains(&clip)
}
