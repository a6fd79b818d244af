//! A recipe's network without data, for `genrenet summary`.

use genrenet_audio::{Rate, statistics};
use genrenet_model::{FeatureKind, InputSpec, Member, Output, Preprocessor};

use super::Recipe;
use crate::error::TrainError;

impl Recipe {
    /// The untrained network for `genres` genres. Shapes of arrays (bands and frames, frames and coefficients, number of
    /// values) are taken from `shapes` first, then from the front end.
    ///
    /// # Errors
    /// A shape that neither gives, layers that don't fit.
    pub fn member(
        &self,
        genres: usize,
        shapes: &[(FeatureKind, Vec<usize>)],
    ) -> Result<Member, TrainError> {
        let mut inputs = Vec::new();
        for spec in &self.inputs {
            let (features, frames) = self.sizes(spec, shapes)?;
            inputs.push(Preprocessor::described(spec.clone(), features, frames)?);
        }
        let mut network = self.network.clone();
        if network.heads[0].outputs == 0 {
            network.heads[0].outputs = match self.train.output {
                Output::Sigmoid => 1,
                Output::Softmax | Output::Independent => genres,
            };
        }
        Ok(Member::new(
            &self.name,
            inputs,
            self.train.output,
            network,
            self.train.seed,
        )?)
    }

    /// Features and frames of the array that an input is made of.
    fn sizes(
        &self,
        spec: &InputSpec,
        shapes: &[(FeatureKind, Vec<usize>)],
    ) -> Result<(usize, usize), TrainError> {
        let given = shapes.iter().find(|(source, _)| *source == spec.source);
        let head = self
            .front_end
            .as_ref()
            .and_then(|front_end| front_end.mfcc_head);
        let sizes = match (spec.source, given.map(|(_, shape)| shape.as_slice())) {
            (FeatureKind::Logmel, Some([bands, frames])) => Some((*bands, *frames)),
            (FeatureKind::Mfcc, Some([frames, coefficients])) => Some((*coefficients, *frames)),
            (_, Some([values])) => Some((*values, 1)),
            (FeatureKind::Logmel, _) => self.front_end.as_ref().and_then(|front_end| {
                Some((front_end.log_mel?.n_mels, front_end.windowing.frames))
            }),
            (FeatureKind::Segments, _) => self
                .front_end
                .as_ref()
                .and_then(|front_end| front_end.segments)
                .map(|spec| (spec.n_mels, spec.frames)),
            (FeatureKind::Mfcc, _) => head.map(|head| {
                let rate = match head.mfcc.rate {
                    Rate::Hz(rate) => rate,
                    Rate::Own => 0,
                };
                (head.mfcc.n_mfcc, head.frames(rate) as usize)
            }),
            (FeatureKind::Stats, _) => {
                let of_mfcc = match (spec.with_mfcc, head) {
                    (true, Some(head)) => statistics::mfcc_statistics(head.mfcc.n_mfcc),
                    (true, None) => statistics::mfcc_statistics(20),
                    (false, _) => 0,
                };
                Some((statistics::LOG_MEL_STATISTICS + of_mfcc, 1))
            }
            (FeatureKind::MfccStats, _) => Some((40, 1)),
            (FeatureKind::Vggish, _) => Some((128, 1)),
            (FeatureKind::Values | FeatureKind::Embedding, _) => None,
        };
        sizes.ok_or_else(|| TrainError::Data {
            data: self.name.clone(),
            message: format!("the shape of {} is not known without data", spec.source),
        })
    }
}
