//! Runs that lack something, are wrong, or carry hostile names: the report is still made, and names what is missing.

use genrenet_report::{
    ClipContext, Hidden, Part, Predictions, ReportError, RunContext, compare, genre_map, measure,
    report, worst_and_best,
};

use crate::synthetic::{
    FMA, explanation, hidden, names, nothing_is_cut_off, predictions, run, spectrogram,
};

#[test]
fn a_full_report_has_every_part_and_cuts_nothing_off() {
    let report = report("Report", &[run("cnn", 1.6, 90)]);
    assert!(!report.html.contains("not shown"), "something is missing");
    for part in [
        "Result",
        "What was run",
        "Training",
        "Genres",
        "Confusions",
        "Calibration",
        "Worst and best clips",
        "What decided",
        "Map",
        "Network",
        "kept: epoch 14",
        "Dasheng",
        "The most frequent mistakes",
        "official (whole artists",
    ] {
        assert!(report.html.contains(part), "{part} is not in the HTML");
    }
    for (name, drawing) in &report.pictures {
        nothing_is_cut_off(name, drawing);
        assert!(
            drawing.alt.len() > 20,
            "{name} has no words for who cannot see it"
        );
        assert!(report.markdown.contains(&format!("pictures/{name}.svg")));
    }
    // Self-contained: nothing is fetched, no script.
    let outside = report.html.replace("http://www.w3.org/2000/svg", "");
    for sign in ["http:", "https:", "<script", "src=\"", "@import"] {
        assert!(!outside.contains(sign), "{sign}");
    }
    assert_eq!(
        report.html.matches("<figure>").count(),
        report.pictures.len()
    );
}

#[test]
fn a_run_without_data_names_every_missing_part() {
    let report = report("Bare", &[RunContext::new("bare", names(&["Folk", "Rock"]))]);
    for what in [
        "Figures",
        "Configuration",
        "Curves",
        "Genres",
        "Confusions",
        "Calibration",
        "Worst and best clips",
        "Map",
        "Layers",
    ] {
        assert!(
            report.html.contains(&format!("<b>{what} not shown:</b>")),
            "{what}"
        );
        assert!(
            report.markdown.contains(&format!("*{what} not shown:*")),
            "{what}"
        );
    }
    assert!(report.pictures.is_empty());
    assert!(empty_report().html.contains("Runs not shown"));
}

fn empty_report() -> genrenet_report::Report {
    report("Nothing", &[])
}

#[test]
fn reasons_are_passed_on() {
    let mut facts = run("cnn", 1.6, 40);
    facts.history = Part::Missing("the run folder has no history.jsonl".into());
    facts.data = Part::Missing("the bundle was moved away from its data".into());
    facts.hidden = Part::Missing("embedding was switched off".into());
    facts.clips = Part::Missing("the data has no audio".into());
    let report = report("Report", &[facts]);
    for why in [
        "no history.jsonl",
        "moved away from its data",
        "embedding was switched off",
        "the data has no audio",
    ] {
        assert!(
            report.html.contains(why) && report.markdown.contains(why),
            "{why}"
        );
    }
}

