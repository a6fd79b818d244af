//! Attribution of a segment where the cause is known: a few cells that alone decide, read directly and through a backbone.

use genrenet_model::inputs::Fitter;
use genrenet_model::{
    Alignment, Average, Backbone, Bundle, Calibration, Card, EmbeddingLayer, FeatureKind,
    InputSpec, Layout, Learned, Member, Output, Raw, RawArray, Scaling,
};
use proptest::prelude::*;

const FRAMES: usize = 40;
const BANDS: usize = 24;
/// The cells that decide: frames and bands.
const CAUSE: [std::ops::Range<usize>; 2] = [20..25, 9..12];

fn segments(frames: usize, level: impl Fn(usize, usize) -> f32) -> Raw {
    let cells = (0..frames).flat_map(|frame| (0..BANDS).map(move |band| (frame, band)));
    let mut raw = Raw::new();
    let array = RawArray {
        shape: vec![frames, BANDS],
        data: cells.map(|(frame, band)| level(frame, band)).collect(),
    };
    raw.insert(FeatureKind::Segments, array);
    raw
}

/// A rumble everywhere, and a sound in the cells that decide.
fn clip() -> Raw {
    segments(FRAMES, |frame, band| {
        let rumble = if band < 4 { 2.0 } else { 0.1 };
        let decides = CAUSE[0].contains(&frame) && CAUSE[1].contains(&band);
        rumble + if decides { 1.5 } else { 0.0 }
    })
}

/// Reads segments and gives tags: the first has `weight` on the levels of the bands that decide, the second is constant.
fn tagger(weight: f32) -> Member {
    let network = toml::from_str(
        r#"
        trunk = []
        heads = [{ name = "tags", outputs = 2 }]
        [[branches]]
        input = "segments"
        layers = [{ kind = "flatten" }]
        "#,
    )
    .unwrap();
    let input = InputSpec {
        layout: Layout::Sequence,
        ..InputSpec::new("segments", FeatureKind::Segments, Scaling::None {})
    };
    let input = Fitter::new(input, &clip()).unwrap().finish().unwrap();
    let mut member = Member::new("tags", vec![input], Output::Independent, network, 1).unwrap();
    set(&mut member, |cell, tag| {
        let (frame, band) = (cell / BANDS, cell % BANDS);
        let decides = CAUSE[0].contains(&frame) && CAUSE[1].contains(&band) && tag == 0;
        if decides { weight } else { 0.0 }
    });
    member
}

/// Sets the weights of a head, which are `[inputs, 2]`, and all others to 0.
fn set(member: &mut Member, weight: impl Fn(usize, usize) -> f32) {
    for param in member.network.params_mut() {
        let matrix = param.value.shape.len() == 2;
        for (at, value) in param.value.data.iter_mut().enumerate() {
            *value = if matrix { weight(at / 2, at % 2) } else { 0.0 };
        }
    }
}

fn bundle(member: Member, genres: [&str; 2], backbone: Option<Backbone>) -> Bundle {
    Bundle {
        regrouped: None,
        parents: Default::default(),
        card: Card::default(),
        genres: genres.map(String::from).to_vec(),
        front_end: None,
        backbone,
        members: vec![member],
        average: Average::Probabilities,
        calibration: Calibration::default(),
        learned: Learned::default(),
    }
}

/// The tags themselves.
fn tags(weight: f32) -> Bundle {
    bundle(tagger(weight), ["bell", "hum"], None)
}

/// A softmax over the mean of the tags' logits.
fn through_backbone(weight: f32) -> Bundle {
    let backbone = Backbone {
        attributes: Vec::new(),
        guard: None,
        name: "tags".into(),
        version: "1".into(),
        fingerprint: String::new(),
        license: String::new(),
        notices: Vec::new(),
        tags: vec!["bell".into(), "hum".into()],
        layer: EmbeddingLayer::Tags,
        network: tagger(weight),
    };
    let network = toml::from_str(
        r#"
        trunk = []
        heads = [{ name = "genre", outputs = 2 }]
        [[branches]]
        input = "tags"
        layers = []
        "#,
    )
    .unwrap();
    let input = InputSpec::new("tags", FeatureKind::Embedding, Scaling::None {});
    let mut row = Raw::new();
    let array = RawArray {
        shape: vec![2],
        data: vec![0.0; 2],
    };
    row.insert(FeatureKind::Embedding, array);
    let input = Fitter::new(input, &row).unwrap().finish().unwrap();
    let mut member = Member::new("head", vec![input], Output::Softmax, network, 1).unwrap();
    set(
        &mut member,
        |tag, genre| if tag == genre { 1.0 } else { 0.0 },
    );
    bundle(member, ["Bells", "Other"], Some(backbone))
}

/// Share of the positive weight within a patch of the cells that decide.
fn share(weights: &genrenet_audio::Matrix) -> f32 {
    let near = |at: usize, range: &std::ops::Range<usize>, by: usize| {
        (range.start.saturating_sub(by)..range.end + by).contains(&at)
    };
    let (mut inside, mut all) = (0.0, 0.0);
    for band in 0..weights.rows {
        for (frame, weight) in weights.row(band).iter().enumerate() {
            all += weight.max(0.0);
            if near(frame, &CAUSE[0], 5) && near(band, &CAUSE[1], 3) {
                inside += weight.max(0.0);
            }
        }
    }
    inside / all
}

