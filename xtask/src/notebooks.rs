//! `cargo xtask notebooks`: executes the notebooks of examples/notebooks with the wheel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::done;
use crate::{python, wheel};

pub const USAGE: &str = "\
cargo xtask notebooks [--write]         execute the notebooks with the wheel; --write: and keep their outputs
";

/// Executes all notebooks.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let write = match arguments {
        [] => false,
        [word] if word == "--write" => true,
        _ => {
            eprintln!("notebooks: expected --write or nothing\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match execute(root, write) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("notebooks: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn execute(root: &Path, write: bool) -> Result<(), String> {
    let folder = root.join("examples/notebooks");
    let python = python::environment(root, "notebooks-venv", &folder.join("requirements.txt"))?;
    let built = wheel::build_here(root)?;
    wheel::install(&python, &built)?;
    let target = root.join("target/notebooks");
    fs::create_dir_all(&target).map_err(|fault| format!("{}: {fault}", target.display()))?;
    for notebook in notebooks(&folder)? {
        println!("{}", notebook.display());
        let name = notebook.file_name().unwrap_or_default();
        let output = if write {
            notebook.clone()
        } else {
            target.join(name)
        };
        done(
            Command::new(python.with_file_name("jupyter-execute"))
                .arg("--timeout=1200")
                .arg(format!("--output={}", output.display()))
                .arg(&notebook)
                .env("GENRENET_NOTEBOOK_FOLDER", &target)
                .current_dir(&folder),
        )?;
    }
    Ok(())
}

fn notebooks(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ipynb"))
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(format!(
            "{}: expected notebooks, found none",
            folder.display()
        ));
    }
    Ok(found)
}
