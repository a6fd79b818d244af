//! `cargo xtask bench`: every measurement beside its peer, in a virtual environment of pinned versions that it makes.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command::done;
use crate::{python, wheel};

/// A measurement: its name, the release builds it needs, its script and the script's arguments.
struct Bench {
    name: &'static str,
    about: &'static str,
    builds: &'static [&'static [&'static str]],
    /// Whether it needs the wheel.
    wheel: bool,
    script: &'static str,
    arguments: &'static [&'static str],
}

const BENCHES: [Bench; 8] = [
    Bench {
        name: "features",
        about: "log-mel and MFCC beside librosa, from samples and from files",
        builds: &[&["-p", "genrenet-audio", "--example", "feature_bench"]],
        wheel: false,
        script: "bench_features.py",
        arguments: &["../shared/data/audio/fma_clips/000002.mp3"],
    },
    Bench {
        name: "decode",
        about: "decoding MP3 to mono beside libav and other Rust decoders",
        builds: &[
            &["-p", "genrenet-audio", "--example", "mp3_bench"],
            &[
                "--manifest-path",
                "reference/mp3_peers/Cargo.toml",
                "--target-dir",
                "target/mp3-peers",
            ],
        ],
        wheel: false,
        script: "bench_decode.py",
        arguments: &[
            "../shared/data/audio/fma_clips/000002.mp3",
            "../shared/data/audio/fma_clips/000676.mp3",
        ],
    },
    Bench {
        name: "program",
        about: "classify beside ffmpeg; cores; memory",
        builds: &[&["-p", "genrenet-cli"]],
        wheel: false,
        script: "bench_program.py",
        arguments: &[],
    },
    Bench {
        name: "networks",
        about: "training steps and inference beside PyTorch and ONNX Runtime",
        builds: &[&[
            "-p",
            "genrenet-nn",
            "--example",
            "training_step",
            "--example",
            "window",
        ]],
        wheel: false,
        script: "bench_nn.py",
        arguments: &[],
    },
    Bench {
        name: "backbone",
        about: "one segment through msd50 and mtt50 beside ONNX Runtime",
        builds: &[&["-p", "genrenet-model", "--example", "segment"]],
        wheel: false,
        script: "musicnn/bench.py",
        arguments: &["--ours", "target/release/examples/segment"],
    },
    Bench {
        name: "waiting",
        about: "how long a training waits for batches that are read from the feature cache",
        builds: &[&["-p", "genrenet-cli"]],
        wheel: false,
        script: "bench_waiting.py",
        arguments: &[],
    },
    Bench {
        name: "tsne",
        about: "t-SNE beside scikit-learn",
        builds: &[&["-p", "genrenet-metrics", "--example", "tsne"]],
        wheel: false,
        script: "bench_tsne.py",
        arguments: &[],
    },
    Bench {
        name: "python",
        about: "log-mel and MFCC from Python beside librosa and sonara",
        builds: &[],
        wheel: true,
        script: "bench_python_features.py",
        arguments: &[
            "../shared/data/audio/fma_clips/000002.mp3",
            "../shared/data/audio/songs/lets_go_fishin.ogg",
            "../shared/data/audio/fma_songs/Pop__AloneNehiloNehilo.mp3",
        ],
    },
];

/// Lists the measurements.
pub fn usage() -> String {
    let lines: Vec<String> = BENCHES
        .iter()
        .map(|bench| format!("  {:9} {}", bench.name, bench.about))
        .collect();
    format!(
        "cargo xtask bench [NAME…] [-- ARGUMENTS]   measure beside the peers:\n{}\n",
        lines.join("\n")
    )
}

/// Runs the named measurements, or all; what follows `--` goes to their scripts in place of the usual arguments.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let cut = arguments
        .iter()
        .position(|word| word == "--")
        .unwrap_or(arguments.len());
    let (names, own) = (
        &arguments[..cut],
        arguments.get(cut + 1..).unwrap_or_default(),
    );
    if let Some(unknown) = names
        .iter()
        .find(|name| !BENCHES.iter().any(|bench| bench.name == **name))
    {
        eprintln!("bench: there is no measurement `{unknown}`\n{}", usage());
        return ExitCode::from(2);
    }
    let requirements = root.join("reference").join("requirements.txt");
    let python = match python::environment(root, "reference-venv", &requirements) {
        Ok(python) => python,
        Err(fault) => {
            eprintln!("bench: {fault}");
            return ExitCode::FAILURE;
        }
    };
    for bench in &BENCHES {
        if !names.is_empty() && !names.iter().any(|name| name == bench.name) {
            continue;
        }
        println!("\n== {}: {} ==", bench.name, bench.about);
        if bench.wheel
            && let Err(fault) = install_wheel(root, &python)
        {
            eprintln!("bench: {fault}");
            return ExitCode::FAILURE;
        }
        let builds = bench.builds.iter().map(|arguments| {
            let mut build = Command::new("cargo");
            build
                .args(["build", "--quiet", "--release"])
                .args(*arguments);
            build
        });
        let mut script = Command::new(&python);
        script
            .arg("-P")
            .arg(root.join("reference").join(bench.script));
        if own.is_empty() {
            script.args(bench.arguments);
        } else {
            script.args(own);
        }
        for mut command in builds.chain([script]) {
            match command.current_dir(root).status() {
                Ok(status) if status.success() => {}
                Ok(status) => {
                    eprintln!("bench: {} ended with {status}", bench.name);
                    return ExitCode::FAILURE;
                }
                Err(fault) => {
                    eprintln!("bench: {}: {fault}", command.get_program().display());
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    ExitCode::SUCCESS
}

fn install_wheel(root: &Path, python: &Path) -> Result<(), String> {
    let wheel = wheel::build_here(root)?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--force-reinstall",
    ];
    done(Command::new(python).args(install).arg(wheel))
}
