//! A bundle on disk: the same after loading, and refused with key and value when it was changed.

use std::fs;
use std::path::Path;

use genrenet_model::inputs::Fitter;
use genrenet_model::{
    Average, Bundle, Calibration, Card, FeatureKind, InputSpec, Learned, Member, Output, Raw,
    RawArray, WeightType,
};
use genrenet_nn::NetworkSpec;

fn row(seed: usize) -> Raw {
    let mut raw = Raw::new();
    let data = (0..4).map(|i| ((seed * 7 + i * 3) % 11) as f32).collect();
    raw.insert(
        FeatureKind::Values,
        RawArray {
            shape: vec![4],
            data,
        },
    );
    raw
}

fn bundle() -> Bundle {
    bundle_of("{ kind = \"dense\", units = 6 }, { kind = \"relu\" }")
}

/// A bundle of one network with these layers over a vector of four values.
fn bundle_of(layers: &str) -> Bundle {
    let input = "name = \"values\"\nsource = \"values\"\nlayout = \"vector\"\nscaling = { kind = \"standard\" }";
    let spec: InputSpec = toml::from_str(input).expect("an input");
    let mut fitter = Fitter::new(spec, &row(0)).expect("fits");
    fitter.columns(["a", "b", "c", "d"].map(String::from).to_vec());
    (0..20).for_each(|seed| fitter.add(&row(seed)).expect("fits"));
    let network = format!(
        "branches = [{{ input = \"values\", layers = [{layers}] }}]\nheads = [{{ name = \"genre\", outputs = 3 }}]"
    );
    let network: NetworkSpec = toml::from_str(&network).expect("a network");
    let inputs = vec![fitter.finish().expect("fits")];
    let member = Member::new("one", inputs, Output::Softmax, network, 7).expect("builds");
    Bundle {
        card: Card {
            name: "test".into(),
            ..Card::default()
        },
        genres: ["Folk", "Pop", "Rock"].map(String::from).to_vec(),
        front_end: None,
        members: vec![member],
        average: Average::Probabilities,
        calibration: Calibration {
            temperature: 1.3,
            unsure_below: 0.5,
            ..Calibration::default()
        },
        learned: {
            let mut learned = Learned::default();
            learned.add([3, u64::MAX, 1 << 40]);
            learned.from.push(toml::toml! { data = "songs" });
            learned
        },
    }
}

fn refusal(folder: &Path) -> String {
    match Bundle::load(folder) {
        Ok(_) => panic!("a changed bundle was loaded"),
        Err(e) => e.to_string(),
    }
}

/// Saves a bundle, changes its description by `change`, and gives the refusal.
fn changed(from: &str, to: &str) -> String {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("bundle");
    bundle().save(&folder, WeightType::F32).expect("saves");
    let path = folder.join("model.toml");
    let text = fs::read_to_string(&path).expect("reads");
    assert!(text.contains(from), "{from:?} is in\n{text}");
    fs::write(&path, text.replacen(from, to, 1)).expect("writes");
    refusal(&folder)
}

#[test]
fn what_is_saved_is_what_is_loaded() {
    let place = tempfile::tempdir().expect("a folder");
    let rows: Vec<Raw> = (0..40).map(row).collect();
    let original = bundle();
    let expected = original.predict(&rows).expect("predicts");
    assert!(
        expected
            .chunks(3)
            .all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5)
    );
    for (weights, near) in [(WeightType::F32, 0.0), (WeightType::F16, 2e-3)] {
        let folder = place.path().join("bundle");
        original
            .save(&folder, weights)
            .expect("saves, the second time over the first");
        let loaded = Bundle::load(&folder).expect("loads");
        assert_eq!(loaded.genres, original.genres);
        assert_eq!(loaded.calibration, original.calibration);
        assert_eq!(loaded.columns(), ["a", "b", "c", "d"]);
        assert_eq!(loaded.learned, original.learned);
        let found = loaded.predict(&rows).expect("predicts");
        let off = found
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(off <= near, "{weights:?}: {off}");
        assert!(folder.join("CARD.md").exists());
    }
    let left: Vec<_> = fs::read_dir(place.path()).expect("reads").collect();
    assert_eq!(left.len(), 1, "nothing is left aside: {left:?}");
}

