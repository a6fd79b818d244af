//! How far a command has come: one row at the bottom of a terminal; silence elsewhere.
//!
//! The row has no colours and asks no more of a terminal than to clear a line; where `TERM` is `dumb` there is none.

use std::fmt::Display;
use std::io::IsTerminal as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use console::Term;
use genrenet_text::visible;

use crate::progress_row::ProgressRow;

/// Time between two looks of the row.
const TICK: Duration = Duration::from_millis(100);

/// There is one terminal: lines must not tear the row, whoever prints them.
static SCREEN: Mutex<Screen> = Mutex::new(Screen {
    works: Vec::new(),
    is_drawn: false,
});

/// What is going on now.
struct Screen {
    /// The innermost last: it is the one whose row is drawn.
    works: Vec<Arc<Work>>,
    is_drawn: bool,
}

/// Something that takes time.
struct Work {
    row: Mutex<ProgressRow>,
    /// Wakes the thread that draws; the row is not drawn again once `true`.
    ended: Mutex<bool>,
    ending: Condvar,
}

/// Progress over something; gone from the screen when it is dropped.
pub struct Progress {
    work: Option<Arc<Work>>,
    drawing: Option<JoinHandle<()>>,
}

impl Progress {
    /// Progress over `total` things, in the plural ("files"); without a number, as long as that is not known, it counts.
    ///
    /// Nothing is drawn unless stderr is a terminal.
    pub fn over(things: &'static str, total: Option<u64>) -> Progress {
        if !is_shown() {
            return Progress {
                work: None,
                drawing: None,
            };
        }
        let work = Arc::new(Work {
            row: Mutex::new(ProgressRow::new(things, total, Instant::now())),
            ended: Mutex::new(false),
            ending: Condvar::new(),
        });
        {
            let mut screen = locked(&SCREEN);
            screen.works.push(work.clone());
            screen.draw();
        }
        let drawn = work.clone();
        let drawing = std::thread::spawn(move || {
            let mut ended = locked(&drawn.ended);
            while !*ended {
                let waited = drawn.ending.wait_timeout(ended, TICK);
                ended = waited.unwrap_or_else(PoisonError::into_inner).0;
                if !*ended {
                    locked(&SCREEN).draw();
                }
            }
        });
        Progress {
            work: Some(work),
            drawing: Some(drawing),
        }
    }

    /// Counts things on a thread of its own, and then the total is known.
    pub fn count_ahead<T>(&self, things: impl Iterator<Item = T> + Send + 'static) {
        let Some(work) = self.work.clone() else {
            return;
        };
        std::thread::spawn(move || {
            let mut total = 0;
            for _ in things {
                total += 1;
                if total % 64 == 0 && *locked(&work.ended) {
                    return;
                }
            }
            locked(&work.row).total = Some(total);
        });
    }

    /// One more is done.
    pub fn one_more(&self) {
        self.more(1);
    }

    /// So many more are done.
    pub fn more(&self, count: u64) {
        self.change(|row| row.done += count);
    }

    /// So many are done.
    pub fn done(&self, count: u64) {
        self.change(|row| row.done = count);
    }

    /// A stage begins: with a title in front, and over another number of things where that is known. It is shown at once.
    pub fn stage(&self, title: impl Display, things: &'static str, total: Option<u64>) {
        self.change(|row| {
            *row = ProgressRow::new(things, total, Instant::now());
            row.title = visible(&title.to_string()).into_owned();
        });
        if self.work.is_some() {
            locked(&SCREEN).draw();
        }
    }

    /// What is going on now.
    pub fn now(&self, what: impl Display) {
        self.change(|row| row.now = visible(&what.to_string()).into_owned());
    }

    /// Begins again, with a title in front.
    pub fn begin(&self, title: impl Display) {
        self.change(|row| {
            *row = ProgressRow::new(row.things, row.total, Instant::now());
            row.title = title.to_string();
        });
    }

    fn change(&self, change: impl FnOnce(&mut ProgressRow)) {
        if let Some(work) = &self.work {
            change(&mut locked(&work.row));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let (Some(work), Some(drawing)) = (self.work.take(), self.drawing.take()) else {
            return;
        };
        *locked(&work.ended) = true;
        work.ending.notify_all();
        // A thread that draws can't fail in a way that matters.
        let _ = drawing.join();
        let mut screen = locked(&SCREEN);
        screen.clear();
        screen.works.retain(|other| !Arc::ptr_eq(other, &work));
    }
}

impl Screen {
    fn draw(&mut self) {
        let Some(work) = self.works.last() else {
            return;
        };
        let term = Term::stderr();
        // The last column stays free: some terminals begin a new line with it.
        let width = usize::from(term.size().1).saturating_sub(1);
        let row = locked(&work.row).drawn(width, Instant::now());
        self.clear();
        // What can't be shown is not missed.
        self.is_drawn = term.write_str(&row).is_ok();
    }

    fn clear(&mut self) {
        if self.is_drawn {
            let _ = Term::stderr().clear_line();
            self.is_drawn = false;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_shown() -> bool {
    static SHOWN: OnceLock<bool> = OnceLock::new();
    *SHOWN.get_or_init(|| {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        std::io::stderr().is_terminal() && !dumb
    })
}

/// Runs `print` while no progress row is on the screen.
pub fn aside<T>(print: impl FnOnce() -> T) -> T {
    let mut screen = locked(&SCREEN);
    screen.clear();
    let printed = print();
    screen.draw();
    printed
}
