//! Several bundles in one.

use genrenet_audio::{FrontEnd, Windowing};

use super::Bundle;
use crate::error::ModelError;

impl Bundle {
    /// One bundle whose members are those of all, each bundle's share in the average being its weight.
    ///
    /// The card is that of the first bundle, the front end that of the first bundle with one, the learned rows are those of all;
    /// the calibration must be fitted again.
    ///
    /// # Errors
    /// Other genres or another order, another front end, weights that are not above 0.
    pub fn join(bundles: Vec<(Bundle, f32)>) -> Result<Bundle, ModelError> {
        let mut bundles = bundles.into_iter();
        let Some((mut whole, weight)) = bundles.next() else {
            return Err(ModelError::value("bundles", "[]", "one at least"));
        };
        spread(&mut whole, weight)?;
        for (number, (mut bundle, weight)) in bundles.enumerate() {
            let key = format!("bundles[{}]", number + 1);
            if bundle.genres != whole.genres {
                return Err(ModelError::value(
                    format!("{key}.genres"),
                    format!("{:?}", bundle.genres),
                    format!("{:?}, as in the first", whole.genres),
                ));
            }
            spread(&mut bundle, weight)?;
            whole.front_end = match (whole.front_end, bundle.front_end) {
                (Some(one), Some(other)) => Some(agree(one, other, &key)?),
                (one, other) => one.or(other),
            };
            whole.backbone = match (whole.backbone, bundle.backbone) {
                (Some(one), Some(other))
                    if (&one.fingerprint, one.layer) != (&other.fingerprint, other.layer) =>
                {
                    return Err(ModelError::value(
                        format!("{key}.backbone"),
                        format!("{} {:?}", other.name, other.layer),
                        format!("{} {:?}, as in the first", one.name, one.layer),
                    ));
                }
                (one, other) => one.or(other),
            };
            whole.members.append(&mut bundle.members);
            whole.learned.unite(&bundle.learned, true);
            for seed in bundle.card.seeds {
                if !whole.card.seeds.contains(&seed) {
                    whole.card.seeds.push(seed);
                }
            }
        }
        // Names distinguish members in messages and files only.
        for index in 0..whole.members.len() {
            let name = whole.members[index].name.clone();
            let before = whole.members[..index]
                .iter()
                .filter(|other| other.name == name)
                .count();
            if before > 0 {
                let mut number = before + 1;
                while whole
                    .members
                    .iter()
                    .any(|other| other.name == format!("{name}-{number}"))
                {
                    number += 1;
                }
                whole.members[index].name = format!("{name}-{number}");
            }
        }
        whole.check()?;
        Ok(whole)
    }
}

/// The front end of both: the same windows, the features of either, and where both compute a feature, in the same way.
fn agree(one: FrontEnd, other: FrontEnd, key: &str) -> Result<FrontEnd, ModelError> {
    let windows = |front_end: &FrontEnd| {
        let Windowing {
            seconds, windows, ..
        } = front_end.windowing;
        (seconds, windows)
    };
    if windows(&one) != windows(&other) {
        let words = |front_end| {
            let (seconds, windows) = windows(front_end);
            format!("at most {windows} windows of {seconds} s")
        };
        return Err(ModelError::value(
            format!("{key}.front_end.windowing"),
            words(&other),
            format!("{}, as in the first", words(&one)),
        ));
    }
    let named = |feature: &str| format!("{key}.front_end.{feature}");
    // Frames are those of a log-mel; a front end without one has some all the same.
    let frames = |front_end: FrontEnd| front_end.log_mel.map(|_| front_end.windowing.frames);
    let frames = either(frames(one), frames(other), &named("windowing.frames"))?;
    Ok(FrontEnd {
        log_mel: either(one.log_mel, other.log_mel, &named("log_mel"))?,
        mfcc_head: either(one.mfcc_head, other.mfcc_head, &named("mfcc_head"))?,
        segments: either(one.segments, other.segments, &named("segments"))?,
        windowing: Windowing {
            frames: frames.unwrap_or(one.windowing.frames),
            ..one.windowing
        },
    })
}

/// What both say of a feature, or the one that says something.
fn either<T: PartialEq + std::fmt::Debug>(
    one: Option<T>,
    other: Option<T>,
    key: &str,
) -> Result<Option<T>, ModelError> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(ModelError::value(
            key,
            format!("{other:?}"),
            format!("{one:?}, as in the first"),
        )),
        (one, other) => Ok(one.or(other)),
    }
}

/// Divides a bundle's weight among its members.
fn spread(bundle: &mut Bundle, weight: f32) -> Result<(), ModelError> {
    if !(weight.is_finite() && weight > 0.0) {
        return Err(ModelError::value("weight", weight, "a number above 0"));
    }
    let sum: f32 = bundle.members.iter().map(|member| member.weight).sum();
    bundle
        .members
        .iter_mut()
        .for_each(|member| member.weight *= weight / sum);
    Ok(())
}

#[cfg(test)]
mod tests {
    use genrenet_audio::{LogMelSpec, SegmentSpec};

    use super::*;

    #[test]
    fn front_ends_of_different_features_unite_and_conflicts_are_named() {
        let windowing = |frames| Windowing {
            frames,
            ..Windowing::default()
        };
        let none = FrontEnd {
            log_mel: None,
            mfcc_head: None,
            segments: None,
            windowing: windowing(128),
        };
        let tags = FrontEnd {
            segments: Some(SegmentSpec::default()),
            ..none
        };
        let image = FrontEnd {
            log_mel: Some(LogMelSpec::default()),
            windowing: windowing(96),
            ..none
        };
        for pair in [[tags, image], [image, tags]] {
            let both = agree(pair[0], pair[1], "bundles[1]").expect("both features");
            assert_eq!(
                (both.log_mel, both.segments),
                (image.log_mel, tags.segments)
            );
            assert_eq!(both.windowing.frames, 96, "those of the log-mel");
        }
        let refused = |change: &dyn Fn(&mut FrontEnd)| {
            let mut other = FrontEnd {
                segments: tags.segments,
                ..image
            };
            let one = other;
            change(&mut other);
            agree(one, other, "bundles[1]")
                .expect_err("a conflict")
                .to_string()
        };
        let windows = refused(&|other| other.windowing.windows = 2);
        assert_eq!(
            windows,
            "bundles[1].front_end.windowing = at most 2 windows of 30 s: expected at most 5 windows of 30 s, as in the first"
        );
        let frames = refused(&|other| other.windowing.frames = 3);
        assert!(
            frames.starts_with("bundles[1].front_end.windowing.frames = 3: expected 96"),
            "{frames}"
        );
        let fft = refused(&|other| other.segments.iter_mut().for_each(|spec| spec.n_fft = 1024));
        assert!(fft.starts_with("bundles[1].front_end.segments = "), "{fft}");
    }
}
