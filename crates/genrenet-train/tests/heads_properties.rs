//! What holds for every head: the gradient is zero at the solution, and what must not change an answer does not.

use genrenet_train::heads::{
    Discriminant, Examples, HeadError, LinearHead, Logistic, Priors, Standardisation,
};
use proptest::prelude::*;

const COLUMNS: usize = 5;

/// Rows of three classes in five columns, at least `least` of each; values of at most ±4 in steps of a thousandth.
fn rows(least: usize) -> impl Strategy<Value = (Vec<f32>, Vec<usize>)> {
    prop::collection::vec(0usize..3, 0..20).prop_flat_map(move |more| {
        let mut labels: Vec<usize> = (0..3 * least).map(|row| row % 3).collect();
        labels.extend(more);
        let value = (-4000i32..4000).prop_map(|v| v as f32 / 1000.0);
        let values = prop::collection::vec(value, labels.len() * COLUMNS);
        (values, Just(labels))
    })
}

fn examples(values: &[f32], labels: &[usize]) -> Examples {
    Examples::new(values, COLUMNS, labels, 3).expect("rows")
}

/// The same rows with another value in each column.
fn changed(values: &[f32], change: impl Fn(usize, f32) -> f32) -> Vec<f32> {
    let each = values.iter().enumerate();
    each.map(|(at, &value)| change(at % COLUMNS, value))
        .collect()
}

/// The largest difference of two heads' probabilities over rows that each reads in its own form.
fn gap(a: (&LinearHead, &Examples), b: (&LinearHead, &Examples)) -> f64 {
    let mut largest = 0.0f64;
    for row in 0..a.1.rows() {
        let (p, q) = (
            a.0.probabilities(a.1.row(row)),
            b.0.probabilities(b.1.row(row)),
        );
        for (p, q) in p.iter().zip(&q) {
            largest = largest.max((p - q).abs());
        }
    }
    largest
}

/// The largest element of the gradient of C·Σ weight·loss + ½‖W‖², written out.
fn largest_slope(head: &LinearHead, examples: &Examples, c: f64, weights: &[f64]) -> f64 {
    let mut slopes = head.weights.clone();
    slopes.extend([0.0; 3]);
    for (row, weight) in weights.iter().enumerate() {
        let p = head.probabilities(examples.row(row));
        for (class, p) in p.iter().enumerate() {
            let own = f64::from(u8::from(examples.labels()[row] == class));
            let part = c * weight * (p - own);
            for (column, value) in examples.row(row).iter().chain([&1.0]).enumerate() {
                slopes[column * 3 + class] += part * value;
            }
        }
    }
    slopes
        .iter()
        .fold(0.0, |largest, slope| slope.abs().max(largest))
}

