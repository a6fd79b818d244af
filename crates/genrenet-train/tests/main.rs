//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

// What several of them use.
mod tables;
mod toy;

mod bounds;
mod head_or_network;
mod heads_choice;
mod heads_golden;
mod heads_properties;
mod killed;
mod learned;
mod learned_rows_stay_out;
mod origin;
mod ranges;
mod recipes;
mod refusals;
mod runs;
mod several_genres;
mod several_sets;
mod solve;
