//! A bundle on disk: the same after loading, and refused with key and value when it was changed.

use std::fs;
use std::path::Path;

use genrenet_model::{Bundle, FeatureKind, Raw, RawArray, WeightType};

use crate::small::{bundle, refusal, row};

/// Saves a bundle, changes its description by `change`, and gives the refusal.
fn changed(from: &str, to: &str) -> String {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().join("bundle");
    bundle().save(&folder, WeightType::F32).expect("saves");
    let path = folder.join("model.toml");
    let text = fs::read_to_string(&path).expect("reads");
    assert!(text.contains(from), "{from:?} is in\n{text}");
    fs::write(&path, text.replacen(from, to, 1)).expect("writes");
    refusal(&folder)
}

#[test]
fn a_saved_bundle_is_loaded_unchanged() {
    let temporary = tempfile::tempdir().expect("a folder");
    let rows: Vec<Raw> = (0..40).map(row).collect();
    let original = bundle();
    let expected = original.predict(&rows).expect("predicts");
    assert!(
        expected
            .chunks(3)
            .all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5)
    );
    for (weights, near) in [(WeightType::F32, 0.0), (WeightType::F16, 2e-3)] {
        let folder = temporary.path().join("bundle");
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
    let left: Vec<_> = fs::read_dir(temporary.path()).expect("reads").collect();
    assert_eq!(left.len(), 1, "no temporary file is left: {left:?}");
}

#[test]
fn a_rounded_bundle_predicts_what_its_16_bit_file_does() {
    let temporary = tempfile::tempdir().expect("a folder");
    let rows: Vec<Raw> = (0..40).map(row).collect();
    let mut rounded = bundle();
    let before = rounded.predict(&rows).expect("predicts");
    rounded.round(WeightType::F32).expect("rounds");
    assert_eq!(rounded.predict(&rows).expect("predicts"), before);
    rounded.round(WeightType::F16).expect("rounds");
    let after = rounded.predict(&rows).expect("predicts");
    assert_ne!(after, before);
    let folder = temporary.path().join("bundle");
    rounded.save(&folder, WeightType::F16).expect("saves");
    let loaded = Bundle::load(&folder).expect("loads");
    assert_eq!(loaded.predict(&rows).expect("predicts"), after);
}

#[test]
fn a_changed_description_is_refused_with_key_and_value() {
    assert!(changed("format = 4", "format = 9").contains("format = 9: expected 4"));
    assert!(changed("features = 1", "features = 2").contains("features = 2: expected 1"));
    assert!(changed("\"Folk\"", "\"Jazz\"").contains("sha256 = "));
    assert!(
        changed("temperature = 1.3", "temperature = -1.0").contains("calibration.temperature = -1")
    );
    assert!(changed("temperature", "temperatur").contains("temperatur"));
}

#[test]
fn truncated_or_changed_weights_are_refused() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().join("bundle");
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

    // Learned rows have their checksum too.
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
fn a_row_without_the_features_of_the_network_is_refused() {
    let e = bundle()
        .predict(&[Raw::new()])
        .expect_err("it has no values");
    assert_eq!(
        e.to_string(),
        "the network reads values, and the row has none of its features"
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
fn the_fingerprint_depends_on_what_predictions_depend_on() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().join("bundle");
    let mut first = bundle();
    first.round(WeightType::F16).expect("rounds");
    let fingerprint = first.fingerprint().expect("is computed");
    first.save(&folder, WeightType::F16).expect("saves");
    let mut again = Bundle::load(&folder).expect("loads");
    again.card.name = "another name".into();
    assert_eq!(again.fingerprint().expect("is computed"), fingerprint);
    assert_ne!(bundle().fingerprint().expect("is computed"), fingerprint);
    again.calibration.temperature *= 2.0;
    assert_ne!(again.fingerprint().expect("is computed"), fingerprint);
    first.genres.swap(0, 1);
    assert_ne!(first.fingerprint().expect("is computed"), fingerprint);
}

/// A bundle as it was written up to format 2, with the earlier names of keys and layouts.
#[test]
fn a_bundle_of_format_2_is_read_and_written_with_present_names() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format2");
    let bundle = Bundle::load(&old).expect("its checksum holds");
    let temporary = tempfile::tempdir().expect("a folder");
    let new = temporary.path().join("bundle");
    bundle.save(&new, WeightType::F32).expect("saves");
    let text = fs::read_to_string(new.join("model.toml")).expect("reads");
    for word in ["hears", "listening", "picture", "swapped"] {
        assert!(!text.contains(word), "{word}:\n{text}");
    }
    let again = Bundle::load(&new).expect("loads");
    let of = |bundle: &Bundle| bundle.fingerprint().expect("is computed");
    assert_eq!(of(&again), of(&bundle));
    let front_end = again.front_end.expect("is of sound");
    assert_eq!(front_end.windowing.frames, 12);
}
