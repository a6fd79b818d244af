//! The terms of a search as people write them: `Jazz=0.3..`, `artist=Björk`, `2:30..4:00`.

use std::ops::RangeInclusive;

use crate::library::index::{TagField, Term};

/// `NAME`, or `NAME=RANGE` of probabilities.
///
/// # Errors
/// What was expected.
pub fn term(text: &str) -> Result<Term, String> {
    let (name, probability) = match text.split_once('=') {
        None => (text, None),
        Some((name, range)) => {
            let expected =
                "expected a range of probabilities from 0 to 1, such as 0.3.. or 0.2..0.5";
            let number = |text: &str| text.parse::<f32>().ok().filter(|p| (0.0..=1.0).contains(p));
            (
                name,
                Some(range_of(range, 0.0, 1.0, number).ok_or(expected)?),
            )
        }
    };
    if name.trim().is_empty() {
        return Err("expected a name".into());
    }
    Ok(Term {
        name: name.trim().to_owned(),
        probability,
    })
}

/// `FIELD=TEXT`.
///
/// # Errors
/// What was expected.
pub fn tag(text: &str) -> Result<(TagField, String), String> {
    let names: Vec<&str> = TagField::ALL.iter().map(|(_, name)| *name).collect();
    let expected = || format!("expected FIELD=TEXT, the field one of {}", names.join(", "));
    let (field, text) = text.split_once('=').ok_or_else(expected)?;
    let plain = |name: &str| name.replace(['_', '-', ' '], "").to_lowercase();
    let mut all = TagField::ALL.into_iter();
    let (field, _) = all
        .find(|(_, name)| plain(name) == plain(field))
        .ok_or_else(expected)?;
    Ok((field, text.to_owned()))
}

/// A range of lengths, in seconds or as minutes:seconds or hours:minutes:seconds.
///
/// # Errors
/// What was expected.
pub fn duration(text: &str) -> Result<RangeInclusive<f64>, String> {
    range_of(text, 0.0, f64::MAX, seconds)
        .ok_or_else(|| "expected a range of lengths, such as 2:30..4:00, ..90 or 10:00..".into())
}

/// Seconds, also above 60 where they stand alone; after a `:` everything is below 60.
fn seconds(text: &str) -> Option<f64> {
    let parts: Vec<f64> = text
        .split(':')
        .map(|part| {
            part.parse::<f64>()
                .ok()
                .filter(|x| *x >= 0.0 && x.is_finite())
        })
        .collect::<Option<_>>()?;
    let fits = parts.len() <= 3 && parts.iter().skip(1).all(|part| *part < 60.0);
    fits.then(|| parts.iter().fold(0.0, |sum, part| 60.0 * sum + part))
}

/// `FROM..TO`, of which one may be left out.
fn range_of<T: PartialOrd>(
    text: &str,
    least: T,
    most: T,
    number: impl Fn(&str) -> Option<T>,
) -> Option<RangeInclusive<T>> {
    let (from, to) = text.split_once("..")?;
    let to = to.strip_prefix('=').unwrap_or(to);
    let end = |text: &str, open: T| match text.trim() {
        "" => Some(open),
        text => number(text),
    };
    if from.trim().is_empty() && to.trim().is_empty() {
        return None;
    }
    let (from, to) = (end(from, least)?, end(to, most)?);
    (from <= to).then_some(from..=to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(duration("2:30..4:00"), Ok(150.0..=240.0));
        assert_eq!(duration("..90"), Ok(0.0..=90.0));
        assert_eq!(duration("1:00:00.."), Ok(3600.0..=f64::MAX));
        for wrong in [
            "",
            "..",
            "90",
            "4:00..2:00",
            "a..b",
            "-1..2",
            "1:x..",
            "NaN..1",
            "inf..",
            "2:70..",
            "1:2:3:4..",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        let jazz = |probability| Term {
            name: "Jazz".into(),
            probability,
        };
        assert_eq!(term("Jazz"), Ok(jazz(None)));
        assert_eq!(term("Jazz=0.3.."), Ok(jazz(Some(0.3..=1.0))));
        assert_eq!(term("Jazz=0.2..=0.5"), Ok(jazz(Some(0.2..=0.5))));
        for wrong in [
            "",
            "=0.3..",
            "Jazz=",
            "Jazz=0.3",
            "Jazz=30..",
            "Jazz=0.5..0.2",
        ] {
            assert!(term(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            tag("Album Artist=x"),
            Ok((TagField::AlbumArtist, "x".into()))
        );
        assert!(tag("mood=x").is_err());
    }
}
