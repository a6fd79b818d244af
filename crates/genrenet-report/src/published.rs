//! Figures that others published for the same task, to stand beside one's own.

/// A published figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// What was measured.
    pub name: &'static str,
    /// Share of right answers, lowest and highest that is reported (equal for a single figure), 0..=1.
    pub accuracy: [f64; 2],
}

/// Published figures of a task, lowest first; empty for a task that has none.
///
/// Keys: `fma-small` (official test split, 8 genres), `gtzan` (Kereliuk's fault-filtered test split, 10 genres), `echonest`
/// (12 FMA genres from eight EchoNest values, other groups), `electronic-rock` (the origin's table of 4 000 tracks).
pub fn published(task: &str) -> &'static [Published] {
    const fn one(name: &'static str, accuracy: f64) -> Published {
        Published {
            name,
            accuracy: [accuracy, accuracy],
        }
    }
    match task {
        "fma-small" => {
            const FIGURES: &[Published] = &[
                one("Always the same genre", 0.125),
                one("MFCC + SVM", 0.464),
                Published {
                    name: "CNNs from scratch",
                    accuracy: [0.48, 0.54],
                },
                one("VGGish + SVM", 0.574),
                one("Dasheng, frozen, probe", 0.637),
            ];
            FIGURES
        }
        "gtzan" => {
            const FIGURES: &[Published] = &[one("MFCC + SVM", 0.534), one("VGGish + SVM", 0.776)];
            FIGURES
        }
        "echonest" => {
            const FIGURES: &[Published] = &[
                one("Always Rock", 0.321),
                one("SVM", 0.575),
                one("MLP (100)", 0.577),
                one("Random forest", 0.618),
                one("Gradient boosting", 0.624),
            ];
            FIGURES
        }
        "electronic-rock" => {
            const FIGURES: &[Published] = &[
                one("Always the same genre", 0.5),
                one("Origin, MLP (one run)", 0.715),
                one("Origin, by hand (one run)", 0.7575),
                one("SVM, 5-fold", 0.8135),
            ];
            FIGURES
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shares_in_rising_order() {
        for task in ["fma-small", "gtzan", "echonest", "electronic-rock"] {
            let figures = published(task);
            assert!(!figures.is_empty());
            assert!(
                figures
                    .windows(2)
                    .all(|pair| pair[0].accuracy[0] <= pair[1].accuracy[0])
            );
            assert!(
                figures
                    .iter()
                    .all(|f| f.accuracy[0] <= f.accuracy[1] && f.accuracy[1] < 1.0)
            );
        }
        assert!(published("something else").is_empty());
    }
}
