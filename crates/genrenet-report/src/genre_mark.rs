//! One colour and one shape per genre, everywhere.

use crate::colour::Rgb;

/// Shape of a genre's points, beside its colour for readers who see colours otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle with its point up.
    Up,
    /// A triangle with its point down.
    Down,
}

/// How a genre is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GenreMark {
    /// Its colour, the same in both themes.
    pub colour: Rgb,
    /// Its shape among points.
    pub shape: Shape,
}

/// Colours chosen by `reference/palette.py`: distinguishable within each vocabulary (FMA's 8, GTZAN's 10, EchoNest's 12) under
/// normal sight, deuteranopia and protanopia, with contrast to both backgrounds.
const KNOWN: [(&str, u32); 19] = [
    ("Electronic", 0x22626d),
    ("Experimental", 0x8b5efa),
    ("Folk", 0x3085a8),
    ("Hip-Hop", 0xfa7305),
    ("Instrumental", 0x05ace9),
    ("International", 0x99a493),
    ("Pop", 0x832db9),
    ("Rock", 0xdf0705),
    ("Blues", 0xa43784),
    ("Classical", 0x767f68),
    ("Country", 0x05b35c),
    ("Disco", 0xfa64db),
    ("Jazz", 0x6d96a7),
    ("Metal", 0x05790f),
    ("Reggae", 0x9e58d1),
    ("Old-Time / Historic", 0x71664f),
    ("Soul-RnB", 0x8e49a5),
    ("Spoken", 0x789476),
    ("Easy Listening", 0x4b97fa),
];

/// Number of different marks.
pub(crate) const MARKS: usize = KNOWN.len();

/// All shapes.
pub(crate) const SHAPES: [Shape; 5] = [
    Shape::Disc,
    Shape::Square,
    Shape::Diamond,
    Shape::Up,
    Shape::Down,
];

/// Colour and shape of a genre: fixed for the genres of FMA, GTZAN and EchoNest, from a hash of the name for all others.
///
/// Case, spaces and signs do not matter: `Hip-Hop` and `hiphop` are one genre.
pub fn genre_mark(name: &str) -> GenreMark {
    mark(place(name))
}

/// Marks of the genres of one vocabulary: as [`genre_mark`], except that a name from outside the known vocabularies
/// gives way (to the next free mark) where its hash would give it the mark of another.
pub fn genre_marks(names: &[String]) -> Vec<GenreMark> {
    let mut taken: Vec<usize> = names.iter().filter_map(|name| known(name)).collect();
    names
        .iter()
        .map(|name| {
            let mut at = place(name);
            if known(name).is_none() {
                for _ in 0..KNOWN.len() {
                    if !taken.contains(&at) {
                        break;
                    }
                    at = (at + 1) % KNOWN.len();
                }
                taken.push(at);
            }
            mark(at)
        })
        .collect()
}

fn mark(place: usize) -> GenreMark {
    GenreMark {
        colour: Rgb::hex(KNOWN[place].1),
        shape: SHAPES[place % SHAPES.len()],
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn known(name: &str) -> Option<usize> {
    let name = plain(name);
    KNOWN.iter().position(|(known, _)| plain(known) == name)
}

fn place(name: &str) -> usize {
    known(name).unwrap_or_else(|| {
        // FNV-1a, which will give the same number for ever.
        let hash = plain(name)
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
            });
        (hash % KNOWN.len() as u64) as usize
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{Role, Theme};

    #[test]
    fn a_genre_keeps_its_mark_however_it_is_written() {
        assert_eq!(genre_mark("Hip-Hop"), genre_mark("hiphop"));
        assert_eq!(genre_mark("Rock"), genre_mark("rock"));
        assert_ne!(genre_mark("Rock").colour, genre_mark("Pop").colour);
        assert_eq!(genre_mark("Schlager"), genre_mark("Schlager"));
    }

    #[test]
    fn strangers_give_way_and_the_known_stay() {
        let names: Vec<String> = ["Rock", "a", "b", "c", "d", "e", "f", "g", "h", "Pop"]
            .map(String::from)
            .to_vec();
        let marks = genre_marks(&names);
        assert_eq!(marks[0], genre_mark("Rock"));
        assert_eq!(marks[9], genre_mark("Pop"));
        for (i, a) in marks.iter().enumerate() {
            assert!(marks[..i].iter().all(|b| a.colour != b.colour));
        }
        // More genres than marks: still one each, only not all different.
        let many: Vec<String> = (0..60).map(|i| format!("genre {i}")).collect();
        assert_eq!(genre_marks(&many).len(), 60);
    }

    #[test]
    fn every_colour_stands_out_on_both_backgrounds() {
        for (name, colour) in KNOWN {
            for theme in [Theme::Light, Theme::Dark] {
                let contrast = Rgb::hex(colour).contrast(Role::Surface.colour(theme));
                assert!(contrast > 2.3, "{name} in {theme:?}: {contrast}");
            }
        }
    }
}
