//! Planned Fourier transforms, kept for the next file.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustfft::num_traits::Float;
use rustfft::{Fft, FftDirection, FftNum, FftPlanner};

/// Lengths up to which plans are kept: those of common frames and resampling blocks.
const KEPT_LENGTH: usize = 16_384;
/// After so many requests the cache is emptied, so that files of unusual rates do not fill it for good.
const RENEWED_AFTER: usize = 4096;

struct Plans<T: FftNum> {
    planner: FftPlanner<T>,
    requests: usize,
}

type Kept<T> = LazyLock<Mutex<Plans<T>>>;

impl<T: FftNum> Plans<T> {
    fn new() -> Mutex<Self> {
        Mutex::new(Self {
            planner: FftPlanner::new(),
            requests: 0,
        })
    }
}

/// The transform that is `kept`, or a new one where it is long.
fn planned<T: FftNum>(kept: &Kept<T>, len: usize, direction: FftDirection) -> Arc<dyn Fft<T>> {
    if len > KEPT_LENGTH {
        return FftPlanner::new().plan_fft(len, direction);
    }
    let mut plans = kept.lock().unwrap_or_else(PoisonError::into_inner);
    plans.requests += 1;
    if plans.requests > RENEWED_AFTER {
        plans.planner = FftPlanner::new();
        plans.requests = 0;
    }
    plans.planner.plan_fft(len, direction)
}

/// A number of 32 or 64 bits of which transforms are planned.
pub trait Real: FftNum + Float {
    /// `value`, which it holds exactly.
    fn exactly(value: f32) -> Self;

    /// The nearest number to `value`.
    fn rounded(value: f64) -> Self;

    /// The transform of `len` complex numbers in `direction`.
    fn plan(len: usize, direction: FftDirection) -> Arc<dyn Fft<Self>>;
}

impl Real for f32 {
    fn exactly(value: f32) -> Self {
        value
    }

    fn rounded(value: f64) -> Self {
        value as Self
    }

    fn plan(len: usize, direction: FftDirection) -> Arc<dyn Fft<Self>> {
        static PLANS: Kept<f32> = LazyLock::new(Plans::new);
        planned(&PLANS, len, direction)
    }
}

impl Real for f64 {
    fn exactly(value: f32) -> Self {
        Self::from(value)
    }

    fn rounded(value: f64) -> Self {
        value
    }

    fn plan(len: usize, direction: FftDirection) -> Arc<dyn Fft<Self>> {
        static PLANS: Kept<f64> = LazyLock::new(Plans::new);
        planned(&PLANS, len, direction)
    }
}

/// The transform of `len` complex numbers of 32 bits in `direction`.
pub(crate) fn plan(len: usize, direction: FftDirection) -> Arc<dyn Fft<f32>> {
    f32::plan(len, direction)
}
