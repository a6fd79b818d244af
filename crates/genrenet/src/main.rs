//! The `genrenet` command: see `genrenet --help`.

mod collection;
mod commands;
mod exit;
mod facts;
mod model_choice;
mod pictures;
mod progress;

use std::process::ExitCode;

use clap::Parser;

/// Hears music and names its genre, offline.
///
/// Exit codes: 0 all done, 1 some inputs failed, 2 wrong usage or nothing done.
#[derive(Parser)]
#[command(name = "genrenet", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: commands::Command,
    /// Threads to use; all cores, if not given. Never changes a result.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(threads) = arguments.threads
        && let Err(error) = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()
    {
        eprintln!("genrenet: --threads {threads}: {error}");
        return ExitCode::from(2);
    }
    match commands::run(arguments.command) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            // The reader of our output has gone (`genrenet … | head`): nobody is left to tell.
            if error.chain_is_broken_pipe() {
                return ExitCode::from(0);
            }
            eprintln!("genrenet: {error}");
            ExitCode::from(2)
        }
    }
}
