//! From a layer's description to the layer.

use rand_chacha::ChaCha8Rng;

use crate::layers::*;
use crate::{Layer, LayerSpec, NnError};

/// Builds one layer that takes items of shape `input`; its parameters are named `{name}.…` and drawn from `rng`.
///
/// # Errors
/// [`NnError::Shape`] where the layer does not take such items, [`NnError::Spec`] where its description is impossible.
pub fn build(
    spec: &LayerSpec,
    name: &str,
    input: &[usize],
    rng: &mut ChaCha8Rng,
) -> Result<Box<dyn Layer>, NnError> {
    Ok(match spec {
        LayerSpec::Dense { units, bias } => Box::new(Dense::new(name, input, *units, *bias, rng)?),
        other => {
            return Err(NnError::spec(
                name,
                "kind",
                other.kind(),
                "this layer is not built yet",
            ));
        }
    })
}
