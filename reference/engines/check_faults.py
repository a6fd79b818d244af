"""One engine over songs with faults: a worker and a reading process are killed, files end or stop the process that reads them.

    python reference/engines/check_faults.py ENGINE --program target/release/genrenet --home target/engines --songs 3000

Nothing may be lost or doubled, and the rows must be the program's own. Linux, as processes are looked up in /proc.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import rows
import songs
from engines import EXAMPLES, ENGINES, Run, parent_of

SECONDS = 20  # the time limit of a file
LIMIT = 1200  # seconds of the whole run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--songs", type=int, default=3000)
    arguments = parser.parse_args()
    engine, home = ENGINES[arguments.engine], arguments.home.resolve()

    work = home / f"faults {engine.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    good = songs.make(EXAMPLES.parent / "audio/slow_motion_dream.mp3", home / "songs", arguments.songs)
    paths = good + songs.make_faulty(good[0], home / "no songs")
    table = work / "songs.parquet"
    songs.write_table(paths, table)
    expected = rows_of_program(arguments.program, table, work / "program.parquet")

    ends, once, stops = good[len(good) // 5], good[len(good) // 3], good[len(good) // 2]
    faults = work / "faults.json"
    begun = work / "begun"
    begun.touch()
    faults.write_text(json.dumps({"ends": [ends], "ends_once": [once], "stops": [stops], "log": str(begun)}))
    python_path = os.pathsep.join(filter(None, [str(Path(__file__).parent / "faults"), os.environ.get("PYTHONPATH")]))
    since = time.monotonic()
    run = Run(engine, table, work / "out", SECONDS, work / "log", GENRENET_FAULTS=str(faults), PYTHONPATH=python_path)
    kills = kill_in_the_middle(run, engine, begun, len(paths))
    code = run.wait(LIMIT)
    print(f"{engine.name}: {time.monotonic() - since:.0f} s, exit code {code}; {kills}")
    if code != 0:
        sys.exit((work / "log").read_text()[-4000:])
    found = rows.of_engine(work / "out", expected.schema)
    counts = Counter(begun.read_text().splitlines())
    print(f"  {found.num_rows} rows of {len(paths)} files; {sum(counts.values()) - len(counts)} files were read again")
    for name, error in rows.errors(found):
        print(f"  {name}: {error}")
    if wrong := rows.compare(found, expected, failing={ends, stops}):
        sys.exit("\n".join(wrong))
    print("  nothing lost, nothing doubled, all other rows are the program's")


def rows_of_program(program, table, part):
    done = subprocess.run([program, "classify", "--manifest", table, "--out", part], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{program}: {done.stderr}")
    return rows.of_program(part)


def kill_in_the_middle(run, engine, begun, count):
    """Kills a worker of the engine after a third of the files, where it has such, and a reading process after half of them; what was done."""
    done = []
    for share, worker in ((1 / 3, True), (1 / 2, False)):
        if worker and not engine.workers:
            continue
        while run.process.poll() is None:
            with open(begun) as file:
                at = sum(1 for _ in file)
            readers = run.readers() if at >= share * count else []
            if readers:
                process = parent_of(readers[0]) if worker else readers[0]
                os.kill(process, signal.SIGKILL)
                done.append(f"{'worker' if worker else 'reading process'} {process} killed at file {at}")
                break
            time.sleep(0.2)
    return ", ".join(done) or "nothing was killed"


if __name__ == "__main__":
    main()
