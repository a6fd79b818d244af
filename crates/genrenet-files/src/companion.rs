//! Files in music folders that are no music, recognised by name, the same for training and for classification.

use std::ffi::OsStr;
use std::path::Path;

/// Extensions of files that accompany music: images, texts, playlists, checksums, video, files of sound editors.
///
/// Everything that is not listed is opened and recognised by its content.
const ENDINGS: &[&str] = &[
    // Images.
    "jpg",
    "jpeg",
    "png",
    "gif",
    "webp",
    "bmp",
    "tif",
    "tiff",
    "heic",
    "avif",
    "svg",
    "ico",
    "psd",
    // Texts and documents.
    "txt",
    "nfo",
    "md",
    "log",
    "pdf",
    "doc",
    "docx",
    "odt",
    "rtf",
    "htm",
    "html",
    "epub",
    // Playlists, cue sheets, lyrics, subtitles, karaoke graphics.
    "cue",
    "m3u",
    "m3u8",
    "pls",
    "xspf",
    "wpl",
    "zpl",
    "asx",
    "fpl",
    "lrc",
    "srt",
    "vtt",
    "ass",
    "sub",
    "cdg", // Checksums and ripping logs.
    "accurip",
    "ffp",
    "md5",
    "sfv",
    "sha1",
    "sha256",
    "par2",
    // Data of programs, those of genrenet included.
    "sqlite",
    "sqlite-shm",
    "sqlite-wal",
    "xml",
    "json",
    "jsonl",
    "toml",
    "yaml",
    "yml",
    "csv",
    "tsv",
    "ini",
    "db",
    "url",
    "lnk",
    "plist",
    "itl",
    "nsv",
    "npz",
    "npy",
    "parquet",
    "safetensors",
    "py",
    "torrent",
    "part",
    "tmp",
    "bak",
    "crdownload", // Archives and programs.
    "zip",
    "rar",
    "7z",
    "gz",
    "iso",
    "exe",
    "msi",
    "dll",
    "bat",
    "sh",
    // Video in containers that are not read.
    "avi",
    "wmv",
    "mpg",
    "mpeg",
    "flv",
    "vob",
    // Files of sound editors.
    "asd",
    "pek",
    "sfk",
    "reapeaks",
    "sfl",
    "sfap0",
    "als",
    "rpp",
];

/// Files without an ending of their own that systems create in folders.
const FILES: &[&str] = &["Icon\r", "SYNOINDEX_MEDIA_INFO"];

/// Folders in which systems and network storage keep their own files: indexes, recycle bins, snapshots, repairs.
const FOLDERS: &[&str] = &[
    "@eaDir",
    "@tmp",
    "@Recycle",
    "@Recently-Snapshot",
    "#recycle",
    "#snapshot",
    "System Volume Information",
    "$RECYCLE.BIN",
    "RECYCLER",
    "lost+found",
    "found.000",
    "__MACOSX",
    "Network Trash Folder",
    "Temporary Items",
];

fn is_one_of(name: &OsStr, known: &[&str]) -> bool {
    name.to_str()
        .is_some_and(|name| known.iter().any(|k| k.eq_ignore_ascii_case(name)))
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether a file that was found in a folder is skipped: a hidden one, or a companion of music (image, text,
/// playlist, …), by its name alone; case does not matter.
pub fn is_companion(file: &Path) -> bool {
    file.file_name()
        .is_some_and(|name| is_hidden(name) || is_one_of(name, FILES))
        || file.extension().is_some_and(|e| is_one_of(e, ENDINGS))
}

/// Whether a folder that was found in a folder is skipped with all its contents: a hidden one, or one in which a system or
/// a network storage keeps its own files (`@eaDir`, `System Volume Information`, …); case does not matter.
pub fn is_system_folder(folder: &Path) -> bool {
    folder
        .file_name()
        .is_some_and(|name| is_hidden(name) || is_one_of(name, FOLDERS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companions_are_recognised_by_name_in_any_case() {
        for name in [
            "cover.JPG",
            "song.cdg",
            "list.FPL",
            "film.srt",
            "Icon\r",
            ".DS_Store",
            "a/b/readme.txt",
        ] {
            assert!(is_companion(Path::new(name)), "{name}");
        }
        for name in [
            "song.mp3",
            "song",
            "jpg",
            "song.mp4",
            "song.unknown",
            "Icon",
        ] {
            assert!(!is_companion(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn folders_of_systems_are_recognised_by_name() {
        for name in [
            "@eaDir",
            "x/System Volume Information",
            "$Recycle.Bin",
            ".Trashes",
        ] {
            assert!(is_system_folder(Path::new(name)), "{name}");
        }
        for name in ["Rock", "Docs", "eaDir"] {
            assert!(!is_system_folder(Path::new(name)), "{name}");
        }
    }
}
