//! Planned Fourier transforms, kept for the next file.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use realfft::{RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftDirection, FftPlanner};

/// Lengths up to which plans are kept: those of common frames and resampling blocks.
const KEPT_LENGTH: usize = 16_384;
/// After so many requests the cache is emptied, so that files of unusual rates do not fill it for good.
const RENEWED_AFTER: usize = 4096;

struct Plans<P> {
    planner: P,
    requests: usize,
}

type Kept<P> = LazyLock<Mutex<Plans<P>>>;

impl<P> Plans<P> {
    fn new(planner: P) -> Mutex<Self> {
        Mutex::new(Self {
            planner,
            requests: 0,
        })
    }
}

/// What `plan` makes of a planner: the one that is `kept`, or a `new` one for a long transform.
fn planned<P, T>(
    kept: &Kept<P>,
    new: fn() -> P,
    len: usize,
    plan: impl FnOnce(&mut P) -> Arc<T>,
) -> Arc<T>
where
    T: ?Sized,
{
    if len > KEPT_LENGTH {
        return plan(&mut new());
    }
    let mut plans = kept.lock().unwrap_or_else(PoisonError::into_inner);
    plans.requests += 1;
    if plans.requests > RENEWED_AFTER {
        plans.planner = new();
        plans.requests = 0;
    }
    plan(&mut plans.planner)
}

/// The transform of `len` complex numbers in `direction`.
pub(crate) fn plan(len: usize, direction: FftDirection) -> Arc<dyn Fft<f32>> {
    static PLANS: Kept<FftPlanner<f32>> = LazyLock::new(|| Plans::new(FftPlanner::new()));
    planned(&PLANS, FftPlanner::new, len, |planner| {
        planner.plan_fft(len, direction)
    })
}

/// The transform of `len` real numbers in double precision.
pub(crate) fn plan_real(len: usize) -> Arc<dyn RealToComplex<f64>> {
    static PLANS: Kept<RealFftPlanner<f64>> = LazyLock::new(|| Plans::new(RealFftPlanner::new()));
    planned(&PLANS, RealFftPlanner::new, len, |planner| {
        planner.plan_fft_forward(len)
    })
}
