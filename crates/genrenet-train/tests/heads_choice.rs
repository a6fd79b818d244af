//! The choice among heads: grouped folds, the rule for few songs, calibration on answers out of fold.

use std::collections::BTreeSet;

use genrenet_train::heads::{
    Examples, Folds, HeadError, HeadKind, HeadOptions, Reason, Scaling, TooFewGroups, choose,
    fit_head,
};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const COLUMNS: usize = 6;

/// `artists` artists for each of three classes with `songs` songs each. Classes differ in their mean, artists around it too.
fn collection(artists: usize, songs: usize) -> (Examples, Vec<Option<u32>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut around = |spread: f32| -> Vec<f32> {
        (0..COLUMNS)
            .map(|_| spread * (0..4).map(|_| rng.random_range(-1.0..1.0f32)).sum::<f32>())
            .collect()
    };
    let (mut values, mut labels, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    let classes: Vec<Vec<f32>> = (0..3).map(|_| around(1.2)).collect();
    for artist in 0..3 * artists {
        let class = artist % 3;
        let of_artist = around(0.3);
        for _ in 0..songs {
            let parts = around(0.6).into_iter().zip(&of_artist).zip(&classes[class]);
            values.extend(parts.map(|((own, artist), class)| own + artist + class));
            labels.push(class);
            groups.push(Some(artist as u32));
        }
    }
    let examples = Examples::new(&values, COLUMNS, &labels, 3).expect("rows");
    (examples, groups)
}

#[test]
fn enough_songs_are_discriminated_and_calibrated_out_of_fold() {
    let (examples, groups) = collection(10, 6);
    let fitted = fit_head(&examples, &groups, &HeadOptions::default()).expect("a head");
    let choice = &fitted.choice;
    assert_eq!(choice.kind, HeadKind::Discriminant);
    assert_eq!(choice.reason, Reason::EnoughRows { median: 60 });
    assert_eq!(choice.folds, Ok(5));
    let kinds: Vec<HeadKind> = choice.candidates.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, HeadKind::CANDIDATES);
    assert!(choice.failed.is_empty());
    for candidate in &choice.candidates {
        let (low, high) = candidate.interval;
        assert!(
            low < candidate.accuracy && candidate.accuracy < high,
            "{candidate:?}"
        );
        assert!((0.5..0.99).contains(&candidate.accuracy), "{candidate:?}");
    }
    // The weaker the penalty, the surer the answers.
    let temperatures: Vec<f32> = choice.candidates[..5]
        .iter()
        .map(|one| one.temperature)
        .collect();
    assert!(temperatures.is_sorted(), "{temperatures:?}");

    let chosen = choice.chosen().expect("folds");
    let calibration = &fitted.calibration;
    assert!(calibration.was_fitted());
    assert_eq!(
        calibration.temperature,
        chosen.temperature.clamp(0.05, 20.0)
    );
    let (mut answered, mut right) = (0, 0);
    for (p, &label) in chosen.probabilities.chunks(3).zip(examples.labels()) {
        let mut p = p.to_vec();
        calibration.apply(&mut p);
        let top = (0..3).max_by(|&a, &b| p[a].total_cmp(&p[b]));
        if top.is_some_and(|top| p[top] >= calibration.unsure_below) {
            answered += 1;
            right += usize::from(top == Some(label));
        }
    }
    assert!(
        answered > 0 && f64::from(right as u32) >= 0.8 * f64::from(answered),
        "{right} of {answered}"
    );

    let again = fit_head(&examples, &groups, &HeadOptions::default()).expect("a head");
    assert_eq!(again, fitted, "the same seed gives the same head");
}

#[test]
fn rows_are_predicted_by_heads_that_saw_none_of_their_group() {
    let (examples, groups) = collection(4, 3);
    let folds = Folds::new(&examples, &groups, 3).expect("folds");
    let kind = HeadKind::Logistic { c: 0.1 };
    let compared = folds.compare(&examples, &[kind], Scaling::Standard);
    let candidate = compared[0].as_ref().expect("a candidate");
    for fold in 0..folds.count() {
        let (held_out, training): (Vec<usize>, Vec<usize>) =
            (0..examples.rows()).partition(|&row| folds.of_rows()[row] == Some(fold));
        let shared = |row: &usize| held_out.iter().any(|&other| groups[other] == groups[*row]);
        assert!(!training.iter().any(shared));
        let head = kind
            .fit(&examples.select(&training), Scaling::Standard)
            .expect("a head");
        for row in held_out {
            let found = &candidate.probabilities[row * 3..row * 3 + 3];
            for (a, b) in found.iter().zip(head.probabilities(examples.row(row))) {
                assert_eq!(*a, b as f32);
            }
        }
    }
}

