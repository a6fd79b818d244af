"""Two Python threads over one: `cargo xtask wheel measure`, on a machine with two idle cores.

Classifies the same files with one thread and with two, interleaved, and prints the ratio of the medians: 2 would be perfect. Beside it, what two
processes of the same work reach, which is what the machine allows.
"""

import multiprocessing
import pathlib
import statistics
import threading
import time

import genrenet

ROOT = pathlib.Path(__file__).resolve().parents[1]
FILES = [str(path) for path in (ROOT / "examples/audio").iterdir() if path.suffix != ".md"]
MODEL = genrenet.load()
SONGS = 80
ROUNDS = 9


def work(count):
    """Classifies so many songs."""
    for i in range(count):
        MODEL.classify(FILES[i % len(FILES)])


def seconds(start, number):
    """How long `number` workers take for `SONGS` songs in all."""
    workers = [start(target=work, args=(SONGS // number,)) for _ in range(number)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begun


def main():
    fork = multiprocessing.get_context("fork").Process
    kinds = {
        "one thread": (threading.Thread, 1),
        "two threads": (threading.Thread, 2),
        "one process": (fork, 1),
        "two processes": (fork, 2),
    }
    work(len(FILES))
    times = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, (start, number) in kinds.items():
            times[name].append(seconds(start, number))
    median = {name: statistics.median(values) for name, values in times.items()}
    for one, two in (("one thread", "two threads"), ("one process", "two processes")):
        print(f"{two} over {one}: {median[one] / median[two]:.2f} times the songs a second")


if __name__ == "__main__":
    main()
