//! The words of a progress row, as far as a width allows.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use console::{measure_text_width, truncate_str};

/// The rate is that of the last half minute: what was done before (from a cache, say) predicts little.
const LOOKED_BACK: Duration = Duration::from_secs(30);
/// The rate and the time left are shown after this time; before, they jump.
const SETTLED: Duration = Duration::from_secs(1);
/// Columns of the bar, and of a terminal that has room for it.
const BAR: usize = 20;
const ROOM_FOR_BAR: usize = 72;
/// Columns below which a name is not shown.
const LEAST_NAME: usize = 8;

/// How far something has come.
pub struct ProgressRow {
    /// What is counted, in the plural.
    pub things: &'static str,
    /// Words in front.
    pub title: String,
    /// How many there are, once that is known.
    pub total: Option<u64>,
    /// How many are done.
    pub done: u64,
    /// What is going on now.
    pub now: String,
    began: Instant,
    /// Moments of the last half minute, and how many were done then.
    past: VecDeque<(Instant, u64)>,
}

impl ProgressRow {
    pub fn new(things: &'static str, total: Option<u64>, began: Instant) -> ProgressRow {
        ProgressRow {
            things,
            title: String::new(),
            total,
            done: 0,
            now: String::new(),
            began,
            past: VecDeque::from([(began, 0)]),
        }
    }

    /// The row for a terminal of `width` columns.
    pub fn drawn(&mut self, width: usize, now: Instant) -> String {
        let elapsed = now.saturating_duration_since(self.began);
        let rate = self.rate(now);
        let mut row = self.title.clone();
        if !row.is_empty() {
            row.push(' ');
        }
        // A folder may grow while it is counted.
        let total = self.total.map(|total| total.max(self.done));
        if let Some(total) = total.filter(|_| width >= ROOM_FOR_BAR) {
            let full = (BAR as u64 * self.done / total.max(1)) as usize;
            let _ = write!(row, "[{}{}] ", "#".repeat(full), ".".repeat(BAR - full));
        }
        if total.is_some() || self.done > 0 || self.title.is_empty() {
            let _ = write!(row, "{}", self.done);
            if let Some(total) = total {
                let _ = write!(row, "/{total}");
            }
            let _ = write!(row, " {}", self.things);
        } else {
            row.pop();
        }
        if elapsed >= SETTLED {
            if rate > 0.0 {
                let _ = write!(row, ", {}", rate_in_words(rate));
            }
            match total {
                Some(total) if rate > 0.0 => {
                    let left = Duration::from_secs_f64((total - self.done) as f64 / rate);
                    let _ = write!(row, ", {} left", span(left));
                }
                _ => {
                    let _ = write!(row, ", {}", span(elapsed));
                }
            }
        }
        let used = measure_text_width(&row) + 2;
        if !self.now.is_empty() && width >= used + LEAST_NAME {
            let _ = write!(row, ", {}", end_of(&self.now, width - used));
        }
        truncate_str(&row, width, "…").into_owned()
    }

    /// Things per second.
    fn rate(&mut self, now: Instant) -> f64 {
        let last = self.past.back().map_or(self.began, |&(at, _)| at);
        if now.saturating_duration_since(last) >= Duration::from_millis(500) {
            self.past.push_back((now, self.done));
            while self.past.len() > 2 && now.saturating_duration_since(self.past[1].0) > LOOKED_BACK
            {
                self.past.pop_front();
            }
        }
        let per_second = |(at, done): (Instant, u64)| {
            let seconds = now.saturating_duration_since(at).as_secs_f64();
            self.done.saturating_sub(done) as f64 / seconds.max(1e-3)
        };
        let lately = self.past.front().map_or(0.0, |&then| per_second(then));
        match lately > 0.0 {
            true => lately,
            false => per_second((self.began, 0)),
        }
    }
}