#[test]
fn a_rounded_bundle_predicts_what_its_16_bit_file_does() {
    let place = tempfile::tempdir().expect("a folder");
    let rows: Vec<Raw> = (0..40).map(row).collect();
    let mut rounded = bundle();
    let before = rounded.predict(&rows).expect("predicts");
    rounded.round(WeightType::F32).expect("rounds");
    assert_eq!(rounded.predict(&rows).expect("predicts"), before);
    rounded.round(WeightType::F16).expect("rounds");
    let after = rounded.predict(&rows).expect("predicts");
    assert_ne!(after, before);
    let folder = place.path().join("bundle");
    rounded.save(&folder, WeightType::F16).expect("saves");
    let loaded = Bundle::load(&folder).expect("loads");
    assert_eq!(loaded.predict(&rows).expect("predicts"), after);
}

#[test]
fn a_changed_description_is_refused_with_key_and_value() {
    assert!(changed("format = 3", "format = 9").contains("format = 9: expected 3"));
    assert!(changed("features = 1", "features = 2").contains("features = 2: expected 1"));
    assert!(changed("\"Folk\"", "\"Jazz\"").contains("sha256 = "));
    assert!(
        changed("temperature = 1.3", "temperature = -1.0").contains("calibration.temperature = -1")
    );
    assert!(changed("temperature", "temperatur").contains("temperatur"));
}

#[test]
fn weights_that_were_cut_or_changed_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("bundle");
    bundle().save(&folder, WeightType::F32).expect("saves");
    let path = folder.join("weights.safetensors");
    let whole = fs::read(&path).expect("reads");
    fs::write(&path, &whole[..whole.len() - 9]).expect("writes");
    assert!(refusal(&folder).contains("weights.bytes = "));
    let mut other = whole.clone();
    other[whole.len() - 3] ^= 1;
    fs::write(&path, &other).expect("writes");
    assert!(refusal(&folder).contains("weights.sha256 = "));
    fs::remove_file(&path).expect("removes");
    assert!(refusal(&folder).contains("weights.safetensors"));

    // What it learned belongs to it too.
    bundle().save(&folder, WeightType::F32).expect("saves");
    let path = folder.join("learned_rows.bin");
    let mut rows = fs::read(&path).expect("reads");
    assert_eq!(rows.len(), 3 * 8);
    rows[9] ^= 1;
    fs::write(&path, &rows).expect("writes");
    assert!(refusal(&folder).contains("learned.sha256 (of learned_rows.bin) = "));
    fs::remove_file(&path).expect("removes");
    assert!(refusal(&folder).contains("learned_rows.bin"));
    let folder = folder.as_path();
    bundle().save(folder, WeightType::F32).expect("saves");
    let path = folder.join("model.toml");
    let text = fs::read_to_string(&path).expect("reads");
    let other = text.replace("data = \"songs\"", "data = \"other\"");
    assert_ne!(text, other);
    fs::write(&path, other).expect("writes");
    assert!(refusal(folder).contains("sha256 = "));
}

#[test]
fn joined_bundles_average_their_probabilities() {
    let rows: Vec<Raw> = (0..9).map(row).collect();
    let alone = bundle().uncalibrated(&rows).expect("predicts");
    let joined = Bundle::join(vec![(bundle(), 2.0), (bundle(), 1.0)]).expect("joins");
    assert_eq!(joined.members.len(), 2);
    assert_ne!(joined.members[0].name, joined.members[1].name);
    let together = joined.uncalibrated(&rows).expect("predicts");
    assert!(
        alone
            .iter()
            .zip(&together)
            .all(|(a, b)| (a - b).abs() < 1e-6)
    );
    let mut other = bundle();
    other.genres[0] = "Jazz".into();
    let refused = Bundle::join(vec![(bundle(), 1.0), (other, 1.0)]);
    assert!(refused.is_err_and(|e| e.to_string().contains("Jazz")));
}

#[test]
fn a_row_without_values_is_refused_in_words() {
    let e = bundle()
        .predict(&[Raw::new()])
        .expect_err("nothing to hear");
    assert_eq!(
        e.to_string(),
        "the network needs values, and only nothing is there"
    );
    let mut short = Raw::new();
    short.insert(
        FeatureKind::Values,
        RawArray {
            shape: vec![3],
            data: vec![0.0; 3],
        },
    );
    let e = bundle().predict(&[short]).expect_err("too short");
    assert!(
        e.to_string()
            .contains("expected 4 values, found an array of shape [3]"),
        "{e}"
    );
}

