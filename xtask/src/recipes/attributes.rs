//! What attributes say: serde's, and doc comments.

use syn::{Attribute, Expr, Meta};

/// serde's attributes, as far as they matter here.
#[derive(Default)]
pub struct Serde {
    pub default: bool,
    pub default_from: Option<String>,
    pub flatten: bool,
    pub skip: bool,
    pub untagged: bool,
    pub snake_case: bool,
    pub rename: Option<String>,
    pub tag: Option<String>,
    pub aliases: Vec<String>,
}

/// Whether serde reads the type.
pub fn is_read(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        list.path.is_ident("derive") && list.tokens.to_string().contains("Deserialize")
    })
}

pub fn serde(attributes: &[Attribute]) -> Serde {
    let mut found = Serde::default();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        // A key that is not looked at may have a value; what can't be parsed is the compiler's concern.
        let _ = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string);
            let value = match meta.value() {
                Ok(value) => Some(value.parse::<syn::LitStr>()?.value()),
                Err(_) => None,
            };
            match (name.as_deref(), value) {
                (Some("default"), None) => found.default = true,
                (Some("default"), value) => found.default_from = value,
                (Some("flatten"), _) => found.flatten = true,
                (Some("skip"), _) => found.skip = true,
                (Some("untagged"), _) => found.untagged = true,
                (Some("rename_all"), value) => {
                    found.snake_case = value.as_deref() == Some("snake_case");
                }
                (Some("rename"), value) => found.rename = value,
                (Some("tag"), value) => found.tag = value,
                (Some("alias"), value) => found.aliases.extend(value),
                _ => {}
            }
            Ok(())
        });
    }
    found
}

/// A doc comment as one line of Markdown, without links to Rust.
pub fn about(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
        let Meta::NameValue(meta) = &attribute.meta else {
            continue;
        };
        let Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(line),
            ..
        }) = &meta.value
        else {
            continue;
        };
        let line = line.value();
        if !text.is_empty() && !line.trim().is_empty() {
            text.push(' ');
        }
        text.push_str(line.trim());
    }
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("[`") {
        plain.push_str(before);
        let Some((name, after)) = after.split_once("`]") else {
            break;
        };
        // A method with its type.
        let parts: Vec<&str> = name.split("::").collect();
        let is_method = parts
            .last()
            .is_some_and(|last| last.starts_with(char::is_lowercase));
        let shown = parts[parts.len().saturating_sub(1 + usize::from(is_method))..].join("::");
        plain.push_str(&format!("`{shown}`"));
        rest = match after
            .strip_prefix('(')
            .and_then(|link| link.split_once(')'))
        {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain.push_str(rest);
    plain.replace('|', "\\|").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_comments_lose_their_links() {
        let item: syn::ItemStruct =
            syn::parse_str("/// As [`a::Dataset`](x) and [`B`]\n/// say.\nstruct X;").unwrap();
        assert_eq!(about(&item.attrs), "As `Dataset` and `B` say.");
    }
}