/// A rate with two digits or more; slow things by the time that one takes.
fn rate_in_words(rate: f64) -> String {
    match rate {
        9.95.. => format!("{rate:.0}/s"),
        0.995.. => format!("{rate:.1}/s"),
        0.1005.. => format!("{:.1} s each", 1.0 / rate),
        _ => format!(
            "{} each",
            span(Duration::from_secs_f64(1.0 / rate.max(1e-9)))
        ),
    }
}

/// A time in words, with two units at most.
pub fn span(time: Duration) -> String {
    let seconds = (time.as_secs_f64() + 0.5) as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        600..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// The end of a name, where a path's file is, in at most `width` columns.
fn end_of(name: &str, width: usize) -> String {
    if measure_text_width(name) <= width {
        return name.to_owned();
    }
    let mut kept = 0;
    let mut from = name.len();
    for (at, character) in name.char_indices().rev() {
        kept += measure_text_width(character.encode_utf8(&mut [0; 4]));
        if kept + 1 > width {
            break;
        }
        from = at;
    }
    format!("…{}", &name[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(done: u64, total: Option<u64>, seconds: u64, width: usize) -> String {
        let began = Instant::now();
        let mut row = ProgressRow::new("files", total, began);
        row.done = done;
        row.now = "Music/Björk/Homogenic/01 Hunter.flac".into();
        row.drawn(width, began + Duration::from_secs(seconds))
    }

    #[test]
    fn a_row_shows_total_rate_time_left_and_the_file() {
        assert_eq!(
            row(50, Some(200), 10, 100),
            "[#####...............] 50/200 files, 5.0/s, 30 s left, Music/Björk/Homogenic/01 Hunter.flac"
        );
        assert_eq!(
            row(50, Some(200), 10, 79),
            "[#####...............] 50/200 files, 5.0/s, 30 s left, …omogenic/01 Hunter.flac"
        );
        assert_eq!(row(50, Some(200), 10, 39), "50/200 files, 5.0/s, 30 s left");
        assert_eq!(row(7, None, 90, 39), "7 files, 13 s each, 1 min 30 s");
        let began = Instant::now();
        let mut stage = ProgressRow::new("windows", None, began);
        stage.title = "reading".into();
        stage.now = "Hunter.flac".into();
        let drawn = stage.drawn(79, began + Duration::from_secs(3));
        assert_eq!(drawn, "reading, 3 s, Hunter.flac");
        assert_eq!(row(0, Some(9), 0, 30), "0/9 files, …nic/01 Hunter.flac");
        assert_eq!(row(50, Some(200), 10, 12), "50/200 file…");
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        for width in 0..200 {
            for (done, total) in [(0, None), (3, Some(2)), (12_345, Some(1_000_000))] {
                let row = row(done, total, 100, width);
                assert!(measure_text_width(&row) <= width.max(1), "{width}: {row}");
            }
        }
    }

    #[test]
    fn the_rate_is_that_of_the_last_half_minute() {
        let began = Instant::now();
        let mut row = ProgressRow::new("files", Some(10_000), began);
        for second in 0..=100u64 {
            // 5 000 from a cache in the first second, then one a second.
            row.done = 5_000.min(second * 5_000) + second;
            row.drawn(80, began + Duration::from_secs(second));
        }
        let drawn = row.drawn(80, began + Duration::from_secs(100));
        assert!(drawn.contains("1.0/s, 1 h 21 min left"), "{drawn}");
    }

    #[test]
    fn rates_and_spans_have_sensible_digits() {
        for (rate, expected) in [
            (1234.4, "1234/s"),
            (12.34, "12/s"),
            (9.96, "10/s"),
            (1.26, "1.3/s"),
            (0.5, "2.0 s each"),
            (0.01, "1 min 40 s each"),
        ] {
            assert_eq!(rate_in_words(rate), expected);
        }
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min 01 s"),
            (3_599, "59 min"),
            (3_660, "1 h 01 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
    }
}
