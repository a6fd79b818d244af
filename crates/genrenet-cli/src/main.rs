//! The `genrenet` command: see `genrenet --help`.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod commands;
mod exit;
mod images;
mod interrupt;
mod output;
mod progress;
mod progress_row;
mod target_folder;
mod terminal;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use genrenet_text::visible_path;

use crate::exit::Outcome;

/// Name the genre of music from its sound, offline.
///
/// Exit codes: 0 all done, 1 some inputs failed, 2 wrong usage or nothing done.
#[derive(Parser)]
#[command(name = "genrenet", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: commands::Command,
    /// Number of threads; all cores, if not given. Results do not depend on it.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

fn main() -> ExitCode {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // One file's fault is that file's one line, like any other error.
        if !genrenet::audio::note_panic(panic) {
            usual(panic);
        }
    }));
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explained(&error),
    };
    if let Some(threads) = arguments.threads
        && let Err(error) = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()
    {
        output::tell(format_args!("genrenet: --threads {threads}: {error}"));
        return ExitCode::from(2);
    }
    match commands::run(arguments.command, arguments.threads, Arguments::command()) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            output::tell(format_args!("genrenet: {error}"));
            Outcome::NothingDone.into()
        }
    }
}

/// Help that was asked for, on standard output, or what is wrong with the arguments, on standard error.
fn explained(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // An argument may be a file's name that a shell put there: the message shows its visible form.
        let visible = std::env::args_os().map(|word| visible_path(Path::new(&word)));
        let shown = Arguments::try_parse_from(visible).err();
        let text = shown.as_ref().unwrap_or(error).render().to_string();
        text.lines().for_each(output::tell);
        return Outcome::NothingDone.into();
    }
    match error.print() {
        Err(fault) if fault.kind() != std::io::ErrorKind::BrokenPipe => {
            output::tell(format_args!("genrenet: standard output: {fault}"));
            Outcome::NothingDone.into()
        }
        _ => Outcome::Done.into(),
    }
}
