//! Records of a text table, none longer than a bound.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

/// Most bytes of one record: tens of thousands of numbers, or the words of a page.
pub const RECORD_BYTES: usize = 1 << 20;

/// Records of a text table; one that is longer than [`RECORD_BYTES`] is an error, and takes no more memory
/// than that.
pub struct Records<R> {
    reader: Reader<Bounded<R>>,
    /// Whether the bytes could not be read further.
    ended: bool,
    taken: Rc<Cell<usize>>,
    lines: Rc<RefCell<Lines>>,
    line: u64,
}

/// The lines that were passed on: the reader places a record before the line breaks that precede it, and its own count of lines
/// is too small after `\r\n` and blank lines.
struct Lines {
    /// Where each line that is not blank begins, and its number; records that were read are dropped.
    starts: VecDeque<(u64, u64)>,
    at_start: bool,
    /// The next byte and the line that it is on.
    byte: u64,
    line: u64,
}

impl Lines {
    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.at_start = true;
                }
                b'\r' => self.at_start = true,
                _ if self.at_start => {
                    self.starts.push_back((self.byte, self.line));
                    self.at_start = false;
                }
                _ => {}
            }
            self.byte += 1;
        }
    }

    /// Where the record begins that the reader places at `byte`, and its line.
    fn record(&mut self, byte: u64) -> Option<(u64, u64)> {
        while self.starts.front().is_some_and(|(start, _)| *start < byte) {
            self.starts.pop_front();
        }
        self.starts.front().copied()
    }
}

/// Passes on bytes until more than [`RECORD_BYTES`] were read since `taken` was set to zero.
struct Bounded<R> {
    inner: R,
    taken: Rc<Cell<usize>>,
    lines: Rc<RefCell<Lines>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken.get() > RECORD_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a record is longer than {RECORD_BYTES} bytes"),
            ));
        }
        let n = self.inner.read(buffer)?;
        self.taken.set(self.taken.get() + n);
        self.lines.borrow_mut().pass(&buffer[..n]);
        Ok(n)
    }
}

impl<R: Read> Records<R> {
    /// Begins with the header of a table.
    pub fn new(builder: &ReaderBuilder, table: R) -> Records<R> {
        let taken = Rc::new(Cell::new(0));
        let lines = Rc::new(RefCell::new(Lines {
            starts: VecDeque::new(),
            at_start: true,
            byte: 0,
            line: 1,
        }));
        let bounded = Bounded {
            inner: table,
            taken: taken.clone(),
            lines: lines.clone(),
        };
        Records {
            reader: builder.from_reader(bounded),
            ended: false,
            taken,
            lines,
            line: 1,
        }
    }

    /// The line, from 1, on which the record begins that was last read or refused.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The header.
    ///
    /// # Errors
    /// The error of the underlying reader, and a header that is too long.
    pub fn header(&mut self) -> Result<&ByteRecord, csv::Error> {
        self.reader.byte_headers()
    }

    /// The next record; `None` at the end, and after bytes that could not be read.
    ///
    /// # Errors
    /// As [`header`](Self::header); another number of cells than the header has.
    pub fn next_record(&mut self) -> Option<Result<ByteRecord, csv::Error>> {
        if self.ended {
            return None;
        }
        let mut record = ByteRecord::new();
        let read = self.reader.read_byte_record(&mut record);
        // What the reader has taken beyond this record is little: its buffer of 8 KiB.
        self.ended = matches!(&read, Err(error) if error.is_io_error());
        if !self.ended {
            self.taken.set(0);
        }
        let place = match &read {
            Ok(_) => record.position(),
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths { pos, .. } => pos.as_ref(),
                _ => None,
            },
        };
        if let Some(mut place) = place.cloned()
            && let Some((byte, line)) = self.lines.borrow_mut().record(place.byte())
        {
            self.line = line;
            record.set_position(Some(place.set_byte(byte).set_line(line).clone()));
        }
        match read {
            Ok(true) => Some(Ok(record)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<usize, String> {
        let mut records = Records::new(&ReaderBuilder::new(), text);
        records.header().map_err(|e| e.to_string())?;
        let mut count = 0;
        while let Some(record) = records.next_record() {
            record.map_err(|e| e.to_string())?;
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let lines = ["", "a,b", "1,2", "", "", "\"3", "\",4", "5,6", "7"];
            let text = lines.join(end);
            let mut records = Records::new(&ReaderBuilder::new(), text.as_bytes());
            let found: Vec<u64> = std::iter::from_fn(|| {
                let record = records.next_record()?;
                if let Ok(record) = &record {
                    let place = record.position().unwrap();
                    assert_eq!(place.line(), records.line());
                    assert!(text[place.byte() as usize..].starts_with(['1', '"', '5']));
                }
                Some(records.line())
            })
            .collect();
            assert_eq!(found, [3, 6, 8, 9]);
        }
    }

    #[test]
    fn many_records_are_read_and_one_that_is_too_long_is_not() {
        let many = format!("a,b\n{}", "1,2\n".repeat(1 << 20));
        assert_eq!(read(many.as_bytes()), Ok(1 << 20));
        let long = "x".repeat(2 * RECORD_BYTES);
        for text in [
            long.clone(),
            format!("a,b\n1,{long}\n"),
            format!("a,b\n1,\"{}\"\n", "x\n".repeat(RECORD_BYTES)),
        ] {
            let message = read(text.as_bytes()).unwrap_err();
            assert!(message.contains("longer than 1048576 bytes"), "{message}");
        }
    }
}
