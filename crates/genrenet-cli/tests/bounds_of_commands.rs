//! Numbers and sizes from outside: refused in words before memory is taken for them.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::{genrenet, tones};

/// Runs the program with an address space of so many MiB.
fn run_within(mebibytes: u64, arguments: &[&str], home: &Path) -> Output {
    let program = genrenet();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -v \"$0\"; exec \"$@\""])
        .arg((mebibytes << 10).to_string())
        .arg(program.get_program())
        .args(["--threads", "2"])
        .args(arguments)
        .envs(
            program
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .current_dir(home);
    shell.output().unwrap()
}

fn refused(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not said: {said}");
    }
}

/// Command lines with a number out of its bounds.
const OUT_OF_BOUNDS: &[&str] = &[
    "export fma8 --onnx out --with-rows 18446744073709551615",
    "export fma8 --onnx out --with-rows 1001",
    "export fma8 --onnx out --with-rows -1",
    "extract music --out x.npz --mels 18446744073709551615",
    "extract music --out x.npz --mels 1000000000",
    "extract music --out x.npz --mels 0",
    "extract music --out x.npz --n-fft 1000000000",
    "extract music --out x.npz --hop 0",
    "extract music --out x.npz --hop 18446744073709551615",
    "extract music --out x.npz --mfcc 1000000000",
    "extract music --out x.npz --rate 4000000000",
    "extract music --out x.npz --rate 0",
    "classify music --top 0",
    "classify music --top 1000000000",
    "classify music --min-ratio nan",
    "train music --folds 1",
    "train music --folds 1000000000",
    "combine fma8 --data music --out out --windows 0",
    "combine fma8 --data music --out out --windows 18446744073709551615",
    "combine fma8 --data music --out out --precision nan",
    "combine fma8 --data music --out out --soften nan",
    "combine fma8 --data music --out out --soften inf",
    "combine fma8 --data music --out out --weights -1",
    "combine fma8 --data music --out out --weights nan",
    "--threads 0 classify music",
    "--threads 1000000000 classify music",
];

#[test]
fn numbers_of_the_command_line_have_bounds() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    for line in OUT_OF_BOUNDS {
        let arguments: Vec<&str> = line.split(' ').collect();
        let output = genrenet()
            .args(&arguments)
            .current_dir(home)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let value = arguments
            .iter()
            .rev()
            .find(|word| word.parse::<f64>().is_ok());
        // The value that was given, or the bound that it missed.
        assert!(
            said.contains(value.unwrap()) || said.contains("expected"),
            "{arguments:?}: {said}"
        );
        assert!(!home.join("out").exists() && !home.join("x.npz").exists());
    }
    // What is within the bounds takes no more memory than it must.
    let output = run_within(3000, &["classify", "music", "--top", "65535"], home);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// An archive with `genre` for `rows` rows and an array of zeros of some shape, as deflate packs it.
fn bomb(path: &Path, shape: &str, bytes: usize) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .large_file(true);
    for (name, descr, shape, data) in [
        ("genre.npy", "|S4", "(2,)", b"RockFolk".to_vec()),
        ("logmel.npy", "|u1", shape, vec![0; bytes]),
    ] {
        zip.start_file(name, options).unwrap();
        let mut text =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        text.push_str(&" ".repeat(117 - text.len()));
        text.push('\n');
        zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
        zip.write_all(&(text.len() as u16).to_le_bytes()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        zip.write_all(&data).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn data_that_claim_or_unpack_to_too_much_are_refused_before_memory_is_allocated() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/mlp-echonest-12.toml");
    fs::copy(recipe, home.join("values.toml")).unwrap();
    let train = |data: &str, words: &[&str]| {
        let output = run_within(1500, &["train", "values.toml", "--data", data], home);
        refused(&output, &[&[data], words].concat());
        assert!(!home.join("runs").exists());
    };
    // 300 MB of zeros in 300 KB.
    bomb(&home.join("bomb.npz"), "(2, 150000000)", 300_000_000);
    train(
        "bomb.npz",
        &["array `logmel`", "300000000 bytes", "less than one for 200"],
    );
    // Shapes that are only claimed.
    for (shape, word) in [
        (
            "(2, 4611686018427387904)",
            "expected at most 4294967296 bytes",
        ),
        ("(2, 100000000000)", "at most 4294967296 bytes"),
        ("(2, 1000000)", "expected 2000000 bytes"),
    ] {
        bomb(&home.join("claim.npz"), shape, 10);
        train("claim.npz", &["logmel", word]);
    }
    // A list of words of no bytes.
    let mut zip = zip::ZipWriter::new(fs::File::create(home.join("words.npz")).unwrap());
    zip.start_file("genre.npy", zip::write::SimpleFileOptions::default())
        .unwrap();
    let text = "{'descr': '<U0', 'fortran_order': False, 'shape': (4611686018427387904,), }\n";
    zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
    zip.write_all(&(text.len() as u16).to_le_bytes()).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap();
    train("words.npz", &["genre", "at most 10000000 rows"]);
    // A sparse file costs its maker nothing.
    let sparse = fs::File::create(home.join("sparse.csv")).unwrap();
    sparse.set_len(3 << 30).unwrap();
    train("sparse.csv", &["at most 536870912 bytes, found 3221225472"]);
    // One line of 200 MB, and one cell of as many lines.
    let mut long = fs::File::create(home.join("long.csv")).unwrap();
    long.write_all(b"genre,a\nRock,").unwrap();
    long.write_all(&vec![b'1'; 200_000_000]).unwrap();
    train("long.csv", &["longer than 1048576 bytes"]);
    let mut lines = fs::File::create(home.join("lines.csv")).unwrap();
    lines.write_all(b"genre,a\nRock,\"").unwrap();
    lines.write_all(&b"1\n".repeat(10_000_000)).unwrap();
    train("lines.csv", &["longer than 1048576 bytes"]);
    // The same by `classify`, which reads a table line by line and takes no more memory for a long one.
    let arguments = ["classify", "--model", "echonest12", "long.csv"];
    let output = run_within(400, &arguments, home);
    refused(&output, &["long.csv"]);
}

#[test]
fn recipes_and_descriptions_that_are_too_large_are_not_read() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let layers = "{ kind = \"relu\" },\n".repeat(1_000_000);
    fs::write(
        home.join("million.toml"),
        format!("network = {{ trunk = [{layers}] }}\n"),
    )
    .unwrap();
    let output = run_within(1000, &["train", "million.toml"], home);
    refused(&output, &["million.toml: expected at most 1048576 bytes"]);
    for file in ["model.toml", "weights.safetensors"] {
        let bundle = home.join(format!("bundle-{file}"));
        fs::create_dir(&bundle).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/echonest12");
        for name in ["model.toml", "weights.safetensors"] {
            fs::copy(shipped.join(name), bundle.join(name)).unwrap();
        }
        let grown = fs::OpenOptions::new()
            .write(true)
            .open(bundle.join(file))
            .unwrap();
        grown.set_len(5 << 30).unwrap();
        let name = bundle.file_name().unwrap().to_str().unwrap();
        let output = run_within(1000, &["classify", "--model", name, "x.csv"], home);
        refused(&output, &[file, "expected at most", "found 5368709120"]);
    }
}
