//! The genres along a song: which window sounds like what.

use crate::context::AlongSong;
use crate::drawing::{Anchor, Drawing, Paint};
use crate::font;
use crate::genre_mark::{GenreMark, MARKS, genre_marks};
use crate::legend;
use crate::plot::{Plot, SMALL, percent_ticks, ticks};
use crate::theme::Role;

/// Most genres that one picture draws lines for.
const MOST: usize = 5;
/// Opacity of a strip where nothing of the song was read.
const UNREAD: f64 = 0.28;

impl AlongSong {
    /// Whether the numbers fit each other.
    pub(crate) fn is_sound(&self) -> bool {
        !self.genres.is_empty()
            && !self.starts.is_empty()
            && self.starts.len() * self.genres.len() == self.probabilities.len()
            && self.starts.iter().all(|start| start.is_finite())
            && self.window > 0.0
            && self.seconds > 0.0
    }

    fn row(&self, window: usize) -> &[f32] {
        &self.probabilities[window * self.genres.len()..(window + 1) * self.genres.len()]
    }

    /// The part of the song that is nearest to the middle of a window: it takes the window's colour.
    fn reach(&self, window: usize) -> [f64; 2] {
        let middle = |at: usize| self.starts[at] + 0.5 * self.window;
        let from = if window == 0 {
            0.0
        } else {
            0.5 * (middle(window - 1) + middle(window))
        };
        let to = if window + 1 == self.starts.len() {
            self.seconds.max(self.starts[window] + self.window)
        } else {
            0.5 * (middle(window) + middle(window + 1))
        };
        [from, to]
    }

    /// What a genre is called above a strip.
    pub(crate) fn noun(&self) -> &'static str {
        if self.tags { "Tag" } else { "Genre" }
    }

    /// The genre that leads in a window.
    fn top(&self, window: usize) -> usize {
        let row = self.row(window);
        (0..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best })
    }
}

/// Names of the genres that lead somewhere in the song, in the order of the vocabulary.
pub(crate) fn leading(along: &AlongSong) -> Vec<String> {
    let mut leads = vec![false; along.genres.len()];
    for window in 0..along.starts.len() {
        leads[along.top(window)] = true;
    }
    along
        .genres
        .iter()
        .zip(leads)
        .filter(|(_, leads)| *leads)
        .map(|(name, _)| name.clone())
        .collect()
}

/// The marks of all genres; of more than there are marks, those that are strongest in the song have different ones.
pub(crate) fn marks(along: &AlongSong) -> Vec<GenreMark> {
    let mut marks = genre_marks(&along.genres);
    if marks.len() > MARKS {
        let order = by_strength(along);
        let names = order.iter().take(MARKS);
        let names: Vec<String> = names.map(|&at| along.genres[at].clone()).collect();
        let own = genre_marks(&names).into_iter();
        own.zip(order).for_each(|(mark, at)| marks[at] = mark);
    }
    marks
}

/// Draws a strip in the colours of the leading genres over the times `span`; faint where a model that reads segments read nothing,
/// with words on it at the right, at the height `words`.
pub(crate) fn strip(
    drawing: &mut Drawing,
    along: &AlongSong,
    [left, top, width, height]: [f64; 4],
    words: f64,
    span: [f64; 2],
) {
    let marks = marks(along);
    let x = |time: f64| left + width * ((time - span[0]) / (span[1] - span[0])).clamp(0.0, 1.0);
    let mut read = 0.0;
    for window in 0..along.starts.len() {
        let [from, to] = along.reach(window);
        let leader = along.top(window);
        let tip = |[from, to]: [f64; 2]| {
            let share = 100.0 * along.row(window)[leader];
            format!("{from:.0}–{to:.0} s: {} {share:.0} %", along.genres[leader])
        };
        // Windows of one genre join without a seam.
        let next = window + 1;
        let joined = next < along.starts.len() && along.top(next) == leader;
        if x(to) > x(from) {
            let (opacity, seam) = match (along.segments, joined) {
                (true, _) => (UNREAD, 0.0),
                (false, true) => (1.0, 0.7),
                (false, false) => (1.0, 0.0),
            };
            let at = [x(from), top, x(to) - x(from) + seam, height];
            drawing.tipped(at, marks[leader].colour, opacity, tip([from, to]));
        }
        if along.segments {
            let own = [along.starts[window], along.starts[window] + along.window];
            let [from, mut to] = own.map(x);
            // Segments that follow each other but for a few frames join as well.
            if let Some(next) = along.starts.get(next).map(|&next| x(next))
                && next - to < 1.0
            {
                to = next;
            }
            read += to - from;
            if to > from {
                let at = [from, top, (to - from).max(1.0), height];
                drawing.tipped(at, marks[leader].colour, 1.0, tip(own));
            }
        }
    }
    if along.segments && read < width - 2.0 {
        let at = [left + width, words];
        drawing.text("faint: not read", at, SMALL, Anchor::End, Role::Muted);
    }
}

