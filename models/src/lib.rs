//! The genre networks that genrenet ships, as bytes, one feature each.
//!
//! Each is a folder of this package: its description (`model.toml`), its weights, the fingerprints of the rows that it learned, and
//! a card with figures, limits and licence. `held-out` inside it is the same network without the validation rows, with which
//! it was measured; it is part of the repository and not of the package.
//!
//! ```
//! for model in genrenet_models::all() {
//!     println!("{}: {} bytes of weights", model.name, model.weights.len());
//! }
//! ```

/// A bundle's files. `genrenet_model::Bundle::compiled_in` reads them.
pub struct Model {
    /// Its name.
    pub name: &'static str,
    /// `model.toml`.
    pub description: &'static str,
    /// `weights.safetensors`.
    pub weights: &'static [u8],
    /// `learned_rows.bin`; empty where it is not known which rows were learned.
    pub learned_rows: &'static [u8],
    /// `CARD.md`, for people.
    pub card: &'static str,
}

#[cfg_attr(
    not(any(
        feature = "wide",
        feature = "fma8",
        feature = "gtzan10",
        feature = "echonest12",
        feature = "msd50",
        feature = "mtt50"
    )),
    expect(unused_macros, reason = "without a model's feature there is no model")
)]
macro_rules! model {
    ($name:literal) => {
        model!(
            $name,
            include_bytes!(concat!("../", $name, "/learned_rows.bin"))
        )
    };
    ($name:literal, $learned_rows:expr) => {
        Model {
            name: $name,
            description: include_str!(concat!("../", $name, "/model.toml")),
            weights: include_bytes!(concat!("../", $name, "/weights.safetensors")),
            learned_rows: $learned_rows,
            card: include_str!(concat!("../", $name, "/CARD.md")),
        }
    };
}

// A static, as a constant is copied into each part of the program that names it.
static ALL: &[Model] = &[
    #[cfg(feature = "wide")]
    model!("wide"),
    #[cfg(feature = "fma8")]
    model!("fma8"),
    #[cfg(feature = "gtzan10")]
    model!("gtzan10"),
    #[cfg(feature = "echonest12")]
    model!("echonest12"),
    // What the backbones learned is not known row by row.
    #[cfg(feature = "msd50")]
    model!("msd50", &[]),
    #[cfg(feature = "mtt50")]
    model!("mtt50", &[]),
];

/// The names of all models; the feature of the same name brings each.
pub const NAMES: &[&str] = &["wide", "fma8", "gtzan10", "echonest12", "msd50", "mtt50"];

/// The models whose features are on, the default one first.
pub fn all() -> &'static [Model] {
    ALL
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_file_is_of_its_model() {
        for model in super::all() {
            assert!(super::NAMES.contains(&model.name));
            assert!(model.card.starts_with(&format!("# {}\n", model.name)));
            assert!(
                model
                    .description
                    .contains(&format!("name = \"{}\"", model.name))
            );
            assert!(model.weights.len() > 1000 && model.learned_rows.len() % 8 == 0);
        }
    }
}
