//! Planned Fourier transforms, kept for the next file.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustfft::{Fft, FftDirection, FftPlanner};

/// Lengths up to which plans are kept: those of common frames and resampling blocks.
const KEPT_LENGTH: usize = 16_384;
/// After so many requests the cache is emptied, so that files of unusual rates do not fill it for good.
const RENEWED_AFTER: usize = 4096;

struct Plans {
    planner: FftPlanner<f32>,
    requests: usize,
}

/// The transform of `len` complex numbers in `direction`.
pub(crate) fn plan(len: usize, direction: FftDirection) -> Arc<dyn Fft<f32>> {
    static PLANS: LazyLock<Mutex<Plans>> = LazyLock::new(|| {
        Mutex::new(Plans {
            planner: FftPlanner::new(),
            requests: 0,
        })
    });
    if len > KEPT_LENGTH {
        return FftPlanner::new().plan_fft(len, direction);
    }
    let mut plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
    plans.requests += 1;
    if plans.requests > RENEWED_AFTER {
        plans.planner = FftPlanner::new();
        plans.requests = 0;
    }
    plans.planner.plan_fft(len, direction)
}
