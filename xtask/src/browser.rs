//! `cargo xtask browser`: uses the page (`cargo xtask web`) in a real browser as a person does, and compares its answers with
//! the program's. `web/browser/drive.mjs` says what is done; Playwright drives Chromium, axe looks for what keeps people out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::command::{cargo, done};
use crate::{targets, web};

/// One line of help.
pub const USAGE: &str = "\
cargo xtask browser [--quick]         use the page in Chromium: formats, faults, cancel, phone, dark, axe; screenshots, sizes, times
";

/// Runs everything, or with `--quick` what takes seconds.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let quick = match arguments {
        [] => false,
        [word] if word == "--quick" => true,
        [other, ..] => {
            eprintln!("browser: expected --quick or nothing; found {other}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let fault = match lacks(root) {
        Some(lacking) => Some(lacking),
        None => drive(root, quick).err(),
    };
    match fault {
        None => ExitCode::SUCCESS,
        Some(fault) => {
            eprintln!("browser: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// The quick part as a step of the check; where something for it is missing, one line says so.
pub fn check(root: &Path) -> Vec<String> {
    if let Some(lacking) = lacks(root) {
        println!("   not run: {lacking}");
        return Vec::new();
    }
    drive(root, true).err().into_iter().collect()
}

/// What this machine lacks.
fn lacks(root: &Path) -> Option<String> {
    if chromium().is_none() {
        return Some("there is no Chromium (GENRENET_BROWSER names one)".to_owned());
    }
    for program in ["node", "npm"] {
        if !targets::is_there(program) {
            return Some(format!("{program} is not installed"));
        }
    }
    if std::env::var_os("CARGO_UNSTABLE_BUILD_STD").is_none() && !has_library(root) {
        return Some(format!(
            "there is no standard library for {0} (rustup target add {0})",
            web::TRIPLE
        ));
    }
    None
}

fn has_library(root: &Path) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", web::TRIPLE]);
    let output = rustc.stderr(Stdio::null()).current_dir(root).output();
    output.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        !folder.is_empty() && Path::new(&folder).is_dir()
    })
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("GENRENET_BROWSER").map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).flat_map(|folder| {
        ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
    });
    named.into_iter().chain(found).find(|path| path.is_file())
}

fn drive(root: &Path, quick: bool) -> Result<(), String> {
    web::build(root)?;
    // Times are compared with the program as it is released.
    let profile = if quick { "dev" } else { "release" };
    cargo(
        root,
        &[
            "build",
            "--quiet",
            "--locked",
            "--profile",
            profile,
            "-p",
            "genrenet-cli",
        ],
    )?;
    let folder = root.join("target/browser");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for name in [
        "package.json",
        "package-lock.json",
        "drive.mjs",
        "server.mjs",
        "songs.mjs",
        "long.mjs",
    ] {
        std::fs::copy(root.join("web/browser").join(name), folder.join(name)).map_err(failed)?;
    }
    if !folder.join("node_modules/playwright-core").is_dir() {
        let mut npm = Command::new("npm");
        npm.args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
        ]);
        done(npm.current_dir(&folder))?;
    }
    let target = if quick { "debug" } else { "release" };
    let program = root.join(format!(
        "target/{target}/genrenet{}",
        std::env::consts::EXE_SUFFIX
    ));
    let mut words = vec![OsString::from("drive.mjs"), root.into(), program.into()];
    words.push(chromium().unwrap_or_default().into());
    if quick {
        words.push("--quick".into());
    }
    done(Command::new("node").args(words).current_dir(&folder))
}
