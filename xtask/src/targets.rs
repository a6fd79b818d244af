//! `cargo xtask targets`: builds for other machines, and runs there what can be run here.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::command::done;
use crate::zig;

/// What is built for a target, and how it is run.
enum Work {
    /// The program, linked by the system's own linker or by zig; started by a command that emulates the machine, if one is named.
    Program {
        zig: bool,
        runner: Option<&'static [&'static str]>,
    },
    /// The library crates that hold no files, and an example that Node.js runs.
    WebAssembly,
}

/// A machine.
pub struct Target {
    pub triple: &'static str,
    work: Work,
}

/// The crates that are built for WebAssembly.
const LIBRARIES: [&str; 3] = ["genrenet-audio", "genrenet-nn", "genrenet-model"];

/// The recording that every build is run on.
const RECORDING: &str = "crates/genrenet-cli/demo/slow_motion_dream.mp3";

const TARGETS: [Target; 6] = [
    Target {
        triple: "x86_64-unknown-linux-musl",
        work: Work::Program {
            zig: true,
            runner: Some(&[]),
        },
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        work: Work::Program {
            zig: true,
            // Debian's libc6-arm64-cross has the dynamic linker.
            runner: Some(&["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]),
        },
    },
    Target {
        triple: "aarch64-unknown-linux-musl",
        work: Work::Program {
            zig: true,
            runner: Some(&["qemu-aarch64-static"]),
        },
    },
    Target {
        triple: "x86_64-pc-windows-gnu",
        work: Work::Program {
            zig: true,
            runner: Some(&["wine"]),
        },
    },
    Target {
        triple: "aarch64-apple-darwin",
        work: Work::Program {
            zig: true,
            runner: None,
        },
    },
    Target {
        triple: "wasm32-unknown-unknown",
        work: Work::WebAssembly,
    },
];

/// One line of help.
pub const USAGE: &str = "\
cargo xtask targets [--release] [TARGET…]
                                      build for other machines, and run there what can be run here (rustup, pip, qemu-user, wine, node)
";

/// Builds and runs every target, or those that are named; one that fails does not stop the others.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let (options, names): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| *word == "--release");
    let profile = if options.is_empty() { "dev" } else { "release" };
    if let Some(unknown) = names
        .iter()
        .find(|name| TARGETS.iter().all(|t| t.triple != name.as_str()))
    {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.triple).collect();
        eprintln!(
            "there is no target `{unknown}`; there are {}",
            known.join(", ")
        );
        return ExitCode::from(2);
    }
    let here = match answer(
        root,
        &mut cargo(root, &["run", "--quiet", "-p", "genrenet-cli", "--"]),
    ) {
        Ok(answer) => answer,
        Err(fault) => {
            eprintln!("this machine: {fault}");
            return ExitCode::FAILURE;
        }
    };
    println!("this machine: {here}");
    let mut failed = false;
    for target in &TARGETS {
        if !names.is_empty() && names.iter().all(|name| *name != target.triple) {
            continue;
        }
        match target.checked(root, profile, &here) {
            Ok(done) => println!("{}: {done}", target.triple),
            Err(fault) => {
                failed = true;
                println!("{}: FAILED: {fault}", target.triple);
            }
        }
    }
    match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

impl Target {
    fn checked(&self, root: &Path, profile: &str, here: &str) -> Result<String, String> {
        install(self.triple)?;
        match self.work {
            Work::WebAssembly => web_assembly(root, self.triple, here),
            Work::Program { zig, runner } => {
                let program = program(root, self.triple, zig, profile)?;
                let runner = match runner {
                    None => return Ok("builds; can't be run here".to_owned()),
                    Some(runner) => runner,
                };
                let mut command = match runner {
                    [] => Command::new(&program),
                    [emulator, ..] if !is_there(emulator) => {
                        return Ok(format!("builds; not run, as {emulator} is not installed"));
                    }
                    [emulator, arguments @ ..] => {
                        let mut command = Command::new(emulator);
                        command.args(arguments).arg(&program);
                        command
                    }
                };
                same(&answer(root, command.current_dir(root))?, here)
            }
        }
    }
}

/// Adds a target's standard library.
pub fn install(triple: &str) -> Result<(), String> {
    let mut rustup = Command::new("rustup");
    done(rustup.args(["--quiet", "target", "add", triple])).map_err(|fault| {
        format!("{fault} (CONTRIBUTING.md says how to build the standard library instead)")
    })
}

/// Builds the program for a target; returns its path.
pub fn program(root: &Path, triple: &str, zig: bool, profile: &str) -> Result<PathBuf, String> {
    let build = [
        "--quiet",
        "--locked",
        "--profile",
        profile,
        "--target",
        triple,
        "-p",
        "genrenet-cli",
    ];
    let mut command = match zig {
        true => zig::cargo(root)?,
        false => cargo(root, &["build"]),
    };
    let flags = format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        triple.to_uppercase().replace('-', "_")
    );
    command.env(flags, compiler_flags(root, triple, zig));
    done(command.args(build))?;
    let folder = if profile == "dev" { "debug" } else { profile };
    let ending = if triple.contains("windows") {
        ".exe"
    } else {
        ""
    };
    Ok(root.join(format!("target/{triple}/{folder}/genrenet{ending}")))
}

