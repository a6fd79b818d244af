"""Times one 3 s window through the dense and the pruned network in ONNX Runtime, on one thread.

    python reference/musicnn/bench.py [--rounds 15] [--models msd,mtt] [--tensorflow] [--ours COMMAND]
    python reference/musicnn/bench.py --program GENRENET [--files 200]      clips of ../shared/data/audio/fma_clips, over tags.py

CPU time, batch 1, interleaved: each round times a few windows in each; printed are the medians over the rounds. Real
spectrograms: the excerpts of crates/genrenet-model/tests/musicnn. The tags are checked against the golden ones first.
COMMAND is started once for each model with the model's name as its last argument; for each line `N` on its standard
input it must run N windows and answer the milliseconds of one; with it the median of the rounds' ratios is printed too.
--tensorflow adds the authors' graph in TensorFlow (needs requirements.txt of this folder). Without it the packages of
reference/requirements.txt suffice, and the wheel, which is fetched from PyPI once.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # `cargo xtask bench` starts Python without it
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json

import numpy as np
import onnxruntime
import soundfile

import authors
import graph
import recordings

GOLDEN = Path(__file__).resolve().parents[2] / "crates/genrenet-model/tests/musicnn"


def excerpts():
    for name in recordings.SONGS:
        samples = soundfile.read(GOLDEN / f"{Path(name).stem}.flac", dtype="float32")[0]
        yield authors.windows(authors.log_mel(authors.mel_spectrogram(samples)))


def golden_tags(model):
    about, values = json.loads((GOLDEN / "golden.json").read_text()), np.load(GOLDEN / "golden.npy")
    starts = (about["arrays"][f"{Path(name).stem}/{model}/tags"]["at"] for name in recordings.SONGS)
    return np.stack([values[at : at + 50] for at in starts])


def timed(run):
    """A function from a number of windows to the CPU milliseconds of one."""

    def clock(n):
        began = time.process_time()
        for i in range(n):
            run(i)
        return (time.process_time() - began) * 1e3 / n

    return clock


def onnx_peer(serialised, windows, expected):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(serialised, options, providers=["CPUExecutionProvider"])
    run = lambda i: session.run(["tags"], {"log_mel": windows[i % len(windows)][None]})[0]
    worst = max(np.abs(run(i)[0] - expected[i]).max() for i in range(len(windows)))
    assert worst < 2e-5, f"a tag differs by {worst}"
    return timed(run)


def our_program(command, model):
    process = subprocess.Popen([*shlex.split(command), model], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def clock(n):
        process.stdin.write(f"{n}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit(f"{command} ended")
        return float(answer)

    return clock


def program(command, count, rounds):
    """CPU seconds of `classify` and of tags.py for so many clips, whole processes, one thread."""
    clips = sorted(str(path) for path in (GOLDEN.parents[3] / "../shared/data/audio/fma_clips").glob("*.mp3"))
    clips = [clips[i % len(clips)] for i in range(count)]
    tags = [sys.executable, str(Path(__file__).with_name("tags.py")), *clips]
    commands = [[command, "--threads", "1", "classify", "--model", "msd50", *clips], [command, "--threads", "1", "classify", *clips], tags]

    def spent(words):
        before = os.times()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    times = [[spent(words) for words in commands] for _ in range(rounds)]
    for name, column in (("msd50, up to 28 segments a song", 0), ("wide, up to 12", 1)):
        ratio = statistics.median(row[2] / row[column] for row in times)
        print(f"{count} clips, {name}: {statistics.median(row[column] for row in times):.2f} s; tags.py over it {ratio:.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--models", default="msd,mtt")
    parser.add_argument("--tensorflow", action="store_true")
    parser.add_argument("--ours")
    parser.add_argument("--program")
    parser.add_argument("--files", type=int, default=200)
    options = parser.parse_args()
    if options.program:
        return program(options.program, options.files, min(options.rounds, 3))
    windows = np.concatenate(list(excerpts()))
    for model in options.models.split(","):
        peers = {}
        if options.ours:
            peers["genrenet"] = our_program(options.ours, model)
        for name, serialised in graph.graphs(model).items():
            peers[f"ONNX Runtime, {name}"] = onnx_peer(serialised, windows, golden_tags(model))
        if options.tensorflow:
            theirs = authors.Authors(model, precision="float32")
            peers["TensorFlow, dense"] = timed(lambda i: theirs.session.run(theirs.fetch["tags"], {theirs.x: windows[i % len(windows)][None], theirs.training: False}))
        steps = {name: 3 if "dense" in name else 12 for name in peers}
        for name, clock in peers.items():
            clock(steps[name])
        times = [{name: clock(steps[name]) for name, clock in peers.items()} for _ in range(options.rounds)]
        for name in peers:
            line = f"{model}: {name}: {statistics.median(t[name] for t in times):.2f} ms a window"
            if options.ours and name != "genrenet":
                line += f"; genrenet over it {statistics.median(t['genrenet'] / t[name] for t in times):.3f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
