//! Comparison of several runs on the same clips: which differences are significant?

use std::collections::HashMap;

use genrenet_metrics as metrics;

use crate::context::{Predictions, RunContext};

/// Level of significance.
const LEVEL: f64 = 0.05;

/// Two runs on the clips that both have predictions for.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Names of both.
    pub names: [String; 2],
    /// Number of those clips.
    pub n: usize,
    /// Which of several runs of a recipe were paired, as a phrase; empty where both are single runs.
    pub pairing: String,
    /// Accuracy of the first minus that of the second, with its 95 % interval (paired bootstrap over artists or
    /// albums where they are known, [`metrics::paired_bootstrap_groups`]). Over several seeds it is the mean.
    pub difference: [f64; 3],
    /// Clips that only the first, and only the second, got right; summed over the seeds.
    pub only: [u64; 2],
    /// p-value of the exact McNemar test. Over several seeds on the same clips, twice the mean of their p-values, which is
    /// valid under any dependence (Vovk and Wang, *Biometrika* 107, 2020).
    pub p: f64,
    /// The same after Holm's correction for the number of pairs.
    pub corrected: f64,
}

impl Pair {
    /// Whether the difference is significant at 5 %, by the test and by the interval.
    pub fn differs(&self) -> bool {
        let [_, low, high] = self.difference;
        self.corrected < LEVEL && (low > 0.0 || high < 0.0)
    }

    /// The finding as a plain sentence.
    pub fn sentence(&self) -> String {
        let [first, second] = &self.names;
        let [difference, low, high] = self.difference;
        let (better, worse) = if difference >= 0.0 {
            (first, second)
        } else {
            (second, first)
        };
        let p = if self.corrected < 0.001 {
            "p\u{a0}<\u{a0}0.001".into()
        } else {
            format!("p\u{a0}=\u{a0}{:.3}", self.corrected)
        };
        let pairing = if self.pairing.is_empty() {
            String::new()
        } else {
            format!("; {}", self.pairing)
        };
        let interval = format!("95\u{a0}% interval {}", range(low, high));
        if self.differs() {
            format!(
                "{better} is significantly better than {worse}: {:.1} points higher accuracy on {} clips ({interval}; {p}{pairing}).",
                100.0 * difference.abs(),
                self.n
            )
        } else {
            let but = if self.corrected < LEVEL {
                ", of a test that takes clips for independent; over artists or albums, the interval contains 0"
            } else {
                ""
            };
            format!(
                "{first} and {second} do not differ significantly: difference {} ({interval}; {p}{but}; {} clips{pairing}).",
                signed(difference),
                self.n
            )
        }
    }
}

/// A difference of shares in points, with its sign.
pub(crate) fn signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{:.1} points", 100.0 * share.abs())
}

/// An interval of differences in points.
pub(crate) fn range(low: f64, high: f64) -> String {
    let low = signed(low);
    format!("{} to {}", low.trim_end_matches(" points"), signed(high))
}

/// All pairs of runs, by the clips of their first predictions that have the same name and the same genre.
///
/// Runs of several seeds or folds are paired part by part where the names of the parts agree; else their first parts are.
/// Pairs that can't be compared are in the second list, each as a sentence with the reason; those that choose among other genres, whose
/// accuracies mean different things, share one sentence.
pub fn compare(runs: &[RunContext]) -> (Vec<Pair>, Vec<String>) {
    let mut pairs = Vec::new();
    let mut lacking = Vec::new();
    let mut other_genres = false;
    for (i, first) in runs.iter().enumerate() {
        for second in &runs[i + 1..] {
            if first.genres.len() != second.genres.len() {
                other_genres = true;
                continue;
            }
            match pair(first, second) {
                Ok(pair) => pairs.push(pair),
                Err(why) => lacking.push(format!(
                    "{} and {} are not compared: {why}.",
                    first.name, second.name
                )),
            }
        }
    }
    if other_genres {
        lacking.push("Runs that choose among more or fewer genres are not compared.".into());
    }
    holm(&mut pairs);
    (pairs, lacking)
}

/// Why two runs can't be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Unpaired {
    #[error("one of them has no predictions that can be measured")]
    NotMeasured,
    #[error("they have no clip in common")]
    NoCommonClip,
}

/// Predictions of one part of a run.
struct Measurable<'a> {
    part: &'a str,
    predictions: &'a Predictions,
    hits: Vec<bool>,
}

/// The predictions of a run and of its repeats that can be measured.
fn measurable(run: &RunContext) -> Vec<Measurable<'_>> {
    let own = (
        run.part.as_deref().unwrap_or_default(),
        run.predictions.first(),
    );
    let repeats = run
        .repeats
        .iter()
        .map(|repeat| (repeat.name.as_str(), repeat.predictions.first()));
    std::iter::once(own)
        .chain(repeats)
        .filter_map(|(part, predictions)| {
            let predictions = predictions?;
            let (p, k) = (&predictions.probabilities, run.genres.len());
            metrics::validate(p, k, &predictions.labels).ok()?;
            (predictions.ids.len() == predictions.labels.len()).then(|| Measurable {
                part,
                predictions,
                hits: metrics::hits(p, k, &predictions.labels),
            })
        })
        .collect()
}

