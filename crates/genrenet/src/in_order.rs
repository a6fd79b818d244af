//! Many items on all cores, results in the order of the items, memory flat in their number.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex};

/// How many results, per core, may wait for a slow item before them.
const AHEAD: usize = 16;

struct State<I, R> {
    items: I,
    /// Number of items handed out.
    taken: usize,
    /// Number of results given to the caller.
    given: usize,
    done: BTreeMap<usize, R>,
    /// No item is left, or the caller has stopped.
    ended: bool,
    /// Workers that still run.
    running: usize,
}

/// Calls `work` for every item on all threads of the current rayon pool and `each` with its result, in the order of the
/// items, on the calling thread, until it returns [`ControlFlow::Break`].
///
/// Items are taken from the iterator only as they are needed, and at most a few results per thread wait for an earlier
/// one: memory does not grow with the number of items.
pub fn in_order<T, R: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
    mut each: impl FnMut(R) -> ControlFlow<()>,
) {
    let threads = rayon::current_num_threads();
    let state = Mutex::new(State {
        items,
        taken: 0,
        given: 0,
        done: BTreeMap::new(),
        ended: false,
        running: threads,
    });
    let changed = Condvar::new();
    let worker = || {
        loop {
            let mut now = state.lock().expect("a worker panicked");
            while !now.ended && now.taken >= now.given + AHEAD * threads {
                now = changed.wait(now).expect("a worker panicked");
            }
            let Some(item) = (if now.ended { None } else { now.items.next() }) else {
                now.ended = true;
                break;
            };
            let index = now.taken;
            now.taken += 1;
            drop(now);
            let result = work(item);
            state
                .lock()
                .expect("a worker panicked")
                .done
                .insert(index, result);
            changed.notify_all();
        }
        changed.notify_all();
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            rayon::broadcast(|_| {
                // Counted down even when `work` panics: the caller below must not wait for ever.
                struct Leave<'a>(&'a dyn Fn());
                impl Drop for Leave<'_> {
                    fn drop(&mut self) {
                        (self.0)();
                    }
                }
                let leave = || {
                    if let Ok(mut now) = state.lock() {
                        now.running -= 1;
                    }
                    changed.notify_all();
                };
                let _leave = Leave(&leave);
                worker();
            });
        });
        loop {
            let Ok(mut now) = state.lock() else { return };
            let result = loop {
                let next = now.given;
                if let Some(result) = now.done.remove(&next) {
                    now.given += 1;
                    break Some(result);
                }
                if now.running == 0 {
                    break None;
                }
                match changed.wait(now) {
                    Ok(held) => now = held,
                    Err(_) => return,
                }
            };
            drop(now);
            changed.notify_all();
            match result {
                None => return,
                Some(result) => {
                    if each(result).is_break() {
                        if let Ok(mut now) = state.lock() {
                            now.ended = true;
                        }
                        changed.notify_all();
                        return;
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let mut seen = Vec::new();
        in_order(
            0..500u64,
            |item| {
                if item % 7 == 0 {
                    std::thread::sleep(std::time::Duration::from_micros(300));
                }
                item * 2
            },
            |result| {
                seen.push(result);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(seen, (0..500).map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn a_slow_item_holds_back_a_bounded_number() {
        use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
        let (taken, given) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let most = AHEAD * rayon::current_num_threads();
        in_order(
            (0..2000usize).inspect(|_| {
                taken.fetch_add(1, SeqCst);
            }),
            |item| {
                if item == 0 {
                    std::thread::sleep(std::time::Duration::from_millis(30));
                }
                assert!(taken.load(SeqCst) <= given.load(SeqCst) + most + 1);
            },
            |()| {
                given.fetch_add(1, SeqCst);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(given.load(SeqCst), 2000);
    }

    #[test]
    fn the_caller_may_stop_early() {
        let mut seen = 0;
        in_order(
            0..,
            |item: u64| item,
            |_| {
                seen += 1;
                match seen < 10 {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            },
        );
        assert_eq!(seen, 10);
    }
}
