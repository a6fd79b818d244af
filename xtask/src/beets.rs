//! `cargo xtask beets`: the beets plugin in real beets, its current and its previous minor version.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command::done;
use crate::{python, wheel};

pub const USAGE: &str = "\
cargo xtask beets [PYTEST OPTION…]      the built wheel with beets, its current and previous minor version, over real files (docs/BEETS.md)
";

/// Files of python/tests_beets with the packages of each version.
const VERSIONS: [&str; 2] = ["beets-2.14", "beets-2.13"];

pub fn run(root: &Path, options: &[String]) -> ExitCode {
    match wheel::build_here(root).and_then(|wheel| test(root, &wheel, options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("beets: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn test(root: &Path, wheel: &Path, options: &[String]) -> Result<(), String> {
    let tests = root.join("python/tests_beets");
    for version in VERSIONS {
        println!("\n== {version} ==");
        let requirements = tests.join(format!("{version}.txt"));
        let python = python::environment(root, &format!("beets/{version}"), &requirements)?;
        wheel::install(&python, wheel)?;
        // From the tests' folder, so that nothing of python/ but the wheel is imported.
        done(
            Command::new(&python)
                .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
                .args(options)
                .current_dir(&tests),
        )?;
    }
    Ok(())
}
