//! docs/RECIPES.md, the reference of recipes, written from the types that recipes are read into: `cargo xtask recipes`.
//!
//! Keys, types, defaults and descriptions are taken from the source (doc comments and serde's attributes), so that the
//! document can't differ from what is read; the check compares.

mod attributes;
mod defaults;
mod render;

use std::collections::HashMap;
use std::path::Path;

use syn::{Expr, Fields, Item};

use self::attributes::{Serde, about, is_read, serde};
use crate::files;

/// Where the types lie.
const FOLDERS: [&str; 6] = [
    "crates/genrenet-train/src/recipe/",
    "crates/genrenet-nn/src/",
    "crates/genrenet-model/src/inputs/",
    "crates/genrenet-model/src/bundle/",
    "crates/genrenet-audio/src/",
    "crates/genrenet-data/src/",
];
const FILE: &str = "docs/RECIPES.md";

/// What the source says of types that serde reads.
#[derive(Default)]
struct Types {
    types: HashMap<String, Type>,
    /// Values that functions return by their last expression, and of constants.
    values: HashMap<String, Expr>,
    /// Fields of `Default` implementations, by type.
    defaults: HashMap<String, HashMap<String, Expr>>,
}

/// A struct (one variant without a name) or an enum.
struct Type {
    about: String,
    /// serde's `tag`.
    tag: Option<String>,
    untagged: bool,
    /// Whether every key that is not given has its default.
    all_default: bool,
    is_enum: bool,
    variants: Vec<Variant>,
}

struct Variant {
    /// In a recipe's spelling; empty for a struct.
    name: String,
    about: String,
    is_default: bool,
    fields: Vec<Field>,
    /// What a variant without keys holds.
    holds: Option<syn::Type>,
}

struct Field {
    name: String,
    about: String,
    kind: syn::Type,
    serde: Serde,
}

/// Writes the document.
pub fn write(root: &Path) -> Result<(), String> {
    let text = render::page(&read(root)?);
    std::fs::write(root.join(FILE), text).map_err(|error| format!("{FILE}: {error}"))
}

/// Compares the document with the types; returns faults.
pub fn check(root: &Path) -> Vec<String> {
    let text = match read(root) {
        Ok(types) => render::page(&types),
        Err(fault) => return vec![fault],
    };
    match files::text(root, FILE) {
        Some(found) if found == text => Vec::new(),
        _ => vec![format!(
            "{FILE} is not what the types of a recipe say: cargo xtask recipes writes it"
        )],
    }
}

fn read(root: &Path) -> Result<Types, String> {
    let mut types = Types::default();
    for file in files::list(root) {
        if !file.ends_with(".rs") || !FOLDERS.iter().any(|folder| file.starts_with(folder)) {
            continue;
        }
        let text = files::text(root, &file).unwrap_or_default();
        let source = syn::parse_file(&text).map_err(|error| format!("{file}: {error}"))?;
        source.items.iter().for_each(|item| types.add(item));
    }
    Ok(types)
}

