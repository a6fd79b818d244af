"""Songs a second of an engine beside the program's, on the same cores, in turns.

    python reference/engines/speed.py ENGINE --program target/release/genrenet --home target/engines --songs 3000 --rounds 5

Each round runs the program over all songs, and the engine over a sixth of them and over all. What the engine takes to start, and to stop, is in both, so
that the difference is its steady speed; the rest is printed as the start.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import songs
from engines import EXAMPLES, ENGINES, Run

LIMIT = 1200  # seconds of a run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--songs", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    home, count = arguments.home.resolve(), arguments.songs
    paths = songs.make(EXAMPLES.parent / "audio/slow_motion_dream.mp3", home / "songs", count)
    tables = {number: home / f"{number}.parquet" for number in (count // 6, count)}
    for number, table in tables.items():
        songs.write_table(paths[:number], table)

    ratios, starts, times = [], [], []
    for _ in range(arguments.rounds):
        program = time_of_program(arguments.program, tables[count], home / "speed.parquet")
        few, many = (time_of_engine(arguments.engine, table, home) for table in tables.values())
        steady = (many - few) / (count - count // 6) * count
        times.append((program, steady))
        ratios.append(program / steady)
        starts.append(many - steady)
        print(f"  program {program:.1f} s, engine {many:.1f} s, of these {many - steady:.1f} s start", flush=True)
    program, steady = (statistics.median(column) for column in zip(*times))
    print(
        f"{arguments.engine}: {count} songs on {os.cpu_count()} cores: program {count / program:.0f} songs/s, engine {count / steady:.0f}; "
        f"ratio {program / steady:.2f} ({min(ratios):.2f}–{max(ratios):.2f}), start {statistics.median(starts):.1f} s; "
        f"load {os.getloadavg()[0]:.1f}"
    )


def time_of_program(program, table, part):
    part.unlink(missing_ok=True)
    since = time.monotonic()
    subprocess.run([program, "classify", "--manifest", table, "--out", part], check=True, capture_output=True)
    return time.monotonic() - since


def time_of_engine(name, table, home):
    out = home / f"speed {name}"
    shutil.rmtree(out, ignore_errors=True)
    log = home / f"speed {name}.log"
    since = time.monotonic()
    if Run(ENGINES[name], table, out, 60, log).wait(LIMIT) != 0:
        sys.exit(log.read_text()[-4000:])
    return time.monotonic() - since


if __name__ == "__main__":
    main()
