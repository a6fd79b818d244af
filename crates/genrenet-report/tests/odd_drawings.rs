//! Drawings of histories and songs whose values are odd: they are drawn without faults, or left out with a reason.

use genrenet_report::{
    AlongSong, Explanation, History, Part, Theme, along_song_drawing, explain_drawing, report,
    spectrogram_drawing,
};

use crate::synthetic::{along_song, explanation, nothing_is_cut_off, run, spectrogram};

#[test]
fn odd_histories_are_drawn_or_refused() {
    let mut facts = run("cnn", 1.0, 24);
    let epochs = match &facts.history {
        Part::Available(history) => history.epochs.clone(),
        Part::Missing(why) => panic!("{why}"),
    };
    let mut odd = epochs.clone();
    odd[3].validation_loss = Some(f64::NAN);
    odd[4].training_accuracy = None;
    for history in [
        History {
            epochs: epochs[..1].to_vec(),
            kept: Some(1),
        },
        History {
            epochs: odd,
            kept: Some(900),
        },
        History {
            epochs: epochs.clone(),
            kept: None,
        },
    ] {
        for drawing in [
            genrenet_report::loss_drawing(&history),
            genrenet_report::accuracy_drawing(&history),
        ] {
            let drawing = drawing.expect("a picture");
            nothing_is_cut_off("curve", &drawing);
            assert!(!drawing.svg().contains("NaN"));
        }
    }
    assert!(genrenet_report::loss_drawing(&History::default()).is_none());
    facts.history = Part::Available(History::default());
    assert!(
        report("Report", &[facts])
            .html
            .contains("the history has no epoch with a figure")
    );
}

#[test]
fn spectrograms_with_odd_values_are_drawn() {
    let along = along_song(7);
    let long = "a very long title of a song that goes on and on ".repeat(5);
    let mut silent = spectrogram(64, 100, 10.0, 1);
    silent.db.fill(-80.0);
    let mut broken = spectrogram(64, 100, 10.0, 1);
    broken.db.truncate(17);
    let mut odd = spectrogram(64, 100, 10.0, 1);
    odd.db[5] = f32::NAN;
    for clip in [
        spectrogram(1025, 2584, 30.0, 1),
        spectrogram(1, 1, 0.1, 1),
        silent,
        broken,
        odd,
    ] {
        for title in ["", "song.ogg", &long] {
            for strip in [None, Some(&along)] {
                for drawing in [
                    spectrogram_drawing(&clip, strip, title),
                    explain_drawing(&clip, &explanation(32, 50, "Rock"), strip, title),
                    explain_drawing(&clip, &Explanation::default(), strip, title),
                ] {
                    nothing_is_cut_off(title, &drawing);
                    drawing.svg();
                }
            }
        }
    }
    let drawing = spectrogram_drawing(&spectrogram(64, 100, 10.0, 1), Some(&along), "x");
    assert_eq!(
        drawing.png(Theme::Light, 1.0).unwrap(),
        drawing.png(Theme::Light, 1.0).unwrap()
    );
    for along in [
        along,
        AlongSong::default(),
        AlongSong {
            probabilities: vec![0.5],
            ..along_song(3)
        },
    ] {
        nothing_is_cut_off("along", &along_song_drawing(&along, &long));
    }
}

#[test]
fn what_no_segment_read_is_faint_and_the_strongest_of_many_tags_differ() {
    let tags: Vec<String> = (0..60).map(|tag| format!("tag {tag}")).collect();
    // Twelve segments of 3 s in four minutes; tags 40 to 44 lead in turn.
    let mut probabilities = vec![0.1f32; 12 * tags.len()];
    for segment in 0..12 {
        probabilities[segment * tags.len() + 40 + segment % 5] = 0.9;
    }
    let sparse = AlongSong {
        genres: tags,
        tags: true,
        segments: true,
        starts: (0..12)
            .map(|segment| 8.5 + 20.0 * f64::from(segment))
            .collect(),
        window: 3.0,
        seconds: 240.0,
        probabilities,
    };
    let dense = AlongSong {
        starts: (0..12).map(|segment| 3.0 * f64::from(segment)).collect(),
        seconds: 36.0,
        ..sparse.clone()
    };
    let windows = AlongSong {
        segments: false,
        ..sparse.clone()
    };
    let clip = spectrogram(64, 100, 240.0, 1);
    for (along, faint) in [(&sparse, true), (&dense, false), (&windows, false)] {
        let of_song = along_song_drawing(along, "x");
        nothing_is_cut_off("along", &of_song);
        let below = spectrogram_drawing(&clip, Some(along), "x");
        nothing_is_cut_off("spectrogram", &below);
        assert_eq!(of_song.svg().contains("faint: not read"), faint);
        if !faint {
            continue;
        }
        assert!(below.svg().contains("faint: not read") && below.svg().contains(">Tag<"));
        let colours: std::collections::BTreeSet<String> = below
            .svg()
            .split("<rect")
            .filter(|shape| shape.contains("tag 4"))
            .filter_map(|shape| Some(shape.split("fill=\"").nth(1)?.split('"').next()?.to_owned()))
            .collect();
        assert_eq!(colours.len(), 5, "{colours:?}");
    }
}
