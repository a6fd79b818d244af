//! What a music file holds, and the splices that change one field of it and nothing else.
//!
//! [`MusicFile::read`] recognises the container by its content and finds its tags and its audio packets; [`MusicFile::edit`]
//! gives the [`Splice`]s that set a field. Everything outside of the splices stays byte for byte as it is, and the
//! [inverse](splice::inverse) splices undo the change.

mod aiff;
mod ape;
mod around;
mod change;
mod chunks;
mod common;
mod error;
mod flac;
mod id3v1;
mod id3v2;
mod layout;
mod mp4;
mod mpeg;
mod mpeg_frames;
mod music_file;
mod ogg;
mod positions;
mod riff_info;
pub mod splice;
mod vorbis_comment;
mod wav;

pub use change::{Change, FieldName, Options};
pub use common::CommonField;
pub use error::TagError;
pub(crate) use id3v2::is_read_as_text;
pub use layout::{Field, TagKind, TagOf};
pub use music_file::{Container, MusicFile};
pub use splice::Splice;
