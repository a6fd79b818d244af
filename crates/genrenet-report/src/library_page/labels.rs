//! Titles on the map, as many as have room.

use crate::font;

/// Most titles: more would hide the songs.
const MOST: usize = 40;
/// From this many songs on, titles may cover some.
const CROWDED: usize = 150;

/// A title beside its song.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    /// What has room of it.
    pub text: String,
    /// Left end of the baseline.
    pub at: [f64; 2],
}

/// A rectangle: left, top, right, bottom.
type Rectangle = [f64; 4];

fn meet(a: &Rectangle, b: &Rectangle) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Places titles in letters of `size` beside points of `radius`, in the order given, so that none meets another, leaves the picture, or,
/// where there are few songs, covers a song.
pub(super) fn place(
    songs: &[(&str, [f64; 2])],
    picture: [f64; 2],
    size: f64,
    radius: f64,
) -> Vec<Label> {
    let crowded = songs.len() >= CROWDED;
    let dot = |[x, y]: [f64; 2]| [x - radius, y - radius, x + radius, y + radius];
    let mut taken: Vec<Rectangle> = Vec::new();
    let mut labels = Vec::new();
    for (own, (title, point)) in songs.iter().enumerate() {
        if labels.len() == MOST {
            break;
        }
        let text = font::fitted(title, size, false, 0.28 * picture[0]).shown;
        let width = font::width(&text, size, false);
        let gap = radius + 0.3 * size;
        let [x, y] = *point;
        // Right, left, below, above: the left end and the baseline.
        let places = [
            [x + gap, y + 0.35 * size],
            [x - gap - width, y + 0.35 * size],
            [x - 0.5 * width, y + gap + 0.8 * size],
            [x - 0.5 * width, y - gap],
        ];
        let free = places.into_iter().find(|&[left, base]| {
            let frame = [
                left - 2.0,
                base - 0.95 * size,
                left + width + 2.0,
                base + 0.3 * size,
            ];
            let inside = frame[0] >= 0.0
                && frame[1] >= 0.0
                && frame[2] <= picture[0]
                && frame[3] <= picture[1];
            let covers = |at: usize| at != own && meet(&frame, &dot(songs[at].1));
            inside
                && !taken.iter().any(|other| meet(&frame, other))
                && (crowded || !(0..songs.len()).any(covers))
        });
        if let Some(at) = free {
            let margin = if crowded { 1.5 * size } else { 0.0 };
            taken.push([
                at[0] - 2.0 - margin,
                at[1] - 0.95 * size - margin,
                at[0] + width + 2.0 + margin,
                at[1] + 0.3 * size + margin,
            ]);
            labels.push(Label { text, at });
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_neither_meet_nor_leave_the_picture() {
        let points: Vec<[f64; 2]> = (0..60)
            .map(|i| [f64::from(i * 37 % 61) * 10.0, f64::from(i * 53 % 59) * 8.0])
            .collect();
        let long = "A title of many words ".repeat(20);
        let title = |i: usize| if i.is_multiple_of(2) { "Short" } else { &*long };
        let songs: Vec<(&str, [f64; 2])> = points
            .iter()
            .enumerate()
            .map(|(i, &at)| (title(i), at))
            .collect();
        let labels = place(&songs, [600.0, 480.0], 12.0, 5.0);
        assert!(labels.len() > 5, "{}", labels.len());
        let frames: Vec<Rectangle> = labels
            .iter()
            .map(|label| {
                let [x, y] = label.at;
                [
                    x,
                    y - 9.0,
                    x + font::width(&label.text, 12.0, false),
                    y + 3.0,
                ]
            })
            .collect();
        for (i, frame) in frames.iter().enumerate() {
            assert!(frame[0] >= 0.0 && frame[2] <= 600.0 && frame[1] >= 0.0 && frame[3] <= 480.0);
            assert!(frames[..i].iter().all(|other| !meet(frame, other)));
        }
    }
}
