//! Attribution of a sound where the cause is known: a tone burst that alone decides the class.

use genrenet_audio::{LogMelSpec, Matrix, Rate, hz_to_mel, log_mel};
use genrenet_model::inputs::Fitter;
use genrenet_model::{
    Attribution, Average, Bundle, Calibration, Card, Faithfulness, FeatureKind, InputSpec, Learned,
    Member, ModelError, Output, Raw, RawArray, Scaling,
};

const RATE: u32 = 22_050;
const BANDS: usize = 32;
/// The burst: 2 kHz from 1.0 to 1.3 s.
const BURST: (f32, f32, f32) = (2_000.0, 1.0, 1.3);

fn spec() -> LogMelSpec {
    LogMelSpec {
        rate: Rate::Hz(RATE),
        n_mels: BANDS,
        ..LogMelSpec::default()
    }
}

/// Two seconds with a steady, louder tone of 300 Hz that both classes have, and the burst.
fn clip() -> Raw {
    let samples: Vec<f32> = (0..2 * RATE)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            let tone = |hz: f32| (std::f32::consts::TAU * hz * t).sin();
            let burst = if (BURST.1..BURST.2).contains(&t) {
                0.2 * tone(BURST.0)
            } else {
                0.0
            };
            0.4 * tone(300.0) + burst
        })
        .collect();
    let mel = log_mel(&samples, RATE, &spec());
    let mut raw = Raw::new();
    raw.insert(
        FeatureKind::Logmel,
        RawArray {
            shape: vec![mel.rows, mel.cols],
            data: mel.data,
        },
    );
    raw
}

/// The band that holds a frequency.
fn band_of(hz: f32) -> usize {
    let top = hz_to_mel(f64::from(RATE) / 2.0);
    (hz_to_mel(f64::from(hz)) / top * (BANDS + 1) as f64 - 0.5) as usize
}

/// A network with weights set by hand: a convolution that averages 3 × 3 cells, and a head that sums the levels about 2 kHz in
/// favour of the second genre.
fn bundle(scaling: Scaling, output: Output) -> Bundle {
    let outputs = if output == Output::Sigmoid { 1 } else { 2 };
    let network = toml::from_str(&format!(
        r#"
        trunk = []
        heads = [{{ name = "genre", outputs = {outputs} }}]
        [[branches]]
        input = "logmel"
        layers = [{{ kind = "conv", filters = 1, kernel = [3, 3] }}, {{ kind = "relu" }}, {{ kind = "flatten" }}]
        "#
    ))
    .unwrap();
    let input = InputSpec::new("logmel", FeatureKind::Logmel, scaling);
    let mut fitter = Fitter::new(input, &clip()).unwrap();
    if fitter.needs_rows() {
        fitter.add(&clip()).unwrap();
    }
    let input = fitter.finish().unwrap();
    let frames = input.frames();
    let mut member = Member::new("by hand", vec![input], output, network, 1).unwrap();
    let burst = band_of(BURST.0);
    for param in member.network.params_mut() {
        let is_head = param.name.starts_with("heads");
        let axes = param.value.shape.len();
        for (index, value) in param.value.data.iter_mut().enumerate() {
            // A head's weights are [cells, outputs].
            let genre = match output {
                Output::Sigmoid => 1,
                Output::Softmax | Output::Independent => index % outputs,
            };
            let band = index / outputs / frames;
            *value = match (is_head, axes) {
                (true, 2) if genre == 1 && band.abs_diff(burst) <= 1 => 0.01,
                (false, 4) => 1.0 / 9.0,
                _ => 0.0,
            };
        }
    }
    Bundle {
        regrouped: None,
        card: Card::default(),
        genres: vec!["Without".into(), "Burst".into()],
        front_end: None,
        parents: Default::default(),
        backbone: None,
        members: vec![member],
        average: Average::Probabilities,
        calibration: Calibration::default(),
        learned: Learned::default(),
    }
}

/// Share of the positive weight within a patch of the burst.
fn share_in_burst(weights: &Matrix) -> f32 {
    let band = band_of(BURST.0);
    let frame = |t: f32| t * RATE as f32 / 512.0;
    let (mut inside, mut all) = (0.0, 0.0);
    for b in 0..weights.rows {
        for (f, &weight) in weights.row(b).iter().enumerate() {
            let near = b.abs_diff(band) <= 4
                && (frame(BURST.1) - 11.0..=frame(BURST.2) + 11.0).contains(&(f as f32));
            all += weight.max(0.0);
            if near {
                inside += weight.max(0.0);
            }
        }
    }
    inside / all
}

