"""CPU time of decoding: ours over libav's (ffmpeg's libraries, in process, one thread), interleaved, as ratios of medians.

Run from the repository's root: `python reference/bench_decode.py FILE…`. Needs av, numpy, Linux and cargo. Ours is the example
`mp3_bench` of genrenet-audio, asked over a pipe; its CPU time is read from /proc while it waits for the next request. Both open
the file by its path; libav gives its planes of floats, ours one mono signal.

Columns: `whole` everything; `heard` only what 128 frames of 2 048 samples in every 30 s need; `count` its length.
"""

import pathlib
import subprocess
import sys
import time

import av
import numpy as np

ROUNDS = 11


class Server:
    """The example, started once."""

    def __init__(self):
        build = ["cargo", "build", "--release", "-q", "-p", "genrenet-audio", "--example", "mp3_bench"]
        subprocess.run(build, check=True)
        path = "target/release/examples/mp3_bench"
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def cpu(self):
        # Up to date only while the process waits, which it does between requests.
        time.sleep(0.002)
        return int(pathlib.Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]) * 1e-9

    def ask(self, what, path):
        before = self.cpu()
        self.process.stdin.write(f"{what} {path}\n")
        self.process.stdin.flush()
        samples = int(self.process.stdout.readline())
        return self.cpu() - before, samples


def libav(path):
    before = time.process_time()
    samples = 0
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        stream.codec_context.thread_count = 1
        for frame in file.decode(stream):
            samples += frame.samples
    return time.process_time() - before, samples


def main():
    server = Server()
    ways = ["whole", "heard", "count"]
    ratios = {way: [] for way in ways}
    for path in map(pathlib.Path, sys.argv[1:]):
        times = {way: [] for way in ["libav", *ways]}
        for _ in range(ROUNDS):
            seconds, expected = libav(path)
            times["libav"].append(seconds)
            for way in ways:
                seconds, samples = server.ask(way, path.resolve())
                times[way].append(seconds)
                if way == "whole" and samples != expected:
                    print(f"{path.name}: {samples} samples, libav {expected}")
        median = {way: float(np.median(values)) * 1e3 for way, values in times.items()}
        for way in ways:
            ratios[way].append(median[way] / median["libav"])
        line = ", ".join(f"{way} {median[way]:.2f} ms ({median[way] / median['libav']:.3f})" for way in ways)
        print(f"{path.name}: libav {median['libav']:.1f} ms; {line}")
    for way in ways:
        print(f"{way} over libav: {np.exp(np.mean(np.log(ratios[way]))):.3f}")


if __name__ == "__main__":
    main()
