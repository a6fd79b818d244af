//! Every file of Rust is compiled: a file of tests that no `mod` names would never run, and no compiler would say so.

use std::path::Path;

use crate::files;

/// Checks the sources and tests of all crates; returns the files that no module declares.
pub fn check(root: &Path) -> Vec<String> {
    let text = |path: &str| files::text(root, path);
    let list = files::list(root).into_iter();
    list.filter_map(|file| undeclared(&file, text)).collect()
}

/// What is missing for a file; `None` where there is nothing, or where it is no module.
fn undeclared(file: &str, text: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (folder, name) = file.strip_suffix(".rs")?.rsplit_once('/')?;
    let inside = |part: &str| folder.split('/').any(|piece| piece == part);
    // Cargo finds these by itself.
    let top = folder.ends_with("/src") || folder.ends_with("/tests");
    let root = top && matches!(name, "lib" | "main") || inside("bin") || inside("examples");
    if root || !(inside("src") || inside("tests")) {
        return None;
    }
    let (folder, name) = match name {
        "mod" => folder.rsplit_once('/')?,
        _ => (folder, name),
    };
    let parents = ["/lib.rs", "/main.rs", "/mod.rs", ".rs"].map(|end| format!("{folder}{end}"));
    let declares = |parent: &String| {
        text(parent).is_some_and(|text| {
            let mut lines = text.lines();
            lines.any(|line| line.trim_end().ends_with(&format!("mod {name};")))
        })
    };
    let fault = || format!("{file}: expected `mod {name};` in the file above it, found none");
    (!parents.iter().any(declares)).then(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_no_module_declares_are_named() {
        let text = |path: &str| match path {
            "crates/a/tests/main.rs" => Some("mod one;\n#[cfg(unix)]\nmod two;\n".to_owned()),
            "crates/a/tests/two/mod.rs" => Some("pub mod three;".to_owned()),
            "crates/a/src/lib.rs" => Some("mod near;\n// mod far; no more\n".to_owned()),
            "crates/a/src/near.rs" => Some("mod inner;".to_owned()),
            _ => None,
        };
        for file in [
            "crates/a/tests/main.rs",
            "crates/a/tests/one.rs",
            "crates/a/tests/two/mod.rs",
            "crates/a/tests/two/three.rs",
            "crates/a/src/near.rs",
            "crates/a/src/near/inner.rs",
            "crates/a/src/bin/other.rs",
            "crates/a/examples/other.rs",
            "crates/a/build.rs",
            "crates/a/tests/golden/a.json",
        ] {
            assert_eq!(undeclared(file, text), None);
        }
        for file in [
            "crates/a/tests/four.rs",
            "crates/a/tests/two/one.rs",
            "crates/a/tests/five/mod.rs",
            "crates/a/tests/two/main.rs",
            "crates/a/src/far.rs",
            "crates/a/src/near/outer.rs",
        ] {
            assert!(undeclared(file, text).is_some(), "{file}");
        }
    }
}
