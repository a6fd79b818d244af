//! `cargo xtask wheel`: the Python package, built and tested; wheels for other machines and the source distribution.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::command::{cargo, done};
use crate::python;
use crate::targets;

pub const USAGE: &str = "\
cargo xtask wheel [here] [measure] [all | TARGET…]   the Python package: a wheel for this machine, tested in a clean environment; memory over 100 000
                                        calls and two threads over one; wheels for Linux, Windows and macOS and the source distribution (rustup, pip)
";

/// A wheel's target, and the oldest system that it is for.
const WHEELS: [(&str, Option<&str>); 6] = [
    ("x86_64-unknown-linux-gnu", Some("manylinux2014")),
    ("aarch64-unknown-linux-gnu", Some("manylinux2014")),
    ("x86_64-unknown-linux-musl", Some("musllinux_1_2")),
    ("aarch64-unknown-linux-musl", Some("musllinux_1_2")),
    ("x86_64-pc-windows-gnu", None),
    ("aarch64-apple-darwin", None),
];

/// Where wheels are put.
const WHEELS_FOLDER: &str = "target/wheels";

type Step = fn(&Path) -> Result<(), String>;

const STEPS: [(&str, Step); 3] = [("here", here), ("measure", measure), ("all", all)];

/// Runs the named steps, or `here`.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let (steps, targets): (Vec<&String>, Vec<&String>) = arguments
        .iter()
        .partition(|name| STEPS.iter().any(|(step, _)| step == *name));
    let unknown = |name: &&&String| !WHEELS.iter().any(|(triple, _)| triple == **name);
    if let Some(name) = targets.iter().find(unknown) {
        eprintln!("wheel: there is no step or target `{name}`\n{USAGE}");
        return ExitCode::from(2);
    }
    for (name, step) in STEPS {
        let wanted = steps.iter().any(|one| *one == name);
        if (wanted || arguments.is_empty() && name == "here")
            && let Err(fault) = step(root)
        {
            eprintln!("wheel: {name}: {fault}");
            return ExitCode::FAILURE;
        }
    }
    let named = |(triple, _): &(&str, _)| targets.iter().any(|name| name == triple);
    for (triple, compatibility) in WHEELS.into_iter().filter(named) {
        if let Err(fault) = of_target(root, triple, compatibility) {
            eprintln!("wheel: {triple}: {fault}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// maturin with what it needs, in its folder.
fn maturin(root: &Path) -> Result<Command, String> {
    let home = python::environment(
        root,
        "tools/maturin",
        &root.join("python/requirements-build.txt"),
    )?;
    let programs = home.parent().unwrap_or(&home).to_path_buf();
    let mut path = programs.clone().into_os_string();
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(if cfg!(windows) { ";" } else { ":" });
        path.push(rest);
    }
    let mut command = Command::new(programs.join("maturin"));
    command.current_dir(root.join("python")).env("PATH", path);
    Ok(command)
}

/// Builds the wheel of this machine; returns its path.
pub fn build_here(root: &Path) -> Result<PathBuf, String> {
    let out = root.join(WHEELS_FOLDER).join("here");
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    let mut build = maturin(root)?;
    build.args(["build", "--release", "--locked", "--quiet", "--out"]);
    done(build.arg(&out))?;
    only_wheel(&out)
}

/// The wheel in a folder of one.
fn only_wheel(folder: &Path) -> Result<PathBuf, String> {
    let wheel = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut wheel = wheel.flatten().map(|entry| entry.path());
    wheel
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .ok_or_else(|| format!("{}: expected a wheel, found none", folder.display()))
}

/// Installs a wheel in place of what is there of it, and what it needs.
pub fn install(python: &Path, wheel: &Path) -> Result<(), String> {
    for options in [&["--force-reinstall", "--no-deps"][..], &[]] {
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "install", "--quiet"]).args(options);
        done(pip.arg(wheel))?;
    }
    Ok(())
}

/// Installs a wheel into an environment of its own beside the packages of the tests; returns the environment's Python.
fn installed(root: &Path, wheel: &Path) -> Result<PathBuf, String> {
    let tests = root.join("python/requirements-test.txt");
    let python = python::environment(root, "wheel-venv", &tests)?;
    install(&python, wheel)?;
    Ok(python)
}

fn here(root: &Path) -> Result<(), String> {
    test(root, &build_here(root)?)
}

/// Types and tests of a wheel.
fn test(root: &Path, wheel: &Path) -> Result<(), String> {
    let python = installed(root, wheel)?;
    let mut types = Command::new(&python);
    types.args([
        "-m",
        "mypy",
        "--ignore-missing-imports",
        "--package",
        "genrenet",
    ]);
    // In a folder without sources of that name.
    done(types.current_dir(root.join(WHEELS_FOLDER)))?;
    done(&mut tests(root, &python))
}

