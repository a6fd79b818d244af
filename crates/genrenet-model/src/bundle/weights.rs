//! `weights.safetensors`: weights and fitted statistics, f32 or f16.

use std::collections::HashMap;

use genrenet_nn::Tensor;
use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{Bundle, Member, WeightType};
use crate::error::ModelError;

/// Name of a network's tensor in the file.
fn weight_name(member: usize, name: &str) -> String {
    format!("members.{member}.network.{name}")
}

/// Name of a fitted statistic in the file.
fn statistic_name(member: usize, input: &str, name: &str) -> String {
    format!("members.{member}.inputs.{input}.{name}")
}

/// The file's bytes. f16 is used for arrays of two dimensions or more: running variances and
/// biases are few and would lose more than they save.
pub(super) fn to_bytes(bundle: &Bundle, dtype: WeightType) -> Result<Vec<u8>, ModelError> {
    let mut arrays: Vec<(String, Vec<usize>, Dtype, Vec<u8>)> = Vec::new();
    for (index, member) in bundle.members.iter().enumerate() {
        for (name, tensor) in member.network.state() {
            let short = dtype == WeightType::F16 && tensor.shape.len() >= 2;
            if short && tensor.data.iter().any(|x| x.abs() > f16::MAX.to_f32()) {
                return Err(ModelError::Weights(format!(
                    "{name} holds a value beyond 65504, which f16 can't: use f32"
                )));
            }
            arrays.push(encode(weight_name(index, &name), tensor, short));
        }
        for input in &member.inputs {
            for (name, tensor) in input.fitted() {
                arrays.push(encode(
                    statistic_name(index, &input.spec().name, name),
                    tensor,
                    false,
                ));
            }
        }
    }
    let mut views = Vec::with_capacity(arrays.len());
    for (name, shape, dtype, bytes) in &arrays {
        let view = TensorView::new(*dtype, shape.clone(), bytes)
            .map_err(|e| ModelError::Weights(format!("{name}: {e}")))?;
        views.push((name.clone(), view));
    }
    safetensors::serialize(views, None).map_err(|e| ModelError::Weights(e.to_string()))
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

/// The file's arrays by name.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<HashMap<String, Tensor>, ModelError> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| ModelError::Weights(e.to_string()))?;
    let mut arrays = HashMap::new();
    for (name, view) in file.tensors() {
        let data: Vec<f32> = match view.dtype() {
            Dtype::F32 => view
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
            Dtype::F16 => {
                let short: Vec<f16> = view
                    .data()
                    .chunks_exact(2)
                    .map(|b| f16::from_le_bytes([b[0], b[1]]))
                    .collect();
                let mut data = vec![0.0; short.len()];
                // By slices, which takes eight values an instruction where the processor can.
                short.convert_to_f32_slice(&mut data);
                data
            }
            other => {
                return Err(ModelError::Weights(format!(
                    "{name} is of type {other:?}: expected F32 or F16"
                )));
            }
        };
        arrays.insert(
            name,
            Tensor {
                shape: view.shape().to_vec(),
                data,
            },
        );
    }
    Ok(arrays)
}

/// Gives member `index` its weights and statistics.
pub(super) fn fill(
    index: usize,
    member: &mut Member,
    arrays: &mut HashMap<String, Tensor>,
) -> Result<(), ModelError> {
    let mut missing = Vec::new();
    for input in &mut member.inputs {
        let input_name = input.spec().name.clone();
        for &name in input.needed() {
            match arrays.remove(&statistic_name(index, &input_name, name)) {
                Some(tensor) => input.set_fitted(name, tensor),
                None => missing.push(statistic_name(index, &input_name, name)),
            }
        }
    }
    let names: Vec<String> = member
        .network
        .state()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut state = Vec::with_capacity(names.len());
    for name in names {
        match arrays.remove(&weight_name(index, &name)) {
            Some(tensor) => state.push((name, tensor)),
            None => missing.push(weight_name(index, &name)),
        }
    }
    if !missing.is_empty() {
        return Err(ModelError::Weights(format!(
            "{} is missing ({} of member {} in all)",
            missing[0],
            missing.len(),
            member.name
        )));
    }
    member
        .network
        .load_state(&state)
        .map_err(|e| ModelError::Network {
            member: member.name.clone(),
            message: e.to_string(),
        })
}
