//! `cargo xtask serve`: the running service against its description, under load, and against hostile input.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command::{cargo, done};
use crate::python;

pub const USAGE: &str = "\
cargo xtask serve [PART…] [-- OPTION…]  genrenet serve: schema (schemathesis), load, hostile; all, or the named ones, with options of their script in
                                        reference/serve. Linux
";

const PARTS: [&str; 3] = ["schema", "load", "hostile"];

/// Runs the named parts, or all; what follows `--` are options and words of their scripts.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let mut halves = arguments.splitn(2, |word| word == "--");
    let words = halves.next().unwrap_or_default();
    let options = halves.next().unwrap_or_default();
    if let Some(unknown) = words.iter().find(|name| !PARTS.contains(&name.as_str())) {
        eprintln!("serve: there is no part `{unknown}`\n{USAGE}");
        return ExitCode::from(2);
    }
    let parts = PARTS.into_iter();
    let parts = parts.filter(|part| words.is_empty() || words.iter().any(|name| name == part));
    match measure(root, parts, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("serve: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure<'a>(
    root: &Path,
    parts: impl Iterator<Item = &'a str>,
    options: &[String],
) -> Result<(), String> {
    cargo(root, &["build", "--release", "-p", "genrenet-cli"])?;
    let scripts = root.join("reference/serve");
    for part in parts {
        // Only schemathesis is a package.
        let python = match part {
            "schema" => python::environment(root, "serve", &scripts.join("requirements.txt"))?,
            _ => "python3".into(),
        };
        let mut command = Command::new(python);
        command
            .arg(scripts.join(format!("{part}.py")))
            .args(options);
        done(&mut command)?;
    }
    Ok(())
}
