//! Escaping of untrusted text (paths, genres, tags, recipes) for terminals, CSV, JSON, Markdown and HTML.
//!
//! A file name may hold a newline that forges a line of output, an escape that moves the terminal's cursor, a mark that turns
//! the reading direction around, or an invisible one, so that two names look alike. Every such text passes one of these functions before it is shown:
//!
//! | where | function | control characters | what else is escaped |
//! |---|---|---|---|
//! | terminals, plain text | [`visible`], [`visible_path`] | `\n`, `\u{1b}` | bytes that are not UTF-8: `\xE9` |
//! | CSV | [`csv_cell`] | the same | formulas: a leading `'` |
//! | Markdown | [`markdown`], [`markdown_code`] | the same | markup |
//! | HTML, SVG | [`html`] | the same | markup |
//! | JSON | [`json`] | `\u001b`, exact for the reader | bytes that are not UTF-8: [`path_text`], and [`percent`] beside it |
//!
//! ```
//! use genrenet_text::{csv_cell, html, json, visible};
//!
//! let name = "Rock\u{1b}[31m\n";
//! assert_eq!(visible(name), r"Rock\u{1b}[31m\n");
//! assert_eq!(csv_cell("=1+1"), "'=1+1");
//! assert_eq!(html("<b>"), "&lt;b&gt;");
//! assert_eq!(json("\"a\u{202e}b\""), "\"a\\u202eb\"");
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod spelling;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

pub use spelling::spelling_key;

/// Whether a character is invisible or changes how its surroundings are shown: C0 and C1 controls and DEL, line and paragraph
/// separators, noncharacters that XML forbids, what Unicode calls format characters (category Cf of Unicode 17: zero widths,
/// marks of bidirectional text, byte order mark, tags), and letters without a shape (Hangul fillers).
///
/// Not the two joiners U+200C and U+200D, which words and emoji need: [`visible`] decides by the character before them.
pub fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e00ff}'
                | '\u{e01f0}'..='\u{e0fff}'
        )
}

/// The characters of a text, and whether each has to be escaped: [`is_control`], and joiners that join nothing.
///
/// Words of Persian, of Indic scripts and emoji need them, all of which begin at U+0600; behind a letter of Latin, Greek,
/// Cyrillic or Hebrew, a space or another joiner they only make two names that look alike.
fn with_escapes(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut joins = false;
    text.chars().map(move |character| {
        let joiner = matches!(character, '\u{200c}' | '\u{200d}');
        let written_out = is_control(character) || joiner && !joins;
        joins = character >= '\u{600}' && !joiner && !written_out && !character.is_whitespace();
        (character, written_out)
    })
}

/// One line of text with its control characters written out: `\n`, `\r`, `\t`, and `\u{1b}` for the others.
///
/// A backslash stays as it is, so that paths of Windows stay readable: the text is to be read, [`json`] is exact.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains(is_control) || !with_escapes(text).any(|(_, out)| out) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (character, written_out) in with_escapes(text) {
        match written_out {
            true => push_written_out(&mut out, character),
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// A number as it was written, or, where that takes over 20 characters, in powers of ten (`1e300`); other text as it is.
pub fn short_number(text: String) -> String {
    match text.parse::<f64>() {
        Ok(number) if text.len() > 20 => format!("{number:e}"),
        _ => text,
    }
}

fn push_written_out(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other => out.extend(other.escape_unicode()),
    }
}

/// A number and what it counts: `one` after 1, `many` after every other number.
///
/// ```
/// # use genrenet_text::counted;
/// assert_eq!(counted(1, "row has", "rows have"), "1 row has");
/// assert_eq!(counted(0, "row has", "rows have"), "0 rows have");
/// ```
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A path to be shown: [`visible`], and every byte that is not UTF-8 as `\xE9`, so that different names stay different.
pub fn visible_path(path: &Path) -> String {
    visible(&path_text(path)).into_owned()
}

/// A path as text: exact where it is UTF-8, with `\xE9` for every byte that is not, so that different names stay different.
pub fn path_text(path: &Path) -> Cow<'_, str> {
    if let Some(text) = path.to_str() {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
    Cow::Owned(out)
}

/// The bytes of a path as percent-encoding (RFC 3986: unreserved characters and `/` as they are), for readers of JSON,
/// whose strings can't hold every file name. `None` for a path that is UTF-8, which needs none.
///
/// On Windows these are the bytes of WTF-8.
pub fn percent(path: &Path) -> Option<String> {
    if path.to_str().is_some() {
        return None;
    }
    let mut out = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    Some(out)
}

/// A cell of CSV: [`visible`], and with a `'` in front where a spreadsheet would take it for a formula (it begins with
/// `=`, `+`, `-`, `@` or their full-width forms, also behind spaces).
///
/// For cells of text; computed numbers need none. Quoting is left to the CSV writer.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    match formula {
        true => Cow::Owned(format!("'{}", visible(text))),
        false => visible(text),
    }
}

/// Text for one cell or line of Markdown: nothing in it is taken as markup, control characters are [`visible`].
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

/// Text as a code span of Markdown.
pub fn markdown_code(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match longest {
        0 => format!("{fence}{text}{fence}"),
        _ => format!("{fence} {text} {fence}"),
    }
}

/// Text for HTML and SVG, in elements and in quoted attributes; control characters are [`visible`], but for newlines and
/// tabs, which are spaces there.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (character, written_out) in with_escapes(text) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(character),
            other if written_out => push_written_out(&mut out, other),
            other => out.push(other),
        }
    }
    out
}

