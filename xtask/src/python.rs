//! Python with the reference programs of a task.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::done;

/// The Python of `target/NAME`, where the packages of a `requirements.txt` are installed on first use.
pub fn environment(root: &Path, name: &str, requirements: &Path) -> Result<PathBuf, String> {
    let home = root.join("target").join(name);
    let python = home.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let ready = home.join("ready");
    if ready.exists() {
        return Ok(python);
    }
    println!(
        "installing {} into {}",
        requirements.display(),
        home.display()
    );
    done(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    done(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "-r"])
            .arg(requirements),
    )?;
    std::fs::write(&ready, "").map_err(|fault| format!("{}: {fault}", ready.display()))?;
    Ok(python)
}
