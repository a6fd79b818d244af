//! `genrenet completions`: what a shell offers after Tab.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::{CommandResult, Outcome};
use crate::output::Page;

/// Print completions for a shell.
///
/// bash: genrenet completions bash > ~/.local/share/bash-completion/completions/genrenet.
/// zsh: to a folder of $fpath, as _genrenet. fish: to ~/.config/fish/completions/genrenet.fish.
#[derive(Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub fn run(arguments: &Completions, mut program: Command) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "genrenet", &mut script);
    let mut page = Page::result();
    page.bytes(&script);
    page.end(Outcome::Done)
}
