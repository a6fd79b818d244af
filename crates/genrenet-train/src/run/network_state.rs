//! What changes in a network while it is trained.

use genrenet_model::Member;
use genrenet_nn::Tensor;

/// A copy of a network's weights and running statistics.
pub(super) fn state_of(member: &Member) -> Vec<(String, Tensor)> {
    member
        .network
        .state()
        .into_iter()
        .map(|(name, tensor)| (name, tensor.clone()))
        .collect()
}
