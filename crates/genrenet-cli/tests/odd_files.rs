//! Paths that lead to no regular file, and names from files that would lead elsewhere.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::program::{SMALL, genrenet, tones, train_network};

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// Runs the program in `home`; one that waits for a pipe is ended and fails.
fn run(arguments: &[&str], home: &Path) -> Output {
    let mut command = genrenet();
    command
        .args(arguments)
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(200) {
            child.kill().unwrap();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn pipes_and_sockets_among_songs_are_named_and_the_others_are_used() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    pipe(&home.join("music/Low/artist 0/pipe.mp3"));
    std::os::unix::fs::symlink("/dev/zero", home.join("music/Low/endless.wav")).unwrap();
    let socket = home.join("music/High/socket.ogg");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();

    let arguments = train_network("train.epochs=1");
    let trained = run(&arguments, home);
    assert_eq!(trained.status.code(), Some(1), "{trained:?}");
    let measured = run(
        &["evaluate", "run", "--data", "music", "--on", "validation"],
        home,
    );
    assert_eq!(measured.status.code(), Some(1), "{measured:?}");
    let reported = run(
        &["report", "run", "--on", "validation", "--out", "page"],
        home,
    );
    assert_eq!(reported.status.code(), Some(1), "{reported:?}");
    let classified = run(&["classify", "--model", "run", "music"], home);
    assert_eq!(classified.status.code(), Some(1), "{classified:?}");
    let lines = String::from_utf8_lossy(&classified.stdout);
    assert_eq!(lines.lines().count(), 20, "{lines}");
    let extracted = run(&["extract", "music", "--out", "features.npz"], home);
    assert_eq!(extracted.status.code(), Some(1), "{extracted:?}");
    for output in [&trained, &measured, &reported, &classified, &extracted] {
        let said = said(output);
        for line in [
            "pipe.mp3: not a regular file (a pipe)",
            "endless.wav: not a regular file (a device)",
            "socket.ogg: not a regular file (a socket)",
        ] {
            assert!(said.contains(line), "{said}");
        }
    }
}

#[test]
fn rows_of_a_table_whose_files_are_none_are_named_and_end_every_command_with_1() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    let mut table = String::from("path,genre,artist\n");
    for (genre, artist, piece) in (0..20).map(|i| (["Low", "High"][i / 10], i / 2 % 5, i % 2)) {
        table += &format!("music/{genre}/artist {artist}/{piece}.wav,{genre},{genre} {artist}\n");
    }
    let set = ["--set", "train.epochs=1", SMALL[0], SMALL[1]];
    for (name, words) in [
        ("whole", ""),
        ("missing", "1 file of the table does not exist: gone.wav"),
        (
            "folder",
            "1 file of the table is no regular file: music/Low",
        ),
        ("pipe", "1 file of the table is no regular file: pipe.wav"),
    ] {
        let row = match name {
            "whole" => String::new(),
            _ => format!("{},Low,Low 0\n", words.rsplit(' ').next().unwrap()),
        };
        fs::write(home.join("songs.csv"), table.clone() + &row).unwrap();
        if name == "pipe" {
            pipe(&home.join("pipe.wav"));
        }
        let code = Some(i32::from(name != "whole"));
        let page = format!("page of {name}");
        let both = format!("both {name}");
        for arguments in [
            &[
                &["train", "songs.csv", "--from-scratch", "--out", name][..],
                &set,
            ]
            .concat()[..],
            &["evaluate", name, "--on", "training"],
            &["evaluate", name, "--data", "songs.csv", "--on", "all"],
            &["report", name, "--out", &page],
            &["extract", "--data", "songs.csv", "--out", "x.npz"],
            &["combine", name, "--data", "songs.csv", "--out", &both],
            &[
                &[
                    "train",
                    "songs.csv",
                    "--from-scratch",
                    "--find-lr",
                    "--out",
                    "rates",
                ][..],
                &set,
            ]
            .concat(),
        ] {
            let output = run(arguments, home);
            let printed = said(&output);
            assert_eq!(output.status.code(), code, "{arguments:?}: {printed}");
            let page = fs::read_to_string(home.join(&page).join("report.md"));
            let printed = printed + &page.unwrap_or_default().replace('\\', "");
            assert!(printed.contains(words), "{arguments:?}: {printed}");
        }
    }
}

#[test]
fn no_command_opens_a_pipe_or_device_in_place_of_a_file() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    pipe(&home.join("pipe"));
    std::os::unix::fs::symlink("/dev/zero", home.join("zero")).unwrap();
    for name in ["recipe.toml", "bundle/model.toml"] {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        pipe(&path);
    }
    fs::create_dir_all(home.join("table")).unwrap();
    pipe(&home.join("table/tracks.csv"));
    let recipe = "configs/mlp-echonest-12.toml";
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(recipe);
    let recipe = recipe.to_str().unwrap();
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/echonest12");
    let shipped = home.join("shipped");
    fs::create_dir_all(&shipped).unwrap();
    fs::copy(bundle.join("model.toml"), shipped.join("model.toml")).unwrap();
    pipe(&shipped.join("weights.safetensors"));

    for (arguments, kind) in [
        (&["train", "recipe.toml"][..], "a pipe"),
        (&["train", "pipe"], "a pipe"),
        (&["train", "zero"], "a device"),
        (&["train", recipe, "--data", "pipe"], "a pipe"),
        (&["train", recipe, "--data", "/dev/zero"], "a device"),
        (&["evaluate", "bundle", "--data", "pipe"], "a pipe"),
        (&["evaluate", "echonest12", "--data", "pipe"], "a pipe"),
        (
            &["combine", "bundle", "--data", "pipe", "--out", "new"],
            "a pipe",
        ),
        (&["classify", "--model", "bundle", "x.mp3"], "a pipe"),
        (&["classify", "--model", "shipped", "x.mp3"], "a pipe"),
        (&["classify", "--model", "echonest12", "pipe"], "a pipe"),
        (&["classify", "pipe"], "a pipe"),
        (&["classify", "/dev/zero"], "a device"),
        (&["explain", "pipe", "--out", "x.png"], "a pipe"),
        (&["spectrogram", "zero", "--out", "x.png"], "a device"),
        (&["extract", "pipe", "--out", "x.npz"], "a pipe"),
        (&["export", "bundle", "--onnx", "new"], "a pipe"),
    ] {
        let output = run(arguments, home);
        let said = said(&output);
        let expected = format!("not a regular file ({kind})");
        assert!(said.contains(&expected), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    }
    // A report says on its page what it could not read.
    let arguments = ["report", "echonest12", "--data", "zero", "--out", "page"];
    let output = run(&arguments, home);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = fs::read_to_string(home.join("page/report.md")).unwrap();
    assert!(page.contains("not a regular file (a device)"), "{page}");
    for made in ["new", "x.png", "x.npz"] {
        assert!(!home.join(made).exists(), "{made}");
    }
}

