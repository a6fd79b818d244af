//! Whether `train FOLDER` learns a head or trains a network from scratch.

use genrenet::data::Dataset;
use genrenet::folder_recipe::compare_with_network;
use genrenet::train::Recipe;
use genrenet::train::head_or_network::{NETWORK_SONGS, median_songs};
use genrenet_text::counted;

use super::choose_recipe::network;
use super::watcher::Watcher;
use super::{Canceled, Train};
use crate::exit::Failure;
use crate::output::tell;
use crate::terminal::Terminal;

/// What is trained in place of the head.
pub(super) struct Network {
    pub recipe: Recipe,
    pub dataset: Dataset,
}

/// The network, where `train FOLDER` is free to choose and it is better than the head in folds; says what is chosen and why. With
/// few songs they are not compared.
pub(super) fn better_network(
    arguments: &Train,
    head: (&Recipe, &Dataset),
    canceled: &Canceled,
) -> Result<Option<Network>, Failure> {
    let decided = arguments.from_scratch || arguments.head || arguments.folds.is_some();
    let Some(folder) = arguments.folder().filter(|_| !decided) else {
        return Ok(None);
    };
    let songs = median_songs(head.1);
    if songs < NETWORK_SONGS {
        tell(format_args!(
            "a head over msd50 is learned: the median genre has {}, and below {NETWORK_SONGS} a network from scratch (--from-scratch) \
             does not come near it (GTZAN: 56 % right with 40 clips of each genre, the head 58 % with one)",
            counted(songs, "song", "songs")
        ));
        return Ok(None);
    }
    let Some(mut recipe) = network(arguments, folder)? else {
        tell("a head is learned, as --set changes what only it has");
        return Ok(None);
    };
    tell(format_args!(
        "the median genre has {songs} songs: a network from scratch is compared with the head in two folds (--head: learn the head \
         without that)"
    ));
    let mut watcher = Watcher::new();
    let (found, dataset) = compare_with_network(
        head,
        &mut recipe,
        (&mut watcher, &canceled.training),
        &canceled.files,
        &Terminal::default(),
    )?;
    watcher.end();
    let chosen = match found.network_is_better() {
        true => "the network from scratch is trained",
        false => "the head is learned",
    };
    tell(format_args!(
        "{chosen}: of {} in two folds the network gets {:.1} % right, the head {:.1} % (standard error of the difference {:.1})",
        counted(found.songs, "song", "songs"),
        100.0 * found.network,
        100.0 * found.head,
        100.0 * found.standard_error
    ));
    Ok(found
        .network_is_better()
        .then_some(Network { recipe, dataset }))
}
