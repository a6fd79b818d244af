//! A network that was trained before, whose layers are features for others.

use std::borrow::Cow;

use genrenet_nn::{Inputs, Scratch, Tensor};

use super::{Bundle, Member, Output};
use crate::attribute::Attribute;
use crate::error::ModelError;
use crate::guard::Guard;
use crate::inputs::{EmbeddingLayer, FeatureKind, Raw, RawArray};

/// Segments that go through the network at once.
const CHUNK: usize = 16;

/// A frozen network of segments. The mean of one of its layers over the segments of a window is the feature
/// [`FeatureKind::Embedding`], which the networks of a bundle read.
pub struct Backbone {
    /// Name of the bundle that it comes from.
    pub name: String,
    /// Version of that bundle.
    pub version: String,
    /// [`Bundle::fingerprint`] of that bundle.
    pub fingerprint: String,
    /// The terms of its weights.
    pub license: String,
    /// Notices that have to accompany its weights.
    pub notices: Vec<String>,
    /// The tags, in the order of its logits.
    pub tags: Vec<String>,
    /// The layer that is the embedding.
    pub layer: EmbeddingLayer,
    /// What its tags say of a song beside its genre.
    pub attributes: Vec<Attribute>,
    /// Which sounds its tags and segments show not to be music.
    pub guard: Option<Guard>,
    /// The network with its input.
    pub network: Member,
}

impl Backbone {
    /// The backbone of a bundle: its only network, which reads segments.
    ///
    /// # Errors
    /// [`ModelError::Value`] for a bundle of several networks, or of one that reads something else; as [`Bundle::fingerprint`].
    pub fn of(bundle: Bundle, layer: EmbeddingLayer) -> Result<Backbone, ModelError> {
        let fingerprint = bundle.fingerprint()?;
        let genres = bundle.model_genres().to_vec();
        let count = bundle.members.len();
        let sources = bundle.sources();
        let mut members = bundle.members.into_iter();
        let (Some(network), 1, [FeatureKind::Segments]) = (members.next(), count, &sources[..])
        else {
            let found = format!("{}, {count} networks of {sources:?}", bundle.card.name);
            return Err(ModelError::value(
                "backbone",
                found,
                "a bundle of one network that reads segments, such as msd50",
            ));
        };
        Ok(Backbone {
            name: bundle.card.name,
            version: bundle.card.version,
            fingerprint,
            license: bundle.card.license,
            notices: bundle.card.attribution,
            tags: genres,
            layer,
            attributes: Vec::new(),
            guard: None,
            network,
        })
    }

    /// Number of values of the embedding.
    pub fn len(&self) -> usize {
        let network = &self.network.network;
        match self.layer {
            EmbeddingLayer::Tags => self.tags.len(),
            EmbeddingLayer::Hidden => network.hidden_len(),
            EmbeddingLayer::Pooled => network.joined_len(),
        }
    }

    /// Always `false`: an embedding has at least one value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names of the values: the tags, or `hidden_1`, `pooled_1`, ….
    pub fn columns(&self) -> Vec<String> {
        let numbered = |name: &str| (1..=self.len()).map(|i| format!("{name}_{i}")).collect();
        match self.layer {
            EmbeddingLayer::Tags => self.tags.clone(),
            EmbeddingLayer::Hidden => numbered("hidden"),
            EmbeddingLayer::Pooled => numbered("pooled"),
        }
    }

    /// The embedding of each segment of a row; `None` for a row without segments.
    ///
    /// # Errors
    /// Segments of another shape than the network reads.
    pub fn of_segments(&self, row: &Raw) -> Result<Option<Vec<Vec<f32>>>, ModelError> {
        let (Some(array), [input]) = (row.get(FeatureKind::Segments), &self.network.inputs[..])
        else {
            return Ok(None);
        };
        let (frames, bands) = (input.frames(), input.raw_features());
        if array.shape.len() != 2
            || array.shape[1] != bands
            || array.shape[0] == 0
            || array.shape[0] % frames != 0
            || array.data.len() != array.shape[0] * bands
        {
            return Err(ModelError::Shape {
                input: input.spec().name.clone(),
                expected: format!("segments of {frames} frames and {bands} bands"),
                found: array.shape.clone(),
            });
        }
        let one = |data: &[f32]| {
            let mut raw = Raw::new();
            raw.insert(
                FeatureKind::Segments,
                RawArray {
                    shape: vec![frames, bands],
                    data: data.to_vec(),
                },
            );
            raw
        };
        let segments: Vec<Raw> = array.data.chunks_exact(frames * bands).map(one).collect();
        let mut scratch = Scratch::new();
        let mut found = Vec::with_capacity(segments.len());
        for chunk in segments.chunks(CHUNK) {
            let inputs = self.network.inputs_of(&chunk.iter().collect::<Vec<_>>())?;
            let values = self.network.layer(self.layer, &inputs, &mut scratch);
            found.extend((0..chunk.len()).map(|i| values.item(i).to_vec()));
        }
        Ok(Some(found))
    }