#[test]
fn written_files_never_replace_a_device() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    std::os::unix::fs::symlink("/dev/null", home.join("features.npz")).unwrap();
    tones(&home.join("music"));
    let output = run(&["extract", "music", "--out", "features.npz"], home);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(said(&output).contains("features.npz: expected a name for a file"));
    assert!(home.join("features.npz").is_symlink());
}

/// A table of two genres and a recipe that reads it, with an input of some name.
fn values(home: &Path, input: &str) {
    let rows: String = (0..40)
        .map(|row| {
            format!(
                "{row},{},{}.5,{}\n",
                ["Rock", "Folk"][row % 2],
                row % 2,
                row % 7
            )
        })
        .collect();
    fs::write(
        home.join("values.csv"),
        format!("id,genre,tempo,energy\n{rows}"),
    )
    .unwrap();
    let recipe = format!(
        r#"name = "values"
[data]
path = "{}"
[[inputs]]
name = "{input}"
source = "values"
layout = "vector"
scaling = {{ kind = "standard" }}
[[network.branches]]
input = "{input}"
[network]
trunk = [{{ kind = "dense", units = 4 }}, {{ kind = "relu" }}]
heads = [{{ name = "genre", outputs = 0 }}]
[train]
optimizer = {{ kind = "adamw", lr = 0.01 }}
epochs = 2
batch = 8
"#,
        home.join("values.csv").display()
    );
    fs::write(home.join("values.toml"), recipe).unwrap();
}

/// Every path below a folder but those that begin with one of `known`.
fn unexpected(home: &Path, known: &[&str]) -> Vec<String> {
    fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !known.contains(&name.as_str()))
        .collect()
}

#[test]
fn names_in_a_bundle_never_lead_out_of_the_folder_that_is_written() {
    for input in ["x/../../../out", "..", "/out", "a.b", "logits"] {
        let place = tempfile::tempdir().unwrap();
        let home = place.path();
        values(home, input);
        let trained = run(&["train", "values.toml", "--out", "run"], home);
        assert_eq!(trained.status.code(), Some(0), "{trained:?}");
        let arguments = ["export", "run", "--with-rows", "2", "--onnx", "deep/onnx"];
        let output = run(&arguments, home);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let known = ["values.csv", "values.toml", "run", "deep"];
        assert_eq!(unexpected(home, &known), Vec::<String>::new(), "{input}");
        assert_eq!(
            unexpected(&home.join("deep"), &["onnx"]),
            Vec::<String>::new()
        );
        let onnx = home.join("deep/onnx");
        let text = fs::read_to_string(onnx.join("export.json")).unwrap();
        let about: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rows = &about["members"][0]["rows"];
        // The name itself is kept as it is, and names another file than that of the logits.
        let file = rows["inputs"][input]["file"].as_str().unwrap();
        assert_eq!(fs::metadata(onnx.join(file)).unwrap().len(), 2 * 2 * 4);
        assert_ne!(Some(file), rows["logits"]["file"].as_str());
    }
}

#[test]
fn a_recipe_whose_name_is_no_name_of_a_folder_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    values(home, "values");
    for name in ["..", ".", "../x", "a/b", ".hidden", "", "a\\nb"] {
        let change = format!("name=\"{name}\"");
        let output = run(&["train", "values.toml", "--set", &change], home);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains("name = "), "{name}: {said}");
        assert_eq!(
            unexpected(home, &["values.csv", "values.toml"]),
            Vec::<String>::new()
        );
    }
}

#[test]
fn the_commit_of_a_run_is_read_from_git_and_from_nowhere_else() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    values(home, "values");
    fs::write(home.join("secret"), "not a commit").unwrap();
    fs::create_dir_all(home.join(".git/refs/heads")).unwrap();
    fs::write(home.join(".git/refs/heads/main"), "0123abcd\n").unwrap();
    for (number, (head, commit)) in [
        ("ref: refs/heads/main\n", Some("0123abcd")),
        ("ref: ../secret\n", None),
        ("ref: refs/../../secret\n", None),
        ("ref: /dev/zero\n", None),
    ]
    .into_iter()
    .enumerate()
    {
        fs::write(home.join(".git/HEAD"), head).unwrap();
        let out = format!("run{number}");
        let output = run(&["train", "values.toml", "--out", &out], home);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = fs::read_to_string(home.join(out).join("environment.json")).unwrap();
        let printed: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(printed["commit"].as_str(), commit, "{head}");
    }
}
