//! Names that come from files: they may name a file, and are never paths.

/// Most bytes of a name: file systems allow 255, and endings and numbers are added.
pub const NAME_BYTES: usize = 200;

/// Characters that some common system does not allow in names, besides control characters.
const NEVER: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

fn is_plain(c: char) -> bool {
    !c.is_control() && !NEVER.contains(&c)
}

/// Whether a name can be that of a file or folder on any system: not empty, at most [`NAME_BYTES`] long, no separator, none of
/// `: * ? " < > |`, no control character, no dot before and no dot or blank at the end. So `..` is none.
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && name.chars().all(is_plain)
}

/// A plain name (see [`is_plain_name`]) that is as much like `name` as can be: itself where it is one, else with `-` in place
/// of what is not allowed, and cut where it is too long. Two names may become equal: callers number them.
pub fn plain_name(name: &str) -> String {
    let mut plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    let cut = (0..=NAME_BYTES.min(plain.len()))
        .rev()
        .find(|&at| plain.is_char_boundary(at));
    plain.truncate(cut.unwrap_or(0));
    if plain.is_empty() || plain.starts_with('.') {
        let first = plain.chars().next().map_or(0, char::len_utf8);
        plain.replace_range(..first, "-");
    }
    if plain.ends_with(['.', ' ']) {
        plain.pop();
        plain.push('-');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_plain_and_become_so() {
        let long = "ä".repeat(150);
        for name in [
            "",
            ".",
            "..",
            "...",
            "/",
            "../../etc/passwd",
            "a/../b",
            "C:\\x",
            "a\nb",
            "a\0",
            ".hidden",
            "end.",
            "end ",
            &long,
        ] {
            assert!(!is_plain_name(name), "{name:?}");
            assert!(
                is_plain_name(&plain_name(name)),
                "{name:?}: {}",
                plain_name(name)
            );
        }
        assert_eq!(plain_name("x/../../y"), "x-..-..-y");
        assert_eq!(plain_name(".."), "--");
    }

    #[test]
    fn usual_names_stay_what_they_are() {
        for name in ["cnn-logmel", "My Music (2024)", "Música", "音楽", "v1.2_b"] {
            assert!(is_plain_name(name), "{name}");
            assert_eq!(plain_name(name), name);
        }
    }
}
