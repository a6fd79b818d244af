//! The description of a network, as it is written in a recipe or a bundle.
//!
//! Everything here is serde: in TOML a layer is `{ kind = "conv", filters = 16, kernel = [3, 3] }`. Unknown keys are
//! errors. Defaults are PyTorch's where it has one.

use serde::{Deserialize, Serialize};

/// A whole network: branches that each read one input, a trunk over their joined outputs, linear heads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// One or more branches. Several are flattened and joined to one vector; a single one is passed on unchanged.
    pub branches: Vec<BranchSpec>,
    /// Layers over the joined branches; may be empty.
    #[serde(default)]
    pub trunk: Vec<LayerSpec>,
    /// Linear outputs, each on the (flattened) output of the trunk.
    pub heads: Vec<HeadSpec>,
}

/// The layers that one input passes before it is joined with the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchSpec {
    /// Name of the array it reads: `logmel`, `mfcc`, `stats`, `values`, `spectrogram_image`.
    pub input: String,
    /// Its layers; may be empty.
    #[serde(default)]
    pub layers: Vec<LayerSpec>,
    /// Whether rows may lack this input; a learned vector then replaces the branch's output.
    #[serde(default)]
    pub optional: bool,
}

/// A linear output; its loss or activation is the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadSpec {
    /// Name of the head; unique in a network.
    pub name: String,
    /// Number of outputs.
    pub outputs: usize,
    /// Whether a bias is added.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub bias: bool,
}

/// How far a convolution reads over the edge of its input, which counts as zero there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Padding {
    /// `"same"` or `"valid"`.
    Named(NamedPadding),
    /// The same number of zeros on every side.
    Both(usize),
    /// Zeros above and below, left and right.
    Each([usize; 2]),
    /// Not set: `"same"`.
    #[default]
    #[serde(skip)]
    Default,
}

impl Padding {
    /// Zeros before and after the values of one axis (0: height, 1: width) of length `len`.
    pub fn around(self, axis: usize, len: usize, kernel: usize, stride: usize) -> [usize; 2] {
        match self {
            Padding::Default | Padding::Named(NamedPadding::Same) => {
                let total = ((len.div_ceil(stride) - 1) * stride + kernel).saturating_sub(len);
                [total / 2, total - total / 2]
            }
            Padding::Named(NamedPadding::Valid) => [0, 0],
            Padding::Both(zeros) => [zeros, zeros],
            Padding::Each(zeros) => [zeros[axis], zeros[axis]],
        }
    }
}

/// Paddings with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedPadding {
    /// Output size = input size / stride, rounded up; an odd zero goes below and to the right (ONNX `SAME_UPPER`).
    Same,
    /// No zeros.
    Valid,
}

/// What a global pooling keeps of each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The mean over all positions.
    Mean,
    /// The largest value.
    Max,
    /// The standard deviation over all positions (population, with 1e-5 added to the variance).
    Std,
}

/// How a residual block's input reaches its sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortcut {
    /// As it is where shapes agree, else as [`Shortcut::Projection`].
    #[default]
    Auto,
    /// As it is; shapes must agree.
    Identity,
    /// As it is, with zeros for the channels that the block has beyond its input's (He et al. 2015, option A).
    Padded,
    /// A 1×1 convolution with the stride that is needed (He et al. 2015, option B), and batch normalisation.
    Projection,
    /// Average pooling where the block shrinks its input, then a 1×1 convolution and batch normalisation (He et al.
    /// 2018, ResNet-D).
    Pooled,
}

/// Settings of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrentSpec {
    /// Width of the state, at least 1.
    pub units: usize,
    /// Whether a second set of weights reads backwards; outputs are joined, forward first.
    #[serde(default)]
    pub bidirectional: bool,
    /// Whether all steps are returned (`[T, units]`) or the last state (`[units]`; backwards: that after reading step 0).
    #[serde(default)]
    pub sequences: bool,
    /// Bias vectors per direction: 2 as in PyTorch (one for the input, one for the state), 1 as in Keras, or 0.
    #[serde(default = "two")]
    pub biases: usize,
}

