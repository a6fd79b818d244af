//! The content type of `TCON`: numbers of ID3v1's list, refinements, text.

use lofty::id3::v1::GENRES;

/// The name of a number as text, such as `17`, `RX` or `CR`.
fn by_reference(text: &str) -> Option<&'static str> {
    match text {
        "RX" => Some("Remix"),
        "CR" => Some("Cover"),
        _ => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            genre_name(text.parse().ok().filter(|_| digits)?)
        }
    }
}

/// The name of ID3v1's genre of this number.
pub(in crate::tags) fn genre_name(number: u8) -> Option<&'static str> {
    GENRES.get(usize::from(number)).copied()
}

/// The genres that one text of a `TCON` frame names: `Rock`, `17`, `(17)`, `(17)(RX)Refinement`, `((text in brackets)`.
pub(super) fn named_by(text: &str) -> Vec<String> {
    if let Some(name) = by_reference(text) {
        return vec![name.into()];
    }
    let mut genres: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((reference, after)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
        let Some(name) = by_reference(reference) else {
            break;
        };
        genres.push(name.into());
        rest = after;
    }
    if rest.starts_with("((") {
        rest = &rest[1..];
    }
    if !rest.is_empty() && !genres.iter().any(|genre| genre.eq_ignore_ascii_case(rest)) {
        genres.push(rest.into());
    }
    genres
}

/// Whether readers of ID3v2 give a text back as it is, and not as a number of ID3v1's list or without its brackets.
pub(crate) fn is_read_as_text(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    !is_number && named_by(text) == [text]
}

/// The text of a genre as versions 2.2 and 2.3 write it: a bracket at its start is doubled.
pub(super) fn escaped(text: &str) -> String {
    match text.starts_with('(') {
        true => format!("({text}"),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_references_are_no_text() {
        for text in ["17", "255", "300", "(17)", "RX", "(4)Eurodisco", "((Foo)"] {
            assert!(!is_read_as_text(text), "{text}");
        }
        for text in ["Rock", "Rock/Pop", "80s", "(Live)", "Drum & Bass", "2 Step"] {
            assert!(is_read_as_text(text), "{text}");
        }
    }

    #[test]
    fn references_are_read_as_the_standard_says() {
        let cases: [(&str, &[&str]); 14] = [
            ("Rock", &["Rock"]),
            ("17", &["Rock"]),
            ("(17)", &["Rock"]),
            ("(RX)", &["Remix"]),
            ("CR", &["Cover"]),
            ("(4)Eurodisco", &["Disco", "Eurodisco"]),
            ("(17)Rock", &["Rock"]),
            ("(51)(39)", &["Techno-Industrial", "Noise"]),
            ("((literal)", &["(literal)"]),
            ("(51)((I think)", &["Techno-Industrial", "(I think)"]),
            ("(literal)", &["(literal)"]),
            ("(250)", &["(250)"]),
            ("Rock/Pop", &["Rock/Pop"]),
            ("+7", &["+7"]),
        ];
        for (text, genres) in cases {
            assert_eq!(named_by(text), genres, "{text}");
        }
    }
}
