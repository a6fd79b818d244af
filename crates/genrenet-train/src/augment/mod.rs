//! Augmentation: random changes of clips in training.
//!
//! Steps in dB ([`decibel`]: gain, tilt, equaliser, low-pass, bands shifted, time rolled and
//! stretched) change the feature array before it is prepared; masks ([`masks`]) blank parts of the
//! prepared input; mixing ([`mix`]) combines two prepared rows and their labels.

pub mod decibel;
pub mod masks;
pub mod mix;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A generator of its own for each place of a run, so that neither threads nor resuming change what is drawn.
pub fn generator(seed: u64, epoch: u64, batch: u64, place: u64) -> ChaCha8Rng {
    // SplitMix64 between the parts, so that adjacent numbers give unrelated generators.
    let mut state = seed;
    for part in [epoch, batch, place] {
        state = mixed(state ^ mixed(part.wrapping_add(0x9e37_79b9_7f4a_7c15)));
    }
    ChaCha8Rng::seed_from_u64(state)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mixed(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A draw from the normal distribution with deviation 1 (Box and Muller 1958).
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f32 {
    use rand::Rng;
    let u: f64 = 1.0 - rng.random::<f64>();
    let v: f64 = rng.random();
    ((-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()) as f32
}
