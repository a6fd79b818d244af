//! What decided, on a sound of which it is known: a tone burst that alone makes the class.

use genrenet_audio::{LogMelSpec, Matrix, Rate, hz_to_mel, log_mel};
use genrenet_model::inputs::Fitter;
use genrenet_model::{
    Average, Bundle, Calibration, Card, InputSpec, Layout, Member, ModelError, Output, Raw,
    RawArray, Scaling, Source,
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

/// Two seconds with a lasting, louder tone of 300 Hz that both classes have, and the burst.
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
        Source::Logmel,
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

/// A network set by hand: a convolution that averages 3 × 3 cells, and a head that adds up what sounds about 2 kHz in
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
    let input = InputSpec {
        name: "logmel".into(),
        source: Source::Logmel,
        layout: Layout::Image,
        scaling,
        deltas: false,
        bands: None,
        frames: None,
        with_mfcc: false,
        picture: None,
    };
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
        for (index, value) in param.value.data.iter_mut().enumerate() {
            // A head's weights are [cells, outputs].
            let genre = match output {
                Output::Sigmoid => 1,
                Output::Softmax => index % outputs,
            };
            let band = index / outputs / frames;
            *value = match (is_head, param.value.shape.len()) {
                (true, 2) if genre == 1 && band.abs_diff(burst) <= 1 => 0.01,
                (false, 4) => 1.0 / 9.0,
                _ => 0.0,
            };
        }
    }
    Bundle {
        card: Card::default(),
        genres: vec!["Without".into(), "Burst".into()],
        hears: None,
        members: vec![member],
        average: Average::Probabilities,
        calibration: Calibration::default(),
    }
}

/// Share of the positive weight that lies within four cells of the burst.
fn share_in_burst(weights: &Matrix) -> f32 {
    let band = band_of(BURST.0);
    let frame = |t: f32| t * RATE as f32 / 512.0;
    let (mut inside, mut all) = (0.0, 0.0);
    for b in 0..weights.rows {
        for (f, &weight) in weights.row(b).iter().enumerate() {
            let near = b.abs_diff(band) <= 4
                && (frame(BURST.1) - 4.0..=frame(BURST.2) + 4.0).contains(&(f as f32));
            all += weight.max(0.0);
            if near {
                inside += weight.max(0.0);
            }
        }
    }
    inside / all
}

#[test]
fn the_gradient_finds_the_burst_that_alone_makes_the_class() {
    let fixed = Scaling::Fixed {
        add: 80.0,
        divide: 20.0,
    };
    for output in [Output::Softmax, Output::Sigmoid] {
        let weights = bundle(fixed, output)
            .explain(&clip(), 1)
            .unwrap()
            .expect("the levels are read one by one");
        assert_eq!((weights.rows, weights.cols), (BANDS, 87));
        let share = share_in_burst(&weights);
        assert!(share > 0.9, "{output:?}: {share}");
        // What speaks for one of two genres speaks against the other.
        let other = bundle(fixed, output).explain(&clip(), 0).unwrap().unwrap();
        let sum: f32 = weights
            .data
            .iter()
            .zip(&other.data)
            .map(|(a, b)| (a + b).abs())
            .sum();
        assert!(sum < 1e-3 * weights.data.iter().map(|x| x.abs()).sum::<f32>());
    }
}

#[test]
fn gradients_add_up_to_what_the_logit_gains_over_silence() {
    let mut model = bundle(
        Scaling::Fixed {
            add: 80.0,
            divide: 20.0,
        },
        Output::Sigmoid,
    );
    let clip = clip();
    let weights = model.explain(&clip, 1).unwrap().unwrap();
    let mut silent = clip.clone();
    if let Some(array) = silent.get_mut(Source::Logmel) {
        array.data.fill(-80.0);
    }
    let logit = |row: &Raw| {
        let p = model.uncalibrated(std::slice::from_ref(row)).unwrap()[1];
        (p / (1.0 - p)).ln()
    };
    let gained = logit(&clip) - logit(&silent);
    let told: f32 = weights.data.iter().sum();
    assert!(gained > 0.5, "the burst matters: {gained}");
    assert!(
        (told - gained).abs() < 0.05 * gained,
        "{told} is not {gained}"
    );
}

#[test]
fn occlusion_agrees() {
    let fixed = Scaling::Fixed {
        add: 80.0,
        divide: 20.0,
    };
    let weights = bundle(fixed, Output::Softmax)
        .occlusion(&clip(), 1, [4, 4])
        .unwrap();
    let share = share_in_burst(&weights);
    assert!(share > 0.9, "{share}");
}

#[test]
fn networks_that_read_no_cells_say_so_and_wrong_questions_are_refused() {
    let mut model = bundle(Scaling::None {}, Output::Softmax);
    assert!(matches!(
        model.explain(&clip(), 2),
        Err(ModelError::Value { .. })
    ));
    assert!(matches!(
        model.occlusion(&clip(), 1, [0, 4]),
        Err(ModelError::Value { .. })
    ));
    let error = model.explain(&Raw::new(), 1).unwrap_err().to_string();
    assert!(error.contains("logmel"), "{error}");
}
