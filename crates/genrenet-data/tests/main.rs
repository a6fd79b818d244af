//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

// What several of them use.
mod archive;
mod fma_folder;
mod refusal;
mod tones;

mod any_bytes;
mod artists;
mod audio_folders;
mod audit_facts;
mod export;
mod export_resumable;
mod faulty;
mod faulty_tables;
mod feature_storage;
mod fma;
mod gtzan;
mod half_precision;
mod leaks;
mod manifests;
mod near_duplicates;
mod several_genres;
mod shared_data;
mod taggram;
mod tags;
mod text_tables;
mod verify;
