//! The weights before the first step.

use std::collections::BTreeMap;
use std::path::Path;

use genrenet_model::{FeatureKind, Learned, Member, ModelError};
use genrenet_nn::Tensor;

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

/// Copies the arrays of a bundle whose name and shape agree: of the one of its networks, its backbone among them, that has most
/// of them.
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
    let backbone = source.backbone.iter().map(|backbone| &backbone.network);
    let networks = source.members.iter().chain(backbone);
    let matches: Vec<Match> = networks.map(|other| Match::new(other, &state)).collect();
    // The first one of equals.
    let best = matches.iter().rev().max_by_key(|one| one.copied);
    let Some(best) = best.filter(|best| best.copied > 0) else {
        let reasons: Vec<String> = best.iter().map(|best| best.missing.join(", ")).collect();
        return Err(TrainError::value(
            "train.start_from",
            path.display(),
            format!(
                "a bundle with at least one array of the same name and shape (it reads {}; {})",
                names(&source.sources()),
                reasons.join(", ")
            ),
        ));
    };
    notes.push(format!(
        "{} of {} arrays are initialised from {}: layers {} of its network {}{}",
        best.copied,
        state.len(),
        path.display(),
        best.taken.join(", "),
        best.other.name,
        match best.missing.is_empty() {
            true => String::new(),
            false => format!("; not {}", best.missing.join(", ")),
        }
    ));
    let arrays = best.other.network.state();
    for (name, tensor) in &mut state {
        if let Some(other) = same_array(&arrays, name, &tensor.shape) {
            *tensor = other.clone();
        }
    }
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

/// What of a network can be copied into another.
struct Match<'a> {
    other: &'a Member,
    /// How many arrays.
    copied: usize,
    /// The layers all of whose arrays are copied.
    taken: Vec<String>,
    /// The other layers, each with the reason.
    missing: Vec<String>,
}

impl Match<'_> {
    fn new<'a>(other: &'a Member, state: &[(String, Tensor)]) -> Match<'a> {
        let arrays = other.network.state();
        let mut copied = 0;
        // In the order of the layers, each with the reason why an array of it is not copied.
        let mut layers: Vec<(&str, Option<String>)> = Vec::new();
        let mut of_layer: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, tensor) in state {
            let layer = name.rsplit_once('.').map_or(&name[..], |(layer, _)| layer);
            let at = *of_layer.entry(layer).or_insert(layers.len());
            if at == layers.len() {
                layers.push((layer, None));
            }
            if same_array(&arrays, name, &tensor.shape).is_some() {
                copied += 1;
                continue;
            }
            let there = arrays.iter().find(|(other, _)| other == name);
            layers[at].1.get_or_insert_with(|| match there {
                Some((_, other)) => {
                    format!("{layer} ({:?} here, {:?} there)", tensor.shape, other.shape)
                }
                None => format!("{layer} (no such layer there)"),
            });
        }
        let (taken, missing): (Vec<_>, Vec<_>) =
            layers.into_iter().partition(|(_, reason)| reason.is_none());
        Match {
            other,
            copied,
            taken: taken
                .into_iter()
                .map(|(layer, _)| layer.to_owned())
                .collect(),
            missing: missing
                .into_iter()
                .filter_map(|(_, reason)| reason)
                .collect(),
        }
    }
}

/// The array of this name and shape.
fn same_array<'a>(
    arrays: &[(String, &'a Tensor)],
    name: &str,
    shape: &[usize],
) -> Option<&'a Tensor> {
    let same = arrays
        .iter()
        .find(|(other, array)| other == name && array.shape == shape);
    same.map(|&(_, array)| array)
}

/// Names of features, for a message.
fn names(kinds: &[FeatureKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}
