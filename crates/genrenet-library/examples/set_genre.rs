//! `set_genre FILE GENRE…` writes `FILE.new`, a copy with these genres and everything else as it was.

use std::error::Error;
use std::fs::File;

use genrenet_library::tags::splice::write_spliced;
use genrenet_library::tags::{Change, FieldName, MusicFile, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected FILE GENRE…")?;
    let changes = [Change {
        field: FieldName::Genre,
        values: arguments.collect(),
    }];
    let mut file = File::open(&path)?;
    let music = MusicFile::read(&mut file)?;
    let splices = music.edit(&mut file, &changes, &Options::default())?;
    let new = format!("{path}.new");
    write_spliced(&mut file, &splices, &mut File::create(&new)?)?;
    let after = MusicFile::read(&mut File::open(&new)?)?;
    println!(
        "{:?}: {:?} -> {:?}",
        music.container,
        music.genres(),
        after.genres()
    );
    Ok(())
}
