//! A bundle that is replaced while others read it, or whose replacement is killed.

use std::fs;
use std::path::Path;

use genrenet_model::{Bundle, WeightType};

use crate::small::bundle_of;

/// Two bundles whose weights differ.
fn old_and_new() -> [Bundle; 2] {
    [6, 7].map(|units| {
        bundle_of(&format!(
            "{{ kind = \"dense\", units = {units} }}, {{ kind = \"relu\" }}"
        ))
    })
}

fn units(path: &Path) -> u64 {
    Bundle::load(path).expect("loads").weights()
}

#[test]
fn a_replacement_that_is_killed_at_any_step_leaves_the_old_or_the_new_bundle() {
    let temporary = tempfile::tempdir().expect("a folder");
    let home = temporary.path();
    let [old, new] = old_and_new();
    old.save(&home.join("old"), WeightType::F32).expect("saves");
    new.save(&home.join("new"), WeightType::F32).expect("saves");
    let [was, will_be] = ["old", "new"].map(|name| units(&home.join(name)));
    assert_ne!(was, will_be);
    let text = fs::read_to_string(home.join("new/model.toml")).expect("text");
    let of_weights = text.split("[weights]").nth(1).expect("weights");
    let hash = of_weights.split("\nsha256 = \"").nth(1).expect("a hash");
    let next = format!("weights.{}.safetensors", &hash[..16]);
    let next_rows = format!("learned_rows.{}.bin", &hash[..16]);
    // The steps in their order, a renaming as a copy; a kill comes before any of them, or after all.
    let steps = [
        ("weights.safetensors", next.as_str()),
        ("learned_rows.bin", next_rows.as_str()),
        ("model.toml", "model.toml"),
        ("weights.safetensors", "weights.safetensors"),
        ("learned_rows.bin", "learned_rows.bin"),
        ("CARD.md", "CARD.md"),
    ];
    for done in 0..=steps.len() {
        let bundle = home.join(format!("killed-{done}"));
        old.save(&bundle, WeightType::F32).expect("saves");
        for (from, to) in &steps[..done] {
            fs::copy(home.join("new").join(from), bundle.join(to)).expect("copies");
        }
        for (step, renamed) in [(3, &next), (4, &next_rows)] {
            if done > step {
                fs::remove_file(bundle.join(renamed)).expect("it was renamed");
            }
        }
        fs::write(bundle.join(".lock"), "").expect("a stale lock");
        assert_eq!(
            units(&bundle),
            if done < 3 { was } else { will_be },
            "{done}"
        );
        // The next one to save takes away what was left.
        old.save(&bundle, WeightType::F32).expect("saves");
        assert_eq!(units(&bundle), was);
        let mut names: Vec<_> = fs::read_dir(&bundle)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "CARD.md",
                "learned_rows.bin",
                "model.toml",
                "weights.safetensors"
            ]
        );
    }
}

#[test]
fn a_bundle_can_be_loaded_at_every_moment_while_it_is_replaced() {
    let temporary = tempfile::tempdir().expect("a folder");
    let path = temporary.path().join("bundle");
    let bundles = old_and_new();
    bundles[0].save(&path, WeightType::F32).expect("saves");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                seen.insert(units(&path));
            }
            seen.len()
        });
        let saved: Result<Vec<_>, _> = (0..200)
            .map(|turn| bundles[turn % 2].save(&path, WeightType::F32))
            .collect();
        // The reader ends whatever became of the writer.
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        saved.expect("saves");
        assert_eq!(reader.join().expect("every load succeeds"), 2);
    });
}
