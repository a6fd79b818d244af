//! The documentation, built as its readers build it, and the links in the pages that come out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::done;

/// Warnings are errors.
const WARNINGS: &str = "-D warnings";

/// Builds the documentation from an empty folder, first of the library alone, as docs.rs does, then of every crate, and
/// returns the faults of the pages.
pub fn check(root: &Path) -> Vec<String> {
    let pages = root.join("target").join("doc");
    // Pages of an earlier build would answer links that this build leaves dead.
    if pages.exists()
        && let Err(fault) = fs::remove_dir_all(&pages)
    {
        return vec![format!("{}: {fault}", pages.display())];
    }
    let mut faults = Vec::new();
    // rustdoc links only to crates whose pages are there already, and `cargo doc --no-deps` documents them in any order: the
    // second time, which other flags bring about, all are there. Package by package in order, dependencies would be built
    // anew for the features of each.
    for (crates, flags) in [
        (&["-p", "genrenet"][..], WARNINGS),
        (&["--workspace"], ""),
        (&["--workspace", "--jobs", "1"], WARNINGS),
    ] {
        let mut doc = Command::new(env!("CARGO"));
        doc.args(["doc", "--quiet", "--locked", "--no-deps"])
            .args(crates)
            .env("RUSTDOCFLAGS", flags)
            .current_dir(root);
        if let Err(fault) = done(&mut doc) {
            return vec![fault];
        }
        if crates[0] == "-p" {
            faults.extend(dead_links(&pages));
        }
    }
    faults.extend(dead_links(&pages));
    faults.sort();
    faults.dedup();
    faults
}

/// Dead links of this workspace's pages under `folder`.
fn dead_links(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    list(folder, &mut files);
    let mut faults = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        let Ok(page) = fs::read_to_string(&file) else {
            continue;
        };
        let page = own_text(&page);
        faults.extend(unresolved(page).map(|text| format!("{name}: [{text}] is no link")));
        let here = file.parent().unwrap_or(folder);
        faults.extend(
            targets(page)
                .filter(|target| !here.join(target).exists())
                .map(|target| format!("{name}: the link {target} leads to no page")),
        );
    }
    faults
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            // `src` holds listings, `static.files` scripts: neither has links of ours.
            if !path.ends_with("src") && !path.ends_with("static.files") {
                list(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "html")
            && !path.ends_with("help.html")
            && !path.ends_with("settings.html")
        {
            files.push(path);
        }
    }
}

/// A page without what it quotes at its end of traits that other crates implement for every type, with links of theirs.
fn own_text(page: &str) -> &str {
    page.split("id=\"blanket-implementations\"")
        .next()
        .unwrap_or_default()
}

/// Links to documentation items that rustdoc could not resolve: it leaves their brackets in the text.
fn unresolved(page: &str) -> impl Iterator<Item = &str> {
    page.split("[<code>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("</code>]")?.0))
        .filter(|text| !text.contains('<'))
}

/// Relative targets of the page's links, without anchors, the templates of its scripts, and the list of all items, which
/// rustdoc names in a module that was a crate and writes only for a crate.
fn targets(page: &str) -> impl Iterator<Item = &str> {
    page.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(|target| target.split(['#', '?']).next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("${") && *target != "all.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_are_found() {
        let page = "<p>[<code>audio</code>] and <a href=\"data/index.html#x\"><code>data</code></a> x[<code>i</code>]\
                    <a href=\"https://x.y\">w</a><a href=\"#top\">t</a></p>";
        assert_eq!(unresolved(page).collect::<Vec<_>>(), ["audio", "i"]);
        assert_eq!(targets(page).collect::<Vec<_>>(), ["data/index.html"]);
        let page = page.replace(
            "</p>",
            "<h2 id=\"blanket-implementations\">[<code>Span</code>]",
        );
        assert_eq!(unresolved(own_text(&page)).count(), 2);
    }
}
