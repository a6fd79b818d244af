"""What other programs read after `genrenet tag`: a table format × reader, in Markdown.

`python compare.py --genrenet PROGRAM` makes a file of every format (ffmpeg, a real song, a picture, fields that writers are known to
damage), writes two genres with `genrenet tag --apply`, asks every reader for the genres and for all other fields before and after, and
undoes it. A reader that is not installed has an empty column. Exit code 1 where a reader misses a genre that it reads elsewhere, where another
field changed, or where undo is not byte for byte.
"""

import argparse
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

GENRES = ["Drum & Bass", "Rock/Pop"]
SONG = Path(__file__).parents[2] / "crates/genrenet-cli/demo/lets_go_fishin.ogg"
TAGS = {"title": "Fishin’", "artist": "Karissa Hobbs", "album": "Ä–Ω", "date": "2019-03-07", "track": "3/12", "comment": "one two"}


def ffmpeg(out, *how):
    tags = [word for key, value in TAGS.items() for word in ("-metadata", f"{key}={value}")]
    command = ["ffmpeg", "-v", "error", "-y", "-t", "20", "-i", SONG, "-map", "0:a", "-map_metadata", "-1"]
    subprocess.run([*command, *tags, *how, out], check=True)


def picture():
    from base64 import b64decode

    pixel = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
    return pixel + b"\0" * 300_000  # a large one: what a rewrite has to move


def id3(version, v1=False):
    """Fields of ID3 that are easily lost: counters, ratings, UTF-16 links, times of events, half a date."""

    def add(path):
        from mutagen import id3

        tag = id3.ID3(path)
        tag.add(id3.POPM(email="a@b.c", rating=200, count=7))
        tag.add(id3.WXXX(encoding=1, desc="Ω", url="https://example.org/o"))
        tag.add(id3.ETCO(format=2, events=[(1, 1000), (2, 20000)]))
        tag.add(id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=picture()))
        tag.add(id3.TXXX(encoding=3 if version == 4 else 1, desc="MOOD", text=["calm"]))
        if version == 3:
            tag.update_to_v23()
        tag.save(path, v2_version=version, v1=2 if v1 else 0)

    return add


def ape(path):
    from mutagen.apev2 import APEv2

    tag = APEv2()
    tag["Title"], tag["Genre"], tag["Replaygain_Track_Gain"] = "Fishin", "Folk", "-3.1 dB"
    tag.save(path)


def id3v22(path):
    """A tag of version 2.2 by hand: no library writes it any more."""

    def frame(name, text):
        body = b"\x01\xff\xfe" + text.encode("utf-16-le")
        return name + struct.pack(">I", len(body))[1:] + body

    frames = frame(b"TT2", TAGS["title"]) + frame(b"TP1", TAGS["artist"]) + frame(b"TAL", TAGS["album"]) + frame(b"TCO", "(80)")
    size = len(frames) + 64
    head = b"ID3\x02\0\0" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    path.write_bytes(head + frames + b"\0" * 64 + path.read_bytes())


def flac_picture(path):
    from mutagen.flac import FLAC, Picture

    file = FLAC(path)
    image = Picture()
    image.data, image.mime, image.type = picture(), "image/png", 3
    file.add_picture(image)
    file.save()


def vorbis_extras(path):
    import mutagen

    file = mutagen.File(path)
    file["MOOD"] = ["calm", "warm"]
    file["replaygain_track_gain"] = "-3.1 dB"
    file.save()


def mp4_extras(path):
    from mutagen.mp4 import MP4, MP4Cover

    file = MP4(path)
    file["----:com.apple.iTunes:MOOD"] = [b"calm", b"warm"]
    file["covr"] = [MP4Cover(picture(), MP4Cover.FORMAT_PNG)]
    file["tmpo"] = [97]
    file.save()


MP3 = ["-c:a", "libmp3lame", "-b:a", "128k"]
FORMATS = [
    ("MP3, no tag", "mp3", [*MP3, "-id3v2_version", "0", "-write_xing", "1"], []),
    ("MP3, ID3v1 only", "mp3", [*MP3, "-id3v2_version", "0", "-write_id3v1", "1"], []),
    ("MP3, ID3v2.2", "mp3", [*MP3, "-id3v2_version", "0"], [id3v22]),
    ("MP3, ID3v2.3", "mp3", [*MP3, "-id3v2_version", "3"], [id3(3)]),
    ("MP3, ID3v2.3 + ID3v1", "mp3", [*MP3, "-id3v2_version", "3"], [id3(3, v1=True)]),
    ("MP3, ID3v2.4", "mp3", [*MP3, "-id3v2_version", "4"], [id3(4)]),
    ("MP3, ID3v2.4 + APE + ID3v1", "mp3", [*MP3, "-id3v2_version", "4"], [ape, id3(4, v1=True)]),
    ("FLAC", "flac", ["-c:a", "flac"], [vorbis_extras, flac_picture]),
    ("Ogg Vorbis", "ogg", ["-c:a", "libvorbis"], [vorbis_extras]),
    ("Opus", "opus", ["-c:a", "libopus", "-ar", "48000"], [vorbis_extras]),
    ("Ogg FLAC", "oga", ["-c:a", "flac", "-f", "ogg"], [vorbis_extras]),
    ("M4A, AAC", "m4a", ["-c:a", "aac"], [mp4_extras]),
    ("M4A, AAC, faststart", "m4a", ["-c:a", "aac", "-movflags", "+faststart"], [mp4_extras]),
    ("M4A, ALAC", "m4a", ["-c:a", "alac"], [mp4_extras]),
    ("AIFF", "aiff", ["-write_id3v2", "1"], []),
    ("WAV, no tag", "wav", ["-fflags", "+bitexact"], []),
    ("WAV, INFO", "wav", [], []),
]


