//! `cargo xtask dist`: the release archives, with manual pages, completions, licences and check sums.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::done;
use crate::targets::{install, program};

/// The targets whose program is released, and whether zig links them.
const RELEASED: [(&str, bool); 5] = [
    ("x86_64-unknown-linux-musl", true),
    ("aarch64-unknown-linux-musl", true),
    ("x86_64-unknown-linux-gnu", false),
    ("x86_64-pc-windows-gnu", true),
    ("aarch64-apple-darwin", true),
];

/// One line of help.
pub const USAGE: &str = "\
cargo xtask dist [TARGET…]            release archives into target/dist: program, licences, man pages, completions, SHA-256 sums
";

/// Makes the archives of all targets, or of those that are named; one that fails does not stop the others.
pub fn run(root: &Path, names: &[String]) -> ExitCode {
    let wanted = |triple: &str| names.is_empty() || names.iter().any(|name| name == triple);
    if let Some(unknown) = names
        .iter()
        .find(|name| RELEASED.iter().all(|(triple, _)| triple != name))
    {
        let known: Vec<&str> = RELEASED.iter().map(|(triple, _)| *triple).collect();
        eprintln!(
            "there is no release for `{unknown}`; there are {}",
            known.join(", ")
        );
        return ExitCode::from(2);
    }
    let documents = match documents(root) {
        Ok(documents) => documents,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::FAILURE;
        }
    };
    let mut code = ExitCode::SUCCESS;
    for (triple, zig) in RELEASED.into_iter().filter(|(triple, _)| wanted(triple)) {
        if let Err(fault) = archive(root, triple, zig, &documents) {
            println!("{triple}: FAILED: {fault}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Manual pages and completions, from the program itself, and the cards of its models.
fn documents(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("target/dist/documents");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    let completions = folder.join("completions");
    fs::create_dir_all(&completions).map_err(failed)?;
    let program = || {
        let mut program = Command::new(env!("CARGO"));
        program
            .args(["run", "--quiet", "--locked", "-p", "genrenet-cli", "--"])
            .current_dir(root);
        program
    };
    done(program().arg("man").arg("--out").arg(folder.join("man")))?;
    for (shell, file) in [
        ("bash", "genrenet.bash"),
        ("zsh", "_genrenet"),
        ("fish", "genrenet.fish"),
        ("powershell", "genrenet.ps1"),
        ("elvish", "genrenet.elv"),
    ] {
        let script = fs::File::create(completions.join(file)).map_err(failed)?;
        done(program().args(["completions", shell]).stdout(script))?;
    }
    for model in fs::read_dir(root.join("models")).map_err(failed)? {
        let model = model.map_err(failed)?;
        let card = model.path().join("CARD.md");
        if card.exists() {
            let to = folder.join("models").join(model.file_name());
            fs::create_dir_all(&to).map_err(failed)?;
            fs::copy(card, to.join("CARD.md")).map_err(failed)?;
        }
    }
    Ok(folder)
}

fn archive(root: &Path, triple: &str, zig: bool, documents: &Path) -> Result<(), String> {
    install(triple)?;
    let program = program(root, triple, zig, "release")?;
    let python = if cfg!(windows) { "python" } else { "python3" };
    let mut licences = Command::new(python);
    licences.args(["xtask/src/third_party.py", triple]);
    licences.arg(documents.join("THIRD-PARTY.txt"));
    done(licences.current_dir(root))?;
    let mut pack = Command::new(python);
    pack.args([
        "xtask/src/archive.py",
        "target/dist",
        triple,
        env!("CARGO_PKG_VERSION"),
    ]);
    pack.arg(&program).arg(documents).args([
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "README.md",
        "CHANGELOG.md",
    ]);
    done(pack.current_dir(root))
}