const FIXED: Scaling = Scaling::Fixed {
    add: 80.0,
    divide: 20.0,
};

#[test]
fn the_burst_that_alone_decides_is_found_and_confirmed() {
    for output in [Output::Softmax, Output::Sigmoid] {
        let model = bundle(FIXED, output);
        let found = model.attribute(&clip(), 1).unwrap();
        assert_eq!((found.weights.rows, found.weights.cols), (BANDS, 87));
        let share = share_in_burst(&found.weights);
        assert!(share > 0.9, "{output:?}: {share}");
        let Faithfulness {
            insertion,
            deletion,
            occlusion,
        } = found.faithfulness;
        assert!(insertion > deletion, "{output:?}: {insertion} {deletion}");
        assert!(occlusion.unwrap() > 0.85, "{output:?}: {occlusion:?}");
        // What speaks for one of two genres speaks against the other.
        let other = model.attribute(&clip(), 0).unwrap();
        let pairs = found.weights.data.iter().zip(&other.weights.data);
        let sum: f32 = pairs.map(|(a, b)| (a + b).abs()).sum();
        assert!(sum < 1e-2 * found.weights.data.iter().map(|x| x.abs()).sum::<f32>());
        assert_eq!(found, model.attribute(&clip(), 1).unwrap());
    }
}

#[test]
fn the_baseline_is_the_mean_spectrum() {
    let model = bundle(FIXED, Output::Softmax);
    let clip = clip();
    let mut mean = clip.clone();
    let array = mean.get_mut(FeatureKind::Logmel).unwrap();
    for band in array.data.chunks_mut(array.shape[1]) {
        let level = band.iter().sum::<f32>() / band.len() as f32;
        band.fill(level);
    }
    let of = |row: &Raw| model.uncalibrated(std::slice::from_ref(row)).unwrap()[1];
    let found = model.attribute(&clip, 1).unwrap();
    assert!((found.probability - of(&clip)).abs() < 1e-5);
    assert!((found.baseline_probability - of(&mean)).abs() < 1e-4);
    // Where the sound is its own mean spectrum, no patch changes the prediction.
    let still = model.attribute(&mean, 1).unwrap();
    assert!(still.weights.data.iter().all(|weight| weight.abs() < 1e-4));
    assert!(still.caveat().is_some());
}

#[test]
fn an_attribution_that_is_not_faithful_has_a_caveat() {
    let trusted = Attribution {
        weights: Matrix::zeros(1, 1),
        probability: 0.8,
        baseline_probability: 0.1,
        faithfulness: Faithfulness {
            insertion: 0.6,
            deletion: 0.3,
            occlusion: Some(0.8),
        },
    };
    assert_eq!(trusted.caveat(), None);
    let caveat = |change: &dyn Fn(&mut Attribution)| {
        let mut changed = trusted.clone();
        change(&mut changed);
        changed.caveat().expect("it has a caveat")
    };
    for (words, said) in [
        ("no patch", caveat(&|a| a.faithfulness.occlusion = None)),
        ("0.35", caveat(&|a| a.faithfulness.occlusion = Some(0.35))),
        ("no better", caveat(&|a| a.faithfulness.deletion = 0.6)),
        ("80 %", caveat(&|a| a.baseline_probability = 0.8)),
    ] {
        assert!(said.starts_with("Low trust"), "{said}");
        assert!(said.contains(words), "{said}: expected {words}");
    }
}

#[test]
fn small_log_mels_are_explained_too() {
    let model = bundle(Scaling::None {}, Output::Softmax);
    let mut few = clip();
    // The network reads 87 frames, however many there are.
    let array = few.get_mut(FeatureKind::Logmel).unwrap();
    let bands = array.data.chunks(array.shape[1]);
    array.data = bands.flat_map(|band| band[..3].to_vec()).collect();
    array.shape[1] = 3;
    let found = model.attribute(&few, 1).unwrap();
    assert_eq!((found.weights.rows, found.weights.cols), (BANDS, 3));
    assert!(found.weights.data.iter().all(|weight| weight.is_finite()));
}

#[test]
fn impossible_requests_are_refused() {
    let model = bundle(Scaling::None {}, Output::Softmax);
    assert!(matches!(
        model.attribute(&clip(), 2),
        Err(ModelError::Value { .. })
    ));
    let error = model.attribute(&Raw::new(), 1).unwrap_err().to_string();
    assert!(error.contains("logmel"), "{error}");
    let mut broken = clip();
    broken.get_mut(FeatureKind::Logmel).unwrap().shape = vec![BANDS, 88];
    assert!(matches!(
        model.attribute(&broken, 1),
        Err(ModelError::Shape { .. })
    ));
}