#[test]
fn the_export_is_a_model_of_its_opset() {
    let file = bundle().onnx(0).expect("exports");
    // Field 1 (IR version) = 8, field 2 (producer).
    assert_eq!(&file[..4], &[8, 8, 0x12, 8]);
    assert!(file.windows(6).any(|w| w == b"MatMul"));
    assert!(
        bundle()
            .onnx(4)
            .is_err_and(|e| e.to_string().contains("member = 4"))
    );
}

#[test]
fn layers_over_steps_are_exported_as_well() {
    let layers = "{ kind = \"standardize\", axes = [0] }, { kind = \"reshape\", shape = [2, 2] }, \
        { kind = \"positions\" }, { kind = \"positions\", learned = true }, \
        { kind = \"transformer\", heads = 2, dropout = 0.1 }, \
        { kind = \"lstm\", units = 3, bidirectional = true, sequences = true }, \
        { kind = \"gru\", units = 3, sequences = true }, { kind = \"rnn\", units = 3, sequences = true }, \
        { kind = \"attention_pool\", deviation = true }";
    let file = bundle_of(layers).onnx(0).expect("exports");
    for operator in ["Div", "LayerNormalization", "Erf", "LSTM", "GRU", "RNN"] {
        let name = operator.as_bytes();
        assert!(
            file.windows(name.len()).any(|w| w == name),
            "{operator} is missing"
        );
    }
}

/// Two bundles whose weights differ.
fn old_and_new() -> [Bundle; 2] {
    [6, 7].map(|units| {
        bundle_of(&format!(
            "{{ kind = \"dense\", units = {units} }}, {{ kind = \"relu\" }}"
        ))
    })
}

fn units(path: &Path) -> u64 {
    Bundle::load(path).expect("loads").weights()
}

#[test]
fn a_replacement_that_is_killed_at_any_step_leaves_the_old_or_the_new_bundle() {
    let place = tempfile::tempdir().expect("a folder");
    let home = place.path();
    let [old, new] = old_and_new();
    old.save(&home.join("old"), WeightType::F32).expect("saves");
    new.save(&home.join("new"), WeightType::F32).expect("saves");
    let [was, will_be] = ["old", "new"].map(|name| units(&home.join(name)));
    assert_ne!(was, will_be);
    let text = fs::read_to_string(home.join("new/model.toml")).expect("text");
    let of_weights = text.split("[weights]").nth(1).expect("weights");
    let hash = of_weights.split("\nsha256 = \"").nth(1).expect("a hash");
    let next = format!("weights.{}.safetensors", &hash[..16]);
    let next_rows = format!("learned_rows.{}.bin", &hash[..16]);
    // The steps in their order, a renaming as a copy; a kill comes before any of them, or after all.
    let steps = [
        ("weights.safetensors", next.as_str()),
        ("learned_rows.bin", next_rows.as_str()),
        ("model.toml", "model.toml"),
        ("weights.safetensors", "weights.safetensors"),
        ("learned_rows.bin", "learned_rows.bin"),
        ("CARD.md", "CARD.md"),
    ];
    for done in 0..=steps.len() {
        let bundle = home.join(format!("killed-{done}"));
        old.save(&bundle, WeightType::F32).expect("saves");
        for (from, to) in &steps[..done] {
            fs::copy(home.join("new").join(from), bundle.join(to)).expect("copies");
        }
        for (step, renamed) in [(3, &next), (4, &next_rows)] {
            if done > step {
                fs::remove_file(bundle.join(renamed)).expect("it was renamed");
            }
        }
        fs::write(bundle.join(".lock"), "").expect("what a kill leaves");
        assert_eq!(
            units(&bundle),
            if done < 3 { was } else { will_be },
            "{done}"
        );
        // The next one to save takes away what was left.
        old.save(&bundle, WeightType::F32).expect("saves");
        assert_eq!(units(&bundle), was);
        let mut names: Vec<_> = fs::read_dir(&bundle)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "CARD.md",
                "learned_rows.bin",
                "model.toml",
                "weights.safetensors"
            ]
        );
    }
}

