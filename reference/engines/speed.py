"""Songs a second of an engine beside the program's, on the same cores, in turns.

    python reference/engines/speed.py ENGINE --program target/release/genrenet --home target/engines --songs 3000 --seconds 6 --rounds 3

Each round runs the program over all songs, and the engine over half of them and over all. What the engine takes to start, and to stop, is in both, so
that the difference is its steady speed; the rest is printed as the start.
"""

import argparse
import os
import resource
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
    parser.add_argument("--seconds", type=int, default=6, help="of the shortest song; the longest is half as long again")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    home, count = arguments.home.resolve(), arguments.songs
    paths = songs.make(EXAMPLES.parent / "audio/slow_motion_dream.mp3", home / f"songs of {arguments.seconds} s", count, arguments.seconds)
    tables = {number: home / f"{number}.parquet" for number in (count // 2, count)}
    for number, table in tables.items():
        songs.write_table(paths[:number], table)

    rounds = []
    for _ in range(arguments.rounds):
        program = of_program(arguments.program, tables[count], home / "speed.parquet")
        few, many = (of_engine(arguments.engine, table, home) for table in tables.values())
        steady = [(more - less) / (count - count // 2) * count for less, more in zip(few, many)]
        rounds.append([program, steady, [whole - part for whole, part in zip(many, steady)]])
        clock, cpu = ([row[kind] for row in rounds[-1]] for kind in (0, 1))
        print("  program, engine, start: {:.1f}, {:.1f}, {:.1f} s; CPU time {:.1f}, {:.1f}, {:.1f} s".format(*clock, *cpu), flush=True)
    print(f"{arguments.engine}: {count} songs of at least {arguments.seconds} s on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for kind, what in enumerate(("by the clock", "CPU time")):
        program, engine, start = ([row[place][kind] for row in rounds] for place in range(3))
        ratios = [one / other for one, other in zip(program, engine)]
        print(
            f"  {what}: program over engine {statistics.median(program) / statistics.median(engine):.2f} ({min(ratios):.2f}–{max(ratios):.2f}), "
            f"a song {1e3 * statistics.median(engine) / count:.1f} ms, start {statistics.median(start):.1f} s"
        )


def of_program(program, table, part):
    """Seconds by the clock and of CPU time."""
    part.unlink(missing_ok=True)
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([program, "classify", "--manifest", table, "--out", part], check=True, capture_output=True)
    clock, after = time.monotonic() - since, resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def of_engine(name, table, home):
    """Seconds by the clock and of CPU time."""
    out = home / f"speed {name}"
    shutil.rmtree(out, ignore_errors=True)
    log = home / f"speed {name}.log"
    since = time.monotonic()
    code, cpu = Run(ENGINES[name], table, out, 60, log).wait_measuring(LIMIT)
    if code != 0:
        sys.exit(log.read_text()[-4000:])
    return time.monotonic() - since, cpu


if __name__ == "__main__":
    main()
