//! Records of a text table, none longer than a bound.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder};

/// Most bytes of one record: tens of thousands of numbers, or the words of a page.
pub const RECORD_BYTES: usize = 1 << 20;

/// Records of a text table; one that is longer than [`RECORD_BYTES`] is an error, and takes no more memory
/// than that.
pub struct Records<R> {
    reader: Reader<Bounded<R>>,
    /// Whether the bytes could not be read further.
    ended: bool,
    taken: Rc<Cell<usize>>,
}

/// Passes on bytes until more than [`RECORD_BYTES`] were read since `taken` was set to zero.
struct Bounded<R> {
    inner: R,
    taken: Rc<Cell<usize>>,
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
        Ok(n)
    }
}

impl<R: Read> Records<R> {
    /// Begins with the header of a table.
    pub fn new(builder: &ReaderBuilder, table: R) -> Records<R> {
        let taken = Rc::new(Cell::new(0));
        let bounded = Bounded {
            inner: table,
            taken: taken.clone(),
        };
        Records {
            reader: builder.from_reader(bounded),
            ended: false,
            taken,
        }
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
