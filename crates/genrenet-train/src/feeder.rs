//! Batches of an epoch in a fixed order, prepared beside the training.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use rand::seq::SliceRandom;

use crate::augment::generator;
use crate::batch::{Batch, BatchMaker};
use crate::recipe::Shuffle;

/// Batches that may wait: enough to hide an uneven one, few enough to stay small.
const WAITING: usize = 3;

/// The rows of each batch of an epoch. Shuffled by seed and epoch alone; a last batch of fewer than a
/// quarter of the others is left out when each epoch is shuffled (its rows come in another one), as its
/// batch-norm statistics would be noise.
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
        Shuffle::Once => rows.shuffle(&mut generator(seed, 0, u64::MAX, 0)),
        Shuffle::Never => {}
    }
    let mut batches: Vec<Vec<usize>> = rows.chunks(batch).map(<[usize]>::to_vec).collect();
    let small = (batch / 4).max(2).min(batch);
    let uneven = batches.len() > 1 && batches.last().is_some_and(|last| last.len() < small);
    if uneven && shuffle == Shuffle::EachEpoch {
        batches.pop();
    }
    batches
}

/// Steps of an epoch; the same for every epoch.
pub fn steps(rows: usize, batch: usize, shuffle: Shuffle) -> usize {
    let small = (batch / 4).max(2).min(batch);
    let rest = rows % batch;
    let whole = rows / batch;
    if rest == 0 || (shuffle == Shuffle::EachEpoch && whole > 0 && rest < small) {
        whole
    } else {
        whole + 1
    }
}

/// Makes the batches on a thread of its own and hands them to `take` in order; stops early when `take` says `false`.
pub fn feed<T: Send>(
    maker: &BatchMaker<'_>,
    epoch: usize,
    batches: &[Vec<usize>],
    mixing: bool,
    mut take: impl FnMut(usize, Batch) -> Result<bool, T>,
) -> Result<(), T> {
    thread::scope(|scope| {
        let (send, receive) = sync_channel::<Batch>(WAITING);
        scope.spawn(move || {
            for (index, rows) in batches.iter().enumerate() {
                if send.send(maker.make(epoch, index, rows, mixing)).is_err() {
                    return; // the receiver is gone
                }
            }
        });
        drain(receive, &mut take)
    })
}

fn drain<T>(
    receive: Receiver<Batch>,
    take: &mut impl FnMut(usize, Batch) -> Result<bool, T>,
) -> Result<(), T> {
    for (index, batch) in receive.into_iter().enumerate() {
        if !take(index, batch)? {
            break;
        }
    }
    Ok(())
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
    fn the_number_of_steps_is_known_beforehand() {
        for n in 1..70 {
            let rows: Vec<usize> = (0..n).collect();
            for batch in [1, 2, 7, 32] {
                for shuffle in [Shuffle::EachEpoch, Shuffle::Once, Shuffle::Never] {
                    assert_eq!(
                        order(&rows, batch, 1, 0, shuffle).len(),
                        steps(n, batch, shuffle),
                        "{n} rows, batch {batch}, shuffle {shuffle:?}"
                    );
                }
            }
        }
    }
}