def as_list(value):
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]


def mutagen_reads(path):
    import mutagen
    from mutagen import id3

    file = mutagen.File(path)
    if file is None or file.tags is None:
        return [], {}
    if isinstance(file.tags, id3.ID3):
        genres = [genre for frame in file.tags.getall("TCON") for genre in frame.genres]
        others = {key: repr(value) for key, value in file.tags.items() if key != "TCON"}
        return genres, others
    tags = {name.lower(): file.tags[name] for name in file.tags.keys()}
    genres = [genre for name in ("genre", "©gen") for genre in as_list(tags.pop(name, []))]
    return genres, {name: repr(value) for name, value in tags.items() if name != "gnre"}


def taglib_reads(path):
    import taglib

    with taglib.File(str(path)) as file:
        return list(file.tags.get("GENRE", [])), {k: v for k, v in file.tags.items() if k != "GENRE"}


def ffprobe_reads(path):
    command = ["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags", "-of", "json", path]
    shown = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    tags = dict(shown.get("format", {}).get("tags", {}))
    for stream in shown.get("streams", []):
        tags.update(stream.get("tags", {}))
    genres = [value for key, value in tags.items() if key.lower() == "genre"]
    return genres, {k: v for k, v in tags.items() if k.lower() != "genre"}


def exiftool_reads(path):
    # Not as JSON, in which several fields of one name are one.
    shown = subprocess.run(["exiftool", "-G1", "-a", "-s", path], check=True, capture_output=True).stdout.decode()
    lines = [(*line.partition("]")[::2],) for line in shown.splitlines()]
    fields = [(group.strip("[ "), *map(str.strip, rest.partition(":")[::2])) for group, rest in lines]
    # Of the file system, or positions and sizes of parts of the file, which a longer tag moves.
    moving = ("MediaDataOffset", "PaddingSize", "Padding", "ChunkOffset", "ID3Size")
    others = [one for one in fields if one[0] not in ("System", "Composite") and one[1] not in (*moving, "Genre")]
    return [value for _, name, value in fields if name == "Genre"], others


def metaflac_reads(path):
    if path.suffix != ".flac":
        return None
    shown = subprocess.run(["metaflac", "--export-tags-to=-", path], check=True, capture_output=True).stdout.decode()
    lines = [line.partition("=") for line in shown.splitlines()]
    genres = [value for key, _, value in lines if key.upper() == "GENRE"]
    return genres, [line for line in lines if line[0].upper() != "GENRE"]


READERS = {"mutagen": mutagen_reads, "ffprobe": ffprobe_reads, "exiftool": exiftool_reads, "metaflac": metaflac_reads, "taglib": taglib_reads}


def installed():
    tools = {name for name in ("ffprobe", "exiftool", "metaflac") if shutil.which(name)}
    for module, name in (("mutagen", "mutagen"), ("taglib", "taglib")):
        try:
            __import__(module)
            tools.add(name)
        except ImportError:
            pass
    return tools


def sound(path):
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-f", "md5", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def kept(before, after, repeated):
    """Whether all fields stay, and no others come, except where a new ID3v2 tag repeats those of the tag that was there."""
    before, after = (list(one.items()) if isinstance(one, dict) else one for one in (before, after))
    return all(field in after for field in before) and (repeated or len(before) == len(after))


def verdict(found):
    """How a reader has the two genres: as a list, as one text with both, the first, none."""
    if [one for one in GENRES if one in found] == GENRES:
        return "both"
    if any(all(genre in one for genre in GENRES) for one in found):
        return "one text"
    if any(GENRES[0] in one for one in found):
        return "first"
    return "none"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--genrenet", required=True)
    arguments = arguments.parse_args()
    tools, faults, rows = installed(), [], []
    with tempfile.TemporaryDirectory() as home:
        home = Path(home)
        os.environ["GENRENET_JOURNALS"] = str(home / "journals")
        music = home / "music"
        music.mkdir()
        files = {}
        for name, suffix, how, extras in FORMATS:
            path = music / f"{name.replace(', ', ' ').replace(' + ', ' ')}.{suffix}"
            ffmpeg(path, *how)
            for extra in extras:
                extra(path)
            files[name] = path
        digests = {path: hashlib.sha256(path.read_bytes()).digest() for path in files.values()}
        sounds = {path: sound(path) for path in files.values()}
        before = {(path, reader): READERS[reader](path) for path in files.values() for reader in tools}

        def genrenet(*words):
            return subprocess.run([arguments.genrenet, "tag", *words], check=True, capture_output=True, cwd=home).stdout

        plan = [json.loads(line) for line in genrenet("--plan", "-", "music").splitlines()]
        for line in plan[1:]:
            line["new"] = GENRES
        (home / "plan.jsonl").write_text("\n".join(json.dumps(line) for line in plan))
        genrenet("--apply", "plan.jsonl")
        for name, path in files.items():
            row = [name]
            if sound(path) != sounds[path]:
                faults.append(f"{name}: ffmpeg decodes another sound")
            for reader in READERS:
                if reader not in tools or before[path, reader] is None:
                    row.append("")
                    continue
                genres, others = READERS[reader](path)
                text = verdict(genres)
                old = before[path, reader][1]
                if not kept(old, others, repeated=name.startswith("WAV") or name.endswith("ID3v1 only")):
                    text += ", other fields changed"
                    faults.append(f"{name}, {reader}: {old!r:.3000} became {others!r:.3000}")
                row.append(text)
            rows.append(row)
        genrenet("--undo", "last")
        faults += [f"{path.name}: undo is not byte for byte" for path, old in digests.items() if hashlib.sha256(path.read_bytes()).digest() != old]
    print("| format | " + " | ".join(READERS) + " |\n|---|" + "---|" * len(READERS))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
