//! Several bundles in one.

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

/// The front end of both: the same, except that one of them may lack a kind of features.
fn agree(
    one: genrenet_audio::FrontEnd,
    other: genrenet_audio::FrontEnd,
    key: &str,
) -> Result<genrenet_audio::FrontEnd, ModelError> {
    fn same<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    let agree = same(&one.log_mel, &other.log_mel)
        && same(&one.mfcc_head, &other.mfcc_head)
        && same(&one.segments, &other.segments)
        && one.windowing == other.windowing;
    if !agree {
        return Err(ModelError::value(
            format!("{key}.front_end"),
            format!("{other:?}"),
            format!("{one:?}, as in the first"),
        ));
    }
    Ok(genrenet_audio::FrontEnd {
        log_mel: one.log_mel.or(other.log_mel),
        mfcc_head: one.mfcc_head.or(other.mfcc_head),
        segments: one.segments.or(other.segments),
        windowing: one.windowing,
    })
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