proptest! {
    #[test]
    fn the_gradient_is_zero_at_the_solution(
        (values, labels) in rows(1),
        exponent in -4i32..5,
        weights in prop::collection::vec(0.1f64..3.0, 23),
    ) {
        let examples = examples(&values, &labels);
        let c = 10f64.powi(exponent);
        let weights = &weights[..labels.len()];
        let head = Logistic { c }.fit(&examples, Some(weights)).expect("a head");
        let slope = largest_slope(&head, &examples, c, weights);
        prop_assert!(slope < 1e-6 * c.max(1.0), "{slope:e}");
        // What is the same for every class is not in the weights, nor in the biases.
        for of_column in head.weights.chunks(3).chain([&head.bias[..]]) {
            prop_assert!(of_column.iter().sum::<f64>().abs() < 1e-6);
        }
    }

    #[test]
    fn a_row_of_weight_two_is_two_rows(
        (values, labels) in rows(1),
        twice in any::<prop::sample::Index>(),
    ) {
        let once = examples(&values, &labels);
        let row = twice.index(labels.len());
        let rows: Vec<usize> = (0..labels.len()).chain([row]).collect();
        let mut weights = vec![1.0; labels.len()];
        weights[row] = 2.0;
        let head = Logistic { c: 0.5 };
        let weighted = head.fit(&once, Some(&weights)).expect("a head");
        let repeated = head.fit(&once.select(&rows), None).expect("a head");
        prop_assert!(gap((&weighted, &once), (&repeated, &once)) < 1e-7);
        // Weights are factors of C.
        let halves: Vec<f64> = weights.iter().map(|weight| weight / 2.0).collect();
        let same = Logistic { c: 1.0 }.fit(&once, Some(&halves)).expect("a head");
        prop_assert!(gap((&weighted, &once), (&same, &once)) < 1e-7);
    }

    #[test]
    fn a_constant_added_to_a_column_changes_nothing(
        (values, labels) in rows(2),
        shift in -64i32..64,
        column in 0..COLUMNS,
    ) {
        let shifted = changed(&values, |of, v| if of == column { v + shift as f32 } else { v });
        let (plain, shifted) = (examples(&values, &labels), examples(&shifted, &labels));
        let logistic = |rows: &Examples| Logistic { c: 0.3 }.fit(rows, None).expect("a head");
        let (a, b) = (logistic(&plain), logistic(&shifted));
        prop_assert!(gap((&a, &plain), (&b, &shifted)) < 1e-4);
    }

    #[test]
    fn discriminants_do_not_depend_on_the_scale_of_columns(
        (values, labels) in rows(4),
        exponents in prop::collection::vec(-30i32..30, COLUMNS),
        shift in -64i32..64,
    ) {
        let scaled = changed(&values, |column, v| (v + shift as f32) * 2f32.powi(exponents[column]));
        let (plain, scaled) = (examples(&values, &labels), examples(&scaled, &labels));
        let fit = |rows| Discriminant { priors: Priors::Uniform }.fit(rows).expect("a head");
        let (a, b) = (fit(&plain), fit(&scaled));
        prop_assert!(gap((&a, &plain), (&b, &scaled)) < 1e-3);
    }

    #[test]
    fn other_names_of_classes_are_other_columns(
        (values, labels) in rows(3),
    ) {
        let renamed: Vec<usize> = labels.iter().map(|label| (label + 1) % 3).collect();
        let (plain, renamed) = (examples(&values, &labels), examples(&values, &renamed));
        let logistic = |rows| Logistic { c: 0.3 }.fit(rows, None).expect("a head");
        let discriminant = |rows| Discriminant { priors: Priors::Shares }.fit(rows).expect("a head");
        for (a, b) in [
            (logistic(&plain), logistic(&renamed)),
            (discriminant(&plain), discriminant(&renamed)),
        ] {
            for row in 0..plain.rows() {
                let (p, mut q) = (a.probabilities(plain.row(row)), b.probabilities(plain.row(row)));
                q.rotate_left(1);
                for (p, q) in p.iter().zip(&q) {
                    prop_assert!((p - q).abs() < 1e-7, "{p} {q}");
                }
            }
        }
    }

    #[test]
    fn a_folded_head_reads_rows_as_they_are(
        (values, labels) in rows(2),
        exponents in prop::collection::vec(-8i32..8, COLUMNS),
    ) {
        let scaled = changed(&values, |column, v| (v + 3.0) * 2f32.powi(exponents[column]));
        let plain = examples(&scaled, &labels);
        let standard = Standardisation::fit(&plain);
        let standardised = standard.apply(&plain);
        let head = Logistic { c: 0.3 }.fit(&standardised, None).expect("a head");
        let folded = standard.fold_into(&head);
        prop_assert!(gap((&head, &standardised), (&folded, &plain)) < 1e-9);
        for column in 0..COLUMNS {
            let values: Vec<f64> = (0..plain.rows()).map(|row| standardised.row(row)[column]).collect();
            let n = values.len() as f64;
            prop_assert!((values.iter().sum::<f64>() / n).abs() < 1e-9);
            prop_assert!((values.iter().map(|v| v * v).sum::<f64>() / n - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn columns_that_do_not_vary_are_not_scaled() {
    let values = [0.1f32, 1.0, 0.1, 2.0, 0.1, 4.0];
    let examples = Examples::new(&values, 2, &[0, 1, 1], 2).expect("rows");
    let standard = Standardisation::fit(&examples);
    assert_eq!(standard.scale[0], 1.0);
    let again = standard.apply(&examples);
    assert!(again.row(2)[0].abs() < 1e-15);
}

/// Two rows of each class: nothing is shrunk, and the covariance is singular in five columns.
#[test]
fn a_singular_covariance_leaves_out_what_does_not_vary() {
    let values: Vec<f32> = [
        [0, 0, 1, 0, 0],
        [0, 0, 3, 0, 0],
        [1, 0, 5, 0, 0],
        [1, 0, 7, 0, 0],
    ]
    .concat()
    .into_iter()
    .map(|v| v as f32)
    .collect();
    let examples = Examples::new(&values, 5, &[0, 0, 1, 1], 2).expect("rows");
    let head = Discriminant {
        priors: Priors::Shares,
    }
    .fit(&examples)
    .expect("a head");
    // Variance 1 in column 2, means 2 and 6.
    let (weights, bias) = (&head.weights[4..6], &head.bias);
    assert!((weights[0] - 2.0).abs() < 1e-12 && (weights[1] - 6.0).abs() < 1e-12);
    assert!((bias[0] - (0.5f64.ln() - 2.0)).abs() < 1e-12);
    assert!(
        head.weights
            .iter()
            .enumerate()
            .all(|(at, w)| *w == 0.0 || at / 2 == 2)
    );
}

#[test]
fn impossible_settings_are_refused() {
    let examples = Examples::new(&[0.0, 1.0, 2.0], 1, &[0, 1, 1], 2).expect("rows");
    let said = |refused: Result<LinearHead, HeadError>| refused.expect_err("refused").to_string();
    assert_eq!(
        said(Logistic { c: 0.0 }.fit(&examples, None)),
        "C: expected a number above 0, found 0"
    );
    let logistic = Logistic { c: 1.0 };
    assert_eq!(
        said(logistic.fit(&examples, Some(&[1.0]))),
        "weights of the rows: expected 3 values, found 1"
    );
    assert_eq!(
        said(logistic.fit(&examples, Some(&[1.0, -1.0, 1.0]))),
        "weight of row 1: expected a number of at least 0, found -1"
    );
    assert_eq!(
        said(logistic.fit(&examples, Some(&[0.0, 1.0, 1.0]))),
        "class 0: expected at least one row, found none"
    );
    assert_eq!(
        said(logistic.fit(&examples.select(&[1, 2]), None)),
        "class 0: expected at least one row, found none"
    );
    let with = |priors| {
        Discriminant {
            priors: Priors::Given(priors),
        }
        .fit(&examples)
    };
    assert_eq!(said(with(vec![1.0])), "priors: expected 2 values, found 1");
    assert_eq!(
        said(with(vec![1.0, 0.0])),
        "prior of class 1: expected a number above 0, found 0"
    );
    let huge = Examples::new(&[0.0, 3e38, -3e38, 1e38], 1, &[0, 1, 1, 0], 2).expect("rows");
    let found = logistic.fit(&huge, None);
    assert!(
        found
            .as_ref()
            .is_ok_and(|head| head.weights.iter().all(|w| w.is_finite())),
        "{found:?}"
    );
}
