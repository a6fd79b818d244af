//! The document as Markdown.

use std::fmt::Write as _;

use super::{Field, Type, Types, Variant, last_segment};

const HEAD: &str = "\
# Recipes

A recipe is a TOML file of `configs/`: data, front end, inputs, network, training. An unknown key is an error that names the keys there
are; a value out of range is an error that names key, value and range. `--set KEY=VALUE` changes one key (`--set train.epochs=30`,
`--set 'inputs.0.scaling={kind=\"quantile\"}'`). Sections are found by their keys: `[train]` in a file holds the keys of *train* below.

This page is written from the types that recipes are read into (`cargo xtask recipes`). *Required* keys have no default; *none* means that
the key may be left out and then nothing is done; *see there* means the defaults of the section that the type leads to.
";

/// Ranges that are checked when a recipe is read, by type and key; those of others follow from their types. A test of
/// genrenet-train (`tests/ranges.rs`) compares them with the checks.
pub const RANGES: &[(&str, &str)] = &[
    (
        "Recipe.name",
        "a file name of at most 255 bytes without `/ : * ? \" < >`",
    ),
    ("Recipe.inputs", "at least one; each name once"),
    ("NetworkSpec.branches", "at least one"),
    ("NetworkSpec.heads", "at least one"),
    (
        "SplitRule.shares",
        "each 0 to 1, the first above 0; 1 in all",
    ),
    ("LogMelSpec.hop", "1 to 1 048 576"),
    ("LogMelSpec.n_mels", "at least 1"),
    ("LogMelSpec.fmin", "0 or more"),
    ("LogMelSpec.top_db", "above 0"),
    ("Windowing.seconds", "1 to 3600"),
    ("Windowing.frames", "1 to 1 048 576"),
    ("Windowing.windows", "1 to 65 536"),
    ("SegmentSpec.rate", "1000 to 768 000"),
    ("SegmentSpec.hop", "1 to 1 048 576"),
    ("SegmentSpec.n_mels", "at least 1"),
    ("SegmentSpec.fmin", "0 or more"),
    ("SegmentSpec.frames", "1 to 65 536"),
    ("SegmentSpec.segments", "at least 1"),
    ("SegmentSpec.scale", "above 0"),
    ("MfccHead.seconds", "above 0, at most a window's"),
    ("MfccSpec.hop", "1 to 1 048 576"),
    ("MfccSpec.fmin", "0 or more"),
    ("MfccSpec.top_db", "above 0"),
    ("MfccSpec.n_mfcc", "1 to `n_mels`"),
    ("TrainSpec.epochs", "1 to 100 000"),
    ("TrainSpec.batch", "1 to 65 536"),
    ("TrainSpec.seeds", "at most 1000; each once"),
    ("TrainSpec.label_smoothing", "0 to below 1"),
    ("TrainSpec.patience", "at least 1"),
    ("AugmentSpec.mixup", "0 to 1 000 000"),
    ("AugmentSpec.mixup_share", "0 to 1"),
    ("AugmentSpec.cutmix", "0 to 1"),
    ("AugmentSpec.time_masks", "0 to 1000"),
    ("AugmentSpec.time_width", "0 to 524 288"),
    ("AugmentSpec.band_masks", "0 to 1000"),
    ("AugmentSpec.band_width", "0 to 524 288"),
    ("AugmentSpec.cutouts", "0 to 1000"),
    ("AugmentSpec.cutout_size", "0 to 1"),
    ("AugmentSpec.gain_db", "0 to 1 000 000"),
    ("AugmentSpec.tilt_db", "0 to 1 000 000"),
    ("AugmentSpec.equalizer_db", "0 to 1 000 000"),
    ("AugmentSpec.low_pass", "0 to 1"),
    ("AugmentSpec.low_pass_least", "0 to 1"),
    ("AugmentSpec.shift_bands", "0 to 524 288"),
    ("AugmentSpec.stretch", "0 to below 0.9"),
    ("AugmentSpec.value_noise", "0 to 1 000 000"),
    ("AugmentSpec.value_dropout", "0 to 1"),
    ("AugmentSpec.mfcc_noise", "0 to 1 000 000"),
    ("AugmentSpec.drop_inputs", "0 to 1"),
    ("AugmentSpec.clean_end", "0 to 1"),
    ("SecondTarget.weight", "0 or more"),
    ("Distill.weight", "0 to 1"),
    ("Distill.temperature", "above 0"),
    ("CalibrateSpec.precision", "0 to 1"),
    ("OptimizerSpec.lr", "above 0"),
    ("OptimizerSpec.momentum", "0 to below 1"),
    ("OptimizerSpec.weight_decay", "0 or more"),
    ("OptimizerSpec.clip_norm", "above 0"),
    ("OptimizerSpec.eps", "above 0"),
    ("ScheduleSpec.every", "above 0"),
    ("ScheduleSpec.gamma", "above 0"),
    ("ScheduleSpec.floor", "0 to 1"),
    ("ScheduleSpec.rise", "0 to 1"),
    ("ScheduleSpec.start_div", "above 0"),
    ("ScheduleSpec.end_div", "above 0"),
    ("ScheduleSpec.warmup", "0 to 1"),
    ("AverageSpec.decay", "0 to below 1"),
    ("AverageSpec.start", "0 to 1"),
    ("LayerSpec.rate", "0 to below 1"),
    ("RecurrentSpec.units", "at least 1"),
    ("RecurrentSpec.biases", "0, 1 or 2"),
];

