//! `cargo xtask origin`: the student report at its full size, from sound: on a small FMA end to end, and what FMA-small would cost.

mod small_fma;

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command;
use crate::index::run_watched;

pub const USAGE: &str = "\
cargo xtask origin [EPOCHS]             a small FMA of real songs, the student report on it (2 epochs each), time and memory of its full-size networks
";

/// Rows of FMA-small that the two full-size networks learn from and are validated on, by their published splits of 7 994 clips.
const FULL_SIZE: [(&str, u64, u64); 2] =
    [("origin-rnn", 5_596, 1_199), ("origin-cnn", 5_116, 1_279)];

/// Builds the program, makes the small FMA where it is not there yet, trains and measures.
pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let epochs = arguments.first().map_or("2", String::as_str);
    match measure(root, epochs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("origin: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure(root: &Path, epochs: &str) -> Result<(), String> {
    command::cargo(root, &["build", "--release", "-p", "genrenet-cli"])?;
    let target = root.join("target/origin");
    let fma = target.join("fma");
    let clips = small_fma::make(&root.join("../shared/data"), &fma)?;
    println!("a small FMA of {clips} clips: {}", fma.display());
    let program = root.join("target/release/genrenet");
    let genrenet = |words: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(words)
            .env("GENRENET_CACHE", target.join("cache"))
            .current_dir(&target);
        command
    };
    let data = fma.to_string_lossy().into_owned();
    let out = target.join("report");
    // The runs of an earlier call would be taken as they are.
    let _ = std::fs::remove_dir_all(&out);
    let change = format!("train.epochs={epochs}");
    let words = ["report-origin", &data, "--set", &change, "--out", "report"];
    command::done(&mut genrenet(&words))?;
    println!("full size, from sound; epochs of FMA-small from the time of a row:");
    for (recipe, training, validation) in FULL_SIZE {
        let [all, half] =
            [[1.0, 0.0], [0.5, 0.5]].map(|shares| epoch(&genrenet, recipe, &data, shares));
        let ((rows, seconds, memory), (_, both, _)) = (all?, half?);
        let learned = seconds / rows as f64;
        let validated = (both / rows as f64 * 2.0 - learned).max(0.0);
        let whole = learned * training as f64 + validated * validation as f64;
        println!(
            "{recipe}: {:.0} ms for a training row, {:.0} ms for a validation row, {} MB; an epoch {:.2} h, 20 epochs {:.1} h",
            1e3 * learned,
            1e3 * validated,
            memory / 1024,
            whole / 3600.0,
            whole / 180.0
        );
    }
    Ok(())
}

/// Training rows, seconds and peak kilobytes of one epoch.
fn epoch(
    genrenet: &dyn Fn(&[&str]) -> Command,
    recipe: &str,
    data: &str,
    [training, validation]: [f64; 2],
) -> Result<(u64, f64, u64), String> {
    let out = format!("timed-{recipe}");
    let mut shares = format!("data.split.shares=[{training:?},{validation:?},0.0]");
    shares.retain(|c| c != ' ');
    let config = format!("../../configs/{recipe}.toml");
    let words = [
        "train",
        &config,
        "--data",
        data,
        "--set",
        "train.epochs=1",
        "--set",
        &shares,
        "--out",
        &out,
    ];
    let command = genrenet(&words);
    let folder = command
        .get_current_dir()
        .unwrap_or(Path::new("."))
        .join(&out);
    let _ = std::fs::remove_dir_all(&folder);
    let run = run_watched(command)?;
    let value = |file: &str, key: &str| -> Result<f64, String> {
        let path = folder.join(file);
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let line = text
            .split(&format!("\"{key}\":"))
            .nth(1)
            .unwrap_or_default();
        let number = line.trim_start_matches([' ', '"']);
        let end = number
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(number.len());
        number[..end]
            .parse()
            .map_err(|e| format!("{}: {key}: {e}", path.display()))
    };
    let all =
        value("environment.json", "training rows")? + value("environment.json", "validation rows")?;
    Ok((all as u64, value("history.jsonl", "seconds")?, run.peak()))
}
