//! `export --onnx` from outside. `reference/onnx_check.py` runs the files in ONNX Runtime.

use std::path::PathBuf;

use crate::program::genrenet;

fn fresh(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn every_network_of_a_bundle_becomes_a_file_that_export_json_describes() {
    let folder = fresh("export-fma8");
    let output = genrenet()
        .args(["export", "fma8", "--with-rows", "2", "--onnx"])
        .arg(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(folder.join("export.json")).unwrap();
    let about: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(about["genres"].as_array().unwrap().len(), 8);
    assert_eq!(about["front_end"]["log_mel"]["n_mels"], 128);
    let members = about["members"].as_array().unwrap();
    assert!(members.len() > 1);
    for member in members {
        let bytes = std::fs::read(folder.join(member["file"].as_str().unwrap())).unwrap();
        let holds = |word: &str| {
            bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes())
        };
        for words in [
            "logits",
            "probabilities",
            "embedding",
            "model_version",
            "front_end",
            "\"n_mels\":128",
            "[\"Electronic\",\"Experimental\"",
            "CC BY-NC 4.0",
        ] {
            assert!(holds(words), "{words}: {}", member["file"]);
        }
        let inputs = member["inputs"].as_array().unwrap();
        assert!(!inputs.is_empty());
        for input in inputs {
            let name = input["name"].as_str().unwrap();
            assert!(holds(name), "{name} is no input of {}", member["file"]);
            let rows = &member["rows"]["inputs"][name];
            let sizes: u64 = rows["shape"]
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n.as_u64().unwrap())
                .product();
            let made = std::fs::metadata(folder.join(rows["file"].as_str().unwrap())).unwrap();
            assert_eq!(made.len(), 4 * sizes);
        }
        for output in ["logits", "embedding"] {
            let rows = &member["rows"][output];
            let made = std::fs::metadata(folder.join(rows["file"].as_str().unwrap())).unwrap();
            let width = rows["shape"][1].as_u64().unwrap();
            assert_eq!(made.len(), 4 * 2 * width, "{output}");
        }
    }
    let script = std::fs::read_to_string(folder.join("classify.py")).unwrap();
    assert!(script.contains("onnxruntime") && script.contains("export.json"));
    let about = std::fs::read_to_string(folder.join("export.json")).unwrap();
    let about: serde_json::Value = serde_json::from_str(&about).unwrap();
    for (table, values) in [("ABOUT", &about), ("FRONT_END", &about["front_end"])] {
        let keys: Vec<&str> = (script.split(&format!("{table}[\"")).skip(1))
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(keys.len() > 1, "{table}");
        for key in keys {
            assert!(!values[key].is_null(), "classify.py reads {key} of {table}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "part"))
        .collect();
    assert_eq!(left, Vec::<PathBuf>::new());
}

#[test]
fn a_bundle_that_is_not_there_is_named_and_nothing_is_written() {
    let folder = fresh("export-nothing");
    let output = genrenet()
        .args(["export", "no-such-model", "--onnx"])
        .arg(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("no-such-model") && said.contains("fma8"),
        "{said}"
    );
    assert!(!folder.exists());
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let file = fresh("export-file.txt");
    std::fs::write(&file, "here already").unwrap();
    let output = genrenet()
        .args(["export", "fma8", "--onnx"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("export-file.txt"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "here already");
}
