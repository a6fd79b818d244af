//! The commands, one file each.

mod audit_tags;
mod classify;
mod combine;
mod completions;
mod data;
mod demo;
mod duplicates;
mod evaluate;
mod explain;
mod export;
mod extract;
mod html_page;
mod man;
mod models;
mod part;
mod report;
mod report_origin;
mod scan;
mod search;
mod serve;
mod spectrogram;
mod summary;
mod tag;
mod taxonomy;
mod train;

use clap::Subcommand;

use crate::exit::CommandResult;
use crate::interrupt;

/// What genrenet can do.
#[derive(Subcommand)]
pub enum Command {
    Classify(classify::Classify),
    Tag(tag::Tag),
    Scan(scan::Scan),
    Search(search::Search),
    Serve(serve::Serve),
    Duplicates(duplicates::Duplicates),
    AuditTags(audit_tags::AuditTags),
    #[command(subcommand)]
    Taxonomy(taxonomy::Taxonomy),
    Train(train::Train),
    #[command(subcommand)]
    Data(data::Data),
    Combine(combine::Combine),
    Demo(demo::Demo),
    Evaluate(evaluate::Evaluate),
    Extract(extract::Extract),
    Export(export::Export),
    Models(models::Models),
    Summary(summary::Summary),
    Report(report::Report),
    ReportOrigin(report_origin::ReportOrigin),
    Explain(explain::Explain),
    Spectrogram(spectrogram::Spectrogram),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Runs a command of `program`, on so many threads.
pub fn run(command: Command, threads: Option<u16>, program: clap::Command) -> CommandResult {
    // Of these, Ctrl-C leaves nothing behind; the others are ended by the system, as any program is.
    let writes_nothing = match &command {
        Command::Classify(arguments) => arguments.html.is_none(),
        Command::AuditTags(_) | Command::Summary(_) | Command::Demo(_) | Command::Serve(_) => true,
        _ => false,
    };
    if !writes_nothing {
        interrupt::remove_unfinished_files_on_signals();
    }
    match command {
        Command::Classify(arguments) => classify::run(arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Search(arguments) => search::run(arguments),
        Command::Serve(arguments) => serve::run(arguments, threads),
        Command::Duplicates(arguments) => duplicates::run(&arguments),
        Command::Tag(arguments) => tag::run(arguments),
        Command::AuditTags(arguments) => audit_tags::run(&arguments),
        Command::Taxonomy(command) => taxonomy::run(command),
        Command::Train(arguments) => train::run(arguments),
        Command::Data(command) => data::run(command),
        Command::Combine(arguments) => combine::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(arguments),
        Command::Extract(arguments) => extract::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Models(arguments) => models::run(arguments),
        Command::Summary(arguments) => summary::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::ReportOrigin(arguments) => report_origin::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Spectrogram(arguments) => spectrogram::run(arguments),
        Command::Completions(arguments) => completions::run(&arguments, program),
        Command::Man(arguments) => man::run(&arguments, program),
    }
}