#[test]
fn few_songs_are_left_to_logistic_regression() {
    let (examples, groups) = collection(4, 1);
    let choice = choose(&examples, &groups, &HeadOptions::default()).expect("a choice");
    assert_eq!(choice.kind, HeadKind::OF_FEW_ROWS);
    assert_eq!(choice.reason, Reason::FewRows { median: 4 });
    assert_eq!(choice.folds, Ok(5));
    assert!(
        choice
            .chosen()
            .is_some_and(|chosen| chosen.accuracy > 1.0 / 3.0)
    );
}

#[test]
fn one_song_of_a_genre_can_be_learned_but_not_measured() {
    let (examples, groups) = collection(1, 1);
    let fitted = fit_head(&examples, &groups, &HeadOptions::default()).expect("a head");
    let refused = TooFewGroups {
        class: 0,
        groups: 1,
    };
    assert_eq!(fitted.choice.folds, Err(refused));
    assert_eq!(fitted.choice.reason, Reason::FewRows { median: 1 });
    assert!(fitted.choice.candidates.is_empty() && fitted.choice.chosen().is_none());
    assert!(!fitted.calibration.was_fitted());
    for row in 0..3 {
        let p = fitted.head.probabilities(examples.row(row));
        assert!(
            p.iter().all(|&other| other <= p[examples.labels()[row]]),
            "{p:?}"
        );
    }
}

/// Many songs, all of one artist in one genre.
#[test]
fn a_genre_that_is_in_no_fold_is_learned_and_the_others_are_measured() {
    let (examples, mut groups) = collection(5, 4);
    groups
        .iter_mut()
        .zip(examples.labels())
        .for_each(|(group, &class)| {
            if class == 1 {
                *group = Some(1);
            }
        });
    let fitted = fit_head(&examples, &groups, &HeadOptions::default()).expect("a head");
    let choice = &fitted.choice;
    let one_artist = TooFewGroups {
        class: 1,
        groups: 1,
    };
    assert_eq!(choice.unmeasured, [one_artist]);
    assert_eq!((choice.kind, choice.folds), (HeadKind::Discriminant, Ok(5)));
    let chosen = choice.chosen().expect("folds");
    let measured: Vec<usize> = (0..60).filter(|&row| examples.labels()[row] != 1).collect();
    assert_eq!(chosen.rows, measured);
    assert_eq!(chosen.probabilities.len(), 40 * 3);
    assert_eq!(
        fitted.calibration.fitted_on,
        "out of fold, 5 grouped folds of 40 rows"
    );
    // With one genre left there is nothing to confuse it with out of fold.
    groups
        .iter_mut()
        .zip(examples.labels())
        .for_each(|(group, &class)| {
            if class == 2 {
                *group = Some(1);
            }
        });
    let choice = choose(&examples, &groups, &HeadOptions::default()).expect("a choice");
    assert_eq!(choice.folds, Err(one_artist));
    assert_eq!(choice.reason, Reason::EnoughRows { median: 20 });
}

#[test]
fn answers_that_are_all_right_leave_an_interval() {
    let values: Vec<f32> = (0..12).map(|row| (row % 2) as f32 * 9.0).collect();
    let labels: Vec<usize> = (0..12).map(|row| row % 2).collect();
    let examples = Examples::new(&values, 1, &labels, 2).expect("rows");
    let folds = Folds::new(&examples, &[None; 12], 1).expect("folds");
    let kinds = [HeadKind::Logistic { c: 1.0 }];
    let compared = folds.compare(&examples, &kinds, Scaling::AsIs);
    let one = compared[0].as_ref().expect("a candidate");
    assert_eq!(one.accuracy, 1.0);
    // Wilson's interval of 12 of 12.
    assert!((one.interval.0 - 0.757).abs() < 1e-3 && one.interval.1 == 1.0);
}

