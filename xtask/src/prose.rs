//! What is written: no dead links, no overlong files.

use std::collections::HashSet;
use std::path::Path;

use crate::files;

/// No source file is longer.
const LONGEST: usize = 400;

/// Checks all texts of the repository; returns the faults.
pub fn check(root: &Path) -> Vec<String> {
    let list = files::list(root);
    let known: HashSet<&str> = list.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    for file in &list {
        let Some(text) = files::text(root, file) else {
            continue;
        };
        let lines = text.lines().count();
        if (file.ends_with(".rs") || file.ends_with(".py")) && lines > LONGEST {
            faults.push(format!(
                "{file}: expected at most {LONGEST} lines, found {lines}; one file, one concept"
            ));
        }
        if file.ends_with(".md") {
            faults.extend(dead_links(root, file, &text, &known));
        }
    }
    faults
}

/// Relative links of a Markdown file that lead nowhere.
fn dead_links(root: &Path, file: &str, text: &str, known: &HashSet<&str>) -> Vec<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut faults = Vec::new();
    for (line, target) in links(text) {
        let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let fault = |what: &str| format!("{file}, line {line}: the link `{target}` {what}");
        let goal = if path.is_empty() {
            Some(file.to_string())
        } else {
            resolve(folder, path)
        };
        let Some(goal) = goal else {
            faults.push(fault("leaves the repository"));
            continue;
        };
        let is_folder = goal.is_empty() || known.iter().any(|k| k.starts_with(&format!("{goal}/")));
        if !known.contains(goal.as_str()) && !is_folder {
            faults.push(fault("leads to no file of the repository"));
        } else if !anchor.is_empty() && goal.ends_with(".md") {
            let page = if goal == file {
                Some(text.to_string())
            } else {
                files::text(root, &goal)
            };
            if !anchors(&page.unwrap_or_default()).contains(anchor) {
                faults.push(fault("leads to no heading"));
            }
        }
    }
    faults
}

/// Targets of relative links outside of code, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in outside_code(text) {
        let mut prose = String::new();
        for (i, piece) in line.split('`').enumerate() {
            // What stands between backticks is code, but a link may have code as its text.
            prose.push_str(if i % 2 == 0 { piece } else { "code" });
        }
        let mut rest = prose.as_str();
        while let Some(at) = rest.find("](") {
            rest = &rest[at + 2..];
            let Some(end) = rest.find(')') else { break };
            let target = rest[..end].split_whitespace().next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !elsewhere && !target.is_empty() {
                found.push((number, target.to_string()));
            }
        }
    }
    found
}

fn outside_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut code = false;
    text.lines().enumerate().filter_map(move |(i, line)| {
        if line.trim_start().starts_with("```") {
            code = !code;
            return None;
        }
        (!code).then_some((i + 1, line))
    })
}

/// Headings as GitHub names them in links.
fn anchors(text: &str) -> HashSet<String> {
    outside_code(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

/// A path relative to `folder` as one relative to the root; `None` where it leads above it.
fn resolve(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed() {
        let known = HashSet::from(["README.md", "docs/A.md", "docs/pictures/a.png"]);
        let page = "# One two\nsee [a](A.md), [b](../README.md#x), ![p](pictures/a.png) [c](#one-two)\n\
                    `[no](link)` [web](https://x.y) [folder](pictures)\n```\n[code](nowhere)\n```\n[bad](B.md) [`up`](../../x)\n[h](#three)\n";
        let faults = dead_links(Path::new("."), "docs/A.md", page, &known);
        assert_eq!(
            faults,
            [
                "docs/A.md, line 2: the link `../README.md#x` leads to no heading",
                "docs/A.md, line 7: the link `B.md` leads to no file of the repository",
                "docs/A.md, line 7: the link `../../x` leaves the repository",
                "docs/A.md, line 8: the link `#three` leads to no heading",
            ]
        );
    }
}
