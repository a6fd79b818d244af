//! Floor 1: an envelope of straight lines in decibels between posts (Vorbis I specification, section 7).

use super::bits::{Bits, CutOff, bits_of};
use super::codebook::Codebook;
use super::codebook::book;
use super::fault::{Fault, fault};

/// Posts at most.
pub(super) const MOST_POSTS: usize = 65;

/// How the posts of one partition are coded.
#[derive(Debug, Default)]
struct Class {
    dimensions: usize,
    /// Bits of a class word that choose the book of one post.
    bits: u32,
    master: u8,
    books: Vec<Option<u8>>,
}

/// A post's position, and the two earlier posts in the list between which it lies.
#[derive(Debug, Clone, Copy)]
struct Post {
    x: i32,
    low: usize,
    high: usize,
}

/// The parameters of a floor, from the setup header.
#[derive(Debug)]
pub(super) struct Floor1 {
    /// Class of each partition.
    partitions: Vec<u8>,
    classes: Vec<Class>,
    multiplier: i32,
    /// In the order in which they are coded; the first two are both ends.
    posts: Vec<Post>,
    /// From left to right.
    order: Vec<usize>,
}

/// Heights of the posts of one block, in the order in which they are coded; `None` where the line passes through.
pub(super) type Heights = [Option<i32>; MOST_POSTS];

impl Floor1 {
    pub(super) fn parse(bits: &mut Bits<'_>, books: &[Codebook]) -> Result<Self, Fault> {
        let partitions = (0..bits.take(5)?)
            .map(|_| Ok(bits.take(4)? as u8))
            .collect::<Result<Vec<u8>, CutOff>>()?;
        let count = partitions.iter().max().map_or(0, |&class| class + 1);
        let classes = (0..count)
            .map(|_| Class::parse(bits, books))
            .collect::<Result<Vec<Class>, Fault>>()?;
        let multiplier = bits.take(2)? as i32 + 1;
        let range_bits = bits.take(4)?;
        let mut places = vec![0, 1i32 << range_bits];
        for &class in &partitions {
            for _ in 0..classes[usize::from(class)].dimensions {
                places.push(bits.take(range_bits)? as i32);
            }
        }
        if places.len() > MOST_POSTS {
            return fault(format!(
                "a floor of {} posts, expected up to {MOST_POSTS}",
                places.len()
            ));
        }
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|&i| places[i]);
        if order.windows(2).any(|two| places[two[0]] == places[two[1]]) {
            return fault("a floor with two posts in one place");
        }
        let posts = (0..places.len()).map(|i| Post::new(i, &places)).collect();
        Ok(Self {
            partitions,
            classes,
            multiplier,
            posts,
            order,
        })
    }

    /// Reads the heights of a block's posts; `false` where the channel is silent.
    pub(super) fn decode(
        &self,
        bits: &mut Bits<'_>,
        books: &[Codebook],
        heights: &mut Heights,
    ) -> Result<bool, CutOff> {
        if !bits.flag()? {
            return Ok(false);
        }
        let range = [256, 128, 86, 64][self.multiplier as usize - 1];
        let mut coded = [0i32; MOST_POSTS];
        for end in &mut coded[..2] {
            *end = bits.take(bits_of(range as usize - 1))? as i32;
        }
        let mut at = 2;
        for &class in &self.partitions {
            let class = &self.classes[usize::from(class)];
            let mut word = match class.bits {
                0 => 0,
                _ => books[usize::from(class.master)].code.decode(bits)? as usize,
            };
            for post in &mut coded[at..at + class.dimensions] {
                if let Some(book) = class.books[word & (class.books.len() - 1)] {
                    *post = books[usize::from(book)].code.decode(bits)? as i32;
                }
                word >>= class.bits;
            }
            at += class.dimensions;
        }
        self.unwrap(&coded, range, heights);
        Ok(true)
    }

    /// From the coded differences to heights.
    fn unwrap(&self, coded: &[i32; MOST_POSTS], range: i32, heights: &mut Heights) {
        let mut y = [0i32; MOST_POSTS];
        y[..2].copy_from_slice(&coded[..2]);
        *heights = [None; MOST_POSTS];
        for end in 0..2 {
            heights[end] = Some(y[end]);
        }
        for (i, post) in self.posts.iter().enumerate().skip(2) {
            let (low, high) = (&self.posts[post.low], &self.posts[post.high]);
            let (y0, y1) = (y[post.low], y[post.high]);
            let off = (y1 - y0).abs() * (post.x - low.x) / (high.x - low.x);
            let predicted = if y1 < y0 { y0 - off } else { y0 + off };
            let value = coded[i];
            if value == 0 {
                y[i] = predicted;
                continue;
            }
            let (above, below) = (range - predicted, predicted);
            let difference = if value >= 2 * above.min(below) {
                if above > below {
                    value - below
                } else {
                    above - value - 1
                }
            } else if value & 1 == 1 {
                -((value + 1) >> 1)
            } else {
                value >> 1
            };
            // Only a damaged packet leaves 15 bits.
            y[i] = (predicted + difference) & 0x7fff;
            heights[post.low] = Some(y[post.low]);
            heights[post.high] = Some(y[post.high]);
            heights[i] = Some(y[i]);
        }
    }

    /// Draws the envelope over the first `curve.len()` lines of a block.
    pub(super) fn draw(&self, heights: &Heights, curve: &mut [f32]) {
        let decibels = decibels();
        let height = |y: i32| (y * self.multiplier).clamp(0, 255);
        let n = curve.len() as i32;
        let (mut x0, mut y0) = (0, height(heights[0].unwrap_or(0)));
        for &post in &self.order[1..] {
            let Some(y) = heights[post] else { continue };
            let (x1, y1) = (self.posts[post].x, height(y));
            if x0 < n {
                line(
                    &mut curve[x0 as usize..x1.min(n) as usize],
                    x1 - x0,
                    y0,
                    y1,
                    decibels,
                );
            }
            (x0, y0) = (x1, y1);
        }
        if x0 < n {
            curve[x0 as usize..].fill(decibels[y0 as usize & 255]);
        }
    }
}

