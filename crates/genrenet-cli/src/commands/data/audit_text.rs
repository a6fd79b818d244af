//! An audit as text: a few lines for each kind of finding.

use std::collections::BTreeMap;

use genrenet::data_audit::{DataAudit, DuplicateKind, DuplicatePair, FaultKind, LeakingName};
use genrenet_text::{counted, visible};

/// Findings of a kind that are listed.
const LISTED: usize = 20;

/// All lines of an audit.
pub(super) fn lines(found: &DataAudit) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {}, {}; split {}",
        found.name,
        counted(found.rows, "row", "rows"),
        counted(found.classes.len(), "genre", "genres"),
        found.split
    )];
    lines.extend(
        found
            .notes
            .iter()
            .map(|note| format!("  note: {}", visible(note))),
    );
    classes(&mut lines, found);
    faults(&mut lines, found);
    duplicates(&mut lines, found);
    leaks(&mut lines, found);
    suspects(&mut lines, found);
    let out = found.clean.iter().filter(|row| row.subset.is_err()).count();
    lines.push(format!(
        "clean split: {} kept, {out} left out (--split-out FILE writes it)",
        counted(found.clean.len() - out, "row is", "rows are")
    ));
    lines
}

fn classes(lines: &mut Vec<String>, found: &DataAudit) {
    lines.push("classes (training, validation, test):".into());
    for class in &found.classes {
        let [training, validation, test] = class.rows;
        lines.push(format!(
            "  {}: {training}, {validation}, {test}",
            visible(&class.genre)
        ));
    }
    let groups = &found.groups;
    let by = groups.by.as_deref().unwrap_or("duplicates alone");
    lines.push(match groups.several {
        0 => "groups: none is known".into(),
        several => format!(
            "groups by {by}: {} of two rows and more (median {}, largest {}: that of {}), {} alone",
            several,
            groups.median,
            groups.largest,
            visible(&groups.largest_has),
            counted(groups.alone, "row", "rows")
        ),
    });
}

fn faults(lines: &mut Vec<String>, found: &DataAudit) {
    let mut kinds: BTreeMap<FaultKind, Vec<String>> = BTreeMap::new();
    for fault in &found.faults {
        let line = format!("  {}: {}", visible(&fault.id), visible(&fault.figures));
        kinds.entry(fault.kind).or_default().push(line);
    }
    if kinds.is_empty() {
        lines.push("faults: none".into());
    }
    for (kind, list) in kinds {
        lines.push(format!(
            "{}: {}",
            kind.word(),
            counted(list.len(), "row", "rows")
        ));
        limited(lines, list);
    }
}

/// Adds the first of a list.
fn limited(lines: &mut Vec<String>, list: Vec<String>) {
    let more = list.len().saturating_sub(LISTED);
    lines.extend(list.into_iter().take(LISTED));
    if more > 0 {
        lines.push(format!("  and {more} more (--json has all)"));
    }
}

fn duplicates(lines: &mut Vec<String>, found: &DataAudit) {
    for (kind, words) in [
        (DuplicateKind::Exact, "exact"),
        (DuplicateKind::Near, "near"),
    ] {
        let pairs: Vec<&DuplicatePair> = found
            .duplicates
            .iter()
            .filter(|pair| pair.kind == kind)
            .collect();
        if kind == DuplicateKind::Near && !found.near_duplicates_searched {
            lines.push("near duplicates: not looked for (it needs sounds or log-mels)".into());
            continue;
        }
        let across = pairs.iter().filter(|pair| pair.is_across()).count();
        let conflicts = pairs.iter().filter(|pair| pair.conflict).count();
        lines.push(match pairs.len() {
            0 => format!("{words} duplicates: none"),
            n => format!(
                "{words} duplicates: {} ({across} across the split, {conflicts} with different genres)",
                counted(n, "pair", "pairs")
            ),
        });
        limited(lines, pairs.into_iter().map(pair).collect());
    }
}

fn pair(pair: &DuplicatePair) -> String {
    let [a, b] = [0, 1].map(|at| {
        format!(
            "{} ({}, {})",
            visible(&pair.ids[at]),
            visible(&pair.genres[at]),
            pair.subsets[at]
        )
    });
    let mut line = format!("  {a} = {b}");
    if pair.kind == DuplicateKind::Near {
        line += &format!(": similarity {:.2}", pair.similarity);
    }
    if let Some(shift) = &pair.shift {
        line += &format!(", {shift}");
    }
    line
}

fn leaks(lines: &mut Vec<String>, found: &DataAudit) {
    let kinds = [
        ("artists", &found.leaks.artists),
        ("albums", &found.leaks.albums),
        ("groups", &found.leaks.groups),
    ];
    let before = lines.len();
    for (kind, list) in kinds.into_iter().filter(|(_, list)| !list.is_empty()) {
        lines.push(format!(
            "{kind} in several subsets: {} (training, validation, test rows)",
            list.len()
        ));
        let one = |one: &LeakingName| {
            let [training, validation, test] = one.rows;
            format!("  {}: {training}, {validation}, {test}", visible(&one.name))
        };
        limited(lines, list.iter().map(one).collect());
    }
    if lines.len() == before {
        lines.push("artists, albums and groups in several subsets: none".into());
    }
}

fn suspects(lines: &mut Vec<String>, found: &DataAudit) {
    let suspects = &found.suspects;
    if let Some(reason) = &suspects.none {
        lines.push(format!(
            "suspected labels: not looked for: {}",
            visible(reason)
        ));
        return;
    }
    let percent = |share: f64| 100.0 * share;
    lines.push(format!(
        "suspected labels: {} of {} ({} out of fold: {:.1} % ({:.1}–{:.1}) answered as labelled)",
        suspects.suspected,
        counted(suspects.measured, "row", "rows"),
        suspects.features,
        percent(suspects.accuracy),
        percent(suspects.interval[0]),
        percent(suspects.interval[1])
    ));
    for one in &suspects.worst {
        lines.push(format!(
            "  {}: labelled {} ({:.1} %), probably {} ({:.1} %)",
            visible(&one.id),
            visible(&one.given),
            percent(one.given_probability),
            visible(&one.suggested),
            percent(one.suggested_probability)
        ));
    }
}
