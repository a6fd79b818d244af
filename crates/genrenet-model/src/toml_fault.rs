//! Errors of TOML files on one line.

use genrenet_text::short_number;

/// The parser's message without a position, on one line; numbers in backquotes in their short form.
pub fn toml_reason(error: &toml::de::Error) -> String {
    let reason = error.message().trim().replace('\n', ", ");
    let parts = reason.split('`').map(|part| short_number(part.to_owned()));
    parts.collect::<Vec<_>>().join("`")
}

/// The position and the reason of a TOML error on one line: "line 3, `rate = x`: …". `text` is what was parsed.
pub fn toml_fault(text: &str, error: &toml::de::Error) -> String {
    let reason = toml_reason(error);
    let Some(at) = error.span().map(|span| span.start.min(text.len())) else {
        return reason;
    };
    let before = text.as_bytes()[..at].iter();
    let number = before.filter(|&&byte| byte == b'\n').count();
    match text.lines().nth(number).map(str::trim) {
        Some(line) if !line.is_empty() => format!("line {}, `{line}`: {reason}", number + 1),
        _ => format!("line {}: {reason}", number + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{toml_fault, toml_reason};

    #[test]
    fn the_line_is_named_and_quoted() {
        for (text, position) in [
            ("a = 1\nb = x\n", "line 2, `b = x`: "),
            ("a = 1\n  a = 2", "line 2, `a = 2`: "),
            ("a = \"é", "line 1, `a = \"é`: "),
            ("\n\n[x", "line 3, `[x`: "),
        ] {
            let error = toml::from_str::<toml::Table>(text).unwrap_err();
            let found = toml_fault(text, &error);
            assert!(
                found.starts_with(position) && found.len() > position.len(),
                "{found}"
            );
            assert!(!found.contains('\n'), "{found}");
        }
    }

    #[test]
    fn long_numbers_are_short() {
        let error = toml::from_str::<std::collections::BTreeMap<String, u8>>("a = 1e300");
        let reason = toml_reason(&error.unwrap_err());
        assert!(reason.contains("`1e300`"), "{reason}");
    }
}