/// Classes that one column tells apart, in which every eighth song lies a thousand times farther out.
#[test]
fn folds_overrule_discriminants_that_outliers_spoil() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for row in 0..160 {
        let class = row % 2;
        let far = if row % 16 < 2 { 1000.0 } else { 1.0 };
        let sign = if class == 0 { -1.0 } else { 1.0 };
        values.push(far * sign * rng.random_range(0.2..1.0f32));
        values.push(rng.random_range(-1.0..1.0f32));
        labels.push(class);
    }
    let examples = Examples::new(&values, 2, &labels, 2).expect("rows");
    let choice = choose(&examples, &[None; 160], &HeadOptions::default()).expect("a choice");
    assert!(
        matches!(choice.kind, HeadKind::Logistic { .. }),
        "{:?}",
        choice.kind
    );
    let Reason::Folds {
        over,
        gain,
        standard_error,
    } = choice.reason
    else {
        panic!("{:?}", choice.reason);
    };
    assert_eq!(over, HeadKind::Discriminant);
    assert!(
        gain > standard_error && standard_error > 0.0,
        "{gain} {standard_error}"
    );
}

#[test]
fn songs_that_do_not_differ_leave_no_discriminant() {
    let labels: Vec<usize> = (0..12).map(|row| row % 2).collect();
    let values: Vec<f32> = labels.iter().map(|&class| class as f32).collect();
    let examples = Examples::new(&values, 1, &labels, 2).expect("rows");
    let choice = choose(&examples, &[None; 12], &HeadOptions::default()).expect("a choice");
    let instead_of = HeadKind::Discriminant;
    assert_eq!(choice.reason, Reason::OnlyOne { instead_of });
    assert!(matches!(choice.kind, HeadKind::Logistic { .. }));
    assert!(matches!(
        choice.failed[..],
        [(HeadKind::Discriminant, HeadError::NoVariation { .. })]
    ));
}

proptest! {
    #[test]
    fn folds_hold_whole_groups_and_leave_every_class_to_learn_from(
        rows in prop::collection::vec((0usize..3, prop::option::of(0u32..12)), 3..60),
        seed in any::<u64>(),
    ) {
        let (labels, groups): (Vec<usize>, Vec<Option<u32>>) = rows.iter().copied().unzip();
        let examples = Examples::new(&vec![0.0; rows.len()], 1, &labels, 3).expect("rows");
        let of_class = |class: usize| {
            let of_class = rows.iter().enumerate().filter(|(_, row)| row.0 == class);
            let distinct: BTreeSet<_> = of_class
                .map(|(at, row)| row.1.map_or((1, at as u32), |group| (0, group)))
                .collect();
            distinct.len()
        };
        match Folds::new(&examples, &groups, seed) {
            Ok(folds) => {
                prop_assert!((2..=5).contains(&folds.count()));
                let out: Vec<usize> = folds.unmeasured().iter().map(|one| one.class).collect();
                for fold in 0..folds.count() {
                    let outside = |row: usize| folds.of_rows()[row] != Some(fold);
                    for class in (0..3).filter(|class| !out.contains(class)) {
                        prop_assert!((0..rows.len()).any(|row| outside(row) && labels[row] == class));
                    }
                }
                for (row, (a, x)) in groups.iter().zip(folds.of_rows()).enumerate() {
                    prop_assert!(x.is_none() || !out.contains(&labels[row]));
                    for (b, y) in groups.iter().zip(folds.of_rows()) {
                        prop_assert!(a.is_none() || a != b || x == y);
                    }
                }
                for class in 0..3 {
                    let measured = (0..rows.len()).any(|row| labels[row] == class && folds.of_rows()[row].is_some());
                    prop_assert_eq!(measured, !out.contains(&class));
                    prop_assert!(measured || folds.unmeasured().iter().any(|one| one.groups == of_class(class)));
                }
                prop_assert!(out.len() < 2);
            }
            Err(TooFewGroups { class, groups: few }) => prop_assert_eq!(of_class(class), few),
        }
    }
}