/// One layer of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// Two-dimensional convolution of an image `[H, W, C]`.
    Conv {
        /// Channels of the output.
        filters: usize,
        /// Height and width of the kernel.
        kernel: [usize; 2],
        /// Steps down and across.
        #[serde(default = "ones")]
        stride: [usize; 2],
        /// Zeros around the input.
        #[serde(default, skip_serializing_if = "is_default")]
        padding: Padding,
        /// Whether a bias is added (redundant before a batch normalisation).
        #[serde(default = "yes")]
        bias: bool,
    },
    /// Batch normalisation over all axes but the last (Ioffe and Szegedy 2015).
    BatchNorm {
        /// Added to the variance.
        #[serde(default = "batch_norm_eps")]
        eps: f32,
        /// Share of the new batch in the running statistics.
        #[serde(default = "tenth")]
        momentum: f32,
    },
    /// Layer normalisation over the last axis (Ba et al. 2016).
    LayerNorm {
        /// Added to the variance.
        #[serde(default = "batch_norm_eps")]
        eps: f32,
    },
    /// max(x, 0).
    Relu {},
    /// x where positive, else `slope` · x.
    LeakyRelu {
        /// Slope below zero.
        #[serde(default = "hundredth")]
        slope: f32,
    },
    /// x · Φ(x), exact (Hendrycks and Gimpel 2016).
    Gelu {},
    /// x · sigmoid(x), also called swish.
    Silu {},
    /// 1 / (1 + e⁻ˣ).
    Sigmoid {},
    /// Hyperbolic tangent.
    Tanh {},
    /// eˣ / Σ eˣ over the last axis.
    Softmax {},
    /// Largest value of each window of an image; windows that would reach over the edge are dropped.
    MaxPool {
        /// Height and width of the window.
        #[serde(default = "twos")]
        size: [usize; 2],
        /// Steps; the window's size if not set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stride: Option<[usize; 2]>,
    },
    /// Mean of each window of an image; windows that would reach over the edge are dropped.
    AvgPool {
        /// Height and width of the window.
        #[serde(default = "twos")]
        size: [usize; 2],
        /// Steps; the window's size if not set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stride: Option<[usize; 2]>,
    },
    /// Statistics of each channel over all positions of an image or a sequence, joined to a vector.
    GlobalPool {
        /// Which, in this order.
        #[serde(default = "mean_only")]
        of: Vec<Statistic>,
    },
    /// Weighted mean over the steps of a sequence, the weights learned (Lin et al. 2017; Okabe et al. 2018).
    AttentionPool {
        /// Width of the scoring layer.
        #[serde(default = "hidden_128")]
        hidden: usize,
        /// Whether the weighted standard deviation is appended.
        #[serde(default)]
        deviation: bool,
    },
    /// All values of an item in one vector, in memory order: an image becomes (H, W, C), last axis fastest.
    Flatten {},
    /// The same values under another shape.
    Reshape {
        /// New shape of an item.
        shape: Vec<usize>,
    },
    /// Axes in another order.
    Permute {
        /// For each new axis, which old one (of an item, from 0).
        axes: Vec<usize>,
    },
    /// An image `[H, W, C]` as the sequence `[W, H·C]` of its columns.
    Sequence {},
    /// x · W + b over the last axis.
    Dense {
        /// Length of the output.
        units: usize,
        /// Whether a bias is added.
        #[serde(default = "yes")]
        bias: bool,
    },
    /// Sets a share of the values to zero in training and scales the others up (Srivastava et al. 2014).
    Dropout {
        /// The share, 0 ≤ rate < 1.
        rate: f32,
        /// Whether whole channels are dropped rather than single values.
        #[serde(default)]
        channels: bool,
    },
    /// Adds a block's input to its output (He et al. 2015).
    Residual {
        /// The block.
        layers: Vec<LayerSpec>,
        /// How the input reaches the sum.
        #[serde(default)]
        shortcut: Shortcut,
    },
    /// Several chains of layers over the same input, their outputs joined along the last axis (the channels). The other
    /// axes of all outputs must be equal.
    Parallel {
        /// The chains, in the order of their channels; an empty one passes the input on.
        paths: Vec<Vec<LayerSpec>>,
    },
    /// Scales each channel by a gate computed from all channels' means (Hu et al. 2018).
    SqueezeExcite {
        /// The hidden layer has this fraction of the channels (at least one).
        #[serde(default = "sixteen")]
        reduction: usize,
    },
    /// Long short-term memory over a sequence `[T, C]` (Hochreiter and Schmidhuber 1997); gates i, f, g, o.
    Lstm(RecurrentSpec),
    /// Gated recurrent unit over a sequence (Cho et al. 2014), PyTorch's variant; gates r, z, n.
    Gru(RecurrentSpec),
    /// Plain recurrent layer with tanh (Elman 1990).
    Rnn(RecurrentSpec),
    /// One transformer encoder block, normalisation first (Vaswani et al. 2017; Xiong et al. 2020).
    Transformer {
        /// Attention heads; the width of the sequence must be a multiple.
        heads: usize,
        /// Width of the hidden layer; four times the sequence's width if not set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hidden: Option<usize>,
        /// Dropout after attention and hidden layer.
        #[serde(default)]
        dropout: f32,
    },
    /// Adds a code of the step's number to a sequence: fixed sines (Vaswani et al. 2017) or learned values.
    Positions {
        /// Whether the code is learned rather than made of sines.
        #[serde(default)]
        learned: bool,
    },
    /// Subtracts a mean and divides by a deviation that were fitted on training rows and are stored, not trained.
    Standardize {
        /// Axes of an item that have their own mean and deviation; none: one pair for everything. For an image
        /// `[bands, frames, 1]`, `[0]` standardises each band.
        #[serde(default)]
        axes: Vec<usize>,
    },
}