/// The compiler's flags for a target's program: no path of this machine stays in it, so that it is the same from any folder.
pub fn compiler_flags(root: &Path, triple: &str, zig: bool) -> String {
    let mut flags = Vec::new();
    if zig && triple.contains("musl") {
        // musl's own start files and zig's would both be linked.
        flags.push("-Clink-self-contained=no".to_owned());
    }
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let folders = [(Some(root.to_owned()), "genrenet"), (home, "cargo")];
    for (folder, name) in folders {
        // Cargo splits the flags at spaces.
        if let Some(folder) = folder.as_ref().and_then(|folder| folder.to_str())
            && !folder.contains(' ')
        {
            flags.push(format!("--remap-path-prefix={folder}={name}"));
        }
    }
    flags.join(" ")
}

fn web_assembly(root: &Path, triple: &str, here: &str) -> Result<String, String> {
    let libraries = LIBRARIES.iter().flat_map(|name| ["-p", name]);
    let mut build = cargo(
        root,
        &["build", "--quiet", "--locked", "--lib", "--target", triple],
    );
    done(build.args(libraries))?;
    let example = [
        "build",
        "--quiet",
        "--locked",
        "--target",
        triple,
        "-p",
        "genrenet-model",
        "--example",
        "web_assembly",
    ];
    done(&mut cargo(root, &example))?;
    if !is_there("node") {
        return Ok("builds; not run, as node is not installed".to_owned());
    }
    let module = format!("target/{triple}/debug/examples/web_assembly.wasm");
    let mut node = Command::new("node");
    node.args([
        "xtask/src/web_assembly.mjs",
        &module,
        "models/wide",
        RECORDING,
    ]);
    let output = said(node.current_dir(root))?;
    same(output.trim(), here)
}

/// What a build says of the recording, without its path.
fn answer(root: &Path, program: &mut Command) -> Result<String, String> {
    program.args(["classify", RECORDING]).current_dir(root);
    let line = said(program)?;
    let answer = line.trim().strip_prefix(RECORDING).unwrap_or(&line);
    Ok(answer.trim_start_matches(':').trim().to_owned())
}

/// Compares answers to a tenth of a per cent, as they are printed.
fn same(there: &str, here: &str) -> Result<String, String> {
    match there == here {
        true => Ok("builds, and says the same".to_owned()),
        false => Err(format!("expected {here}; found {there}")),
    }
}

fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(root);
    command
}

/// Whether a program can be started.
pub fn is_there(program: &str) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok()
}

/// What a command writes to standard output.
fn said(command: &mut Command) -> Result<String, String> {
    match command.stderr(Stdio::inherit()).output() {
        Ok(output) if output.status.success() => {
            String::from_utf8(output.stdout).map_err(|error| format!("{command:?}: {error}"))
        }
        Ok(output) => Err(format!("{command:?}: {}", output.status)),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