impl Types {
    fn add(&mut self, item: &Item) {
        match item {
            Item::Struct(item) if is_read(&item.attrs) => {
                let serde = serde(&item.attrs);
                let variant = Variant {
                    name: String::new(),
                    about: String::new(),
                    is_default: false,
                    fields: fields(&item.fields),
                    holds: None,
                };
                self.types.insert(
                    item.ident.to_string(),
                    Type {
                        about: about(&item.attrs),
                        tag: None,
                        untagged: false,
                        all_default: serde.default,
                        is_enum: false,
                        variants: vec![variant],
                    },
                );
            }
            Item::Enum(item) if is_read(&item.attrs) => {
                let serde = serde(&item.attrs);
                let variants = item.variants.iter();
                let variants = variants.filter(|variant| !attributes::serde(&variant.attrs).skip);
                let variants = variants.map(|variant| Variant {
                    name: match attributes::serde(&variant.attrs).rename {
                        Some(name) => name,
                        None if serde.snake_case => snake_case(&variant.ident.to_string()),
                        None => variant.ident.to_string().to_lowercase(),
                    },
                    about: about(&variant.attrs),
                    is_default: variant.attrs.iter().any(|a| a.path().is_ident("default")),
                    fields: fields(&variant.fields),
                    holds: match &variant.fields {
                        Fields::Unnamed(fields) => fields.unnamed.first().map(|f| f.ty.clone()),
                        _ => None,
                    },
                });
                let kind = Type {
                    about: about(&item.attrs),
                    variants: variants.collect(),
                    tag: serde.tag,
                    untagged: serde.untagged,
                    all_default: false,
                    is_enum: true,
                };
                self.types.insert(item.ident.to_string(), kind);
            }
            Item::Fn(item) => self.add_function(&item.sig, &item.block),
            Item::Impl(item) => {
                let name = last_segment(&item.self_ty);
                let is_default = item
                    .trait_
                    .as_ref()
                    .is_some_and(|(_, path, _)| path.is_ident("Default"));
                for inner in &item.items {
                    match inner {
                        syn::ImplItem::Fn(function) if is_default => {
                            if let Some(Expr::Struct(literal)) = returned(&function.block) {
                                let fields = literal.fields.iter().filter_map(|field| {
                                    let syn::Member::Named(name) = &field.member else {
                                        return None;
                                    };
                                    Some((name.to_string(), field.expr.clone()))
                                });
                                self.defaults.insert(name.clone(), fields.collect());
                            }
                        }
                        syn::ImplItem::Fn(function) => {
                            self.add_function(&function.sig, &function.block);
                        }
                        syn::ImplItem::Const(constant) => {
                            let name = constant.ident.to_string();
                            self.values.insert(name, constant.expr.clone());
                        }
                        _ => {}
                    }
                }
            }
            Item::Const(item) => {
                let value = (*item.expr).clone();
                self.values.insert(item.ident.to_string(), value);
            }
            _ => {}
        }
    }

    fn add_function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        if signature.inputs.is_empty()
            && let Some(value) = returned(block)
        {
            self.values
                .insert(signature.ident.to_string(), value.clone());
        }
    }
}

/// The only expression of a function that returns a value.
fn returned(block: &syn::Block) -> Option<&Expr> {
    match &block.stmts[..] {
        [syn::Stmt::Expr(value, None)] => Some(value),
        _ => None,
    }
}

fn fields(fields: &Fields) -> Vec<Field> {
    let Fields::Named(fields) = fields else {
        return Vec::new();
    };
    let fields = fields.named.iter().map(|field| Field {
        name: field
            .ident
            .as_ref()
            .map_or(String::new(), ToString::to_string),
        about: about(&field.attrs),
        kind: field.ty.clone(),
        serde: serde(&field.attrs),
    });
    fields.filter(|field| !field.serde.skip).collect()
}

fn last_segment(kind: &syn::Type) -> String {
    match kind {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or(String::new(), |segment| segment.ident.to_string()),
        _ => String::new(),
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_what_the_types_say() {
        assert_eq!(check(&crate::root()), Vec::<String>::new());
    }

    #[test]
    fn keys_have_types_defaults_ranges_and_descriptions() {
        let page = render::page(&read(&crate::root()).unwrap());
        for row in [
            "| `epochs` | integer | `0` | 1 to 100 000 |",
            "| `seed` | integer | `1` |",
            "| `mixup` | number | `0.0` |",
            "| `precision` | number | `0.8` | 0 to 1 |",
            "| `stride` | list of 2 integers | `[1, 1]` |",
            "| `hop` | integer | `512` |",
            "| `rate` | `\"own\"` or an integer | `22050` |",
            "| `shares` | list of 3 numbers | `[0.7, 0.15, 0.15]` |",
        ] {
            assert!(page.contains(row), "{row}");
        }
        for key in [
            "`conv`",
            "`lstm`",
            "`one_cycle`",
            "`quantile`",
            "`grouped`",
            "`adamw`",
        ] {
            assert!(page.contains(key), "{key}");
        }
    }

    #[test]
    fn every_range_is_of_a_key() {
        let types = read(&crate::root()).unwrap();
        for (name, _) in render::RANGES {
            let (kind, key) = name.split_once('.').unwrap();
            let variants = &types
                .types
                .get(kind)
                .unwrap_or_else(|| panic!("{name}"))
                .variants;
            let mut keys = variants.iter().flat_map(|variant| &variant.fields);
            assert!(keys.any(|field| field.name == key), "{name}");
        }
    }
}