fn measure(root: &Path) -> Result<(), String> {
    let python = installed(root, &build_here(root)?)?;
    for script in ["python_memory.py", "python_threads.py"] {
        done(
            Command::new(&python)
                .arg(root.join("reference").join(script))
                .current_dir(root),
        )?;
    }
    Ok(())
}

/// The tests and the examples of the docstrings.
fn tests(root: &Path, python: &Path) -> Command {
    let mut tests = Command::new(python);
    tests.args([
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "python/tests",
    ]);
    tests.args(["--doctest-modules", "--doctest-ignore-import-errors"]);
    tests.args(["--pyargs", "genrenet"]);
    // The package is not found from here: what is installed is tested.
    tests.current_dir(root);
    tests
}

/// The check's part: the module as `cargo build` makes it, beside the Python files, in its tests.
pub fn check(root: &Path) -> Vec<String> {
    match quick(root) {
        Ok(()) => Vec::new(),
        Err(fault) => vec![fault],
    }
}

fn quick(root: &Path) -> Result<(), String> {
    // With the features that the tests of the workspace bring: alone, it would have all dependencies built once more.
    let build = ["build", "--locked", "--quiet"];
    cargo(
        root,
        &[&build[..], &["--workspace", "--lib", "--tests"]].concat(),
    )?;
    let package = root.join("target/python/genrenet");
    let failed = |error: std::io::Error| format!("{}: {error}", package.display());
    fs::create_dir_all(&package).map_err(failed)?;
    for file in fs::read_dir(root.join("python/genrenet"))
        .map_err(failed)?
        .flatten()
    {
        if file.path().extension().is_some_and(|ending| ending == "py") {
            fs::copy(file.path(), package.join(file.file_name())).map_err(failed)?;
        }
    }
    let (library, module) = match () {
        () if cfg!(windows) => ("_genrenet.dll", "_genrenet.pyd"),
        () if cfg!(target_os = "macos") => ("lib_genrenet.dylib", "_genrenet.so"),
        () => ("lib_genrenet.so", "_genrenet.abi3.so"),
    };
    fs::copy(
        root.join("target/debug").join(library),
        package.join(module),
    )
    .map_err(failed)?;
    let requirements = root.join("python/requirements-check.txt");
    let python = python::environment(root, "python-venv", &requirements)?;
    let mut tests = tests(root, &python);
    tests.env("PYTHONPATH", root.join("target/python"));
    // Where the step before has built the program, the package is compared with it.
    let program = root.join("target/debug/genrenet");
    if program.is_file() {
        tests.env("GENRENET_PROGRAM", program);
    }
    done(&mut tests)
}

/// A folder with the one framework that is named to the linker (by iana-time-zone, for arrow). Apple's own is not needed: symbols of a Python module are looked
/// up when it is loaded.
fn frameworks(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("target/tools/frameworks");
    let framework = folder.join("CoreFoundation.framework");
    let stub = framework.join("CoreFoundation.tbd");
    let text = "--- !tapi-tbd
tbd-version: 4
targets: [ arm64-macos ]
install-name: '/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation'
...
";
    fs::create_dir_all(&framework)
        .and_then(|()| fs::write(&stub, text))
        .map_err(|error| format!("{}: {error}", stub.display()))?;
    Ok(folder)
}

fn all(root: &Path) -> Result<(), String> {
    for (triple, compatibility) in WHEELS {
        of_target(root, triple, compatibility)?;
    }
    let mut sdist = maturin(root)?;
    done(sdist.args(["sdist", "--out"]).arg(root.join(WHEELS_FOLDER)))?;
    println!("source distribution: built");
    Ok(())
}

/// The wheel of a target; that of this machine is tested.
fn of_target(root: &Path, triple: &str, compatibility: Option<&str>) -> Result<(), String> {
    targets::install(triple)?;
    let folder = root.join(WHEELS_FOLDER).join(triple);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut build = maturin(root)?;
    build.args(["build", "--release", "--locked", "--quiet", "--zig"]);
    build.args(["--target", triple]).arg("--out").arg(&folder);
    if let Some(compatibility) = compatibility {
        build.args(["--compatibility", compatibility]);
    }
    if triple == "aarch64-apple-darwin" && cfg!(not(target_os = "macos")) {
        let flag = format!("-Clink-arg=-F{}", frameworks(root)?.display());
        build.env("CARGO_TARGET_AARCH64_APPLE_DARWIN_RUSTFLAGS", flag);
    }
    done(&mut build)?;
    println!("{triple}: built");
    let of_this_machine = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    if cfg!(target_os = "linux") && triple == of_this_machine {
        test(root, &only_wheel(&folder)?)?;
        println!("{triple}: tested");
    }
    Ok(())
}
