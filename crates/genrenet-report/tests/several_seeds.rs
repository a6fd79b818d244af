//! Runs of a recipe with several seeds, or on several folds: means, curves, and pairs run by run.

use genrenet_metrics as metrics;
use genrenet_report::{
    Drawing, History, Part, RunContext, Shape, accuracies_drawing, compare, losses_drawing,
    measure, report,
};

use crate::synthetic::{run, seeds};

fn history(run: &RunContext) -> History {
    match &run.history {
        Part::Available(history) => history.clone(),
        Part::Missing(why) => panic!("{why}"),
    }
}

fn nothing_is_cut_off(drawing: &Drawing) {
    for shape in &drawing.shapes {
        if let Shape::Text(text) = shape {
            let [left, top, right, bottom] = text.bounds();
            let inside = left >= -0.5
                && top >= -0.5
                && right <= drawing.width + 0.5
                && bottom <= drawing.height + 0.5;
            assert!(inside, "'{}' at {:?}", text.words, text.bounds());
        }
    }
}

#[test]
fn the_mean_over_seeds_has_the_interval_of_student() {
    let facts = seeds("cnn", 1.4, 240);
    let top1: Vec<f64> = std::iter::once(&facts.predictions)
        .chain(facts.repeats.iter().map(|repeat| &repeat.predictions))
        .map(|predictions| measure(&predictions[0], 8).unwrap().top1[0])
        .collect();
    let (mean, low, high) = metrics::mean_interval(&top1);
    let page = report("Seeds", &[facts]);
    let expected = format!("<dd>{:.1}\u{a0}%</dd>", 100.0 * mean);
    let interval = format!("{:.1}\u{a0}% to {:.1}\u{a0}%", 100.0 * low, 100.0 * high);
    assert!(page.html.contains(&expected), "{expected}");
    assert!(page.html.contains(&interval), "{interval}");
    for words in [
        "Mean over 3 runs",
        "seed 2",
        "everything is of seed 1",
        "Kept epoch",
    ] {
        assert!(
            page.html.contains(words) && page.markdown.contains(words),
            "{words}"
        );
    }
    for (_, drawing) in &page.pictures {
        nothing_is_cut_off(drawing);
    }
}

#[test]
fn curves_of_many_runs_are_named_where_there_is_room() {
    let history = history(&run("cnn", 1.0, 24));
    for count in [2usize, 5, 40] {
        // All end at the same place: their names still must not lie on each other.
        let names: Vec<String> = (1..=count).map(|n| format!("fold {n}")).collect();
        let runs: Vec<(&str, &History)> = names.iter().map(|n| (n.as_str(), &history)).collect();
        for drawing in [losses_drawing(&runs), accuracies_drawing(&runs)] {
            let drawing = drawing.expect("a picture");
            nothing_is_cut_off(&drawing);
            let mut heights: Vec<f64> = drawing
                .shapes
                .iter()
                .filter_map(|shape| match shape {
                    Shape::Text(text) if text.words.starts_with("fold") => Some(text.y),
                    _ => None,
                })
                .collect();
            assert_eq!(heights.len(), if count < 10 { 2 * count } else { 0 });
            heights.sort_by(f64::total_cmp);
            assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > 11.0));
        }
    }
    assert!(losses_drawing(&[("seed 1", &History::default())]).is_none());
    assert!(losses_drawing(&[]).is_none());
}

