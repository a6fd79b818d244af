//! `cargo xtask engines`: the examples on Ray Data, Daft and Spark over songs with faults, and their speed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::{cargo, done};
use crate::{python, wheel};

pub const USAGE: &str = "\
cargo xtask engines [ENGINE…] [-- SONG…]  the examples on ray, daft and spark: workers killed, faulty files, rows, speed; with SONGs also what a million cost
                                        (Linux; Spark needs Java 17)
";

const ENGINES: [&str; 3] = ["ray", "daft", "spark"];

/// Runs the named engines, or all, in virtual environments with the wheel; what follows `--` are songs whose cost is measured.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let mut words = arguments.split(|word| word == "--");
    let names = words.next().unwrap_or_default();
    let songs = words.next().unwrap_or_default();
    if let Some(unknown) = names.iter().find(|name| !ENGINES.contains(&name.as_str())) {
        eprintln!("engines: there is no engine `{unknown}`\n{USAGE}");
        return ExitCode::from(2);
    }
    let named = |engine: &&str| names.is_empty() || names.iter().any(|name| name == engine);
    match measure(
        root,
        ENGINES.iter().copied().filter(|engine| named(engine)),
        songs,
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("engines: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure<'a>(
    root: &Path,
    engines: impl Iterator<Item = &'a str>,
    songs: &[String],
) -> Result<(), String> {
    cargo(root, &["build", "--release", "-p", "genrenet-cli"])?;
    let wheel = wheel::build_here(root)?;
    let mut last = None;
    for engine in engines {
        let python = environment(root, engine, &wheel)?;
        for name in ["check_faults.py", "speed.py"] {
            done(script(root, &python, name).arg(engine))?;
        }
        if engine == "daft" {
            done(&mut script(root, &python, "check_urls.py"))?;
        }
        last = Some(python);
    }
    match last {
        Some(python) if !songs.is_empty() => done(script(root, &python, "cost.py").args(songs)),
        _ => Ok(()),
    }
}

/// The Python of an environment with an engine and the wheel.
fn environment(root: &Path, engine: &str, wheel: &Path) -> Result<PathBuf, String> {
    let requirements = root.join(format!("examples/engines/requirements-{engine}.txt"));
    let python = python::environment(root, &format!("engines/{engine}"), &requirements)?;
    wheel::install(&python, wheel)?;
    Ok(python)
}

fn script(root: &Path, python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(root.join("reference/engines").join(name));
    command
        .arg("--program")
        .arg(root.join("target/release/genrenet"));
    command.arg("--home").arg(root.join("target/engines"));
    command
}
