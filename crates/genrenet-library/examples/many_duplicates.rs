//! Time and memory of finding duplicates among many made-up fingerprints: `many_duplicates [SONGS]`.
//!
//! Every song has two minutes of items that change one bit in eight from one to the next, as those of music do; every twentieth is a copy
//! of the one before, 10 s later and with 8 % of its bits flipped. They are made when they are read, so that the memory is that of
//! the search.

use std::convert::Infallible;
use std::time::Instant;

use genrenet_library::duplicates::{Fingerprint, Fingerprints, find};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ITEMS: usize = 948;
const SHIFT: usize = 80;

struct MadeUp(i64);

fn is_copy(id: i64) -> bool {
    id % 20 == 19
}

fn fingerprint(id: i64) -> Fingerprint {
    let original = if is_copy(id) { id - 1 } else { id };
    let mut random = ChaCha8Rng::seed_from_u64(original as u64);
    let mut item: u32 = random.random();
    let mut items: Vec<u32> = (0..ITEMS + SHIFT)
        .map(|_| {
            item ^= random.random::<u32>() & random.random::<u32>() & random.random::<u32>();
            item
        })
        .collect();
    if is_copy(id) {
        items.drain(..SHIFT);
        for item in &mut items {
            for bit in 0..32 {
                *item ^= u32::from(random.random_ratio(2, 25)) << bit;
            }
        }
    }
    items.truncate(ITEMS);
    Fingerprint::from_items(items)
}

impl Fingerprints for MadeUp {
    type Error = Infallible;

    fn for_each(
        &self,
        each: &mut dyn FnMut(i64, f64, Fingerprint) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        (0..self.0).try_for_each(|id| each(id, 200.0, fingerprint(id)))
    }

    fn fingerprint(&self, id: i64) -> Result<Option<Fingerprint>, Infallible> {
        Ok(Some(fingerprint(id)))
    }
}

/// The process's peak memory in MB, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes / 1000)
}

fn main() {
    let songs = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let start = Instant::now();
    for id in 0..songs {
        std::hint::black_box(fingerprint(id));
    }
    let making = 2.0 * start.elapsed().as_secs_f64();
    let start = Instant::now();
    let Ok(found) = find(&MadeUp(songs));
    let seconds = start.elapsed().as_secs_f64() - making;
    let right = found
        .pairs
        .iter()
        .filter(|pair| is_copy(pair.second) && pair.first + 1 == pair.second)
        .count();
    println!(
        "{songs} fingerprints of two minutes: {seconds:.1} s (without making them, {making:.1} s)"
    );
    println!(
        "found {right} of {} copies, and {} other pairs",
        songs / 20,
        found.pairs.len() - right
    );
    if let Some(memory) = peak_memory() {
        println!("peak memory {memory} MB");
    }
}
