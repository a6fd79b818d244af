//! An audit as JSON (docs/JSON.md).

use genrenet::data_audit::DataAudit;
use genrenet_text::path_text;
use serde_json::{Value, json};

/// Version of the object: raised where a key is renamed, removed or gets another meaning.
const SCHEMA: u32 = 1;

/// The object of an audit.
pub(super) fn value(found: &DataAudit) -> Value {
    let duplicates = found.duplicates.iter().map(|pair| {
        let mut one = json!(pair);
        one["across"] = json!(pair.is_across());
        one
    });
    let left_out = found.clean.iter().filter_map(|row| {
        let reason = row.subset.as_ref().err()?;
        Some(json!({"id": row.id, "reason": reason}))
    });
    json!({
        "schema": SCHEMA,
        "data": found.name,
        "path": path_text(&found.path),
        "rows": found.rows,
        "split": found.split,
        "classes": found.classes,
        "groups": found.groups,
        "faults": found.faults,
        "duplicates": duplicates.collect::<Value>(),
        "near_duplicates_searched": found.near_duplicates_searched,
        "leaks": found.leaks,
        "suspects": found.suspects,
        "left_out": left_out.collect::<Value>(),
        "notes": found.notes,
    })
}
