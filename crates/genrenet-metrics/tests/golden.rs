//! Figures compared with scikit-learn and scipy (`reference/metrics.py`).

use genrenet_metrics as metrics;
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("golden file")).expect("JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("array")
        .iter()
        .map(|v| v.as_f64().expect("number"))
        .collect()
}

fn singles(value: &Value) -> Vec<f32> {
    numbers(value).iter().map(|&v| v as f32).collect()
}

fn truths(value: &Value) -> Vec<bool> {
    value
        .as_array()
        .expect("array")
        .iter()
        .map(|v| v.as_bool().expect("truth value"))
        .collect()
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

#[track_caller]
fn all_near(found: &[f64], expected: &Value, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len());
    for (&found, expected) in found.iter().zip(expected) {
        near(found, expected, tolerance);
    }
}

#[test]
fn classification_is_that_of_scikit_learn() {
    let golden = golden("classification");
    let k = golden["classes"].as_u64().expect("classes") as usize;
    let p = singles(&golden["probabilities"]);
    let labels: Vec<usize> = numbers(&golden["labels"])
        .iter()
        .map(|&v| v as usize)
        .collect();
    assert_eq!(metrics::validate(&p, k, &labels), Ok(()));

    near(
        metrics::accuracy(&p, k, &labels),
        golden["accuracy"].as_f64().unwrap(),
        1e-12,
    );
    let top: Vec<f64> = (1..=3).map(|t| metrics::top_k(&p, k, &labels, t)).collect();
    all_near(&top, &golden["top"], 1e-12);

    let matrix = metrics::confusion(&metrics::predictions(&p, k), &labels, k);
    for (row, expected) in matrix.iter().zip(golden["confusion"].as_array().unwrap()) {
        let row: Vec<f64> = row.iter().map(|&v| v as f64).collect();
        all_near(&row, expected, 0.0);
    }
    let scores = metrics::per_class(&matrix);
    let column = |f: fn(&metrics::ClassScore) -> f64| scores.iter().map(f).collect::<Vec<_>>();
    all_near(&column(|s| s.precision), &golden["precision"], 1e-12);
    all_near(&column(|s| s.recall), &golden["recall"], 1e-12);
    all_near(&column(|s| s.f1), &golden["f1"], 1e-12);
    near(
        metrics::macro_f1(&matrix),
        golden["macro_f1"].as_f64().unwrap(),
        1e-12,
    );

    near(
        metrics::log_loss(&p, k, &labels),
        golden["log_loss"].as_f64().unwrap(),
        1e-12,
    );
    near(
        metrics::brier(&p, k, &labels),
        golden["brier"].as_f64().unwrap(),
        1e-12,
    );
    near(
        metrics::ece(&p, k, &labels, metrics::ECE_BINS),
        golden["ece"].as_f64().unwrap(),
        1e-12,
    );
}

#[test]
fn temperature_is_the_minimum_scipy_finds() {
    let golden = golden("classification");
    let k = golden["classes"].as_u64().expect("classes") as usize;
    let logits = singles(&golden["logits"]);
    let labels: Vec<usize> = numbers(&golden["labels"])
        .iter()
        .map(|&v| v as usize)
        .collect();
    let t = metrics::fit_temperature(&logits, k, &labels);
    near(f64::from(t), golden["temperature"].as_f64().unwrap(), 1e-6);

    let loss = |t: f32| {
        metrics::log_loss(
            &metrics::softmax_with_temperature(&logits, k, t),
            k,
            &labels,
        )
    };
    assert!(loss(t) < loss(t * 1.05) && loss(t) < loss(t / 1.05));
    // A temperature changes no answer.
    assert_eq!(
        metrics::predictions(&metrics::softmax_with_temperature(&logits, k, t), k),
        metrics::predictions(&logits, k)
    );
}

#[test]
fn tests_and_intervals_are_those_of_scipy() {
    let golden = golden("tests");
    let (mean, low, high) = metrics::mean_interval(&numbers(&golden["values"]));
    all_near(&[mean, low, high], &golden["mean"], 1e-12);

    for pair in golden["t_quantiles"].as_array().unwrap() {
        let [df, quantile] = numbers(pair)[..] else {
            panic!("a pair")
        };
        // Values −1 and 1, each (df + 1) / 2 times: s² = (df + 1) / df and s² / n = 1 / df.
        let values: Vec<f64> = (0..=df as usize)
            .map(|i| if i % 2 == 0 { 1.0 } else { -1.0 })
            .collect();
        let (_, _, high) = metrics::mean_interval(&values);
        near(high * df.sqrt(), quantile, 1e-11);
    }

    let pairs = golden["pairs"].as_array().unwrap();
    for (i, pair) in pairs.iter().enumerate() {
        let pair = numbers(pair);
        let mut first = vec![true; pair[0] as usize];
        first.resize((pair[0] + pair[1]) as usize, false);
        let second: Vec<bool> = first.iter().map(|hit| !hit).collect();
        near(
            metrics::mcnemar(&first, &second),
            golden["exact"][i].as_f64().unwrap(),
            1e-11,
        );
        near(
            metrics::mcnemar_chi_squared(&first, &second),
            golden["chi_squared"][i].as_f64().unwrap(),
            1e-12,
        );
    }
}