/// The whole page: the recipe itself, then each type in the order in which keys lead to it.
pub fn page(types: &Types) -> String {
    let mut page = HEAD.to_owned();
    let mut queue = vec![("Recipe".to_owned(), "recipe".to_owned())];
    let mut at = 0;
    while let Some((name, section)) = queue.get(at).cloned() {
        at += 1;
        let Some(kind) = types.types.get(&name) else {
            continue;
        };
        let _ = write!(page, "\n## {section}\n\n{}\n\n", sentence(&kind.about));
        let fields = kind.variants.iter().flat_map(|variant| {
            let held = variant
                .holds
                .iter()
                .map(|kind| (variant.name.clone(), kind));
            let fields = variant.fields.iter();
            fields
                .map(|field| (field.name.clone(), &field.kind))
                .chain(held)
        });
        for (key, field) in fields {
            let inner = innermost(field);
            // A variant that holds a struct is written with that struct's keys.
            let inner_is_known = types.types.contains_key(&inner);
            let is_held = kind.is_enum
                && !kind.untagged
                && !types.types.get(&inner).is_none_or(|k| k.is_enum)
                && kind
                    .variants
                    .iter()
                    .any(|variant| variant.holds.is_some() && variant.name == key);
            if inner_is_known && !is_held && !queue.iter().any(|(known, _)| *known == inner) {
                queue.push((inner, heading(&queue, &section, &key)));
            }
        }
        match kind.is_enum {
            false => table(&mut page, types, &name, &kind.variants[0].fields, &queue),
            true => variants(&mut page, types, &name, kind, &queue),
        }
    }
    page
}

/// A heading for a key of a section, which no other section has.
fn heading(queue: &[(String, String)], section: &str, key: &str) -> String {
    match queue.iter().any(|(_, known)| known == key) {
        true => format!("{key} of {section}"),
        false => key.to_owned(),
    }
}

fn sentence(about: &str) -> String {
    match about.ends_with(['.', ':', ')']) {
        true => about.to_owned(),
        false => format!("{about}."),
    }
}

const TABLE: &str = "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";

fn table(
    page: &mut String,
    types: &Types,
    owner: &str,
    fields: &[Field],
    queue: &[(String, String)],
) {
    page.push_str(TABLE);
    rows(page, types, owner, fields, queue, "");
}

