//! What is to be written into which file and why; written with verification; undone.
//!
//! [`Policy::decide`] chooses the values for one file; an [`Entry`] is its line in a plan, which a person may edit. [`apply`]
//! writes one entry and [`Journal`] keeps what [`undo`] needs to restore the file byte for byte. Every file is at any moment the old or
//! the new one: it is written to a copy, which is verified and then renamed.

mod apply;
mod entry;
mod error;
mod journal;
mod moved;
mod path_text;
mod policy;
mod rewrite;
mod song_file;
mod undo;

pub use apply::{Written, apply};
pub use entry::{Entry, Header, PLAN_SCHEMA, Plan, Probability};
pub use error::PlanError;
pub use journal::{
    JOURNAL_SCHEMA, Journal, Record, journal_folder, latest, read_journal, set_undone,
};
pub use moved::{find_by_audio, find_by_content};
pub use path_text::PathText;
pub use policy::{Decision, Kept, Mode, Policy, Suggestion};
pub use song_file::{SongFile, whole_digest};
pub use undo::{Restored, undo};