#[test]
fn bootstrap_intervals_are_near_those_of_scipy() {
    let golden = golden("tests");
    let (hits, other) = (truths(&golden["hits"]), truths(&golden["other"]));
    let (low, high) = metrics::bootstrap_interval(&hits, 20_000, 3);
    let expected = numbers(&golden["bootstrap"]);
    near(low, expected[0], 0.004);
    near(high, expected[1], 0.004);

    let paired = metrics::paired_bootstrap(&hits, &other, 20_000, 3);
    let expected = numbers(&golden["paired_bootstrap"]);
    near(paired.low, expected[0], 0.004);
    near(paired.high, expected[1], 0.004);
    let share = |hits: &[bool]| hits.iter().filter(|&&h| h).count() as f64 / hits.len() as f64;
    near(paired.difference, share(&hits) - share(&other), 1e-12);
}

#[test]
fn wilson_intervals_are_those_of_scipy() {
    for row in golden("tests")["wilson"].as_array().unwrap() {
        let row = numbers(row);
        let (low, high) = metrics::wilson_interval(row[0] as u64, row[1] as u64);
        near(low, row[2], 1e-12);
        near(high, row[3], 1e-12);
    }
}

#[test]
fn principal_components_are_those_of_scikit_learn() {
    let golden = golden("layouts");
    let (n, d) = (
        golden["n"].as_u64().unwrap() as usize,
        golden["d"].as_u64().unwrap() as usize,
    );
    let pca = metrics::pca(&singles(&golden["data"]), n, d, 3).unwrap();
    all_near(&pca.components, &golden["components"], 1e-10);
    all_near(&pca.explained_variance, &golden["variance"], 1e-11);
    all_near(&pca.explained_ratio, &golden["ratio"], 1e-11);
    all_near(&pca.projected[..15], &golden["projected"], 1e-10);

    // Fewer points than values goes the other way round.
    let pca = metrics::pca(&singles(&golden["wide"]), 9, 21, 4).unwrap();
    all_near(&pca.components, &golden["wide_components"], 1e-10);
    all_near(&pca.explained_variance, &golden["wide_variance"], 1e-11);
}

#[test]
fn trustworthiness_and_divergence_are_those_of_scikit_learn() {
    let golden = golden("layouts");
    let (n, d) = (
        golden["n"].as_u64().unwrap() as usize,
        golden["d"].as_u64().unwrap() as usize,
    );
    let data = singles(&golden["data"]);
    let theirs: Vec<[f32; 2]> = singles(&golden["points"])
        .chunks_exact(2)
        .map(|at| [at[0], at[1]])
        .collect();
    let found: Vec<f64> = [5, 12]
        .iter()
        .map(|&k| metrics::trustworthiness(&data, n, d, &theirs, k))
        .collect();
    all_near(&found, &golden["trustworthiness"], 1e-12);

    // Their exact method spreads P over all pairs, ours over 3·perplexity neighbours: the divergences differ by little.
    let kl = metrics::kl_divergence(&data, n, d, &theirs, 20.0);
    near(kl, golden["tsne_kl"].as_f64().unwrap(), 0.03);

    let spec = metrics::TsneSpec {
        perplexity: 20.0,
        ..Default::default()
    };
    let ours = metrics::tsne(&data, n, d, &spec).unwrap();
    assert!(
        ours.kl_divergence < kl + 0.02,
        "{} against {kl}",
        ours.kl_divergence
    );
    let trust = metrics::trustworthiness(&data, n, d, &ours.points, 5);
    assert!(trust > found[0] - 0.02, "{trust} against {}", found[0]);
}

#[test]
fn average_precision_is_that_of_scikit_learn() {
    let several = golden("several");
    let k = several["classes"].as_u64().unwrap() as usize;
    let truth = truths(&several["truth"]);
    let ours = metrics::AveragePrecision::new(&singles(&several["probabilities"]), k, &truth);
    for (ours, theirs) in
        (ours.per_class().iter()).zip(several["average_precision"].as_array().unwrap())
    {
        match (ours, theirs.as_f64()) {
            (Some(ours), Some(theirs)) => near(*ours, theirs, 1e-12),
            (ours, theirs) => assert!(ours.is_none() && theirs.is_none()),
        }
    }
    near(ours.mean(), several["mean"].as_f64().unwrap(), 1e-12);
}
