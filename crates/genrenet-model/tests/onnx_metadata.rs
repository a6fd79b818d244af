//! What exported ONNX files say of themselves. `reference/onnx_check.py` reads the same with ONNX Runtime.

use std::collections::BTreeMap;
use std::path::Path;

use genrenet_model::{Bundle, EmbeddingLayer};
use serde_json::{Value, json};

use crate::small::{self, bundle, bundle_of};

/// The fields of a protocol buffer message that are themselves bytes, by number.
fn fields(mut message: &[u8]) -> Vec<(u64, &[u8])> {
    let varint = |bytes: &mut &[u8]| {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let (first, rest) = bytes.split_first().expect("a byte");
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            shift += 7;
            if first & 0x80 == 0 {
                return value;
            }
        }
    };
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        match key & 7 {
            0 => _ = varint(&mut message),
            2 => {
                let len = varint(&mut message) as usize;
                found.push((key >> 3, &message[..len]));
                message = &message[len..];
            }
            5 => message = &message[4..],
            other => panic!("wire type {other}"),
        }
    }
    found
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn metadata(file: &[u8]) -> BTreeMap<String, Value> {
    let entries = fields(file).into_iter().filter(|(number, _)| *number == 14);
    entries
        .map(|(_, entry)| {
            let parts = fields(entry);
            let value = serde_json::from_slice(parts[1].1).expect("JSON");
            (text(parts[0].1), value)
        })
        .collect()
}

/// Names of the graph's inputs (field 11) or outputs (12).
fn names(file: &[u8], field: u64) -> Vec<String> {
    let of_file = fields(file);
    let (_, graph) = of_file.iter().find(|(number, _)| *number == 7).unwrap();
    let of_graph = fields(graph);
    let entries = of_graph.iter().filter(|(number, _)| *number == field);
    entries.map(|(_, entry)| text(fields(entry)[0].1)).collect()
}

fn wide() -> Bundle {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    Bundle::load(&models.join("wide")).expect("the bundle is part of the repository")
}

#[test]
fn a_network_says_what_it_reads_and_whose_genres_it_gives() {
    let model = wide();
    let said = metadata(&model.onnx(0).unwrap());
    let keys: Vec<&str> = said.keys().map(String::as_str).collect();
    let expected = [
        "average",
        "front_end",
        "genres",
        "inputs",
        "license",
        "made_by",
        "model",
        "model_version",
        "network",
        "notices",
        "output",
        "temperature",
        "unsure_below",
        "weight",
        "windows",
    ];
    assert_eq!(keys, expected);
    assert_eq!(
        (&said["model"], &said["model_version"]),
        (&json!("wide"), &json!("1"))
    );
    assert_eq!(said["genres"], json!(model.genres));
    assert_eq!(said["license"], json!(model.card.license));
    assert_eq!(said["front_end"], json!(model.front_end));
    assert_eq!(said["windows"]["seconds"], json!(3600.0));
    assert_eq!(said["inputs"][0]["graph_name"], json!("tags"));
    assert_eq!(said["inputs"][0]["shape"], json!([50]));
    assert_eq!(said["output"], json!("softmax"));
}

#[test]
fn a_backbone_has_its_own_licence_and_names_its_tags() {
    let model = wide();
    let backbone = model.backbone.as_ref().unwrap();
    let said = metadata(&model.onnx_of_backbone().unwrap().unwrap());
    assert_eq!(said["model"], json!("wide"));
    assert_eq!(said["backbone"], json!("msd50"));
    assert_eq!(said["license"], json!(backbone.license));
    assert_eq!(said["notices"], json!(backbone.notices));
    assert_eq!(said["tags"], json!(backbone.tags));
    assert_eq!(said["layer"], json!("tags"));
    assert_eq!(
        said["guard"]["bias"],
        json!(backbone.guard.as_ref().unwrap().bias)
    );
    assert!(!said.contains_key("temperature"));
}

/// Fitted statistics are in the file, so that it can be used without any other; a model of a table's values has no front end.
#[test]
fn statistics_of_an_input_are_part_of_the_file() {
    let said = metadata(&bundle().onnx(0).unwrap());
    let statistics = &said["inputs"][0]["statistics"];
    assert_eq!(statistics["mean"]["values"].as_array().unwrap().len(), 4);
    assert_eq!(said["inputs"][0]["columns"], json!(["a", "b", "c", "d"]));
    assert_eq!(
        (&said["front_end"], &said["windows"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn every_file_has_the_same_outputs_whatever_its_layer() {
    let outputs = ["embedding", "logits", "probabilities"];
    assert_eq!(
        names(&bundle_of("{ kind = \"relu\" }").onnx(0).unwrap(), 12),
        outputs
    );
    for layer in [
        EmbeddingLayer::Tags,
        EmbeddingLayer::Hidden,
        EmbeddingLayer::Pooled,
    ] {
        let mut model = wide();
        model.backbone.as_mut().unwrap().layer = layer;
        let file = model.onnx_of_backbone().unwrap().unwrap();
        assert_eq!(names(&file, 12), outputs);
        assert_eq!(metadata(&file)["layer"], json!(layer));
    }
}

/// A value of a graph has one name: an input that is called as an output or as a value within gets another.
#[test]
fn no_input_takes_the_name_of_an_output() {
    for (own, expected) in [
        ("logits", "logits_input"),
        ("embedding", "embedding_input"),
        ("v1", "v1_input"),
        ("values", "values"),
        ("voice", "voice"),
    ] {
        let file = small::bundle_of_input(own, "{ kind = \"relu\" }")
            .onnx(0)
            .unwrap();
        assert_eq!(names(&file, 11), [expected]);
        assert_eq!(metadata(&file)["inputs"][0]["name"], json!(own));
        assert_eq!(metadata(&file)["inputs"][0]["graph_name"], json!(expected));
    }
}
