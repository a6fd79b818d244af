//! A folder laid out as FMA's: clips of 30 s, cut from real songs with FFmpeg, and tables with real EchoNest values.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command;

/// A song: where it is, its genre and subset, and how many clips are cut from it.
const SONGS: [(&str, &str, &str, usize); 18] = [
    (
        "fma_songs/Electronic__MegatoneElectron.mp3",
        "Electronic",
        "training",
        18,
    ),
    (
        "fma_songs/Experimental__humangazpachothosearenthumanfootprints.mp3",
        "Experimental",
        "training",
        18,
    ),
    (
        "fma_songs/Folk__NoMatterHowFarKyleCox.mp3",
        "Folk",
        "training",
        18,
    ),
    (
        "fma_songs/Folk__OrangeJuiceSoniaIsabel.mp3",
        "Folk",
        "validation",
        18,
    ),
    (
        "fma_songs/Hip-Hop__AnitekTabAnitekBleach.mp3",
        "Hip-Hop",
        "training",
        18,
    ),
    (
        "fma_songs/Hip-Hop__TomOrlandoFadeAwayRadioEdit.mp3",
        "Hip-Hop",
        "validation",
        18,
    ),
    (
        "fma_songs/Instrumental__HawkinWoods.mp3",
        "Instrumental",
        "training",
        18,
    ),
    (
        "fma_songs/Instrumental__SquireTuckBeyondReason.mp3",
        "Instrumental",
        "validation",
        18,
    ),
    (
        "fma_songs/International__RayaBrassBandPiperkovoOro.mp3",
        "International",
        "training",
        18,
    ),
    (
        "fma_songs/Pop__AloneNehiloNehilo.mp3",
        "Pop",
        "training",
        18,
    ),
    ("songs/lets_go_fishin.ogg", "Folk", "test", 12),
    ("songs/nightdream.ogg", "Instrumental", "test", 18),
    ("songs/searching.ogg", "Electronic", "test", 12),
    ("fma_clips/000002.mp3", "Hip-Hop", "test", 1),
    ("fma_clips/000005.mp3", "Hip-Hop", "test", 1),
    ("fma_clips/000676.mp3", "Hip-Hop", "training", 1),
    ("fma_clips/000255.mp3", "Rock", "training", 1),
    ("fma_clips/000574.mp3", "Rock", "training", 1),
];

/// The number of the first clip that is cut; FMA's own numbers are below it.
const FIRST: u32 = 900_000;
const CLIP_SECONDS: f64 = 30.0;

/// One track of the tables.
struct Track {
    id: u32,
    genre: String,
    split: String,
    subset: &'static str,
    /// Number of the artist and of the album.
    artist: u32,
    /// Its EchoNest values, as a table has them.
    values: Option<String>,
}

/// Makes the folder where it is not there yet, and returns the number of its clips.
pub fn make(data: &Path, fma: &Path) -> Result<usize, String> {
    let done = fma.join("fma_metadata/echonest.csv");
    let mut cut = Vec::new();
    for (number, (song, genre, split, clips)) in SONGS.into_iter().enumerate() {
        for clip in 0..clips {
            cut.push((number, song, genre, split, clip, clips));
        }
    }
    if done.is_file() {
        return Ok(cut.len());
    }
    let mut tracks = of_echonest(&data.join("echonest/fma_echonest.csv"))?;
    for (place, (number, song, genre, split, clip, clips)) in cut.iter().enumerate() {
        let id = FIRST + place as u32;
        let path = clip_path(fma, id);
        let source = data.join("audio").join(song);
        cut_clip(&source, &path, *clip, *clips)?;
        // Every third has the values of a track of its genre and subset: copies in two subsets would be a leak.
        let values: Vec<&String> = (tracks.iter())
            .filter(|track| track.genre == *genre && track.split == *split && track.id < FIRST)
            .filter_map(|track| track.values.as_ref())
            .collect();
        let values = values
            .get(place % values.len().max(1))
            .map(|values| (*values).clone());
        tracks.push(Track {
            id,
            genre: (*genre).into(),
            split: (*split).into(),
            subset: "small",
            artist: 2_000_000 + *number as u32,
            values: values.filter(|_| place % 3 == 0),
        });
    }
    write_tables(data, fma, &tracks)?;
    Ok(cut.len())
}

fn clip_path(fma: &Path, id: u32) -> PathBuf {
    let name = format!("{id:06}");
    fma.join("fma_small")
        .join(&name[..3])
        .join(format!("{name}.mp3"))
}

