"""A music library of game soundtracks in every format whose tags genrenet writes: `python reference/tag_library.py FOLDER`.

The songs are those of Debian packages (fetched with apt-get, which needs Debian or a system made from it), transcoded with ffmpeg so
that every format occurs: docs/GUIDE.md is written over it. Titles, artists and albums are tags; genres are left out, but for one song.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

# Package, its version when the guide was written, album, artist.
PACKAGES = [
    ("asc-music", "1.3-6", "Advanced Strategic Command", "Michael Kievernagel"),
    ("extremetuxracer-data", "0.8.2-1", "Extreme Tux Racer", "Various Artists"),
    ("frozen-bubble-data", "2.212-11", "Frozen Bubble", "Matthias Le Bidan"),
]

# Name of the format, suffix, what ffmpeg is to do.
FORMATS = [
    ("MP3, ID3v2.4", "mp3", ["-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "4"]),
    ("FLAC", "flac", ["-c:a", "flac"]),
    ("MP3, ID3v2.3 and ID3v1", "mp3", ["-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "3", "-write_id3v1", "1"]),
    ("Ogg Vorbis", "ogg", ["-c:a", "libvorbis"]),
    ("M4A, AAC", "m4a", ["-c:a", "aac", "-b:a", "160k"]),
    ("Opus", "opus", ["-c:a", "libopus", "-ar", "48000"]),
    ("M4A, ALAC", "m4a", ["-c:a", "alac"]),
    ("Ogg FLAC", "oga", ["-c:a", "flac", "-f", "ogg"]),
    ("AIFF", "aiff", ["-write_id3v2", "1"]),
    ("WAV", "wav", []),
]


def songs(package, folder):
    subprocess.run(["apt-get", "-q", "download", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (deb,) = folder.glob(f"{package}_*.deb")
    subprocess.run(["dpkg-deb", "-x", deb, folder / package], check=True)
    found = [p for p in (folder / package).rglob("*") if p.suffix in (".ogg", ".mp3") and p.stat().st_size > 300_000]
    return sorted(found)


def main(target):
    formats = iter(FORMATS * 10)
    with tempfile.TemporaryDirectory() as aside:
        aside = Path(aside)
        aside.chmod(0o755)
        for package, version, album, artist in PACKAGES:
            home = target / artist / album
            home.mkdir(parents=True)
            for number, song in enumerate(songs(package, aside), 1):
                name, suffix, how = next(formats)
                title = song.stem.split("-")[-1 if package.startswith("frozen") else 0].replace("_", " ").title()
                tags = {"title": title, "artist": artist, "album": album, "track": number, "comment": name}
                if number == 1 and package.startswith("extreme"):
                    tags["genre"] = "Soundtrack"
                metadata = [word for key, value in tags.items() for word in ("-metadata", f"{key}={value}")]
                out = home / f"{number:02} {title}.{suffix}"
                command = ["ffmpeg", "-v", "error", "-bitexact", "-i", song, "-map", "0:a", "-map_metadata", "-1"]
                subprocess.run([*command, *metadata, *how, out], check=True)
                print(f"{name}: {out.relative_to(target)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
