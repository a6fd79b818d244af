//! t-SNE on points whose neighbourhoods are known, and on points that are difficult.

use genrenet_metrics::{
    MetricsError, TsneSpec, kl_divergence, pca, trustworthiness, tsne, tsne_with,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// `n` points of `d` values around `groups` far centres.
fn clouds(n: usize, d: usize, groups: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    (0..n * d)
        .map(|at| {
            let (point, column) = (at / d, at % d);
            let centre = if column % groups == point % groups {
                8.0
            } else {
                0.0
            };
            centre + rng.random::<f32>()
        })
        .collect()
}

fn quick() -> TsneSpec {
    TsneSpec {
        perplexity: 15.0,
        iterations: 400,
        ..TsneSpec::default()
    }
}

#[test]
fn groups_stay_together() {
    let (n, d) = (300, 10);
    let data = clouds(n, d, 5);
    let layout = tsne(&data, n, d, &quick()).unwrap();
    assert_eq!(layout.perplexity, 15.0);
    for (i, a) in layout.points.iter().enumerate() {
        let nearest = (0..n)
            .filter(|&j| j != i)
            .min_by(|&j, &k| {
                let gap = |at: usize| {
                    let b = layout.points[at];
                    (a[0] - b[0]).hypot(a[1] - b[1])
                };
                gap(j).total_cmp(&gap(k))
            })
            .unwrap();
        assert_eq!(
            nearest % 5,
            i % 5,
            "point {i} is nearest to point {nearest}"
        );
    }
    assert!(trustworthiness(&data, n, d, &layout.points, 10) > 0.9);
    let again = kl_divergence(&data, n, d, &layout.points, 15.0);
    assert!((again - layout.kl_divergence).abs() < 1e-12);
}

#[test]
fn every_step_is_reported_and_changes_nothing() {
    let (n, d) = (40, 4);
    let data = clouds(n, d, 2);
    let mut steps = Vec::new();
    let layout = tsne_with(&data, n, d, &quick(), |step| steps.push(step)).unwrap();
    assert_eq!(steps, (1..=400).collect::<Vec<_>>());
    assert_eq!(layout, tsne(&data, n, d, &quick()).unwrap());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (n, d) = (250, 6);
    let data = clouds(n, d, 3);
    let layouts: Vec<_> = [1, 2, 5]
        .iter()
        .map(|&threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| tsne(&data, n, d, &quick()).unwrap())
        })
        .collect();
    assert_eq!(layouts[0], layouts[1]);
    assert_eq!(layouts[0], layouts[2]);
}

#[test]
fn few_points_reduce_the_perplexity_and_the_result_states_it() {
    let data = clouds(10, 4, 2);
    let layout = tsne(&data, 10, 4, &TsneSpec::default()).unwrap();
    assert_eq!(layout.perplexity, 3.0);
    assert_eq!(layout.points.len(), 10);

    let error = tsne(&data[..12], 3, 4, &TsneSpec::default()).unwrap_err();
    assert_eq!(error, MetricsError::FewPoints { least: 4, found: 3 });
    assert_eq!(
        error.to_string(),
        "t-SNE: expected at least 4 points, found 3"
    );
}

#[test]
fn equal_points_a_single_dimension_and_huge_values_give_finite_places() {
    let line: Vec<f32> = (0..40).map(|i| i as f32).collect();
    let huge: Vec<f32> = clouds(40, 3, 2).iter().map(|v| v * 1e37).collect();
    let tiny: Vec<f32> = clouds(40, 3, 2).iter().map(|v| v * 1e-37).collect();
    for (data, d) in [
        (vec![1.0; 120], 3),
        (vec![0.0; 120], 3),
        (line, 1),
        (huge, 3),
        (tiny, 3),
    ] {
        let layout = tsne(&data, 40, d, &quick()).unwrap();
        assert!(layout.points.iter().flatten().all(|v| v.is_finite()));
        assert!(layout.kl_divergence.is_finite(), "{}", layout.kl_divergence);
        assert!(layout.points.iter().any(|p| p != &layout.points[0]));
    }
}

#[test]
fn scale_does_not_matter() {
    let data = clouds(60, 4, 3);
    let larger: Vec<f32> = data.iter().map(|v| v * 1024.0).collect();
    assert_eq!(
        tsne(&data, 60, 4, &quick()).unwrap().points,
        tsne(&larger, 60, 4, &quick()).unwrap().points
    );
}

#[test]
fn wrong_points_and_settings_are_named() {
    let mut data = clouds(20, 4, 2);
    assert_eq!(
        tsne(&data, 20, 5, &quick()).unwrap_err().to_string(),
        "points: expected 20 × 5 = 100 values, found 80"
    );
    let zero = TsneSpec {
        perplexity: 0.0,
        ..quick()
    };
    assert_eq!(
        tsne(&data, 20, 4, &zero).unwrap_err().to_string(),
        "t-SNE perplexity: expected a number of at least 1, found 0"
    );
    let wide = TsneSpec {
        angle: f64::NAN,
        ..quick()
    };
    assert!(matches!(
        tsne(&data, 20, 4, &wide),
        Err(MetricsError::Setting { key: "angle", .. })
    ));
    data[9] = f32::NAN;
    assert_eq!(
        tsne(&data, 20, 4, &quick()).unwrap_err().to_string(),
        "point 2, value 1: expected a finite number, found NaN"
    );
    assert!(kl_divergence(&data, 20, 4, &[[0.0; 2]; 20], 5.0).is_nan());
    assert_eq!(
        pca(&data[..8], 2, 4, 3).unwrap_err().to_string(),
        "components: expected 1..=2 for 2 points of 4 values, found 3"
    );
    assert_eq!(pca(&[], 0, 4, 1).unwrap_err(), MetricsError::Empty);
}
