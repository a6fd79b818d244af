//! What an ONNX file says of itself, `metadata_props`: values in JSON, by the keys of docs/ONNX.md.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::bundle::{Backbone, Bundle, Member};
use crate::error::ModelError;
use crate::inputs::Preprocessor;

/// The outputs of a file.
const OUTPUTS: [&str; 3] = ["logits", "probabilities", "embedding"];

/// The name of an input in the file: its own, unless an output or a value within the graph has that.
pub(super) fn graph_name(input: &str) -> String {
    let numbered = input
        .strip_prefix('v')
        .is_some_and(|n| n.parse::<u64>().is_ok());
    match numbered || OUTPUTS.contains(&input) {
        true => format!("{input}_input"),
        false => input.to_string(),
    }
}

/// Name and JSON of each entry.
pub(super) type Metadata = Vec<(&'static str, String)>;

/// The metadata of one of a bundle's networks.
pub(super) fn of_member(bundle: &Bundle, member: &Member) -> Result<Metadata, ModelError> {
    let mut entries = shared(bundle, member)?;
    entries.extend([
        ("license", json_of(&bundle.card.license)?),
        ("notices", json_of(&bundle.card.attribution)?),
        ("weight", json_of(&member.weight)?),
        ("average", json_of(&bundle.average)?),
        ("temperature", json_of(&bundle.calibration.temperature)?),
        ("unsure_below", json_of(&bundle.calibration.unsure_below)?),
    ]);
    Ok(entries)
}

/// The metadata of a bundle's backbone.
pub(super) fn of_backbone(bundle: &Bundle, backbone: &Backbone) -> Result<Metadata, ModelError> {
    let mut entries = shared(bundle, &backbone.network)?;
    entries.extend([
        ("backbone", json_of(&backbone.name)?),
        ("backbone_version", json_of(&backbone.version)?),
        ("license", json_of(&backbone.license)?),
        ("notices", json_of(&backbone.notices)?),
        ("tags", json_of(&backbone.tags)?),
        ("layer", json_of(&backbone.layer)?),
        ("attributes", json_of(&backbone.attributes)?),
        ("guard", json_of(&backbone.guard)?),
    ]);
    Ok(entries)
}

fn shared(bundle: &Bundle, member: &Member) -> Result<Metadata, ModelError> {
    let windowing = bundle
        .front_end
        .as_ref()
        .map(|front_end| &front_end.windowing);
    Ok(vec![
        ("model", json_of(&bundle.card.name)?),
        ("model_version", json_of(&bundle.card.version)?),
        ("network", json_of(&member.name)?),
        ("genres", json_of(&bundle.model_genres())?),
        ("front_end", json_of(&bundle.front_end)?),
        ("windows", json_of(&windowing)?),
        ("inputs", json_of(&member.described_inputs())?),
        ("output", json_of(&member.output)?),
        ("made_by", json_of(&bundle.card.made_by)?),
    ])
}

fn json_of(value: &impl Serialize) -> Result<String, ModelError> {
    serde_json::to_string(value).map_err(|e| ModelError::Onnx(e.to_string()))
}

impl Member {
    /// The inputs as `export.json` and the metadata of ONNX files describe them: `name`, `graph_name` (in the ONNX file), `shape`,
    /// `made` (of which feature, how scaled and laid out), `columns`, fitted `statistics`, `may_be_absent`.
    pub fn described_inputs(&self) -> Vec<Value> {
        self.inputs
            .iter()
            .map(|input| {
                json!({
                    "name": input.spec().name,
                    "graph_name": graph_name(&input.spec().name),
                    "shape": input.shape(),
                    "made": input.spec(),
                    "columns": input.columns(),
                    "statistics": statistics(input),
                    "may_be_absent": self.may_lack(&input.spec().name),
                })
            })
            .collect()
    }

    /// Whether an input may be absent.
    pub fn may_lack(&self, input: &str) -> bool {
        let branches = &self.spec.branches;
        branches.iter().any(|b| b.input == input && b.optional)
    }
}

/// The fitted statistics of an input by name.
fn statistics(input: &Preprocessor) -> Map<String, Value> {
    let entries = input.fitted().iter();
    entries
        .map(|(name, tensor)| {
            let value = json!({"shape": tensor.shape, "values": tensor.data});
            (name.clone(), value)
        })
        .collect()
}
