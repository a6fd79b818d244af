//! Options and messages of `classify --manifest` and `extract --manifest`: the files of a table into a Parquet file.

use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::Error;
use genrenet::parts::{PartDone, PartJob, Shard};
use genrenet_text::{counted, visible_path};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::tell;

/// A table of files in place of paths.
#[derive(Args)]
pub struct Manifest {
    /// A table of files in place of paths: CSV, TSV, JSON lines or Parquet with a column `path`, and `genre`, `artist`, `album`, `split` where they
    /// are known, which the output repeats. The output (.parquet) has rows for each row of the table, in its order; a file that can't
    /// be read is a row with `error`. Ended early, by a kill too, the same command goes on; what is complete is not done again.
    #[arg(long, conflicts_with = "paths", value_name = "TABLE")]
    pub manifest: Option<PathBuf>,
    /// Only the I-th of N blocks of the table's rows: the outputs of 1/N to N/N, one after the other, are that of 1/1.
    #[arg(long, requires = "manifest", value_name = "I/N")]
    pub shard: Option<Shard>,
}

impl Manifest {
    /// What is to be done, where there is a manifest.
    pub fn job(&self, out: &Path) -> Option<PartJob> {
        Some(PartJob {
            manifest: self.manifest.clone()?,
            shard: self.shard.unwrap_or(Shard::ALL),
            out: out.to_path_buf(),
        })
    }
}

/// Says what became of a part.
pub fn end(job: &PartJob, done: Result<PartDone, Error>) -> CommandResult {
    let out = visible_path(&job.out);
    let done = done.map_err(|error| Failure::new(error.to_string()))?;
    let (all, failed) = (done.finished.sources, done.finished.failed);
    let files = counted(all as usize, "file", "files");
    let failures = match failed {
        0 => String::new(),
        _ => format!(", {failed} with an error"),
    };
    tell(match done.kept {
        kept if kept == all && all > 0 => format!("{out} is already complete: {files}{failures}"),
        0 => format!("{files} written to {out}{failures}"),
        kept => format!("{files} in {out}, {kept} of them from before{failures}"),
    });
    Ok(match failed {
        0 => Outcome::Done,
        _ => Outcome::SomeFailed,
    })
}
