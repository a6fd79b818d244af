//! The file of a form (multipart/form-data, RFC 7578), found while the body arrives, in bounded memory.

/// The longest head of a part; of it only the name of its field is read.
const HEAD: usize = 16 * 1024;

/// The field whose part is the song.
pub const FIELD: &str = "file";

/// What stands between the parts, and where in them the reading is.
pub struct Multipart {
    /// `\r\n--` and the boundary.
    delimiter: Vec<u8>,
    /// What has arrived and is not understood yet.
    held: Vec<u8>,
    state: State,
    found: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Before the first delimiter.
    Preamble,
    /// After a delimiter: the end, or a line break.
    Delimiter,
    /// In the head of a part.
    Head,
    /// In the song.
    Song,
    /// After the last delimiter.
    End,
}

impl Multipart {
    /// Of a body with this media type; `None` where it names no boundary.
    pub fn of(media_type: &str) -> Option<Multipart> {
        let boundary = parameter(media_type, "boundary")?;
        if boundary.is_empty() || boundary.len() > 70 {
            return None;
        }
        Some(Multipart {
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            // The first delimiter may stand without a line break before it.
            held: b"\r\n".to_vec(),
            state: State::Preamble,
            found: false,
        })
    }

    /// Takes the next bytes of the body and returns those of the song among them.
    ///
    /// # Errors
    /// What was expected and found.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<u8>, String> {
        self.held.extend_from_slice(chunk);
        let mut song = Vec::new();
        loop {
            match self.state {
                State::Preamble | State::Song => {
                    let found = find(&self.held, &self.delimiter);
                    // The beginning of a delimiter may be at the end.
                    let kept = self.delimiter.len() - 1;
                    let before = found.unwrap_or(self.held.len().saturating_sub(kept));
                    if self.state == State::Song {
                        song.extend_from_slice(&self.held[..before]);
                    }
                    self.held.drain(..before);
                    if found.is_none() {
                        return Ok(song);
                    }
                    self.held.drain(..self.delimiter.len());
                    self.state = State::Delimiter;
                }
                State::Delimiter => {
                    // Spaces may follow a delimiter.
                    let blank = self.held.iter().take_while(|b| matches!(b, b' ' | b'\t'));
                    let blank = blank.count();
                    let Some(after) = self.held.get(blank..blank + 2) else {
                        return self.bounded().map(|()| song);
                    };
                    self.state = match after {
                        b"--" => State::End,
                        b"\r\n" => State::Head,
                        _ => return Err("expected a line break after a boundary".into()),
                    };
                    // The line break is left: an empty head is found by it.
                    self.held.drain(..blank);
                }
                State::Head => {
                    let Some(end) = find(&self.held, b"\r\n\r\n") else {
                        return self.bounded().map(|()| song);
                    };
                    let head: Vec<u8> = self.held.drain(..end + 4).collect();
                    self.begin(&head)?;
                }
                State::End => {
                    self.held.clear();
                    return Ok(song);
                }
            }
        }
    }

    /// Checks that the form was whole and had a song.
    ///
    /// # Errors
    /// What was expected and found.
    pub fn end(self) -> Result<(), String> {
        match (self.state, self.found) {
            (State::End, true) => Ok(()),
            (State::End, false) => Err(format!(
                "expected a part with the name \"{FIELD}\", found none"
            )),
            _ => Err("expected the last boundary, found the end of the body".into()),
        }
    }

    fn bounded(&self) -> Result<(), String> {
        match self.held.len() > HEAD {
            true => Err(format!("expected a part's head of at most {HEAD} bytes")),
            false => Ok(()),
        }
    }

    /// Begins a part. Its file name is not even read.
    fn begin(&mut self, head: &[u8]) -> Result<(), String> {
        let head = String::from_utf8_lossy(head);
        let name = head.split("\r\n").find_map(|line| {
            let (key, value) = line.split_once(':')?;
            let disposition = key.trim().eq_ignore_ascii_case("content-disposition");
            disposition.then(|| parameter(value, "name")).flatten()
        });
        match name {
            None => Err("expected a part with a name in its Content-Disposition".into()),
            Some(name) if name != FIELD => {
                let name: String = name.chars().take(100).collect();
                Err(format!(
                    "expected one part with the name \"{FIELD}\", found \"{name}\" (model, top and so on are parameters of the address)"
                ))
            }
            Some(_) if self.found => Err(format!(
                "expected one part with the name \"{FIELD}\", found several"
            )),
            Some(_) => {
                self.found = true;
                self.state = State::Song;
                Ok(())
            }
        }
    }
}

