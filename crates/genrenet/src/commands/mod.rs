//! The commands, one file each.

mod classify;
mod combine;
mod demo;
mod evaluate;
mod extract;
// mod summary;
mod train;
mod values;

use clap::Subcommand;

use crate::exit::Ending;

/// What genrenet can do.
#[derive(Subcommand)]
pub enum Command {
    Classify(classify::Classify),
    Train(train::Train),
    Combine(combine::Combine),
    Demo(demo::Demo),
    Evaluate(evaluate::Evaluate),
    Extract(extract::Extract),
    // Summary(summary::Summary),
}

/// Runs a command.
pub fn run(command: Command) -> Ending {
    match command {
        Command::Classify(arguments) => classify::run(arguments),
        Command::Train(arguments) => train::run(arguments),
        Command::Combine(arguments) => combine::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(arguments),
        Command::Extract(arguments) => extract::run(arguments),
        // Command::Summary(arguments) => summary::run(arguments),
    }
}
