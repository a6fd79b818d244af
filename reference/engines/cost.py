"""What a song costs the program: CPU time on one thread, bytes of a row and of an embedding; and a million of them.

    python reference/engines/cost.py --program target/release/genrenet --home target/engines --rounds 5 SONG...

The CPU time is user and system time of the whole process over all songs, median of the rounds. Bytes of a row are those of a part over some thousand
short songs; a row has the same columns for any song.
"""

import argparse
import os
import resource
import statistics
import subprocess
from pathlib import Path

import genrenet
import songs
from engines import EXAMPLES

ROWS = 3000
MILLION = 1_000_000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("songs", nargs="+")
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    home = arguments.home.resolve()
    part = home / "cost.parquet"

    paths = [str(Path(song).resolve()) for song in arguments.songs]
    table = home / "cost songs.parquet"
    songs.write_table(paths, table)
    times = [classify(arguments.program, table, part) for _ in range(arguments.rounds)]
    each = statistics.median(times) / len(paths)
    size = sum(os.path.getsize(path) for path in paths) / len(paths)
    spread = f"{min(times) / len(paths):.4f}–{max(times) / len(paths):.4f}"
    print(f"{len(paths)} songs of {size / 1e6:.1f} MB: {each:.4f} s of CPU time each ({spread})")
    print(f"  a million: {each * MILLION / 3600:.1f} core-hours, {size * MILLION / 1e12:.2f} TB read")

    short = songs.make(EXAMPLES.parent / "audio/slow_motion_dream.mp3", home / "songs", ROWS)
    songs.write_table(short, table)
    classify(arguments.program, table, part)
    row = part.stat().st_size / ROWS
    print(f"a row: {row:.0f} bytes; a million: {row * MILLION / 1e6:.0f} MB")
    embedding = genrenet.load("wide").embed(short[0])
    print(f"an embedding: {embedding.size} × {embedding.dtype}, {embedding.nbytes} bytes; a million: {embedding.nbytes * MILLION / 1e9:.2f} GB")


def classify(program, table, part):
    """Seconds of CPU time of the program on one thread over a table."""
    part.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [program, "classify", "--manifest", table, "--out", part]
    subprocess.run(command, check=True, capture_output=True, env=dict(os.environ, RAYON_NUM_THREADS="1"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