#[test]
fn a_bundle_can_be_loaded_at_every_moment_while_it_is_replaced() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("bundle");
    let bundles = old_and_new();
    bundles[0].save(&path, WeightType::F32).expect("saves");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                seen.insert(units(&path));
            }
            seen.len()
        });
        for turn in 0..200 {
            let saved = bundles[turn % 2].save(&path, WeightType::F32);
            saved.expect("saves");
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(reader.join().expect("every load succeeds"), 2);
    });
}

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
    let place = tempfile::tempdir().expect("a folder");
    let layers = "{ kind = \"dense\", units = 6 }, { kind = \"batch_norm\" }, { kind = \"reshape\", shape = [3, 2] }, \
                  { kind = \"lstm\", units = 5 }, { kind = \"dropout\", rate = 0.5 }";
    bundle_of(layers)
        .save(place.path(), WeightType::F32)
        .expect("saves");
    let text = fs::read_to_string(place.path().join("model.toml")).expect("text");
    let weights = fs::read(place.path().join("weights.safetensors")).expect("weights");
    // As if it were a part of the program.
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
                toml::Value::Array(list) => &mut list[part.parse::<usize>().expect("a place")],
                other => &mut other[part.as_str()],
            });
            *slot = value.clone();
            let text = toml::to_string(&changed).expect("toml");
            // Whoever changes a number can make its check sum fit: what is compiled in is not held against it.
            if let Err(error) = Bundle::compiled_in(&text, weights, &[]) {
                assert!(!error.to_string().is_empty(), "{key:?} = {value}");
            }
        }
    }
}

#[test]
fn weights_that_are_no_finite_numbers_are_refused() {
    let wide = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(|x| x.to_le_bytes().to_vec());
    let short = [0x7e00u16, 0x7c00, 0xfc00].map(|x| x.to_le_bytes().to_vec());
    for (kind, values) in [(WeightType::F32, wide), (WeightType::F16, short)] {
        not_finite(kind, &values);
    }
}

/// Each value as the last one of the file.
fn not_finite(kind: WeightType, values: &[Vec<u8>]) {
    let place = tempfile::tempdir().expect("a folder");
    bundle().save(place.path(), kind).expect("saves");
    let text = fs::read_to_string(place.path().join("model.toml")).expect("text");
    let path = place.path().join("weights.safetensors");
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
        fs::write(place.path().join("model.toml"), fitting).expect("writes");
        let said = refusal(place.path());
        assert!(said.contains("expected finite numbers"), "{said}");
        fs::write(place.path().join("model.toml"), &text).expect("writes");
    }
}

#[test]
fn a_fingerprint_is_that_of_the_answers() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("bundle");
    let mut first = bundle();
    first.round(WeightType::F16).expect("rounds");
    let fingerprint = first.fingerprint().expect("is written down");
    first.save(&folder, WeightType::F16).expect("saves");
    let mut again = Bundle::load(&folder).expect("loads");
    again.card.name = "another name".into();
    assert_eq!(again.fingerprint().expect("is written down"), fingerprint);
    assert_ne!(
        bundle().fingerprint().expect("is written down"),
        fingerprint
    );
    again.calibration.temperature *= 2.0;
    assert_ne!(again.fingerprint().expect("is written down"), fingerprint);
    first.genres.swap(0, 1);
    assert_ne!(first.fingerprint().expect("is written down"), fingerprint);
}

/// A bundle as it was written up to format 2, with the earlier names of keys and layouts.
#[test]
fn a_bundle_of_format_2_is_read_and_written_with_present_names() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format2");
    let bundle = Bundle::load(&old).expect("its check sum holds");
    let place = tempfile::tempdir().expect("a folder");
    let new = place.path().join("bundle");
    bundle.save(&new, WeightType::F32).expect("saves");
    let text = fs::read_to_string(new.join("model.toml")).expect("reads");
    for word in ["hears", "listening", "picture", "swapped"] {
        assert!(!text.contains(word), "{word}:\n{text}");
    }
    let again = Bundle::load(&new).expect("loads");
    let of = |bundle: &Bundle| bundle.fingerprint().expect("is written down");
    assert_eq!(of(&again), of(&bundle));
    let front_end = again.front_end.expect("is of sound");
    assert_eq!(front_end.windowing.frames, 12);
}
