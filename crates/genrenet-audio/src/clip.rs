//! Decoded audio in memory.

/// A whole mono signal: what [`decode`](crate::decode()) returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Samples, nominally in [-1, 1] (lossy decoders may overshoot), one per sample frame: the mean of the channels.
    pub samples: Vec<f32>,
    /// Sample frames per second.
    pub rate: u32,
}

impl Clip {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate.max(1))
    }
}