#[test]
fn seeds_are_paired_by_name() {
    let mut runs = [seeds("good", 2.2, 240), seeds("poor", 0.3, 240)];
    let (pairs, lacking) = compare(&runs);
    assert!(lacking.is_empty());
    let [pair] = &pairs[..] else {
        panic!("{pairs:?}")
    };
    assert!(
        pair.pairing.contains("seed 1, seed 2, seed 3"),
        "{}",
        pair.pairing
    );
    assert_eq!(pair.n, 240);
    let hits = |run: &RunContext, at: usize| {
        let predictions = match at {
            0 => &run.predictions,
            _ => &run.repeats[at - 1].predictions,
        };
        measure(&predictions[0], 8).unwrap().hits
    };
    let each: Vec<f64> = (0..3)
        .map(|at| metrics::mcnemar(&hits(&runs[0], at), &hits(&runs[1], at)))
        .collect();
    let expected = (2.0 * each.iter().sum::<f64>() / 3.0).min(1.0);
    assert!((pair.p - expected).abs() < 1e-12, "{} {expected}", pair.p);
    let share = |run: &RunContext, at: usize| {
        hits(run, at).iter().filter(|hit| **hit).count() as f64 / 240.0
    };
    let gap: f64 = (0..3)
        .map(|at| share(&runs[0], at) - share(&runs[1], at))
        .sum();
    assert!((pair.difference[0] - gap / 3.0).abs() < 1e-12);

    // Other seeds: the first are paired, and the sentence says so.
    runs[1].repeats.pop();
    let (pairs, _) = compare(&runs);
    assert!((pairs[0].p - each[0]).abs() < 1e-12);
    let sentence = pairs[0].sentence();
    assert!(
        sentence.contains("only the first runs were paired: seed 1 of good, seed 1 of poor"),
        "{sentence}"
    );
    // One against itself: no difference, and an interval that says so.
    let (pairs, _) = compare(&[runs[0].clone(), runs[0].clone()]);
    assert_eq!(pairs[0].difference, [0.0, 0.0, 0.0]);
    assert!(!pairs[0].differs() && pairs[0].p == 1.0);
}

#[test]
fn folds_are_one_list_of_clips() {
    let mut folds = [seeds("good", 2.2, 80), seeds("poor", 0.3, 80)];
    for run in &mut folds {
        let parts = std::iter::once(&mut run.predictions)
            .chain(run.repeats.iter_mut().map(|repeat| &mut repeat.predictions));
        for (fold, predictions) in parts.enumerate() {
            predictions.truncate(1);
            for id in &mut predictions[0].ids {
                *id = format!("{fold}/{id}");
            }
            for group in predictions[0].groups.iter_mut().flatten() {
                *group += 1_000 * fold as u32;
            }
        }
    }
    let (pairs, _) = compare(&folds);
    assert_eq!(pairs[0].n, 240);
    let page = report("Folds", &folds[..1]);
    assert!(
        page.html
            .contains("Every clip was held out once. All of them together: 240 test clips")
    );
    assert!(page.html.contains("of all held-out clips"));
}

#[test]
fn a_difference_that_few_artists_make_is_not_significant() {
    let mut runs = [run("good", 1.6, 240), run("poor", 1.6, 240)];
    // The second is wrong on thirty clips of two artists, and right as the first elsewhere.
    let predictions = &mut runs[0].predictions[0];
    predictions.groups = Some(
        (0..240)
            .map(|row| if row < 30 { row / 15 } else { row })
            .collect(),
    );
    for (row, p) in predictions.probabilities.chunks_mut(8).enumerate() {
        if row < 30 {
            p.fill(0.0);
            p[row % 8] = 1.0;
        }
    }
    let mut other = predictions.clone();
    for p in other.probabilities.chunks_mut(8).take(30) {
        p.rotate_right(1);
    }
    runs[1].predictions[0] = other;
    let (pairs, _) = compare(&runs);
    assert!(
        pairs[0].corrected < 0.001 && pairs[0].only == [30, 0],
        "{pairs:?}"
    );
    assert!(!pairs[0].differs(), "{pairs:?}");
    assert!(pairs[0].sentence().contains("takes clips for independent"));
    // The same clips of thirty artists.
    runs[0].predictions[0].groups = Some((0..240).collect());
    let (pairs, _) = compare(&runs);
    assert!(pairs[0].differs() && pairs[0].sentence().contains("significantly better"));
}