/// A line of integers (as Bresenham draws it) from `y0` to `y1` over `width` places, of which `curve` has the first ones.
fn line(curve: &mut [f32], width: i32, y0: i32, y1: i32, decibels: &[f32; 256]) {
    let (dy, base) = (y1 - y0, (y1 - y0) / width);
    let step = if dy < 0 { base - 1 } else { base + 1 };
    let rest = dy.abs() - (base * width).abs();
    let (mut y, mut error) = (y0, 0);
    for value in curve {
        *value = decibels[y as usize & 255];
        error += rest;
        if error >= width {
            error -= width;
            y += step;
        } else {
            y += base;
        }
    }
}

/// From heights to amplitudes: 140 dB in 256 steps, the last one 1 (table 10.1 of the specification, by its formula).
fn decibels() -> &'static [f32; 256] {
    static DECIBELS: std::sync::LazyLock<[f32; 256]> = std::sync::LazyLock::new(|| {
        std::array::from_fn(|i| 10f64.powf((i as f64 - 255.0) * (140.0 / 256.0) / 20.0) as f32)
    });
    &DECIBELS
}

impl Class {
    fn parse(bits: &mut Bits<'_>, books: &[Codebook]) -> Result<Self, Fault> {
        let dimensions = bits.take(3)? as usize + 1;
        let subclass_bits = bits.take(2)?;
        let master = match subclass_bits {
            0 => 0,
            _ => book(bits, books, false)?,
        };
        let books = (0..1 << subclass_bits)
            .map(|_| match bits.take(8)? as usize {
                0 => Ok(None),
                number if number <= books.len() => Ok(Some((number - 1) as u8)),
                number => fault(format!("codebook {} of {}", number - 1, books.len())),
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(Self {
            dimensions,
            bits: subclass_bits,
            master,
            books,
        })
    }
}

impl Post {
    fn new(i: usize, places: &[i32]) -> Self {
        let x = places[i];
        let before = 0..i;
        let low = before.clone().filter(|&j| places[j] < x);
        let high = before.filter(|&j| places[j] > x);
        Self {
            x,
            low: low.max_by_key(|&j| places[j]).unwrap_or(0),
            high: high.min_by_key(|&j| places[j]).unwrap_or(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amplitudes_are_those_of_the_specifications_table() {
        // Table 10.1: entries 0, 1, 100, 254 and 255.
        for (at, expected) in [
            (0, 1.064_986_3e-7f32),
            (1, 1.134_195_1e-7),
            (100, 5.777_209_4e-5),
            (254, 0.938_979_8),
            (255, 1.0),
        ] {
            let found = decibels()[at];
            assert!((found / expected - 1.0).abs() < 1e-5, "{at}: {found}");
        }
    }

    #[test]
    fn lines_are_rounded_towards_their_start() {
        let mut places = [0.0; 8];
        let steps: [f32; 256] = std::array::from_fn(|i| i as f32);
        line(&mut places, 8, 3, 6, &steps);
        assert_eq!(places, [3.0, 3.0, 3.0, 4.0, 4.0, 4.0, 5.0, 5.0]);
        line(&mut places, 8, 250, 0, &steps);
        assert_eq!(
            places,
            [250.0, 219.0, 188.0, 157.0, 125.0, 94.0, 63.0, 32.0]
        );
        // Cut off: the same slope.
        let mut three = [0.0; 3];
        line(&mut three, 8, 250, 0, &steps);
        assert_eq!(three, places[..3]);
    }
}
