"""Features from samples in memory: librosa 0.11 over this project, interleaved in one run, CPU time of one thread.

    cargo build --release -p genrenet-audio --example feature_bench
    python reference/bench_features.py [CLIP] [--rounds 15]

CLIP is any file that librosa reads; without one, 30 s of shaped noise at 44 100 Hz. "features" are resampling to 22 050 Hz,
a log-mel spectrum of 128 bands and 20 MFCC; librosa computes the mel powers once for both, as here. With a CLIP, "extract" is
the same from the file, and "windows" 128 frames of each window, at the file's own rate (librosa can only compute all).
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import pathlib
import subprocess
import tempfile
import time

import librosa
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent


def resample(y, sr):
    return librosa.resample(y, orig_sr=sr, target_sr=22050)


def log_mel(y, sr):
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr, n_mels=128), ref=np.max)


def features(y, sr):
    y = y if sr == 22050 else resample(y, sr)
    mel = librosa.feature.melspectrogram(y=y, sr=22050, n_mels=128)
    return librosa.power_to_db(mel, ref=np.max), librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=20)


def extract(path):
    return features(*librosa.load(path, sr=22050, mono=True))


def windows(path):
    return log_mel(*librosa.load(path, sr=None, mono=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clip", nargs="?")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--program", default=ROOT / "target/release/examples/feature_bench")
    args = parser.parse_args()
    if args.clip:
        y, sr = librosa.load(args.clip, sr=None, mono=True)
    else:
        sr = 44100
        rng = np.random.default_rng(1)
        y = (np.cumsum(rng.standard_normal(30 * sr)) * 0.001).astype(np.float32)
        y = (np.tanh(y) * 0.3 + 0.1 * rng.standard_normal(30 * sr)).astype(np.float32)
    with tempfile.NamedTemporaryFile(suffix=".f32") as file:
        y.astype("<f4").tofile(file.name)
        program = subprocess.Popen(
            [args.program, file.name, str(sr)] + ([args.clip] if args.clip else []), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

        def ours(task):
            program.stdin.write(task + "\n")
            program.stdin.flush()
            return float(program.stdout.readline())

        tasks = {task.__name__: lambda task=task: task(y, sr) for task in (features, resample, log_mel)}
        if args.clip:
            tasks |= {task.__name__: lambda task=task: task(args.clip) for task in (extract, windows)}
        times = {task: ([], []) for task in tasks}
        for turn in range(args.rounds + 2):
            for task, function in tasks.items():
                before = time.thread_time()
                function()
                theirs, mine = time.thread_time() - before, ours(task)
                if turn >= 2:  # the first rounds warm up both
                    times[task][0].append(theirs)
                    times[task][1].append(mine)
        program.stdin.close()
        program.wait()
    print(f"{len(y) / sr:.1f} s at {sr} Hz, librosa {librosa.__version__}, medians of {args.rounds} interleaved rounds, one thread")
    print(f"{'':10} {'librosa ms':>11} {'ours ms':>9} {'ratio':>7}   ratio of the quickest")
    for task, (theirs, mine) in times.items():
        a, b = np.median(theirs), np.median(mine)
        print(f"{task:10} {1e3 * a:11.2f} {1e3 * b:9.2f} {a / b:7.2f}   {min(theirs) / min(mine):.2f}")


if __name__ == "__main__":
    main()
