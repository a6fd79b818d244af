//! Heads compared with scikit-learn (`reference/heads.py`), and what holds for every solution.

use genrenet_train::heads::{Discriminant, Examples, HeadError, LinearHead, Logistic, Priors};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    columns: usize,
    classes: usize,
    values: Vec<f32>,
    labels: Vec<usize>,
    queries: Vec<f64>,
    c: f64,
    weights: Option<Vec<f64>>,
    priors: Option<Vec<f64>>,
    logistic: Vec<f64>,
    discriminant: Option<Vec<f64>>,
}

impl Case {
    fn examples(&self) -> Examples {
        Examples::new(&self.values, self.columns, &self.labels, self.classes).expect("rows")
    }

    /// The largest difference to the expected probabilities of the further rows.
    fn compare(&self, head: &LinearHead, expected: &[f64]) -> f64 {
        let queries = self.queries.chunks_exact(self.columns);
        let found: Vec<f64> = queries.flat_map(|row| head.probabilities(row)).collect();
        assert_eq!(found.len(), expected.len(), "{}", self.name);
        let gaps = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        gaps.fold(0.0, f64::max)
    }
}

fn cases() -> Vec<Case> {
    let golden: Golden = serde_json::from_str(include_str!("golden/heads.json")).expect("golden");
    golden.cases
}

#[test]
fn logistic_regression_is_that_of_scikit_learn() {
    for case in cases() {
        let head = Logistic { c: case.c }
            .fit(&case.examples(), case.weights.as_deref())
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let gap = case.compare(&head, &case.logistic);
        println!("{}: {gap:.1e}", case.name);
        assert!(gap < 1e-4, "{}: {gap:e}", case.name);
    }
}

#[test]
fn discriminant_analysis_is_that_of_scikit_learn() {
    let mut compared = 0;
    for case in cases() {
        let Some(expected) = &case.discriminant else {
            continue;
        };
        let priors = case.priors.clone().map_or(Priors::Shares, Priors::Given);
        let head = Discriminant { priors }
            .fit(&case.examples())
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let gap = case.compare(&head, expected);
        println!("{}: {gap:.1e}", case.name);
        assert!(gap < 1e-4, "{}: {gap:e}", case.name);
        compared += 1;
    }
    assert!(compared >= 10);
}

#[test]
fn one_row_for_each_class_has_no_covariance() {
    let case = cases()
        .into_iter()
        .find(|case| case.discriminant.is_none())
        .expect("a case");
    let refused = Discriminant {
        priors: Priors::Shares,
    }
    .fit(&case.examples());
    assert_eq!(refused, Err(HeadError::NoVariation { rows: 5 }));
}