#[test]
fn hostile_names_are_words_only() {
    let evil = "<script>alert(\"1\")</script>'|`[x](javascript:1)";
    let genres = names(&[evil, "Rock"]);
    let mut facts = RunContext::new(evil, genres.clone());
    facts.about = evil.into();
    facts.command = Some(evil.into());
    facts.versions = vec![(evil.into(), evil.into())];
    facts.config = Part::Available(format!("{evil}\n\n</pre>{evil}"));
    let mut test = predictions(evil, 24, 2, 1.0, 1);
    test.ids.iter_mut().for_each(|id| id.push_str(evil));
    facts.clips = Part::Available(
        worst_and_best(&test, 2, 2)
            .into_iter()
            .map(|row| ClipContext {
                row,
                title: None,
                spectrogram: Part::Available(spectrogram(16, 20, 30.0, 3)),
                explanation: Part::Available(explanation(16, 20, evil)),
            })
            .collect(),
    );
    facts.predictions = vec![test];
    facts.hidden = Part::Available(vec![hidden(evil, 24, 4, 2, 1)]);
    let twice = [facts.clone(), facts];
    for runs in [&twice[..1], &twice] {
        let report = report(evil, runs);
        for text in [&report.html, &report.markdown] {
            assert!(!text.contains("<script"), "a script got through");
        }
        assert!(!report.html.contains("</pre>&lt;"));
        // Inside <pre> nothing is a link; everywhere else the brackets are escaped.
        let outside = report
            .markdown
            .split("<pre>")
            .flat_map(|piece| piece.rsplit("</pre>").next());
        assert!(
            outside
                .into_iter()
                .all(|text| !text.contains("[x](javascript"))
        );
        for (name, drawing) in &report.pictures {
            assert!(!drawing.svg().contains("<script"));
            nothing_is_cut_off(name, drawing);
            assert!(
                name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
                "{name} is no file name"
            );
        }
        let mut seen: Vec<&String> = report.pictures.iter().map(|(name, _)| name).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(
            seen.len(),
            report.pictures.len(),
            "two pictures share a file name"
        );
    }
}

#[test]
fn one_class_only_has_no_confusions_but_a_report() {
    let mut facts = run("cnn", 1.6, 40);
    for predictions in &mut facts.predictions {
        predictions.labels.iter_mut().for_each(|label| *label = 7);
    }
    let report = report("Report", &[facts]);
    assert!(report.html.contains("all of one genre (Rock)"));
    assert!(report.html.contains("Figures of Electronic, Experimental, Folk, Hip-Hop, Instrumental, International, Pop not shown"));
    // A vocabulary of one genre.
    let mut single = RunContext::new("one", names(&["Rock"]));
    single.predictions = vec![Predictions {
        on: "test".into(),
        ids: vec!["a".into()],
        labels: vec![0],
        probabilities: vec![1.0],
        groups: None,
    }];
    let report = genrenet_report::report("One", &[single]);
    assert!(report.html.contains("100.0"));
}

#[test]
fn too_few_clips_for_the_perplexity_are_mapped_with_less_or_refused_with_a_reason() {
    let genres = names(&FMA);
    let map = genre_map(&hidden("test", 30, 6, 8, 1), &genres, 0).unwrap();
    assert!(
        map.about
            .contains("perplexity 9.7 (reduced from 50: too few clips)"),
        "{}",
        map.about
    );
    nothing_is_cut_off("map", &map.drawing);
    let why = genre_map(&hidden("test", 3, 6, 8, 1), &genres, 0).unwrap_err();
    assert!(matches!(
        why,
        ReportError::Metrics(genrenet_metrics::MetricsError::FewPoints { found: 3, .. })
    ));
    assert_eq!(
        why.to_string(),
        "t-SNE: expected at least 4 points, found 3"
    );
    let why = genre_map(
        &Hidden {
            labels: vec![9; 30],
            ..hidden("test", 30, 6, 8, 1)
        },
        &genres,
        0,
    )
    .unwrap_err();
    assert!(
        matches!(
            why,
            ReportError::Genre {
                label: 9,
                genres: 8
            }
        ),
        "{why}"
    );
    assert!(why.to_string().contains("number 9, but there are 8"));

    let mut facts = run("cnn", 1.6, 40);
    facts.hidden = Part::Available(vec![
        hidden("test", 3, 6, 8, 1),
        Hidden {
            on: "training".into(),
            ..Hidden::default()
        },
    ]);
    let html = report("Report", &[facts]).html;
    assert!(
        html.contains(
            "Map of test clips not shown:</b> t-SNE: expected at least 4 points, found 3."
        )
    );
    assert!(html.contains("Map of training clips not shown"));
}

