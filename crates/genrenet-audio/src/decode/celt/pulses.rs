//! Vectors of whole pulses (RFC 6716, section 4.3.4.2): how many there are, and which one a number names.

use super::range::Range;

/// Rows and columns of [`COUNTS`]: no codebook of the mode has more than 32 bits, nor a band more than 176 bins.
const ROWS: usize = 15;
const COLUMNS: usize = 178;

/// U(n, k) of the RFC with n the smaller of the two: it is symmetric.
static COUNTS: [[u32; COLUMNS]; ROWS] = counts();

const fn counts() -> [[u32; COLUMNS]; ROWS] {
    let mut table = [[0u32; COLUMNS]; ROWS];
    table[0][0] = 1;
    let mut row = 1;
    while row < ROWS {
        let mut column = 1;
        while column < COLUMNS {
            // Where a count leaves 32 bits no codebook needs it.
            table[row][column] = if row == 1 {
                1
            } else {
                table[row - 1][column]
                    .wrapping_add(table[row][column - 1])
                    .wrapping_add(table[row - 1][column - 1])
            };
            column += 1;
        }
        row += 1;
    }
    table
}

fn count(n: usize, k: usize) -> u32 {
    let (row, column) = if n < k { (n, k) } else { (k, n) };
    COUNTS[row.min(ROWS - 1)][column.min(COLUMNS - 1)]
}

/// Reads the number of a vector of `n` places and `k` pulses.
pub(super) fn number(range: &mut Range, n: usize, k: usize) -> u32 {
    range.uniform(count(n, k).wrapping_add(count(n, k + 1)))
}

/// Writes the vector of that number and of `k` pulses to `out`; returns the sum of its squares.
pub(super) fn vector(mut number: u32, mut k: usize, out: &mut [f32]) -> f32 {
    let mut squares = 0.0;
    let mut left = out.len();
    for place in &mut *out {
        if left == 2 {
            break;
        }
        let with_sign = count(left, k + 1);
        let negative = number >= with_sign;
        if negative {
            number -= with_sign;
        }
        let before = k;
        // Few pulses in many places: the next place is mostly empty, and the search ends at once.
        let mut skipped = count(left, k);
        while skipped > number && k > 0 {
            k -= 1;
            skipped = count(left, k);
        }
        number -= skipped;
        let size = (before - k) as f32;
        squares += size * size;
        *place = if negative { -size } else { size };
        left -= 1;
    }
    let n = out.len();
    let with_sign = 2 * k as u32 + 1;
    let negative = number >= with_sign;
    if negative {
        number -= with_sign;
    }
    let last = (number as usize).div_ceil(2);
    if last > 0 {
        number -= 2 * last as u32 - 1;
    }
    let size = k.saturating_sub(last) as f32;
    out[n - 2] = if negative { -size } else { size };
    out[n - 1] = if number > 0 {
        -(last as f32)
    } else {
        last as f32
    };
    squares + size * size + (last * last) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codebook of the RFC, place by place: V(n, k) vectors, each once.
    #[test]
    fn every_number_names_another_vector() {
        for (n, k) in [(2, 1), (2, 7), (3, 3), (5, 2), (4, 6), (8, 3)] {
            let size = count(n, k) + count(n, k + 1);
            let mut seen = std::collections::BTreeSet::new();
            for number in 0..size {
                let mut out = vec![0.0; n];
                let squares = vector(number, k, &mut out);
                assert_eq!(out.iter().map(|x| x.abs()).sum::<f32>(), k as f32);
                assert_eq!(out.iter().map(|x| x * x).sum::<f32>(), squares);
                assert!(seen.insert(out.iter().map(|&x| x as i32).collect::<Vec<_>>()));
            }
        }
        assert_eq!(count(176, 1) + count(176, 2), 352);
    }
}
