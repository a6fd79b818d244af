//! Linking for other machines with zig, in a virtual environment of pinned versions that is made once.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::done;

/// What the environment holds.
const PACKAGES: [&str; 2] = ["cargo-zigbuild==0.24.1", "ziglang==0.17.1"];

/// `cargo zigbuild`, ready for arguments.
pub fn cargo(root: &Path) -> Result<Command, String> {
    let programs = environment(root)?;
    let mut path = programs.into_os_string();
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(if cfg!(windows) { ";" } else { ":" });
        path.push(rest);
    }
    let mut command = Command::new(env!("CARGO"));
    command.env("PATH", path).arg("zigbuild").current_dir(root);
    Ok(command)
}

/// The folder of the environment's programs.
fn environment(root: &Path) -> Result<PathBuf, String> {
    let home = root.join("target/tools/zig");
    let programs = home.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let stamp = home.join("packages.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == PACKAGES.join("\n")) {
        return Ok(programs);
    }
    println!("{} go into target/tools/zig, once", PACKAGES.join(" and "));
    let python = if cfg!(windows) { "python" } else { "python3" };
    done(Command::new(python).args(["-m", "venv"]).arg(&home))?;
    let mut pip = Command::new(programs.join("python"));
    done(pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    std::fs::write(&stamp, PACKAGES.join("\n"))
        .map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(programs)
}
