//! A small bundle for tests.

use std::path::Path;

use genrenet_model::inputs::Fitter;
use genrenet_model::{
    Average, Bundle, Calibration, Card, FeatureKind, InputSpec, Learned, Member, Output, Raw,
    RawArray,
};
use genrenet_nn::NetworkSpec;

pub fn row(seed: usize) -> Raw {
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

pub fn bundle() -> Bundle {
    bundle_of("{ kind = \"dense\", units = 6 }, { kind = \"relu\" }")
}

/// A bundle of one network with these layers over a vector of four values.
pub fn bundle_of(layers: &str) -> Bundle {
    bundle_of_input("values", layers)
}

/// As [`bundle_of`], with another name of the input.
pub fn bundle_of_input(name: &str, layers: &str) -> Bundle {
    let input = format!(
        "name = \"{name}\"\nsource = \"values\"\nlayout = \"vector\"\nscaling = {{ kind = \"standard\" }}"
    );
    let spec: InputSpec = toml::from_str(&input).expect("an input");
    let mut fitter = Fitter::new(spec, &row(0)).expect("fits");
    fitter.columns(["a", "b", "c", "d"].map(String::from).to_vec());
    (0..20).for_each(|seed| fitter.add(&row(seed)).expect("fits"));
    let network = format!(
        "branches = [{{ input = \"{name}\", layers = [{layers}] }}]\nheads = [{{ name = \"genre\", outputs = 3 }}]"
    );
    let network: NetworkSpec = toml::from_str(&network).expect("a network");
    let inputs = vec![fitter.finish().expect("fits")];
    let member = Member::new("one", inputs, Output::Softmax, network, 7).expect("builds");
    Bundle {
        regrouped: None,
        card: Card {
            name: "test".into(),
            ..Card::default()
        },
        genres: ["Folk", "Pop", "Rock"].map(String::from).to_vec(),
        front_end: None,
        parents: Default::default(),
        backbone: None,
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

pub fn refusal(folder: &Path) -> String {
    match Bundle::load(folder) {
        Ok(_) => panic!("a changed bundle was loaded"),
        Err(e) => e.to_string(),
    }
}
