//! `cargo xtask package`: every crate that would be published, packed and built from its package alone.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::{command, layers};

/// One line of help.
pub const USAGE: &str = "\
cargo xtask package                   pack every crate into target/package, and build each from its package alone (minutes)
";

/// What every package holds.
const FILES: [&str; 4] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "Cargo.lock"];

/// The page of `cargo xtask web` is more than its crate.
const PAGE: &str = "genrenet-web";

/// Packs and builds the crates; the packages of one workspace find each other there, published or not.
pub fn run(root: &Path) -> ExitCode {
    let done = complete(root).and_then(|()| {
        command::cargo(
            root,
            &[
                "package",
                "--workspace",
                "--exclude",
                "xtask",
                "--exclude",
                PAGE,
                "--locked",
            ],
        )
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

/// Every package holds its README and licences.
fn complete(root: &Path) -> Result<(), String> {
    for name in layers::upwards().filter(|name| *name != PAGE) {
        let listed = Command::new(env!("CARGO"))
            .args(["package", "--list", "--allow-dirty", "-p", name])
            .current_dir(root)
            .output()
            .map_err(|e| format!("cargo can't be started: {e}"))?;
        let text = String::from_utf8_lossy(&listed.stdout);
        let lacks: Vec<&str> = FILES
            .into_iter()
            .filter(|file| text.lines().all(|line| line != *file))
            .collect();
        if !lacks.is_empty() {
            let why = String::from_utf8_lossy(&listed.stderr);
            return Err(format!(
                "{name}: the package lacks {}\n{why}",
                lacks.join(", ")
            ));
        }
    }
    Ok(())
}