fn rows(
    page: &mut String,
    types: &Types,
    owner: &str,
    fields: &[Field],
    queue: &[(String, String)],
    before: &str,
) {
    for field in fields {
        let range = RANGES
            .iter()
            .find(|(name, _)| *name == format!("{owner}.{}", field.name))
            .map_or("", |(_, range)| range);
        let tag = types
            .types
            .get(&innermost(&field.kind))
            .and_then(|kind| kind.tag.clone());
        let (key, about) = match (&field.serde.flatten, tag) {
            (true, Some(tag)) => (
                tag,
                format!("{} Its keys stand beside this one.", sentence(&field.about)),
            ),
            _ => (field.name.clone(), field.about.clone()),
        };
        let mut about = about;
        for alias in &field.serde.aliases {
            let _ = write!(about, " Also read as `{alias}`, its former name.");
        }
        let _ = writeln!(
            page,
            "{before}| `{key}` | {} | {} | {range} | {about} |",
            shown(&field.kind, queue),
            types.default_of(owner, field),
        );
    }
}

/// The words or kinds of an enum.
fn variants(
    page: &mut String,
    types: &Types,
    owner: &str,
    kind: &Type,
    queue: &[(String, String)],
) {
    let held = |variant: &Variant| -> Option<(String, &Vec<Field>)> {
        let name = last_segment(variant.holds.as_ref()?);
        let kind = types.types.get(&name)?;
        (!kind.is_enum).then(|| (name, &kind.variants[0].fields))
    };
    let has_keys = kind
        .variants
        .iter()
        .any(|one| !one.fields.is_empty() || held(one).is_some());
    match (&kind.tag, has_keys) {
        (Some(tag), true) => {
            let _ = write!(
                page,
                "| `{tag}` | key | type | default | range | meaning |\n|---|---|---|---|---|---|\n"
            );
        }
        _ => page.push_str("| value | meaning |\n|---|---|\n"),
    }
    for variant in &kind.variants {
        let word = match (kind.untagged, &variant.holds) {
            (true, Some(holds)) => shown(holds, queue),
            _ => format!("`\"{}\"`", variant.name),
        };
        if kind.tag.is_none() || !has_keys {
            let _ = writeln!(page, "| {word} | {} |", variant.about);
            continue;
        }
        let _ = writeln!(page, "| `{}` | | | | | {} |", variant.name, variant.about);
        match held(variant) {
            Some((name, fields)) => rows(page, types, &name, fields, queue, "| "),
            None => rows(page, types, owner, &variant.fields, queue, "| "),
        }
    }
}

/// The type inside lists and options.
fn innermost(kind: &syn::Type) -> String {
    match kind {
        syn::Type::Array(array) => innermost(&array.elem),
        syn::Type::Path(_) => match argument(kind) {
            Some(inner) => innermost(inner),
            None => last_segment(kind),
        },
        _ => String::new(),
    }
}

/// The type that `Vec` or `Option` holds.
fn argument(kind: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Path(path) = kind else {
        return None;
    };
    let last = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(kind) if last.ident != "BTreeMap" => Some(kind),
        _ => None,
    })
}

/// A type in words, with a link to its section.
fn shown(kind: &syn::Type, queue: &[(String, String)]) -> String {
    if let syn::Type::Array(array) = kind
        && let syn::Expr::Lit(length) = &array.len
        && let syn::Lit::Int(length) = &length.lit
    {
        return format!("list of {length} {}s", shown(&array.elem, queue));
    }
    let name = last_segment(kind);
    match (name.as_str(), argument(kind)) {
        ("Option", Some(inner)) => shown(inner, queue),
        ("Vec", Some(inner)) => match shown(inner, queue) {
            word if word.starts_with("list ") => word.replacen("list", "list of lists", 1),
            word if word.ends_with(')') => format!("list of {word}"),
            word => format!("list of {word}s"),
        },
        ("String", _) => "string".to_owned(),
        ("PathBuf", _) => "path".to_owned(),
        ("bool", _) => "boolean".to_owned(),
        ("usize" | "u64" | "u32", _) => "integer".to_owned(),
        ("f32" | "f64", _) => "number".to_owned(),
        ("Rate", _) => "`\"own\"` or an integer".to_owned(),
        ("BTreeMap", _) => "table of strings".to_owned(),
        _ => match queue.iter().find(|(known, _)| *known == name) {
            Some((_, heading)) => format!("[{heading}](#{})", heading.replace(' ', "-")),
            None => name,
        },
    }
}
