//! A search as a playlist.

use std::io::Write;
use std::path::Path;

use genrenet::library::index::Hit;
use genrenet::library::playlist::{PlaylistSong, spread, write_m3u};
use genrenet_text::{counted, visible_path};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell, warn};

/// Writes the songs in an order in which no artist comes twice in a row.
pub fn write(file: &Path, hits: &[Hit]) -> CommandResult {
    let ending = file
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    if file != Path::new("-") && !matches!(ending.as_deref(), Some("m3u" | "m3u8")) {
        return Err(Failure::new(format!(
            "--m3u {}: expected a name that ends with .m3u8 or .m3u",
            visible_path(file)
        )));
    }
    // What could not be classified can hardly be played.
    let hits = hits.iter().filter(|hit| hit.song.is_some());
    let (fit, unfit): (Vec<&Hit>, Vec<&Hit>) = hits.partition(|hit| {
        let name = hit.path.as_os_str().as_encoded_bytes();
        !name.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
    });
    for hit in &unfit {
        warn(
            &hit.path,
            "a name with a line break can't stand in a playlist; left out",
        );
    }
    let artists: Vec<Option<&str>> = fit.iter().map(|hit| hit.tags.artist.as_deref()).collect();
    let songs: Vec<PlaylistSong> = spread(&artists)
        .into_iter()
        .map(|place| {
            let hit = fit[place];
            PlaylistSong {
                path: &hit.path,
                seconds: hit.song.as_ref().map(|song| song.seconds),
                artist: hit.tags.artist.as_deref(),
                title: hit.tags.title.as_deref(),
            }
        })
        .collect();
    let outcome = match unfit.is_empty() {
        true => Outcome::Done,
        false => Outcome::SomeFailed,
    };
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        write_m3u(&mut bytes, &songs)?;
        let mut page = Page::result();
        page.bytes(&bytes);
        return page.end(outcome);
    }
    let fault = |error: std::io::Error| Failure::new(format!("{}: {error}", visible_path(file)));
    let new = genrenet_files::NewFile::create(file).map_err(fault)?;
    let mut new = std::io::BufWriter::new(new);
    write_m3u(&mut new, &songs)
        .and_then(|()| new.flush())
        .map_err(fault)?;
    let new = new
        .into_inner()
        .map_err(|error| fault(error.into_error()))?;
    new.finish().map_err(fault)?;
    tell(format_args!(
        "{}: {}",
        visible_path(file),
        counted(songs.len(), "song", "songs")
    ));
    Ok(outcome)
}
