//! Checks that output, loss and labels of a recipe fit together.

use genrenet_data::Labels;
use genrenet_model::Output;

use super::{ClassWeights, Loss, Monitor, Recipe};
use crate::error::TrainError;

impl Recipe {
    /// Refuses an output or a loss that does not fit the labels.
    pub(super) fn check_labels(&self) -> Result<(), TrainError> {
        let train = &self.train;
        match (self.data.labels, train.output) {
            (Labels::All, Output::Independent) => return self.check_several_genres(),
            (Labels::All, _) => Err(TrainError::value(
                "train.output",
                "softmax or sigmoid",
                "\"independent\", as data.labels = \"all\" gives a row several genres",
            )),
            (Labels::Top, Output::Independent) => Err(TrainError::value(
                "train.output",
                "independent",
                "\"softmax\" or \"sigmoid\", as each row has one genre (data.labels = \"all\" gives it several)",
            )),
            (Labels::Top, _) => Ok(()),
        }?;
        if train.monitor == Monitor::MeanAveragePrecision {
            return Err(TrainError::value(
                "train.monitor",
                "\"mean_average_precision\"",
                "\"accuracy\", \"loss\" or \"macro_f1\", as each row has one genre",
            ));
        }
        let sigmoid = train.output == Output::Sigmoid;
        match train.loss {
            Loss::CrossEntropy if sigmoid => Err(TrainError::value(
                "train.loss",
                "\"cross_entropy\"",
                "\"binary_cross_entropy\" or \"mean_squared_error\" for train.output = \"sigmoid\"",
            )),
            Loss::BinaryCrossEntropy if !sigmoid => Err(TrainError::value(
                "train.loss",
                "\"binary_cross_entropy\"",
                "\"cross_entropy\", or train.output = \"sigmoid\"",
            )),
            _ => Ok(()),
        }
    }

    /// What rows of several genres can't be trained with.
    fn check_several_genres(&self) -> Result<(), TrainError> {
        let train = &self.train;
        let refused = [
            (
                train.loss != Loss::BinaryCrossEntropy,
                "train.loss",
                "\"binary_cross_entropy\"",
            ),
            (train.label_smoothing > 0.0, "train.label_smoothing", "0"),
            (
                train.class_weights != ClassWeights::None,
                "train.class_weights",
                "\"none\"",
            ),
            (
                train.monitor == Monitor::MacroF1,
                "train.monitor",
                "another measure than \"macro_f1\"",
            ),
            (
                train.solve.is_some(),
                "train.solve",
                "nothing: no head is solved for several genres",
            ),
            (self.distill.is_some(), "distill", "nothing"),
            (!self.data.add.is_empty(), "data.add", "nothing"),
        ];
        match refused.into_iter().find(|(is_so, _, _)| *is_so) {
            Some((_, key, expected)) => Err(TrainError::value(
                key,
                "another value",
                format!("{expected}, as data.labels = \"all\""),
            )),
            None => Ok(()),
        }
    }
}
