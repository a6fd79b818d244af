//! Tasks of this repository: `cargo xtask check` (all that must hold before a change lands), `cargo xtask bench`, `cargo xtask
//! recipes` (writes docs/RECIPES.md), and what makes a release: `package`, `targets` and `dist`.

mod audit;
mod beets;
mod bench;
mod browser;
mod check;
mod command;
mod deny;
mod dist;
mod docs;
mod duplicates;
mod engines;
mod files;
mod index;
mod layers;
mod modules;
mod notebooks;
mod origin;
mod package;
mod prose;
mod python;
mod recipes;
mod scale;
mod serve;
mod tags;
mod targets;
mod web;
mod wheel;
mod zig;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask check [--quick] [STEP…]   format, layers, prose, lint, docs, units, tests, python, browser: all, the quick ones, or the named ones
cargo xtask recipes                   write docs/RECIPES.md from the types of a recipe
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("check") => check::run(&root(), &arguments[1..]),
        Some("bench") => bench::run(&root(), &arguments[1..]),
        Some("browser") => browser::run(&root(), &arguments[1..]),
        Some("web") => web::run(&root()),
        Some("package") => package::run(&root()),
        Some("tags") => tags::run(&root(), &arguments[1..]),
        Some("duplicates") => duplicates::run(&root(), &arguments[1..]),
        Some("beets") => beets::run(&root(), &arguments[1..]),
        Some("audit") => audit::run(&root(), &arguments[1..]),
        Some("index") => index::run(&root(), &arguments[1..]),
        Some("engines") => engines::run(&root(), &arguments[1..]),
        Some("scale") => scale::run(&root(), &arguments[1..]),
        Some("serve") => serve::run(&root(), &arguments[1..]),
        Some("notebooks") => notebooks::run(&root(), &arguments[1..]),
        Some("origin") => origin::run(&root(), &arguments[1..]),
        Some("wheel") => wheel::run(&root(), &arguments[1..]),
        Some("dist") => dist::run(&root(), &arguments[1..]),
        Some("targets") => targets::run(&root(), &arguments[1..]),
        Some("recipes") => match recipes::write(&root()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                eprintln!("{fault}");
                ExitCode::FAILURE
            }
        },
        Some("help" | "--help" | "-h") => {
            let usages = [
                USAGE,
                package::USAGE,
                targets::USAGE,
                web::USAGE,
                browser::USAGE,
                dist::USAGE,
                wheel::USAGE,
                beets::USAGE,
                tags::USAGE,
                duplicates::USAGE,
                audit::USAGE,
                index::USAGE,
                scale::USAGE,
                engines::USAGE,
                origin::USAGE,
                notebooks::USAGE,
                serve::USAGE,
            ];
            print!("{}{}", usages.concat(), bench::usage());
            ExitCode::SUCCESS
        }
        other => {
            match other {
                Some(name) => eprintln!("there is no task `{name}`\n{USAGE}"),
                None => eprintln!("{USAGE}"),
            }
            ExitCode::from(2)
        }
    }
}

/// The repository's root: the folder above this package.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}
