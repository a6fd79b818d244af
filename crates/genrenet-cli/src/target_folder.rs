//! Folders that a command writes into: never those whose files belong to a training.

use std::path::Path;

use genrenet_files::FolderLock;
use genrenet_text::visible_path;

use crate::exit::Failure;

/// The file of a run folder with the command that began it, which the card names also after `--resume`.
pub const COMMAND: &str = "command.txt";

/// Refuses a folder that a training writes into, the folder of a run, and those in which a run keeps bundle and checkpoints;
/// `flag` named it.
pub fn expect_own(flag: &str, folder: &Path) -> Result<(), Failure> {
    // With several seeds or folds it has only the command; a recipe alone is a user's own file.
    let is_run = |folder: &Path| {
        let files = ["environment.json", COMMAND];
        files.iter().any(|file| folder.join(file).exists())
    };
    let name = folder.file_name().and_then(|name| name.to_str());
    let found = if let Some(holder) = FolderLock::holder(folder) {
        format!("one into which a training writes ({holder})")
    } else if is_run(folder) {
        "that of a run".to_owned()
    } else if matches!(name, Some("bundle" | "checkpoints")) && folder.parent().is_some_and(is_run)
    {
        "that of a run's own files".to_owned()
    } else {
        return Ok(());
    };
    Err(Failure::new(format!(
        "{flag} {}: expected a new folder, or one of no run; found {found}",
        visible_path(folder)
    )))
}