#[test]
fn answers_that_do_not_fit_are_named() {
    let good = predictions("test", 20, 8, 1.0, 1);
    let reason = |change: &dyn Fn(&mut Predictions)| {
        let mut predictions = good.clone();
        change(&mut predictions);
        measure(&predictions, 8).unwrap_err().to_string()
    };
    assert!(
        reason(&|e| e.probabilities.truncate(17))
            .contains("expected 20 rows × 8 classes = 160 values, found 17")
    );
    assert!(
        reason(&|e| e.labels[3] = 8).contains("label of row 3: expected a class below 8, found 8")
    );
    assert!(reason(&|e| e.probabilities[0] = f32::NAN).contains("found NaN"));
    assert!(reason(&|e| e.ids.truncate(2)).contains("names of clips: expected 20, found 2"));
    assert!(
        reason(&|e| e.groups = Some(vec![1])).contains("groups of clips: expected 20, found 1")
    );
    let mut facts = run("cnn", 1.0, 24);
    facts.predictions[0].probabilities[5] = f32::NAN;
    let html = report("Report", &[facts]).html;
    assert!(
        html.contains("Figures on test not shown:</b> probability of row 0, class 5"),
        "{html}"
    );
    // Clips of predictions that cannot be measured cannot be chosen either.
    assert!(worst_and_best(&Predictions::default(), 8, 3).is_empty());
}

#[test]
fn worst_and_best_are_the_surest() {
    let predictions = Predictions {
        on: "test".into(),
        ids: ["a", "b", "c", "d"].map(String::from).to_vec(),
        labels: vec![0, 0, 1, 1],
        probabilities: vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7],
        groups: None,
    };
    assert_eq!(worst_and_best(&predictions, 2, 1), [1, 0]);
    assert_eq!(worst_and_best(&predictions, 2, 9), [1, 2, 0, 3]);
}

#[test]
fn several_runs_are_compared_by_the_clips_they_share() {
    let mut runs = [
        run("good", 2.5, 240),
        run("held_out", 2.5, 240),
        run("poor", 0.4, 240),
    ];
    // The same clips in another order.
    let predictions = &mut runs[1].predictions[0];
    predictions.ids.reverse();
    predictions.labels.reverse();
    let rows: Vec<Vec<f32>> = predictions
        .probabilities
        .chunks(8)
        .rev()
        .map(<[f32]>::to_vec)
        .collect();
    predictions.probabilities = rows.concat();
    let (pairs, lacking) = compare(&runs);
    assert!(lacking.is_empty());
    assert_eq!(pairs.len(), 3);
    assert!(
        !pairs[0].differs() && pairs[0].p == 1.0 && pairs[0].n == 240,
        "{pairs:?}"
    );
    assert!(pairs[1].differs() && pairs[1].difference[0] > 0.0 && pairs[1].difference[1] > 0.0);
    let report = report("Three", &runs);
    assert!(
        report
            .html
            .contains("good and held_out do not differ significantly")
    );
    assert!(
        report
            .html
            .contains("good is significantly better than poor")
    );

    runs[2].predictions[0]
        .ids
        .iter_mut()
        .for_each(|id| id.push('x'));
    runs[1].predictions[0].probabilities[5] = f32::NAN;
    let (pairs, lacking) = compare(&runs);
    assert!(pairs.is_empty());
    assert_eq!(lacking.len(), 3);
    assert!(
        lacking.iter().any(|why| why.contains("no clip in common"))
            && lacking[0].contains("no predictions that can be measured")
    );
}

#[test]
fn a_report_is_written_whole_and_a_folder_that_cannot_be_is_named() {
    let folder = std::env::temp_dir().join(format!("genrenet-report-{}", std::process::id()));
    let written = report("Report", &[run("cnn", 1.6, 24)])
        .write(&folder)
        .unwrap();
    assert!(
        written
            .iter()
            .all(|path| path.metadata().unwrap().len() > 100)
    );
    let files = std::fs::read_dir(folder.join("pictures")).unwrap().count();
    assert_eq!(files + 2, written.len(), "a temporary file was left");
    let blocked = folder.join("report.md").join("below");
    let error = empty_report().write(&blocked).unwrap_err().to_string();
    assert!(error.contains("report.md"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}
