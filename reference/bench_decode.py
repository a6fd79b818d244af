"""CPU time of decoding MP3: ours and three other Rust decoders over libav (ffmpeg's libraries, in process, one thread), interleaved.

    cargo build --release -p genrenet-audio --example mp3_bench
    cargo build --release --manifest-path reference/mp3_peers/Cargo.toml --target-dir target/mp3-peers
    python reference/bench_decode.py FILE…

Run from the repository's root; `cargo xtask bench decode` does all three. Needs av, numpy, Linux, and ffmpeg for the last line: a
song of four minutes, made of the files end to end. The Rust decoders are asked over a pipe; their CPU time is read from /proc
while they wait for the next request. All open the file by its path; libav and the peers give both channels as floats, ours
one mono signal.

Columns, as ratios to libav's median: `ours` everything; `windows` only what 128 frames of 2 048 samples in every 30 s need; `count`
its length; then the peers, everything.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import av
import numpy as np

ROUNDS = 11
OURS = {"ours": "whole", "windows": "windows", "count": "count"}
PEERS = ["nanomp3", "rusty_mp3", "symphonia"]


class Server:
    """A Rust decoder, started once."""

    def __init__(self, program):
        if not pathlib.Path(program).exists():
            raise SystemExit(f"{program}: not built; see the head of this script")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

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


def song_of(files, folder):
    """A song of four minutes, eight clips of 30 s end to end."""
    parts, song = folder / "parts.txt", folder / "four_minutes.mp3"
    parts.write_text("".join(f"file '{path.resolve()}'\n" for path in (files * 8)[:8]))
    join = ["ffmpeg", "-v", "error", "-f", "concat", "-safe", "0", "-i", str(parts), "-b:a", "192k", str(song)]
    subprocess.run(join, check=True)
    return song


def main():
    ours = Server("target/release/examples/mp3_bench")
    peers = Server("target/mp3-peers/release/mp3-peers")
    ways = {way: (ours, what) for way, what in OURS.items()} | {peer: (peers, peer) for peer in PEERS}
    print("ratios to libav" + "".join(f"{way:>11}" for way in ways) + "   libav ms")
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(argument) for argument in sys.argv[1:]]
        for path in [*files, song_of(files, pathlib.Path(folder))]:
            times = {way: [] for way in ["libav", *ways]}
            for round in range(ROUNDS):
                seconds, expected = libav(path)
                times["libav"].append(seconds)
                for way, (server, what) in ways.items():
                    seconds, samples = server.ask(what, path.resolve())
                    times[way].append(seconds)
                    if round == 0 and way != "windows" and samples != expected:
                        print(f"{path.name}: {way} gives {samples} sample frames, libav {expected}")
            median = {way: float(np.median(values)) for way, values in times.items()}
            ratios = "".join(f"{median[way] / median['libav']:11.3f}" for way in ways)
            print(f"{path.name:15}{ratios} {1e3 * median['libav']:10.1f}", flush=True)


if __name__ == "__main__":
    main()