    /// Adds the embedding to a row that has segments but no embedding: the mean over the segments.
    ///
    /// # Errors
    /// As [`Backbone::of_segments`].
    pub fn add_to(&self, row: &mut Raw) -> Result<(), ModelError> {
        if row.get(FeatureKind::Embedding).is_some() {
            return Ok(());
        }
        let Some(segments) = self.of_segments(row)? else {
            return Ok(());
        };
        self.add_mean(row, &segments);
        Ok(())
    }

    /// Adds the mean of its segments' embeddings to a row.
    pub(crate) fn add_mean(&self, row: &mut Raw, segments: &[Vec<f32>]) {
        let mut mean = vec![0.0f64; self.len()];
        for values in segments {
            mean.iter_mut()
                .zip(values)
                .for_each(|(sum, x)| *sum += f64::from(*x));
        }
        let count = segments.len() as f64;
        let data: Vec<f32> = mean.into_iter().map(|sum| (sum / count) as f32).collect();
        let shape = vec![data.len()];
        row.insert(FeatureKind::Embedding, RawArray { shape, data });
    }

    /// Refuses impossible values; `key` is the prefix for messages.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        let [input] = &self.network.inputs[..] else {
            let found = self.network.inputs.len();
            return Err(ModelError::value("backbone.inputs", found, "one input"));
        };
        if input.spec().source != FeatureKind::Segments {
            return Err(ModelError::value(
                "backbone.input.spec.source",
                input.spec().source,
                "\"segments\"",
            ));
        }
        if self.network.output != Output::Independent {
            let found = format!("{:?}", self.network.output).to_lowercase();
            return Err(ModelError::value(
                "backbone.output",
                found,
                "\"independent\"",
            ));
        }
        if self.layer != EmbeddingLayer::Tags
            && (self.guard.is_some() || !self.attributes.is_empty())
        {
            let found = format!("{:?}", self.layer).to_lowercase();
            let expected = "\"tags\", which the guard and the attributes read";
            return Err(ModelError::value("backbone.layer", found, expected));
        }
        for (index, attribute) in self.attributes.iter().enumerate() {
            attribute.check(&format!("backbone.attributes[{index}]"), &self.tags)?;
        }
        if let Some(guard) = &self.guard {
            guard.check()?;
            if input.frames() < 2 || input.raw_features() < 3 {
                let found = format!(
                    "{} frames of {} bands",
                    input.frames(),
                    input.raw_features()
                );
                let expected = "segments of two frames and three bands at least";
                return Err(ModelError::value("backbone.guard", found, expected));
            }
        }
        self.network.check("backbone", self.tags.len())
    }
}

impl Member {
    /// One of the network's layers, as vectors `[batch, F]`.
    pub fn layer(&self, layer: EmbeddingLayer, inputs: &Inputs, scratch: &mut Scratch) -> Tensor {
        match layer {
            EmbeddingLayer::Tags => self.network.infer_first(inputs, scratch),
            EmbeddingLayer::Hidden => self.network.embed(inputs, scratch),
            EmbeddingLayer::Pooled => self.network.joined(inputs, scratch),
        }
    }
}

impl Bundle {
    /// The rows with the embeddings that the bundle's networks read.
    pub(crate) fn embedded<'a>(&self, rows: &'a [Raw]) -> Result<Cow<'a, [Raw]>, ModelError> {
        let Some(backbone) = &self.backbone else {
            return Ok(Cow::Borrowed(rows));
        };
        let lacks = |row: &Raw| {
            row.get(FeatureKind::Embedding).is_none() && row.get(FeatureKind::Segments).is_some()
        };
        if !rows.iter().any(lacks) {
            return Ok(Cow::Borrowed(rows));
        }
        let mut rows = rows.to_vec();
        rows.iter_mut().try_for_each(|row| backbone.add_to(row))?;
        Ok(Cow::Owned(rows))
    }
}
