//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

// What several of them use.
#[path = "../../genrenet-data/tests/fma_folder/mod.rs"]
mod fma_folder;
mod program;

mod audit_tags;
mod bounds_of_commands;
mod classify;
mod collections;
mod combine;
mod combine_folds;
mod data_audit;
mod data_leak;
mod data_sets;
mod drawn;
mod drives;
mod duplicates;
mod explain;
mod export;
mod extract;
mod feature_cache;
mod few_songs;
mod guide;
mod hostile_names;
mod index_faults;
mod interrupted;
mod lacking;
mod learn;
mod learned;
mod lengths;
mod library_page;
mod models;
mod odd_files;
mod output;
mod panics;
mod parts;
mod recipes;
mod report;
mod report_origin;
mod scan;
mod search;
mod serve;
mod shell;
mod shipped;
mod slim;
mod start_from;
mod tag;
mod tag_safety;
mod taxonomy;
mod taxonomy_faults;
mod terminal;
mod watch;
mod wide;