/// Serialised JSON (`text`) on one line with every control character as `\u001b`: the same value for a JSON parser,
/// and harmless on a terminal.
pub fn json(text: &str) -> Cow<'_, str> {
    // Outside of strings JSON has no such characters, and inside them serialisers escape those below U+0020.
    if text.is_ascii() && !text.contains(is_control) || !with_escapes(text).any(|(_, out)| out) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (character, written_out) in with_escapes(text) {
        match written_out {
            true => {
                // Beyond the basic plane: two units of UTF-16.
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A name with every kind of attack: colours, a forged line, C1, a turned direction, a separator.
    const HOSTILE: &str = "a\u{1b}[31m\nb\r\tc\u{9b}2J\u{202e}d\u{2028}e\u{7f}";

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(
            visible(HOSTILE),
            r"a\u{1b}[31m\nb\r\tc\u{9b}2J\u{202e}d\u{2028}e\u{7f}"
        );
        assert!(matches!(
            visible("Björk – 椎名 \u{1f468}\u{200d}\u{1f3a4}"),
            Cow::Borrowed(_)
        ));
        assert_eq!(visible(r"C:\new\table"), r"C:\new\table");
    }

    #[test]
    fn invisible_characters_are_escaped() {
        for invisible in [
            "\u{ad}",
            "\u{200b}",
            "\u{202e}",
            "\u{2060}",
            "\u{feff}",
            "\u{fffa}",
            "\u{180e}",
            "\u{3164}",
            "\u{1d173}",
            "\u{e0001}",
            "\u{e0072}",
            "\u{200c}",
            "\u{200d}",
        ] {
            let (name, code) = (
                format!("Rock{invisible}"),
                u32::from(invisible.chars().next().unwrap()),
            );
            assert_eq!(visible(&name), format!("Rock\\u{{{code:x}}}"));
            assert!(!html(&name).contains(invisible) && !markdown(&name).contains(invisible));
            let line = serde_json::to_string(&name).unwrap();
            assert!(!json(&line).contains(invisible));
            assert_eq!(serde_json::from_str::<String>(&json(&line)).unwrap(), name);
        }
        // Joiners stay where they spell something: Persian, Devanagari, a family, a rainbow flag.
        for spelt in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        ] {
            assert_eq!(visible(spelt), spelt);
        }
        assert_eq!(
            visible("\u{1f468}\u{200d}\u{200d}"),
            "\u{1f468}\u{200d}\\u{200d}"
        );
    }

    #[test]
    fn long_numbers_are_short() {
        let long = |number: f64| short_number(number.to_string());
        assert_eq!(long(1e300), "1e300");
        assert_eq!(long(-2.5e40), "-2.5e40");
        assert_eq!(long(1e-30), "1e-30");
        assert_eq!(short_number(u64::MAX.to_string()), u64::MAX.to_string());
        let name = "12345678901234567890123.mp3";
        assert_eq!(short_number(name.to_owned()), name);
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_utf_8_do_not_collide() {
        use std::os::unix::ffi::OsStrExt;
        let path = |bytes: &'static [u8]| Path::new(std::ffi::OsStr::from_bytes(bytes));
        assert_eq!(visible_path(path(b"caf\xe9\n.mp3")), "caf\\xE9\\n.mp3");
        assert_ne!(
            visible_path(path(b"caf\xe8")),
            visible_path(path(b"caf\xe9"))
        );
        assert_eq!(
            percent(path(b"a b/caf\xe9.mp3")).unwrap(),
            "a%20b/caf%E9.mp3"
        );
        assert_eq!(percent(Path::new("café.mp3")), None);
        assert_eq!(path_text(path(b"caf\xe9\n")), "caf\\xE9\n");
    }

    #[test]
    fn cells_are_no_formulas() {
        for formula in [
            "=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n=1", "＝1",
        ] {
            assert!(csv_cell(formula).starts_with('\''), "{formula:?}");
        }
        for harmless in ["a=b", "./-x.mp3", "", "Rock"] {
            assert_eq!(csv_cell(harmless), harmless);
        }
        assert_eq!(csv_cell("\u{1b}x"), r"\u{1b}x");
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            html("<a b=\"c\" d='e'>&\u{1b}\u{202e}"),
            r"&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\u{1b}\u{202e}"
        );
        assert_eq!(
            markdown("a|b\n<c> [d](e) *f*"),
            r"a\|b\\n&lt;c&gt; \[d\](e) \*f\*"
        );
        assert_eq!(markdown_code("a *b*\n"), r"`a *b*\n`");
        assert_eq!(markdown_code("a ``b` c"), "``` a ``b` c ```");
    }

    proptest! {
        #[test]
        fn no_control_character_remains(text in any::<String>(), around in "[ =+@\n\u{202e}\u{9b}\u{200b}\u{200d}\u{e0020}-]{0,3}") {
            let text = around.clone() + &text + &around;
            for shown in [visible(&text).into_owned(), csv_cell(&text).into_owned(), markdown(&text)] {
                prop_assert!(!shown.contains(is_control), "{shown:?}");
            }
            prop_assert!(!html(&text).contains(|c: char| is_control(c) && !"\t\n\r".contains(c)));
            prop_assert!(!csv_cell(&text).starts_with(['=', '+', '-', '@']));
        }

        #[test]
        fn json_is_exact(text in any::<String>(), around in "[\u{0}\n\u{7f}\u{85}\u{202e}\u{2028}\u{fffe}\u{200d}\u{e0020}]{0,3}") {
            let text = around.clone() + &text + &around;
            let line = serde_json::to_string(&text).unwrap();
            let shown = json(&line);
            prop_assert!(!shown.contains(is_control), "{shown:?}");
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }
    }
}
