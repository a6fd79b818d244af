//! From the features of a clip to the tensor that a network reads.
//!
//! [`Raw`] holds the feature arrays of one clip (or of one window of a song): log-mel in dB, MFCC, statistics, a table's values.
//! An [`InputSpec`] says which of them becomes which input of the network and how it is scaled and laid out; a [`Preprocessor`]
//! is that with the statistics fitted on training rows. [`Preprocessor::prepare`] is the only way from one to the other, in
//! training and in classification.

mod check;
mod derive;
mod fit;
mod lay_out;
mod origin;
mod preprocessor;
mod quantile;
mod raw;
mod scale;
mod spec;

pub use fit::Fitter;
pub use preprocessor::{Preprocessor, cell_frame};
pub use raw::{Raw, RawArray};
pub use spec::{EmbeddingLayer, FeatureKind, FitRows, InputSpec, Layout, Scaling};

/// The kinds of features that some inputs read, each once, in the order of the inputs.
pub fn feature_kinds<'a>(inputs: impl IntoIterator<Item = &'a Preprocessor>) -> Vec<FeatureKind> {
    let mut kinds = Vec::new();
    for kind in inputs.into_iter().flat_map(|input| input.spec().reads()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}
