//! Event files that TensorBoard reads.
//!
//! The format: a file of TFRecords (length, its masked CRC-32C, bytes, theirs), each an `Event` message in
//! protocol buffer encoding with a step and scalar values.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crc::{CRC_32_ISCSI, Crc};

use crate::error::TrainError;
use crate::observer::EpochReport;

/// An event file that grows by one record a call.
#[derive(Clone, Debug)]
pub struct EventFile {
    path: PathBuf,
}

impl EventFile {
    /// A new file in `folder`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(folder: &Path) -> Result<EventFile, TrainError> {
        fs::create_dir_all(folder).map_err(|e| TrainError::io(folder, e))?;
        let (seconds, nanos) = now();
        let path = folder.join(format!(
            "events.out.tfevents.{}.{nanos:09}.genrenet",
            seconds as u64
        ));
        let mut event = Vec::new();
        double(&mut event, 1, seconds);
        text(&mut event, 3, b"brain.Event:2");
        let file = EventFile { path };
        file.write(&event)?;
        Ok(file)
    }

    /// Writes scalars of one step.
    ///
    /// # Errors
    /// What the file system says.
    pub fn scalars(&self, step: u64, values: &[(&str, f64)]) -> Result<(), TrainError> {
        let mut summary = Vec::new();
        for (tag, value) in values {
            let mut inner = Vec::new();
            text(&mut inner, 1, tag.as_bytes());
            inner.push((2 << 3) | 5);
            inner.extend((*value as f32).to_le_bytes());
            text(&mut summary, 1, &inner);
        }
        let mut event = Vec::new();
        double(&mut event, 1, now().0);
        event.push(2 << 3);
        varint(&mut event, step);
        text(&mut event, 5, &summary);
        self.write(&event)
    }

    /// Writes an epoch's report.
    ///
    /// # Errors
    /// What the file system says.
    pub fn epoch(&self, report: &EpochReport) -> Result<(), TrainError> {
        let mut values = vec![
            ("loss/training", report.loss),
            ("accuracy/training", report.accuracy),
            ("learning_rate", report.learning_rate),
        ];
        let more = [
            ("loss/validation", report.validation_loss),
            ("accuracy/validation", report.validation_accuracy),
            ("macro_f1/validation", report.validation_macro_f1),
        ];
        values.extend(
            more.into_iter()
                .filter_map(|(tag, value)| value.map(|value| (tag, value))),
        );
        self.scalars(report.epoch as u64, &values)
    }

    fn write(&self, event: &[u8]) -> Result<(), TrainError> {
        let length = (event.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(event.len() + 16);
        record.extend(length);
        record.extend(masked_crc(&length).to_le_bytes());
        record.extend(event);
        record.extend(masked_crc(event).to_le_bytes());
        genrenet_files::append(&self.path, &record).map_err(|e| TrainError::io(&self.path, e))
    }
}

fn now() -> (f64, u32) {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    (since.as_secs_f64(), since.subsec_nanos())
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn double(out: &mut Vec<u8>, field: u8, value: f64) {
    out.push((field << 3) | 1);
    out.extend(value.to_le_bytes());
}

fn text(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push((field << 3) | 2);
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}

/// CRC-32C (Castagnoli), rotated and shifted as in TFRecord.
fn masked_crc(bytes: &[u8]) -> u32 {
    const CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
    CASTAGNOLI
        .checksum(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_the_masked_castagnoli_one() {
        // RFC 3720, appendix B.4, masked as TFRecord does.
        let plain: u32 = 0x8a91_36aa;
        let masked = plain.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(super::masked_crc(&[0; 32]), masked);
    }
}
