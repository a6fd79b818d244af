//! `genrenet export`: a bundle's networks for other runtimes.

use std::path::PathBuf;

use clap::Args;
use genrenet::{export_onnx, shipped};
use genrenet_text::{counted, visible_path};

use crate::exit::{CommandResult, Outcome};
use crate::output::Page;
use crate::target_folder;

/// Write a bundle's networks as ONNX files, for other runtimes.
///
/// The folder gets one NUMBER-NAME.onnx for each network of the bundle, backbone-NAME.onnx where there is one, and
/// export.json, which says how their inputs are made, how their answers are averaged, the temperature and the genres; each
/// ONNX file says the same of itself (docs/ONNX.md). A network reads prepared inputs, not audio, and gives logits,
/// probabilities and its embedding (what its last layer reads; of the backbone, the layer that the networks read). For
/// networks that read sound there is also classify.py, which classifies songs with ONNX Runtime and librosa.
#[derive(Args)]
pub struct Export {
    /// A run, a bundle, or a built-in model; wide, if not given.
    #[arg(value_name = "RUN_OR_BUNDLE")]
    model: Option<String>,
    /// The folder of the ONNX files.
    #[arg(long, value_name = "FOLDER")]
    onnx: PathBuf,
    /// Also write so many rows of random inputs and the logits and embedding that genrenet gives for them, for a comparison
    /// (reference/onnx_check.py); at most 1000.
    #[arg(long, default_value_t = 0, value_name = "ROWS", value_parser = clap::value_parser!(u16).range(..=1000))]
    with_rows: u16,
}

pub fn run(arguments: Export) -> CommandResult {
    target_folder::expect_own("--onnx", &arguments.onnx)?;
    let bundle = shipped::open_or_default(arguments.model.as_deref())?;
    export_onnx(&bundle, &arguments.onnx, arguments.with_rows.into())?;
    let mut page = Page::summary();
    page.line(format_args!(
        "{}: {}{} and export.json",
        visible_path(&arguments.onnx),
        counted(bundle.members.len(), "network", "networks"),
        bundle.backbone.as_ref().map_or("", |_| ", the backbone")
    ));
    page.end(Outcome::Done)
}