/// Draws the probability of the (up to five) strongest genres along the song, in per cent over seconds.
///
/// 960 wide. Where the numbers do not fit each other, a message is drawn instead.
pub fn along_song_drawing(along: &AlongSong, title: &str) -> Drawing {
    const WIDTH: f64 = 960.0;
    const AREA: [f64; 4] = [52.0, 52.0, 892.0, 220.0];
    let heading = font::fitted(title, 15.0, true, WIDTH - 20.0);
    if !along.is_sound() {
        let mut drawing = Drawing::new(WIDTH, 100.0, format!("Genres along {title}: no windows."));
        drawing.bold(heading, [4.0, 20.0], 15.0, Anchor::Start, Role::Ink);
        drawing.text(
            "Nothing to draw: there are no windows with probabilities.",
            [4.0, 60.0],
            14.0,
            Anchor::Start,
            Role::Muted,
        );
        return drawing;
    }
    let strongest = strongest(along);
    let names: Vec<String> = strongest
        .iter()
        .map(|&at| along.genres[at].clone())
        .collect();
    let all = marks(along);
    let marks: Vec<_> = strongest.iter().map(|&at| all[at]).collect();
    let strip_top = AREA[1] + AREA[3] + 44.0;
    let bottom = strip_top + if along.segments { 26.0 } else { 0.0 };
    let alt = format!(
        "Probability of {}s along {title}, in per cent over seconds; the strongest are {}.",
        along.noun().to_lowercase(),
        names.join(", ")
    );
    let mut drawing = Drawing::new(WIDTH, bottom + legend::height(&names, AREA[2]) + 4.0, alt);
    drawing.bold(heading, [4.0, 20.0], 15.0, Anchor::Start, Role::Ink);
    let plot = Plot {
        area: AREA,
        x: [0.0, along.reach(along.starts.len() - 1)[1]],
        y: [0.0, 1.0],
    };
    plot.y_axis(
        &mut drawing,
        &percent_ticks(0.0, 1.0, 5),
        "Probability (%)",
        true,
    );
    plot.x_axis(&mut drawing, &ticks(0.0, plot.x[1], 10), "Time (s)", false);
    drawing.line(
        [AREA[0], AREA[1] + AREA[3]],
        [AREA[0] + AREA[2], AREA[1] + AREA[3]],
        Role::Axis,
        1.0,
    );
    for (&genre, mark) in strongest.iter().zip(&marks).rev() {
        let mut line = Vec::new();
        let mut points = Vec::new();
        for window in 0..along.starts.len() {
            let [from, to] = along.reach(window);
            let p = f64::from(along.row(window)[genre]).clamp(0.0, 1.0);
            let middle = match along.segments {
                true => along.starts[window] + 0.5 * along.window,
                false => 0.5 * (from + to),
            };
            match along.segments {
                true => line.push(plot.at(middle, p)),
                false => line.extend([from, to].map(|time| plot.at(time, p))),
            }
            points.push(legend::outline(mark.shape, plot.at(middle, p), 4.5));
        }
        drawing.lines(vec![line], Paint::Fixed(mark.colour), 2.5, 0.0);
        drawing.areas(points, mark.colour, 1.0);
    }
    if along.segments {
        let at = [AREA[0] - 7.0, strip_top + 11.0];
        drawing.text(along.noun(), at, SMALL, Anchor::End, Role::Muted);
        let at = [AREA[0], strip_top, AREA[2], 14.0];
        strip(&mut drawing, along, at, strip_top - 9.0, plot.x);
    }
    legend::genres(&mut drawing, [AREA[0], bottom], AREA[2], &names, &marks);
    drawing
}

/// The genres with the highest probability in any window, strongest first.
fn strongest(along: &AlongSong) -> Vec<usize> {
    let mut order = by_strength(along);
    order.truncate(MOST);
    order
}

/// All genres by their highest probability in any window, highest first.
fn by_strength(along: &AlongSong) -> Vec<usize> {
    let peak = |genre: usize| {
        (0..along.starts.len())
            .map(|window| along.row(window)[genre])
            .fold(0.0f32, f32::max)
    };
    let mut order: Vec<usize> = (0..along.genres.len()).collect();
    order.sort_by(|&a, &b| peak(b).total_cmp(&peak(a)).then(a.cmp(&b)));
    order
}
