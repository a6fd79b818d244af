//! Bundles with impossible numbers: refused, without panic and without much memory.

use std::fs;

use genrenet_model::{Bundle, WeightType};

use crate::small::{bundle, bundle_of, refusal};

/// Dotted paths to all numbers of a table.
fn numbers(value: &toml::Value, path: &[String], found: &mut Vec<Vec<String>>) {
    let mut below =
        |key: String, value: &toml::Value| numbers(value, &[path, &[key]].concat(), found);
    match value {
        toml::Value::Integer(_) | toml::Value::Float(_) => found.push(path.to_vec()),
        toml::Value::Table(table) => table.iter().for_each(|(k, v)| below(k.clone(), v)),
        toml::Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(i, v)| below(i.to_string(), v));
        }
        _ => {}
    }
}

#[test]
fn no_number_of_a_description_takes_memory_or_panics() {
    let temporary = tempfile::tempdir().expect("a folder");
    let layers = "{ kind = \"dense\", units = 6 }, { kind = \"batch_norm\" }, { kind = \"reshape\", shape = [3, 2] }, \
                  { kind = \"lstm\", units = 5 }, { kind = \"dropout\", rate = 0.5 }";
    bundle_of(layers)
        .save(temporary.path(), WeightType::F32)
        .expect("saves");
    let text = fs::read_to_string(temporary.path().join("model.toml")).expect("text");
    let weights = fs::read(temporary.path().join("weights.safetensors")).expect("weights");
    // As if it were compiled into the program.
    let weights: &'static [u8] = weights.leak();
    let table: toml::Value = toml::Value::Table(toml::from_str(&text).expect("toml"));
    let mut keys = Vec::new();
    numbers(&table, &[], &mut keys);
    assert!(
        keys.iter()
            .any(|key| key.last().is_some_and(|k| k == "raw_features"))
    );
    for key in keys {
        for value in [0, -1, 1_000_000_000, 1 << 62]
            .map(toml::Value::Integer)
            .into_iter()
            .chain([f64::NAN, f64::INFINITY, -1.0, 4.6e18].map(toml::Value::Float))
        {
            let mut changed = table.clone();
            let slot = key.iter().fold(&mut changed, |here, part| match here {
                toml::Value::Array(list) => &mut list[part.parse::<usize>().expect("an index")],
                other => &mut other[part.as_str()],
            });
            *slot = value.clone();
            let text = toml::to_string(&changed).expect("toml");
            // Anyone can make the checksum fit a changed number; it is not verified for compiled-in bundles.
            if let Err(error) = Bundle::compiled_in(&text, weights, &[]) {
                assert!(!error.to_string().is_empty(), "{key:?} = {value}");
            }
        }
    }
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    let wide = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(|x| x.to_le_bytes().to_vec());
    let short = [0x7e00u16, 0x7c00, 0xfc00].map(|x| x.to_le_bytes().to_vec());
    for (kind, values) in [(WeightType::F32, wide), (WeightType::F16, short)] {
        not_finite(kind, &values);
    }
}

/// Each value as the last one of the file.
fn not_finite(kind: WeightType, values: &[Vec<u8>]) {
    let temporary = tempfile::tempdir().expect("a folder");
    bundle().save(temporary.path(), kind).expect("saves");
    let text = fs::read_to_string(temporary.path().join("model.toml")).expect("text");
    let path = temporary.path().join("weights.safetensors");
    let weights = fs::read(&path).expect("weights");
    for value in values {
        let mut bad = weights.clone();
        let end = bad.len() - value.len();
        bad[end..].copy_from_slice(value);
        fs::write(&path, &bad).expect("writes");
        let digest = |bytes: &[u8]| -> String {
            use sha2::Digest;
            sha2::Sha256::digest(bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        let fitting = text.replace(&digest(&weights), &digest(&bad));
        assert_ne!(fitting, text);
        fs::write(temporary.path().join("model.toml"), fitting).expect("writes");
        let said = refusal(temporary.path());
        assert!(said.contains("expected finite numbers"), "{said}");
        fs::write(temporary.path().join("model.toml"), &text).expect("writes");
    }
}
