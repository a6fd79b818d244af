//! The index of a library: what was read of every file and computed of every sound, in one SQLite file.
//!
//! - [`Index::create`], [`Index::open`]: the file, its format and its faults;
//! - [`Index::known`] and [`Index::store`]: what a scan compares and writes, each file in a transaction of its own;
//! - [`Index::search`]: by genre, attribute, tag, length, and by similarity ([`Index::similar`]).
//!
//! A sound is known by the digest of its audio packets, so that what was computed for it stays when its file is moved, copied or retagged.
//! docs/INDEX.md describes the tables.

mod below;
mod conditions;
mod copies;
mod details;
mod error;
mod file_state;
mod lookup;
mod open;
mod query;
mod record;
mod search;
mod similar;
mod store;
mod stored_path;
mod visit;

pub use copies::CopyFile;
pub use details::{AttributeRow, GenreRow, ModelRow, SongDetails};
pub use error::IndexError;
pub use file_state::FileState;
pub use open::{Index, set_aside, usual_place};
pub use query::{Answers, Query, TagField, Term};
pub use record::{
    FileError, FileRecord, FileTags, KnownFile, ModelAnswer, OldPlace, SongRecord, StoredAnswer,
};
pub use search::{Hit, HitSong};
pub use similar::Seed;
pub use store::{ModelRows, NewModel};
