//! A stream cut into equal blocks that may overlap.

/// Cuts a stream of samples into blocks of `span` samples, one every `step`, without copying what arrives in long runs.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    span: usize,
    step: usize,
    /// Samples from the start of the next block on, fewer than `span`.
    held: Vec<f32>,
    /// Samples still to be dropped before the next block starts (only where `step` exceeds `span`).
    skip: usize,
}

impl Blocks {
    /// Blocks of `span` samples every `step` (both at least 1); the first one starts with `zeros` zeros.
    pub(crate) fn new(span: usize, step: usize, zeros: usize) -> Self {
        Self {
            span: span.max(1),
            step: step.max(1),
            held: vec![0.0; zeros],
            skip: 0,
        }
    }

    /// Takes the next samples and calls `each` with every block that they complete.
    pub(crate) fn push(&mut self, mut samples: &[f32], mut each: impl FnMut(&[f32])) {
        // First the blocks that begin in `held`, each completed by the front of `samples`.
        let mut taken = 0;
        loop {
            let skipped = self.skip.min(samples.len());
            samples = &samples[skipped..];
            self.skip -= skipped;
            if self.skip > 0 {
                return;
            }
            // Everything in `held` lies in `samples` too: continue there.
            if self.held.len() <= taken {
                break;
            }
            let missing = self.span.saturating_sub(self.held.len());
            let Some(front) = samples.get(taken..taken + missing) else {
                self.held.extend_from_slice(&samples[taken..]);
                return;
            };
            self.held.extend_from_slice(front);
            taken += missing;
            each(&self.held[..self.span]);
            let dropped = self.step.min(self.held.len());
            self.held.drain(..dropped);
            if dropped < self.step {
                self.skip = self.step - dropped;
                samples = &samples[taken..];
                taken = 0;
            }
        }
        let mut at = taken - self.held.len();
        self.held.clear();
        while at + self.span <= samples.len() {
            each(&samples[at..at + self.span]);
            at += self.step;
        }
        if at >= samples.len() {
            self.skip = at - samples.len();
        } else {
            self.held.extend_from_slice(&samples[at..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_do_not_depend_on_how_samples_arrive(
            span in 1usize..40, step in 1usize..60, zeros in 0usize..30,
            runs in prop::collection::vec(0usize..90, 0..12),
        ) {
            let total: usize = runs.iter().sum();
            let samples: Vec<f32> = (1..=total).map(|i| i as f32).collect();
            let mut whole = vec![0.0; zeros];
            whole.extend_from_slice(&samples);
            let expected: Vec<Vec<f32>> = (0..whole.len())
                .step_by(step)
                .filter_map(|i| whole.get(i..i + span).map(<[f32]>::to_vec))
                .collect();
            let mut blocks = Blocks::new(span, step, zeros);
            let mut found = Vec::new();
            let mut at = 0;
            for run in runs {
                blocks.push(&samples[at..at + run], |b| found.push(b.to_vec()));
                at += run;
            }
            // Blocks that lie in the zeros alone come with the first push, if there is one.
            if at > 0 {
                prop_assert_eq!(found, expected);
            }
        }
    }
}
