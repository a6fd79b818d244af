//! The weights before the first step.

use std::path::Path;

use genrenet_model::{Learned, Member, ModelError};

use super::network_state::state_of;
use crate::error::TrainError;
use crate::open_bundle::OpenBundle;
use crate::origin;
use crate::recipe::{Initialiser, Recipe};

/// Initialises the weights as `train.initialiser` and `train.start_from` say; returns the rows that the network they are taken
/// from learned.
pub(super) fn initialise(
    member: &mut Member,
    recipe: &Recipe,
    open: OpenBundle,
    notes: &mut Vec<String>,
) -> Result<Learned, TrainError> {
    if recipe.train.initialiser == Initialiser::Normal {
        origin::draw_normal_weights(&mut member.network, recipe.train.seed);
    }
    match &recipe.train.start_from {
        Some(path) => copy_from(path, member, open, notes),
        None => Ok(Learned::default()),
    }
}

/// Copies the arrays of a bundle whose name and shape agree.
fn copy_from(
    path: &Path,
    member: &mut Member,
    OpenBundle(open): OpenBundle,
    notes: &mut Vec<String>,
) -> Result<Learned, TrainError> {
    let source = open(path).map_err(|error| TrainError::Bundle {
        key: "train.start_from".into(),
        error,
    })?;
    let mut state = state_of(member);
    let mut copied = 0;
    for (name, tensor) in &mut state {
        let known = source
            .members
            .iter()
            .flat_map(|other| other.network.state())
            .find(|(other, _)| other == name);
        if let Some((_, other)) = known
            && other.shape == tensor.shape
        {
            *tensor = other.clone();
            copied += 1;
        }
    }
    if copied == 0 {
        return Err(TrainError::value(
            "train.start_from",
            path.display(),
            "a bundle with at least one array of the same name and shape",
        ));
    }
    notes.push(format!(
        "{copied} of {} arrays are initialised from {}",
        state.len(),
        path.display()
    ));
    member
        .network
        .load_state(&state)
        .map_err(|e| ModelError::Network {
            member: member.name.clone(),
            source: e.into(),
        })?;
    let mut learned = Learned::default();
    learned.unite(&source.learned, false);
    Ok(learned)
}
