//! An explanation with low trust has its caveat in the picture.

use genrenet_report::{ClipContext, Explanation, Part, explain_drawing, report};

use crate::synthetic::{explanation, run, spectrogram};

const CAVEAT: &str = "Low trust: held-out occlusion r = 0.22, below 0.7.";

#[test]
fn a_picture_holds_its_caveat_or_how_it_was_confirmed() {
    let clip = spectrogram(32, 50, 30.0, 1);
    let trusted = explanation(32, 50, "Rock");
    let svg = explain_drawing(&clip, &trusted, None, "song").svg();
    assert!(svg.contains(&trusted.faithfulness) && !svg.contains("Low trust"));
    let doubted = Explanation {
        caveat: Some(CAVEAT.into()),
        ..trusted
    };
    let drawing = explain_drawing(&clip, &doubted, None, "song");
    assert!(
        drawing.svg().matches(CAVEAT).count() >= 2,
        "seen and spoken"
    );
    assert!(!drawing.svg().contains(&doubted.faithfulness));

    let mut facts = run("a", 0.5, 60);
    let Part::Available(clips) = &mut facts.clips else {
        panic!("the synthetic run has clips");
    };
    for ClipContext { explanation, .. } in clips {
        *explanation = Part::Available(doubted.clone());
    }
    let page = report("a", &[facts]);
    assert!(page.html.contains(CAVEAT), "in the cards of a report");
    assert!(page.markdown.contains("Low trust"), "in its captions");
}
