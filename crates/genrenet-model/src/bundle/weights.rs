//! `weights.safetensors`: weights and fitted statistics, f32 or f16.

use std::borrow::Cow;
use std::collections::HashMap;

use genrenet_nn::{Tensor, Values};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{Bundle, Member, WeightType};
use crate::error::ModelError;

/// Place of the backbone's tensors in the file.
pub(super) const BACKBONE: &str = "backbone";

/// Place of a member's tensors in the file.
pub(super) fn place(member: usize) -> String {
    format!("members.{member}")
}

/// Name of a network's tensor in the file.
fn weight_name(place: &str, name: &str) -> String {
    format!("{place}.network.{name}")
}

/// Name of a fitted statistic in the file.
fn statistic_name(place: &str, input: &str, name: &str) -> String {
    format!("{place}.inputs.{input}.{name}")
}

/// The file's bytes. f16 is used for arrays of two dimensions or more: running variances and
/// biases are few and would lose more than they save.
pub(super) fn to_bytes(bundle: &Bundle, dtype: WeightType) -> Result<Vec<u8>, ModelError> {
    let mut arrays: Vec<(String, Vec<usize>, Dtype, Vec<u8>)> = Vec::new();
    let members = bundle.members.iter().enumerate();
    let members = members.map(|(index, member)| (place(index), member));
    let backbone = bundle.backbone.iter();
    let backbone = backbone.map(|backbone| (BACKBONE.to_owned(), &backbone.network));
    for (place, member) in members.chain(backbone) {
        for (name, tensor) in member.network.state() {
            let short = is_short(dtype, tensor);
            if short && tensor.data.iter().any(|x| x.abs() > f16::MAX.to_f32()) {
                return Err(ModelError::weights(
                    format!("{name} holds a value beyond 65504, the largest of f16: use f32"),
                    None,
                ));
            }
            arrays.push(encode(weight_name(&place, &name), tensor, short));
        }
        for input in &member.inputs {
            for (name, tensor) in input.fitted() {
                arrays.push(encode(
                    statistic_name(&place, &input.spec().name, name),
                    tensor,
                    false,
                ));
            }
        }
    }
    let mut views = Vec::with_capacity(arrays.len());
    for (name, shape, dtype, bytes) in &arrays {
        let view = TensorView::new(*dtype, shape.clone(), bytes)
            .map_err(|e| ModelError::weights(format!("{name}: {e}"), Some(e.into())))?;
        views.push((name.clone(), view));
    }
    safetensors::serialize(views, None)
        .map_err(|e| ModelError::weights(e.to_string(), Some(e.into())))
}

/// Whether an array is stored as f16.
fn is_short(dtype: WeightType, tensor: &Tensor) -> bool {
    dtype == WeightType::F16 && tensor.shape.len() >= 2
}

impl Bundle {
    /// Rounds weights as a file of `dtype` does, so that what is measured next is what will be loaded.
    ///
    /// # Errors
    /// None for a bundle that was built or loaded.
    pub fn round(&mut self, dtype: WeightType) -> Result<(), ModelError> {
        let backbone = self
            .backbone
            .iter_mut()
            .map(|backbone| &mut backbone.network);
        for member in self.members.iter_mut().chain(backbone) {
            let rounded: Vec<(String, Tensor)> = member
                .network
                .state()
                .into_iter()
                .map(|(name, tensor)| {
                    let mut tensor = tensor.clone();
                    if is_short(dtype, &tensor) {
                        for x in &mut tensor.data {
                            *x = f16::from_f32(*x).to_f32();
                        }
                    }
                    (name, tensor)
                })
                .collect();
            member
                .network
                .load_state(&rounded)
                .map_err(|e| ModelError::Network {
                    member: member.name.clone(),
                    source: e.into(),
                })?;
        }
        Ok(())
    }
}

fn encode(name: String, tensor: &Tensor, short: bool) -> (String, Vec<usize>, Dtype, Vec<u8>) {
    if short {
        let bytes = tensor
            .data
            .iter()
            .flat_map(|&x| f16::from_f32(x).to_le_bytes())
            .collect();
        (name, tensor.shape.clone(), Dtype::F16, bytes)
    } else {
        let bytes = tensor.data.iter().flat_map(|x| x.to_le_bytes()).collect();
        (name, tensor.shape.clone(), Dtype::F32, bytes)
    }
}

/// The file's arrays by name; `keep` makes 16-bit values, which are widened when they are needed, outlive `bytes`.
pub(super) fn from_bytes<'a>(
    bytes: &'a [u8],
    keep: fn(&'a [u8]) -> Cow<'static, [u8]>,
) -> Result<HashMap<String, Values>, ModelError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| ModelError::weights(e.to_string(), Some(e.into())))?;
    let mut arrays = HashMap::new();
    for (name, view) in file.tensors() {
        let values = match view.dtype() {
            Dtype::F32 => {
                let values = view.data().as_chunks().0.iter();
                Tensor::new(
                    view.shape(),
                    values.map(|b| f32::from_le_bytes(*b)).collect(),
                )
                .map(Values::from)
            }
            Dtype::F16 => Values::half(view.shape(), keep(view.data())),
            other => {
                return Err(ModelError::weights(
                    format!("{name} is of type {other:?}: expected F32 or F16"),
                    None,
                ));
            }
        };
        let values =
            values.map_err(|e| ModelError::weights(format!("{name}: {e}"), Some(e.into())))?;
        arrays.insert(name, values);
    }
    Ok(arrays)
}

/// Refuses values that are not finite: one of them makes every prediction NaN.
pub(super) fn must_be_finite(arrays: &HashMap<String, Values>) -> Result<(), ModelError> {
    for (name, values) in arrays {
        if let Some((position, value)) = values.not_finite() {
            return Err(ModelError::weights(
                format!("{name} holds {value} at position {position}: expected finite numbers"),
                None,
            ));
        }
    }
    Ok(())
}

/// Gives a member its weights and statistics, which lie at `place` in the file.
pub(super) fn fill(
    place: &str,
    member: &mut Member,
    arrays: &mut HashMap<String, Values>,
) -> Result<(), ModelError> {
    let mut missing = Vec::new();
    for input in &mut member.inputs {
        let input_name = input.spec().name.clone();
        for &name in input.needed() {
            match arrays.remove(&statistic_name(place, &input_name, name)) {
                Some(values) => input.set_fitted(name, values.into_tensor()),
                None => missing.push(statistic_name(place, &input_name, name)),
            }
        }
    }
    missing.extend(
        member
            .network
            .state_names()
            .iter()
            .map(|name| weight_name(place, name))
            .filter(|name| !arrays.contains_key(name)),
    );
    if !missing.is_empty() {
        return Err(ModelError::weights(
            format!(
                "{} is missing ({} of member {} in all)",
                missing[0],
                missing.len(),
                member.name
            ),
            None,
        ));
    }
    member
        .network
        .take_state(|name| arrays.remove(&weight_name(place, name)))
        .map_err(|e| ModelError::Network {
            member: member.name.clone(),
            source: e.into(),
        })
}
