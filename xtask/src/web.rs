//! `cargo xtask web`: the page that runs the model in a browser, as a static folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::done;
use crate::targets::{compiler_flags, install};

/// One line of help.
pub const USAGE: &str = "\
cargo xtask web                       the page that runs the model in a browser, into target/web: a static folder for any host
";

pub const TRIPLE: &str = "wasm32-unknown-unknown";

/// Builds the folder.
pub fn run(root: &Path) -> ExitCode {
    match build(root) {
        Ok(folder) => {
            println!("{}: built; any web server can serve it", folder.display());
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the folder and returns it: first beside its place, so that it is never half new.
pub fn build(root: &Path) -> Result<PathBuf, String> {
    install(TRIPLE)?;
    let flags = format!(
        "-Ctarget-feature=+simd128 {}",
        compiler_flags(root, TRIPLE, false)
    );
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--locked", "--profile", "wasm"])
        .args(["--target", TRIPLE, "-p", "genrenet-web"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        .current_dir(root);
    done(&mut cargo)?;
    let (folder, unfinished) = (root.join("target/web"), root.join("target/web.unfinished"));
    remove(&unfinished)?;
    copy_files(&root.join("web/page"), &unfinished)?;
    let module = root.join(format!("target/{TRIPLE}/wasm/genrenet_web.wasm"));
    copy(&module, &unfinished.join("genrenet.wasm"))?;
    licences(root, &unfinished.join("licences.txt"))?;
    remove(&folder)?;
    fs::rename(&unfinished, &folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// The licences of this project, of its default model and of every crate in the module, as one text.
fn licences(root: &Path, to: &Path) -> Result<(), String> {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let mut others = Command::new(python);
    others.args(["xtask/src/third_party.py", TRIPLE]);
    done(others.arg(to).arg("genrenet-web").current_dir(root))?;
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let own = [
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "models/wide/LICENSE-musicnn",
    ];
    let texts = own.iter().map(|name| read(&root.join(name)));
    let rule = format!("\n{}\n", "-".repeat(80));
    let own = texts.collect::<Result<Vec<_>, _>>()?.join(&rule);
    let text = format!(
        "genrenet: MIT or Apache-2.0; the weights of its default model: MIT or Apache-2.0, and ISC.\n\n{own}{rule}{}",
        read(to)?
    );
    fs::write(to, text).map_err(|error| format!("{}: {error}", to.display()))
}

fn copy_files(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    fs::create_dir_all(to).map_err(|error| format!("{}: {error}", to.display()))?;
    for file in fs::read_dir(from).map_err(failed)? {
        let file = file.map_err(failed)?;
        copy(&file.path(), &to.join(file.file_name()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to)
        .map(|_| ())
        .map_err(|error| format!("{}: {error}", from.display()))
}

fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}
