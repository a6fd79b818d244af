//! `genrenet data`: what is to be known of a data set before it is trained on.

mod audit;
mod audit_json;
mod audit_text;
mod leak;
mod verify;

use clap::Subcommand;

use crate::exit::CommandResult;

/// Check data sets.
#[derive(Subcommand)]
pub enum Data {
    Audit(audit::Audit),
    Leak(leak::Leak),
    Verify(verify::Verify),
}

pub fn run(command: Data) -> CommandResult {
    match command {
        Data::Audit(arguments) => audit::run(&arguments),
        Data::Leak(arguments) => leak::run(&arguments),
        Data::Verify(arguments) => verify::run(&arguments),
    }
}
