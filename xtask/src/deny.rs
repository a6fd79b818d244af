//! Dependencies held against `deny.toml`: licences, sources and crates that are not wanted, by cargo-deny.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::cargo;

/// The version that the check runs with.
const VERSION: &str = "0.20.2";

/// Runs `cargo deny check bans licenses sources`; returns faults.
///
/// Where cargo-deny of this version is not at hand, it is built into `target/tools` first, once: about two minutes on two cores.
pub fn check(root: &Path) -> Vec<String> {
    run(root).err().into_iter().collect()
}

fn run(root: &Path) -> Result<(), String> {
    let program = program(root)?;
    let status = Command::new(&program)
        .args(["--locked", "check", "bans", "licenses", "sources"])
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("cargo deny check bans licenses sources: {status}")),
        Err(error) => Err(format!("{}: {error}", program.display())),
    }
}

/// The program: the one on the path, or that of `target/tools`, which is made where neither has the version.
fn program(root: &Path) -> Result<PathBuf, String> {
    let tools = root.join("target/tools");
    let own = tools
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    for program in [PathBuf::from("cargo-deny"), own.clone()] {
        if is_wanted(&program) {
            return Ok(program);
        }
    }
    println!("   cargo-deny {VERSION} is built into target/tools, once");
    let tools = tools.to_string_lossy().into_owned();
    let wanted = format!("cargo-deny@{VERSION}");
    cargo(
        root,
        &[
            // Unoptimised it is built in less than half the time, and has little to do.
            "install", "--debug", "--quiet", "--locked", "--force", "--root", &tools, &wanted,
        ],
    )?;
    Ok(own)
}

fn is_wanted(program: &Path) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    version.is_ok_and(|version| {
        String::from_utf8_lossy(&version.stdout).trim() == format!("cargo-deny {VERSION}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_program_is_not_taken_for_it() {
        assert!(!is_wanted(Path::new("no-such-program-anywhere")));
        assert!(!is_wanted(Path::new(env!("CARGO"))));
    }

    /// The workflow installs the same version as the check.
    #[test]
    fn the_workflow_names_the_same_version() {
        let workflow = crate::root().join(".github/workflows/check.yml");
        let text = std::fs::read_to_string(workflow).unwrap();
        assert!(text.contains(&format!("cargo-deny@{VERSION}")), "{text}");
    }
}
