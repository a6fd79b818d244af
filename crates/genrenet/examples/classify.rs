//! Names the genres of files and folders: `cargo run --example classify -- ~/Music`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use genrenet::{Songs, classify_all, shipped};

fn main() -> Result<(), genrenet::Error> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let model = shipped::open_or_default(None)?;
    let songs = Songs::new(paths, std::io::empty());
    classify_all(
        &model,
        songs,
        |_| {},
        |answer| {
            match &answer.result {
                Ok(song) => {
                    let top = song.prediction.ranking[0];
                    let genre = match song.prediction.unsure {
                        true => "unsure",
                        false => &model.genres[top],
                    };
                    println!("{}: {genre}", answer.path.display());
                }
                Err(error) => eprintln!("{}: {error}", answer.path.display()),
            }
            ControlFlow::Continue(())
        },
    );
    Ok(())
}