impl LayerSpec {
    /// The name of this kind in a recipe.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Conv { .. } => "conv",
            Self::BatchNorm { .. } => "batch_norm",
            Self::LayerNorm { .. } => "layer_norm",
            Self::Relu {} => "relu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::Gelu {} => "gelu",
            Self::Silu {} => "silu",
            Self::Sigmoid {} => "sigmoid",
            Self::Tanh {} => "tanh",
            Self::Softmax {} => "softmax",
            Self::MaxPool { .. } => "max_pool",
            Self::AvgPool { .. } => "avg_pool",
            Self::GlobalPool { .. } => "global_pool",
            Self::AttentionPool { .. } => "attention_pool",
            Self::Flatten {} => "flatten",
            Self::Reshape { .. } => "reshape",
            Self::Permute { .. } => "permute",
            Self::Sequence {} => "sequence",
            Self::Dense { .. } => "dense",
            Self::Dropout { .. } => "dropout",
            Self::Residual { .. } => "residual",
            Self::Parallel { .. } => "parallel",
            Self::SqueezeExcite { .. } => "squeeze_excite",
            Self::Lstm(_) => "lstm",
            Self::Gru(_) => "gru",
            Self::Rnn(_) => "rnn",
            Self::Transformer { .. } => "transformer",
            Self::Positions { .. } => "positions",
            Self::Standardize { .. } => "standardize",
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
fn ones() -> [usize; 2] {
    [1, 1]
}
fn twos() -> [usize; 2] {
    [2, 2]
}
fn two() -> usize {
    2
}
fn is_true(value: &bool) -> bool {
    *value
}
fn yes() -> bool {
    true
}
fn batch_norm_eps() -> f32 {
    1e-5
}
fn tenth() -> f32 {
    0.1
}
fn hundredth() -> f32 {
    0.01
}
fn sixteen() -> usize {
    16
}
fn hidden_128() -> usize {
    128
}
fn mean_only() -> Vec<Statistic> {
    vec![Statistic::Mean]
}
