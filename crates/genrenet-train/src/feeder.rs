//! Batches of an epoch in a fixed order, prepared on another thread.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use genrenet_data::DataError;
use rand::seq::SliceRandom;

use crate::augment::generator;
use crate::batch::{Batch, BatchMaker};
use crate::error::TrainError;
use crate::origin;
use crate::recipe::Shuffle;

/// Batches that are prepared ahead: enough to absorb one that takes longer, few enough to need little memory.
const PREPARED: usize = 3;

/// The rows of each batch of an epoch, shuffled by seed and epoch alone.
///
/// Where each epoch is shuffled, a last batch of fewer than a quarter of the others' rows is left out, as its batch-norm
/// statistics would be noise; its rows come in other epochs.
pub fn order(
    rows: &[usize],
    batch: usize,
    seed: u64,
    epoch: usize,
    shuffle: Shuffle,
) -> Vec<Vec<usize>> {
    let mut rows = rows.to_vec();
    match shuffle {
        Shuffle::EachEpoch => rows.shuffle(&mut generator(seed, epoch as u64, u64::MAX, 0)),
        fixed => origin::fixed_order(&mut rows, seed, fixed),
    }
    let mut batches: Vec<Vec<usize>> = rows.chunks(batch).map(<[usize]>::to_vec).collect();
    batches.truncate(steps(rows.len(), batch, shuffle));
    batches
}

/// Steps of an epoch; the same for every epoch.
pub fn steps(rows: usize, batch: usize, shuffle: Shuffle) -> usize {
    let least = (batch / 4).max(2).min(batch);
    let (whole, rest) = (rows / batch, rows % batch);
    let left_out = shuffle == Shuffle::EachEpoch && whole > 0 && rest < least;
    match rest {
        0 => whole,
        _ if left_out => whole,
        _ => whole + 1,
    }
}

/// Makes the batches on a thread of its own and hands them to `take` in order; stops early when `take` says `false`. Returns how
/// long the calling thread waited for batches.
///
/// # Errors
/// Features that can't be read, and the errors of `take`.
pub fn feed(
    maker: &BatchMaker<'_>,
    epoch: usize,
    batches: &[Vec<usize>],
    mixing: bool,
    mut take: impl FnMut(usize, Batch) -> Result<bool, TrainError>,
) -> Result<Duration, TrainError> {
    thread::scope(|scope| {
        let (send, receive) = sync_channel::<Result<Batch, DataError>>(PREPARED);
        scope.spawn(move || {
            for (index, rows) in batches.iter().enumerate() {
                let batch = maker.make(epoch, index, rows, mixing);
                let failed = batch.is_err();
                // Where sending fails, the receiver is gone.
                if send.send(batch).is_err() || failed {
                    return;
                }
            }
        });
        let mut waited = Duration::ZERO;
        for index in 0.. {
            let began = Instant::now();
            let batch = receive.recv();
            waited += began.elapsed();
            let Ok(batch) = batch else {
                break;
            };
            if !take(index, batch?)? {
                break;
            }
        }
        Ok(waited)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_comes_once_and_epochs_differ() {
        let rows: Vec<usize> = (100..164).collect();
        let each = |epoch| order(&rows, 8, 1, epoch, Shuffle::EachEpoch);
        let first = each(0);
        let mut seen: Vec<usize> = first.concat();
        assert_ne!(seen, rows);
        assert_ne!(first, each(1));
        assert_eq!(first, each(0));
        seen.sort_unstable();
        assert_eq!(seen, rows);
        assert_eq!(order(&rows, 8, 1, 0, Shuffle::Never).concat(), rows);
        let once = |epoch| order(&rows, 8, 1, epoch, Shuffle::Once);
        assert_ne!(once(0).concat(), rows);
        assert_eq!(once(0), once(1));
    }

    #[test]
    fn only_a_small_last_batch_of_a_shuffled_epoch_is_left_out() {
        for (n, batch, shuffled, fixed) in [
            (64, 32, 2, 2),
            (72, 32, 3, 3),
            (71, 32, 2, 3),
            (7, 32, 1, 1),
            (1, 32, 1, 1),
            (15, 7, 2, 3),
            (5, 1, 5, 5),
        ] {
            let rows: Vec<usize> = (0..n).collect();
            for (shuffle, expected) in [
                (Shuffle::EachEpoch, shuffled),
                (Shuffle::Once, fixed),
                (Shuffle::Never, fixed),
            ] {
                let batches = order(&rows, batch, 1, 0, shuffle);
                let what = format!("{n} rows, batch {batch}, shuffle {shuffle:?}");
                assert_eq!(steps(n, batch, shuffle), expected, "{what}");
                assert_eq!(batches.len(), expected, "{what}");
                let total: usize = batches.iter().map(Vec::len).sum();
                let expected_rows = if shuffle == Shuffle::EachEpoch {
                    n.min(expected * batch)
                } else {
                    n
                };
                assert_eq!(total, expected_rows, "{what}");
            }
        }
    }
}
