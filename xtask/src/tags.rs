//! `cargo xtask tags`: files that genrenet has tagged, read by other programs; damaged files; the guide over a real library.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command::done;
use crate::python;

pub const USAGE: &str = "\
cargo xtask tags [readers] [mutations] [guide]   tagged files beside mutagen, ffprobe, exiftool, metaflac and taglib (needs ffmpeg); 100 000
                                        damaged files; docs/GUIDE.md over soundtracks of Debian packages (needs apt-get, ffmpeg)
";

/// Damaged files that are made of each file of the corpus: with its about fifty files, 100 000 in all.
const MUTATIONS: &str = "2000";

type Step = fn(&Path) -> Result<(), String>;

const STEPS: [(&str, Step); 3] = [
    ("readers", readers),
    ("mutations", mutations),
    ("guide", guide),
];

/// Runs the named steps, or all.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let unknown = |name: &&String| !STEPS.iter().any(|(step, _)| step == *name);
    if let Some(name) = arguments.iter().find(unknown) {
        eprintln!("tags: there is no step `{name}`\n{USAGE}");
        return ExitCode::from(2);
    }
    for (name, step) in STEPS {
        if arguments.is_empty() || arguments.iter().any(|one| one == name) {
            println!("\n== {name} ==");
            if let Err(fault) = step(root) {
                eprintln!("tags: {name}: {fault}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

fn readers(root: &Path) -> Result<(), String> {
    let folder = root.join("reference/tag_readers");
    let python = python::environment(root, "tag-readers-venv", &folder.join("requirements.txt"))?;
    done(cargo(root).args(["build", "--quiet", "-p", "genrenet-cli"]))?;
    done(
        Command::new(python)
            .arg(folder.join("compare.py"))
            .arg("--genrenet")
            .arg(root.join("target/debug/genrenet")),
    )
}

fn mutations(root: &Path) -> Result<(), String> {
    let words = [
        "test",
        "-p",
        "genrenet-library",
        "--test",
        "mutated_tags",
        "--",
        "--nocapture",
    ];
    done(cargo(root).args(words).env("GENRENET_MUTATIONS", MUTATIONS))
}

fn guide(root: &Path) -> Result<(), String> {
    let library = root.join("target/guide-library");
    if !library.exists() {
        let script = root.join("reference/tag_library.py");
        done(Command::new("python3").arg(script).arg(&library))?;
    }
    let words = [
        "test",
        "-p",
        "genrenet-cli",
        "--test",
        "guide",
        "--",
        "--nocapture",
    ];
    done(
        cargo(root)
            .args(words)
            .env("GENRENET_GUIDE_LIBRARY", &library),
    )
}
