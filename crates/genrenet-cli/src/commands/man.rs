//! `genrenet man`: the manual pages.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man as Manual;
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::images::write_whole;
use crate::output::Page;

/// Print the manual page, or write the pages of all commands into a folder.
#[derive(Args)]
pub struct Man {
    /// Where to: genrenet.1 and a page for each command, such as genrenet-train.1.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Man, program: Command) -> CommandResult {
    let Some(folder) = &arguments.out else {
        let mut page = Page::result();
        page.bytes(&rendered(program)?);
        return page.end(Outcome::Done);
    };
    let mut page = Page::summary();
    let commands: Vec<Command> = program.get_subcommands().cloned().collect();
    let pages = commands.into_iter().map(|command| {
        let name = format!("genrenet-{}", command.get_name());
        (
            name.clone(),
            command
                .display_name(name.clone())
                .bin_name(name.replacen('-', " ", 1)),
        )
    });
    for (name, command) in [("genrenet".to_owned(), program)].into_iter().chain(pages) {
        let path = folder.join(format!("{name}.1"));
        write_whole(&path, &rendered(command)?)?;
        page.line(visible_path(&path));
    }
    page.end(Outcome::Done)
}

fn rendered(command: Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Manual::new(command).render(&mut page)?;
    Ok(page)
}
