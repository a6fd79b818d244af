//! Playlists: extended M3U, no artist twice in a row.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Write};
use std::path::Path;

/// A song of a playlist.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaylistSong<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Length in seconds.
    pub seconds: Option<f64>,
    /// Who performs it.
    pub artist: Option<&'a str>,
    /// Its title.
    pub title: Option<&'a str>,
}

/// Writes songs in their order as an extended M3U in UTF-8; paths as they are, one a line.
///
/// # Errors
/// Those of `out`; a path with a line break, which no M3U can hold, is [`io::ErrorKind::InvalidInput`].
pub fn write_m3u(out: &mut impl Write, songs: &[PlaylistSong]) -> io::Result<()> {
    out.write_all(b"#EXTM3U\n")?;
    for song in songs {
        let bytes = song.path.as_os_str().as_encoded_bytes();
        if bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            let reason = format!(
                "{:?}: a name with a line break can't stand in an M3U",
                song.path
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let seconds = song.seconds.map_or(-1, |seconds| seconds.round() as i64);
        let title = match (song.artist, song.title) {
            (Some(artist), Some(title)) => format!("{artist} - {title}"),
            (None, Some(title)) => title.to_owned(),
            _ => song
                .path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        };
        let title = title.replace(['\n', '\r'], " ");
        out.write_all(format!("#EXTINF:{seconds},{title}\n").as_bytes())?;
        out.write_all(bytes)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The places of things in an order in which no two of one artist follow each other, as near to the given order as a choice from left to right
/// allows. Where one artist has more than half of what is left, it comes twice only when nothing else is left. `None` is nobody in particular.
pub fn spread(artists: &[Option<&str>]) -> Vec<usize> {
    let mut waiting: BTreeMap<&str, VecDeque<usize>> = BTreeMap::new();
    // The first place of each artist that is not taken yet, and of everything without one.
    let mut heads: BTreeSet<(usize, Option<&str>)> = BTreeSet::new();
    for (place, artist) in artists.iter().enumerate() {
        match artist {
            Some(artist) => waiting.entry(artist).or_default().push_back(place),
            None => _ = heads.insert((place, None)),
        }
    }
    let mut sizes: BTreeSet<(usize, &str)> = BTreeSet::new();
    for (artist, places) in &waiting {
        heads.insert((places[0], Some(artist)));
        sizes.insert((places.len(), artist));
    }
    let mut order = Vec::with_capacity(artists.len());
    let mut last: Option<&str> = None;
    while let Some(&first) = heads.first() {
        let left = artists.len() - order.len();
        let most = sizes.last().copied();
        // Who has more than half of the rest has to come now, or will stand beside itself later.
        let pressing = most.filter(|(size, artist)| 2 * size > left && Some(*artist) != last);
        let next = match pressing {
            Some((_, artist)) => (waiting[artist][0], Some(artist)),
            None => {
                let other = |head: &&(usize, Option<&str>)| head.1.is_none() || head.1 != last;
                heads.iter().find(other).copied().unwrap_or(first)
            }
        };
        heads.remove(&next);
        order.push(next.0);
        last = next.1;
        if let Some(artist) = next.1
            && let Some(places) = waiting.get_mut(artist)
        {
            sizes.remove(&(places.len(), artist));
            places.pop_front();
            if let Some(&place) = places.front() {
                heads.insert((place, Some(artist)));
                sizes.insert((places.len(), artist));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_order_is_kept_where_it_may_be() {
        let order = |names: &str| -> String {
            let names: Vec<String> = names.chars().map(String::from).collect();
            let artists: Vec<Option<&str>> = names
                .iter()
                .map(|name| (name != "-").then_some(&**name))
                .collect();
            spread(&artists)
                .into_iter()
                .map(|place| names[place].clone())
                .collect()
        };
        assert_eq!(order("abc"), "abc");
        assert_eq!(order("aabc"), "abac");
        assert_eq!(order("abbb"), "babb");
        assert_eq!(order("abcaaa"), "abacaa");
        assert_eq!(order("a--b"), "a--b");
        assert_eq!(order(""), "");
    }

    proptest! {
        #[test]
        fn nobody_follows_themselves_where_that_is_possible(names in prop::collection::vec(0u8..5, 0..60)) {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let artists: Vec<Option<&str>> = names.iter().map(|name| Some(&**name)).collect();
            let order = spread(&artists);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..names.len()).collect::<Vec<_>>());
            let most = names.iter().map(|name| names.iter().filter(|other| *other == name).count()).max().unwrap_or(0);
            let twice = order.windows(2).filter(|pair| names[pair[0]] == names[pair[1]]).count();
            // With n of m songs by one artist, the m - n others keep m - n + 1 of them apart.
            let unavoidable = most.saturating_sub(names.len() - most + 1);
            prop_assert_eq!(twice, unavoidable);
        }
    }
}
