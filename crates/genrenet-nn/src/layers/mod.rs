//! The layers, one file each.

mod activation;
mod batch_norm;
mod conv;
mod conv_block;
mod conv_maximum;
mod dense;
mod dropout;
mod flatten;
mod global_pool;
mod norm;
mod parallel;
mod permute;
mod pool;
mod residual;
mod squeeze_excite;
mod standardize;

pub use activation::{Activation, Function};
pub use batch_norm::BatchNorm;
pub use conv::ConvSizes;
pub use conv_block::ConvBlock;
pub(crate) use conv_maximum::ConvMaximum;
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Reshape;
pub use global_pool::GlobalPool;
pub use parallel::Parallel;
pub use permute::Permute;
pub use pool::{Pool, PoolKind};
pub use residual::{Residual, shortcut_layers};
pub use squeeze_excite::SqueezeExcite;
pub use standardize::{Standardize, places_along};

mod attention_pool;
mod gru;
mod layer_norm;
mod lstm;
mod positions;
mod recurrent;
mod rnn;
mod self_attention;
mod share;
mod transformer;

pub(crate) use attention_pool::AttentionPool;
pub(crate) use gru::Gru;
pub(crate) use layer_norm::LayerNorm;
pub(crate) use lstm::Lstm;
pub(crate) use positions::Positions;
pub use positions::step_sines;
pub(crate) use rnn::Rnn;
pub(crate) use self_attention::SelfAttention;
pub(crate) use transformer::Transformer;
