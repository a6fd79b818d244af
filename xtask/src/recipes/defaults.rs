//! What a key is where a recipe does not give it.

use quote::ToTokens as _;
use syn::Expr;

use super::{Field, Types, last_segment, snake_case};

impl Types {
    /// The default of a field of the type `owner`, for a table's cell.
    pub(super) fn default_of(&self, owner: &str, field: &Field) -> String {
        let all_default = self.types.get(owner).is_some_and(|kind| kind.all_default);
        if let Some(function) = &field.serde.default_from {
            let name = function.rsplit("::").next().unwrap_or(function);
            if let Some(value) = self.values.get(name) {
                return self.shown(value);
            }
        }
        if all_default {
            let given = self.defaults.get(owner);
            if let Some(value) = given.and_then(|fields| fields.get(&field.name)) {
                return self.shown(value);
            }
        }
        if all_default || field.serde.default {
            return self.of_type(&field.kind);
        }
        match last_segment(&field.kind).as_str() {
            "Option" => "none".to_owned(),
            _ => "required".to_owned(),
        }
    }

    /// `Default::default()` of a type.
    fn of_type(&self, kind: &syn::Type) -> String {
        let name = last_segment(kind);
        match name.as_str() {
            "Option" => "none".to_owned(),
            "Vec" | "BTreeMap" => "empty".to_owned(),
            "String" => "`\"\"`".to_owned(),
            "bool" => "`false`".to_owned(),
            "usize" | "u64" | "u32" => "`0`".to_owned(),
            "f32" | "f64" => "`0.0`".to_owned(),
            _ => {
                let variants = self.types.get(&name).map(|kind| &kind.variants);
                let word = variants.and_then(|all| all.iter().find(|one| one.is_default));
                match word {
                    Some(word) => format!("`\"{}\"`", word.name),
                    None => "see there".to_owned(),
                }
            }
        }
    }

    fn shown(&self, value: &Expr) -> String {
        match self.text(value) {
            text if text.is_empty() => "none".to_owned(),
            text if text == "[]" => "empty".to_owned(),
            text => format!("`{text}`"),
        }
    }

    /// A value as TOML; empty for none.
    fn text(&self, value: &Expr) -> String {
        let list = |items: Vec<String>| format!("[{}]", items.join(", "));
        match value {
            Expr::Lit(literal) => literal.lit.to_token_stream().to_string().replace('_', ""),
            Expr::Array(array) => list(array.elems.iter().map(|item| self.text(item)).collect()),
            Expr::Path(path) => {
                let Some(name) = path.path.segments.last().map(|name| name.ident.to_string())
                else {
                    return String::new();
                };
                match self.values.get(&name) {
                    _ if name == "None" => String::new(),
                    Some(value) => self.text(value),
                    None => format!("\"{}\"", snake_case(&name)),
                }
            }
            Expr::Call(call) => match call.args.first() {
                Some(argument) => self.text(argument),
                None if last_path_segment(&call.func) == "new" => "[]".to_owned(),
                None => "see there".to_owned(),
            },
            Expr::Macro(call) if call.mac.path.is_ident("vec") => {
                let tokens = call.mac.tokens.to_string();
                let items = syn::parse_str::<Expr>(&format!("[{tokens}]"));
                items.map_or(tokens, |items| self.text(&items))
            }
            Expr::Struct(literal) => match literal.path.segments.last() {
                Some(name) => snake_case(&name.ident.to_string()),
                None => String::new(),
            },
            other => other.to_token_stream().to_string(),
        }
    }
}

fn last_path_segment(function: &Expr) -> String {
    let Expr::Path(path) = function else {
        return String::new();
    };
    let last = path.path.segments.last();
    last.map_or_else(String::new, |name| name.ident.to_string())
}