#[test]
fn the_cells_that_alone_decide_are_found() {
    for model in [tags(0.3), through_backbone(0.3)] {
        assert_eq!(model.explained_feature(), Some(FeatureKind::Segments));
        let found = model.attribute(&clip(), 0).unwrap();
        assert_eq!((found.weights.rows, found.weights.cols), (BANDS, FRAMES));
        assert!(share(&found.weights) > 0.9, "{}", share(&found.weights));
        assert_eq!(found.caveat(), None, "{:?}", found.faithfulness);
        assert!(found.probability > 0.9 && found.baseline_probability < found.probability);
        assert_eq!(found, model.attribute(&clip(), 0).unwrap());
        let whole = model.uncalibrated(&[clip()]).unwrap();
        assert!((found.probability - whole[0]).abs() < 1e-6);
    }
}

#[test]
fn the_embedding_of_a_row_does_not_stand_in_for_its_segments() {
    let model = through_backbone(0.3);
    let expected = model.attribute(&clip(), 0).unwrap();
    let mut row = clip();
    model.backbone.as_ref().unwrap().add_to(&mut row).unwrap();
    assert_eq!(model.attribute(&row, 0).unwrap(), expected);
}

#[test]
fn a_tag_that_nothing_changes_has_no_weights() {
    let found = tags(0.3).attribute(&clip(), 1).unwrap();
    assert!(found.weights.data.iter().all(|&weight| weight == 0.0));
    let caveat = found.caveat().unwrap();
    assert!(caveat.contains("no patch"), "{caveat}");
}

#[test]
fn fewer_frames_are_repeated_as_the_front_end_does() {
    const OWN: usize = 15;
    let level = |frame: usize, band: usize| ((7 * frame + 3 * band) % 11) as f32 * 0.2;
    let short = segments(OWN, level);
    let repeated = segments(FRAMES, |frame, band| level(frame % OWN, band));
    for model in [tags(0.1), through_backbone(0.1)] {
        let found = model.attribute(&short, 0).unwrap();
        assert_eq!((found.weights.rows, found.weights.cols), (BANDS, OWN));
        let whole = model.uncalibrated(std::slice::from_ref(&repeated)).unwrap();
        assert!((found.probability - whole[0]).abs() < 1e-6);
    }
}

#[test]
fn what_is_not_there_is_named() {
    let error = through_backbone(0.1).attribute(&Raw::new(), 0);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("segments"), "{error}");
    let mut broken = clip();
    broken.get_mut(FeatureKind::Segments).unwrap().shape = vec![FRAMES, BANDS + 1];
    let error = tags(0.1).attribute(&broken, 0).unwrap_err().to_string();
    assert!(error.contains("[frames, bands]"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// A network without weights answers the same whatever it reads: nothing decided.
    #[test]
    fn a_constant_network_has_no_weights(
        levels in proptest::collection::vec(0.0f32..4.0, BANDS), frames in 1usize..=FRAMES,
    ) {
        let row = segments(frames, |frame, band| levels[(band + frame) % BANDS]);
        for model in [tags(0.0), through_backbone(0.0)] {
            for genre in [0, 1] {
                let found = model.attribute(&row, genre).unwrap();
                prop_assert!(found.weights.data.iter().all(|&weight| weight == 0.0));
                prop_assert!(found.caveat().is_some());
            }
        }
    }
}

/// A log-mel network without weights beside the head over the backbone.
fn beside_a_log_mel() -> (Bundle, Raw) {
    let network = toml::from_str(
        r#"
        trunk = []
        heads = [{ name = "genre", outputs = 2 }]
        [[branches]]
        input = "logmel"
        layers = [{ kind = "flatten" }]
        "#,
    )
    .unwrap();
    let mut row = clip();
    let array = RawArray {
        shape: vec![BANDS, FRAMES],
        data: vec![-20.0; BANDS * FRAMES],
    };
    row.insert(FeatureKind::Logmel, array);
    let input = InputSpec::new("logmel", FeatureKind::Logmel, Scaling::None {});
    let input = Fitter::new(input, &row).unwrap().finish().unwrap();
    let mut member = Member::new("logmel", vec![input], Output::Softmax, network, 1).unwrap();
    set(&mut member, |_, _| 0.0);
    let mut model = through_backbone(0.3);
    model.members.push(member);
    (model, row)
}

#[test]
fn segments_are_replaced_with_the_log_mel_beside_them() {
    let (model, row) = beside_a_log_mel();
    assert_eq!(model.explained_feature(), Some(FeatureKind::Logmel));
    let alignment = Alignment {
        frames: (0..FRAMES).collect(),
        bands: (0..BANDS).collect(),
    };
    let with = |alignment| model.attribute_with(&row, 0, alignment, &|_, _| {});
    let found = with(Some(&alignment)).unwrap();
    assert!(share(&found.weights) > 0.9, "{}", share(&found.weights));
    assert_eq!(found.caveat(), None, "{:?}", found.faithfulness);
    // Where it is not known how they lie, they are kept, and the log-mel decides nothing here.
    let alone = with(None).unwrap();
    assert_eq!(alone.probability, found.probability);
    assert!(alone.weights.data.iter().all(|&weight| weight == 0.0));
    assert!(alone.caveat().is_some());
    let short = Alignment {
        frames: vec![0; 3],
        ..alignment.clone()
    };
    let error = with(Some(&short)).unwrap_err().to_string();
    assert!(error.contains("3 frames and 24 bands"), "{error}");
}