fn pair(first: &RunContext, second: &RunContext) -> Result<Pair, Unpaired> {
    let (left, right) = (measurable(first), measurable(second));
    let mut chosen: Vec<(&Measurable, &Measurable)> = left
        .iter()
        .filter_map(|a| Some((a, right.iter().find(|b| a.part == b.part)?)))
        .collect();
    let several = left.len() > 1 || right.len() > 1;
    let mut pairing = String::new();
    if several && (chosen.len() < 2 || chosen.len() != left.len().max(right.len())) {
        let named = |list: &[Measurable], run: &RunContext| match list.first() {
            Some(first) if !first.part.is_empty() => format!("{} of {}", first.part, run.name),
            _ => run.name.clone(),
        };
        let (a, b) = (named(&left, first), named(&right, second));
        pairing = format!("only the first runs were paired: {a}, {b}");
        chosen.clear();
    } else if several {
        let parts: Vec<&str> = chosen.iter().map(|(a, _)| a.part).collect();
        pairing = format!("paired run by run: {}", parts.join(", "));
    }
    if chosen.is_empty() {
        let (Some(a), Some(b)) = (left.first(), right.first()) else {
            return Err(Unpaired::NotMeasured);
        };
        chosen.push((a, b));
    }
    let shared: Vec<Shared> = chosen
        .into_iter()
        .map(|(a, b)| shared(first, a, second, b))
        .filter(|shared| !shared.ids.is_empty())
        .collect();
    if shared.is_empty() {
        return Err(Unpaired::NoCommonClip);
    }
    Ok(tested(
        [first.name.clone(), second.name.clone()],
        pairing,
        &shared,
    ))
}

/// Hits of two parts on their common clips, in the order of the first.
#[derive(Default)]
struct Shared<'a> {
    ids: Vec<&'a str>,
    groups: Vec<Option<u32>>,
    left: Vec<bool>,
    right: Vec<bool>,
}

fn shared<'a>(
    first: &RunContext,
    a: &'a Measurable,
    second: &RunContext,
    b: &Measurable,
) -> Shared<'a> {
    let (left, right) = (a.predictions, b.predictions);
    let places: HashMap<&str, usize> = right.ids.iter().map(String::as_str).zip(0..).collect();
    let mut found = Shared::default();
    for (row, id) in left.ids.iter().enumerate() {
        let Some(&other) = places.get(id.as_str()) else {
            continue;
        };
        if first.genres.get(left.labels[row]) == second.genres.get(right.labels[other]) {
            let group = left.groups.as_ref().and_then(|groups| groups.get(row));
            found.ids.push(id);
            found.groups.push(group.copied());
            found.left.push(a.hits[row]);
            found.right.push(b.hits[other]);
        }
    }
    found
}

/// Tests the parts of two runs: as one list where every clip is in one part only (folds), else seed by seed.
fn tested(names: [String; 2], pairing: String, parts: &[Shared]) -> Pair {
    let mut gaps: Vec<(f64, u32)> = Vec::new();
    let mut groups: Vec<Option<u32>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for part in parts {
        for (row, &id) in part.ids.iter().enumerate() {
            let at = *places.entry(id).or_insert_with(|| {
                gaps.push((0.0, 0));
                groups.push(part.groups[row]);
                gaps.len() - 1
            });
            gaps[at].0 += f64::from(part.left[row]) - f64::from(part.right[row]);
            gaps[at].1 += 1;
        }
    }
    let gaps: Vec<f64> = gaps
        .into_iter()
        .map(|(sum, times)| sum / f64::from(times))
        .collect();
    let n = gaps.len();
    let groups: Option<Vec<u32>> = groups.into_iter().collect();
    let metrics::PairedDifference {
        difference,
        low,
        high,
    } = metrics::paired_bootstrap_groups(
        &gaps,
        groups.as_deref(),
        metrics::RESAMPLES,
        metrics::BOOTSTRAP_SEED,
    );
    let mut only = [0, 0];
    for part in parts {
        let apart = metrics::disagreement(&part.left, &part.right);
        only[0] += apart.only_first;
        only[1] += apart.only_second;
    }
    let once = parts.iter().map(|part| part.ids.len()).sum::<usize>() == n;
    let p = if once {
        let all =
            |subset: fn(&Shared) -> Vec<bool>| parts.iter().flat_map(subset).collect::<Vec<_>>();
        metrics::mcnemar(&all(|p| p.left.clone()), &all(|p| p.right.clone()))
    } else {
        let each = parts.iter().map(|p| metrics::mcnemar(&p.left, &p.right));
        (2.0 * each.sum::<f64>() / parts.len() as f64).min(1.0)
    };
    Pair {
        names,
        n,
        pairing,
        difference: [difference, low, high],
        only,
        p,
        corrected: p,
    }
}

/// Holm's step-down correction (*Scandinavian Journal of Statistics* 6, 1979).
fn holm(pairs: &mut [Pair]) {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|&a, &b| pairs[a].p.total_cmp(&pairs[b].p));
    let mut least = 0.0f64;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max((pairs[at].p * (order.len() - rank) as f64).min(1.0));
        pairs[at].corrected = least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(p: f64) -> Pair {
        Pair {
            names: ["a".into(), "b".into()],
            n: 100,
            pairing: String::new(),
            difference: [0.1, 0.05, 0.15],
            only: [15, 5],
            p,
            corrected: p,
        }
    }

    #[test]
    fn holm_is_that_of_statsmodels() {
        // statsmodels.stats.multitest.multipletests([0.01, 0.04, 0.03, 0.005], method="holm")[1]
        let mut pairs: Vec<Pair> = [0.01, 0.04, 0.03, 0.005].map(pair).to_vec();
        holm(&mut pairs);
        for (pair, expected) in pairs.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((pair.corrected - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn sentences_say_which_is_better_and_whether_significantly() {
        assert!(
            pair(0.0001)
                .sentence()
                .starts_with("a is significantly better than b: 10.0 points higher accuracy")
        );
        assert!(
            pair(0.4)
                .sentence()
                .starts_with("a and b do not differ significantly")
        );
        let mut reversed = pair(0.0001);
        reversed.difference = [-0.1, -0.15, -0.05];
        assert!(
            reversed
                .sentence()
                .starts_with("b is significantly better than a")
        );
    }
}