/// A parameter of a header: `…; KEY=VALUE; KEY="VALUE"` (RFC 9110, section 5.6.6). A quoted value may hold anything.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim_end().to_owned(), &after[end..])
            }
        };
        // Parameters without a value are passed over.
        let key = key.rsplit(';').next().unwrap_or_default();
        if key.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = left.split_once(';')?.1;
    }
}

/// A value up to its closing quote, and what comes after it.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--x y\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../etc/passwd\"\r\n\
                        Content-Type: audio/mpeg\r\n\r\nSONG\r\n--x yno\r\n--x\r\n--x y--\r\nepilogue";

    fn song(form: &str, pieces: usize) -> Result<Vec<u8>, String> {
        let mut form_data = Multipart::of("multipart/form-data; boundary=\"x y\"").unwrap();
        let mut song = Vec::new();
        for piece in form.as_bytes().chunks(pieces) {
            song.extend(form_data.push(piece)?);
        }
        form_data.end().map(|()| song)
    }

    #[test]
    fn the_song_is_the_same_however_the_body_arrives() {
        let form = FORM.replace("SONG\r\n--x yno", "SONG\r\n--x no");
        for pieces in 1..=form.len() {
            let found = song(&form, pieces);
            assert_eq!(
                found.as_deref(),
                Ok(&b"SONG\r\n--x no\r\n--x"[..]),
                "{pieces}"
            );
        }
        let with_preamble = format!("to be ignored\r\n{form}");
        assert!(song(&with_preamble, 3).is_ok());
    }

    #[test]
    fn parameters_of_headers_are_read() {
        for (header, key, expected) in [
            ("form-data; name=file", "name", Some("file")),
            ("form-data; NAME=\"file\" ; x=y", "name", Some("file")),
            (
                "form-data; filename=\"a; name=b.mp3\"; name=\"file\"",
                "name",
                Some("file"),
            ),
            (
                "form-data; filename=\"a \\\"quoted\\\"; name=c\"; name=file",
                "name",
                Some("file"),
            ),
            ("a/b; flag; boundary=\"x;y\"", "boundary", Some("x;y")),
            ("a/b; boundary=x y ; z=1", "boundary", Some("x y")),
            ("form-data; filename=name", "name", None),
            ("form-data; name=\"open", "name", None),
            ("form-data", "name", None),
        ] {
            assert_eq!(parameter(header, key).as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn forms_without_one_song_are_refused() {
        let part = |name: &str| {
            format!("--x y\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n")
        };
        let end = "--x y--\r\n";
        for (form, why) in [
            (String::new(), "end of the body"),
            (end.to_owned(), "found none"),
            (part("file"), "end of the body"),
            (part("file") + &part("file") + end, "several"),
            (part("model") + end, "\"model\""),
            (FORM.to_owned(), "line break after a boundary"),
            (
                "--x y\r\nX: y\r\n\r\nx\r\n--x y--".to_owned(),
                "with a name",
            ),
            (format!("--x y\r\nX: {}", "y".repeat(HEAD + 1)), "at most"),
            (format!("--x y{}", " ".repeat(HEAD + 1)), "at most"),
        ] {
            let refused = song(&form, 1000).unwrap_err();
            assert!(refused.contains(why), "{form:?}: {refused}");
        }
        assert_eq!(song(&(part("file") + end), 7).as_deref(), Ok(&b"x"[..]));
        for wrong in ["multipart/form-data", "multipart/form-data; boundary="] {
            assert!(Multipart::of(wrong).is_none());
        }
    }
}
