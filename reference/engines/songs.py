"""Short songs for the engines, cut from a recording of the repository, and the table that names them.

Cuts begin and end at frames of the MP3, so that no encoder is needed; a player hears them as the recording.
"""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

BIT_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # kbit/s, MPEG 1 layer 3
SAMPLE_RATES = (44_100, 48_000, 32_000)
FRAME = 1152  # samples


def frames_of(recording):
    """The frames of an MPEG 1 layer 3 file without its tags, and their sample rate."""
    data = recording.read_bytes()
    at = 0
    if data[:3] == b"ID3":
        at = 10 + sum((byte & 127) << 7 * (3 - place) for place, byte in enumerate(data[6:10]))
    frames = []
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] & 0xFE == 0xFA:
        rate = SAMPLE_RATES[data[at + 2] >> 2 & 3]
        size = 144_000 * BIT_RATES[data[at + 2] >> 4] // rate + (data[at + 2] >> 1 & 1)
        frames.append(data[at : at + size])
        at += size
    if b"Xing" in frames[0][:64] or b"Info" in frames[0][:64]:
        del frames[0]
    return frames, rate


def make(recording, folder, count, shortest=6):
    """Writes `count` cuts that are not there yet, of `shortest` seconds up to half as many again, and returns their paths."""
    frames, rate = frames_of(recording)
    frames = frames * (1 + int(1.5 * shortest * rate / FRAME) // len(frames))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"{number:06}.mp3"
        paths.append(str(path))
        if path.exists():
            continue
        length = (1 + number * 7 % 31 / 60) * shortest * rate / FRAME
        start = number * 37 % (len(frames) - int(length))
        path.write_bytes(b"".join(frames[start : start + int(length)]))
    return paths


def make_faulty(good, folder):
    """Files that are no songs, one of each kind; the program gives each a row with `error`."""
    folder.mkdir(parents=True, exist_ok=True)
    song = Path(good).read_bytes()
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "header.mp3").write_bytes(song[:300])
    (folder / "text.mp3").write_text("not a song\n" * 200)
    (folder / "folder.mp3").mkdir(exist_ok=True)
    if not (folder / "pipe.mp3").exists():
        os.mkfifo(folder / "pipe.mp3")
    names = ["empty.mp3", "header.mp3", "text.mp3", "folder.mp3", "pipe.mp3", "missing.mp3"]
    return [str(folder / name) for name in names]


def write_table(paths, table):
    pq.write_table(pa.table({"path": paths}), table)
