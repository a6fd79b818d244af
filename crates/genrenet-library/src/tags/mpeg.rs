//! MPEG audio: ID3v2 before it, APE and ID3v1 after it.

use super::around::Around;
use super::change::{Change, Options};
use super::error::TagError;
use super::layout::Source;
use super::music_file::{Contents, Format};
use super::positions::stream;
use super::splice::Splice;
use super::{id3v2, mpeg_frames};

struct Mpeg(Around);

/// Reads the file where it is of this container.
pub(crate) fn read(source: &mut dyn Source) -> Result<Option<Contents>, TagError> {
    let around = Around::read(source)?;
    if !mpeg_frames::are_there(source, around.start, around.end)? {
        return Ok(None);
    }
    Ok(Some(Contents {
        tags: around.tags(),
        format: Box::new(Mpeg(around)),
    }))
}

impl Format for Mpeg {
    fn audio(&self, source: &mut dyn Source, each: &mut dyn FnMut(&[u8])) -> Result<(), TagError> {
        stream(source, self.0.start, self.0.end, each)
    }

    fn edit(
        &self,
        _source: &mut dyn Source,
        changes: &[Change],
        options: &Options,
    ) -> Result<Vec<Splice>, TagError> {
        let mut splices = self.0.edit(changes, options)?;
        // Few programs look for ID3v2 at the end, or at APE and ID3v1 alone.
        if self.0.start == 0 {
            let old = id3v2::repeated(&self.0.tags(), changes);
            let new = id3v2::new_tag(changes, &old)?.map(|insert| Splice {
                at: 0,
                remove: 0,
                insert,
            });
            splices.splice(0..0, new);
        }
        Ok(splices)
    }
}
