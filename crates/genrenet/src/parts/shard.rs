//! A shard: one of N blocks of rows.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// One of some contiguous blocks of a manifest's rows, of which no two differ by more than one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    number: u64,
    of: u64,
}

impl Shard {
    /// The whole.
    pub const ALL: Shard = Shard { number: 1, of: 1 };

    /// Its rows, of `total`.
    pub fn rows(&self, total: usize) -> Range<usize> {
        let start = |number: u64| {
            let start = total as u128 * u128::from(number) / u128::from(self.of);
            // It is no more than `total`.
            start as usize
        };
        start(self.number - 1)..start(self.number)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `I/N`, such as `3/8`.
    fn from_str(text: &str) -> Result<Shard, String> {
        let shard = text.split_once('/').and_then(|(number, of)| {
            Some(Shard {
                number: number.trim().parse().ok()?,
                of: of.trim().parse().ok()?,
            })
        });
        shard
            .filter(|shard| (1..=shard.of).contains(&shard.number))
            .ok_or_else(|| "expected I/N with I from 1 to N, such as 3/8".to_owned())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_the_rows_in_order_and_of_equal_size() {
        for total in [0, 1, 2, 6, 7, 100, 106_574] {
            for of in [1, 2, 3, 7, 200] {
                let mut next = 0;
                for number in 1..=of {
                    let rows = Shard { number, of }.rows(total);
                    assert_eq!(rows.start, next);
                    assert!((rows.len() as i64 - (total as u64 / of) as i64) <= 1);
                    next = rows.end;
                }
                assert_eq!(next, total);
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        assert_eq!("3/8".parse(), Ok(Shard { number: 3, of: 8 }));
        assert_eq!("1/1".parse(), Ok(Shard::ALL));
        for text in ["0/8", "9/8", "3", "a/b", "-1/8", "1/0", "1/8/2", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
