//! Building a network from its description.

use super::Network;
use crate::branch::Branch;
use crate::layers::Dense;
use crate::{Initialiser, Layer, NetworkSpec, NnError, Sequential, Tensor};

impl Network {
    /// Builds a network for arrays of the given shapes (of one row), with weights drawn from `seed` as PyTorch draws them.
    ///
    /// # Errors
    /// [`NnError::Input`] when a branch reads an array that has no shape, [`NnError::Spec`] when branches, heads or their
    /// names are missing or duplicated, and those of the layers.
    pub fn new(
        spec: &NetworkSpec,
        input_shapes: &[(String, Vec<usize>)],
        seed: u64,
    ) -> Result<Network, NnError> {
        Self::with(spec, input_shapes, &mut Initialiser::seeded(seed))
    }

    /// A network without weights, to be filled by [`Network::take_state`] (it can't infer before): nothing is drawn, and
    /// gradients take memory only once they are wanted.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn uninitialised(
        spec: &NetworkSpec,
        input_shapes: &[(String, Vec<usize>)],
    ) -> Result<Network, NnError> {
        let mut network = Self::with(spec, input_shapes, &mut Initialiser::uninitialised())?;
        for p in network.params_mut() {
            p.grad = Tensor::default();
        }
        Ok(network)
    }

    fn with(
        spec: &NetworkSpec,
        input_shapes: &[(String, Vec<usize>)],
        first: &mut Initialiser,
    ) -> Result<Network, NnError> {
        if spec.branches.is_empty() {
            return Err(NnError::spec(
                "network",
                "branches",
                "[]",
                "at least one branch",
            ));
        }
        if spec.heads.is_empty() {
            return Err(NnError::spec("network", "heads", "[]", "at least one head"));
        }
        spec.check_sizes()?;
        for (name, shape) in input_shapes {
            first.flows(name, shape)?;
        }
        let mut branches: Vec<Branch> = Vec::new();
        for branch in &spec.branches {
            let Some((_, shape)) = input_shapes.iter().find(|(name, _)| *name == branch.input)
            else {
                let found = input_shapes
                    .iter()
                    .map(|(n, _)| n.as_str())
                    .collect::<Vec<_>>()
                    .join(", ");
                return Err(NnError::Input {
                    name: branch.input.clone(),
                    found,
                });
            };
            let before = branches.iter().filter(|b| b.input == branch.input).count();
            let name = match before {
                0 => format!("branches.{}", branch.input),
                n => format!("branches.{}_{}", branch.input, n + 1),
            };
            branches.push(Branch::new(branch, name, shape, first)?);
        }
        let joined_shape = match branches.as_slice() {
            [only] => only.layers.output_shape().to_vec(),
            several => vec![
                several
                    .iter()
                    .map(|b| b.layers.output_shape().iter().product::<usize>())
                    .sum(),
            ],
        };
        first.flows("network", &joined_shape)?;
        let trunk = Sequential::new(&spec.trunk, "trunk", &joined_shape, first)?;
        let mut heads: Vec<(String, Dense)> = Vec::new();
        for head in &spec.heads {
            if heads.iter().any(|(n, _)| *n == head.name) {
                return Err(NnError::spec(
                    "network",
                    "heads",
                    &head.name,
                    "each name once",
                ));
            }
            let name = format!("heads.{}", head.name);
            heads.push((
                head.name.clone(),
                Dense::flattened(&name, trunk.output_shape(), head.outputs, head.bias, first)?,
            ));
        }
        let outputs = heads.iter().map(|_| Tensor::default()).collect();
        Ok(Network {
            widest: first.widest(),
            branches,
            joined_shape,
            trunk,
            heads,
            joined: Tensor::default(),
            hidden: Tensor::default(),
            outputs,
        })
    }
}