/// Cuts a clip; of a song of one clip, the whole.
fn cut_clip(source: &Path, path: &Path, clip: usize, clips: usize) -> Result<(), String> {
    if path.is_file() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let seconds = duration(source)?;
    let start = match clips {
        0 | 1 => 0.0,
        _ => (seconds - CLIP_SECONDS) * clip as f64 / (clips - 1) as f64,
    };
    command::done(
        Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-ss", &format!("{start:.3}"), "-i"])
            .arg(source)
            .args([
                "-t",
                "30",
                "-map_metadata",
                "-1",
                "-ac",
                "2",
                "-ar",
                "44100",
                "-b:a",
                "128k",
            ])
            .arg(path),
    )
}

fn duration(source: &Path) -> Result<f64, String> {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "format=duration",
            "-of",
            "csv=p=0",
        ])
        .arg(source)
        .stderr(Stdio::null())
        .output()
        .map_err(|e| format!("ffprobe: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(|_| format!("{}: ffprobe gives no duration", source.display()))
}

/// Tracks with EchoNest values that have a genre; their clips are not there, which is why they are of the large subset.
fn of_echonest(path: &Path) -> Result<Vec<Track>, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let tracks = text.lines().skip(1).filter_map(|line| {
        let mut cells = line.splitn(6, ',');
        let (id, genre, _, _, group, values) = (
            cells.next()?,
            cells.next()?,
            cells.next()?,
            cells.next()?,
            cells.next()?,
            cells.next()?,
        );
        // The table has no test rows: groups, which are albums most often, are kept together.
        let artist = group.parse().unwrap_or(0);
        let split = match artist % 10 {
            0 => "test",
            1 => "validation",
            _ => "training",
        };
        (!genre.is_empty()).then(|| Track {
            id: id.parse().unwrap_or(0),
            genre: genre.into(),
            split: split.into(),
            subset: "large",
            artist,
            values: Some(values.into()),
        })
    });
    Ok(tracks.collect())
}

/// Writes `tracks.csv` with FMA's own header, `genres.csv` and `echonest.csv`.
fn write_tables(data: &Path, fma: &Path, tracks: &[Track]) -> Result<(), String> {
    let source = data.join("fma_metadata");
    let target = fma.join("fma_metadata");
    let failed = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    fs::create_dir_all(&target).map_err(|e| failed(&target, e))?;
    let read = |name: &str| {
        fs::read_to_string(source.join(name)).map_err(|e| failed(&source.join(name), e))
    };
    let genres = read("genres.csv")?;
    let header: Vec<String> = read("tracks.csv")?
        .lines()
        .take(3)
        .map(String::from)
        .collect();
    let names: Vec<(&str, &str)> = header[0].split(',').zip(header[1].split(',')).collect();
    let mut table = header.join("\n") + "\n";
    for track in tracks {
        let genre_id = genres.lines().find_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells.get(3) == Some(&&track.genre[..])).then(|| cells[0].to_owned())
        });
        let ids = format!("[{}]", genre_id.unwrap_or_default());
        let cell = |name: &(&str, &str)| match *name {
            ("album" | "artist", "id") => track.artist.to_string(),
            ("album", "comments") => "\"<p>cut from a song,\nwith FFmpeg</p>\"".to_owned(),
            ("set", "split") => track.split.clone(),
            ("set", "subset") => track.subset.to_owned(),
            ("track", "genre_top") => track.genre.clone(),
            ("track", "genres" | "genres_all") => ids.clone(),
            ("track", "duration") => "30".to_owned(),
            _ => String::new(),
        };
        let cells: Vec<String> = names[1..].iter().map(cell).collect();
        let _ = writeln!(table, "{},{}", track.id, cells.join(","));
    }
    let values = [
        "acousticness",
        "danceability",
        "energy",
        "instrumentalness",
        "liveness",
        "speechiness",
        "tempo",
        "valence",
    ];
    let mut echonest = format!(
        ",{}\n,{}\n,{}\ntrack_id,,,,,,,,\n",
        ["echonest"; 8].join(","),
        ["audio_features"; 8].join(","),
        values.join(",")
    );
    for track in tracks {
        if let Some(values) = &track.values {
            let _ = writeln!(echonest, "{},{values}", track.id);
        }
    }
    let write = |name: &str, text: &str| {
        fs::write(target.join(name), text).map_err(|e| failed(&target.join(name), e))
    };
    write("genres.csv", &genres)?;
    write("tracks.csv", &table)?;
    write("echonest.csv", &echonest)
}
