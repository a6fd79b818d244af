//! From the arrays measured of a clip to the tensor that a network reads.
//!
//! [`Raw`] holds what is known of one clip (or of one window of a song), each array as it was
//! measured: log-mel in dB, MFCC, statistics, a table's values. An [`InputSpec`] says which of
//! them becomes which input of the network and how it is scaled and laid out; [`Preprocessor`] is that
//! with the statistics fitted on training rows. [`Preprocessor::prepare`] is the one way from one to the
//! other, for training and for classifying alike.

mod derive;
mod fit;
mod prepare;
mod quantile;
mod raw;
mod spec;
mod spectrogram_image;

pub use fit::Fitter;
pub use prepare::{Preprocessor, cell_frame};
pub use raw::{Raw, RawArray};
pub use spec::{FeatureKind, FitRows, InputSpec, Layout, Scaling};
pub use spectrogram_image::spectrogram_picture;

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
