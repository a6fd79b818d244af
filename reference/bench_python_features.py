"""The Python package's log-mel and MFCC beside librosa's and sonara's, in one process: parity on the same samples, speed from files.

    cargo xtask bench python
    python reference/bench_python_features.py [FILE…] [--rounds 9] [--parity]

FILEs are any that librosa reads; the first is also written as WAV and FLAC. Speed: loading at 22 050 Hz to mono, a log-mel spectrogram of 128 bands and 20 MFCC; librosa and sonara compute
the mel powers once for both. CPU time of the process (all its threads), the programs in turns, ratios of medians. With `--parity` alone no
peer but librosa is needed.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import pathlib
import tempfile
import time
import warnings

import genrenet
import librosa
import numpy as np
import soundfile

CASES = [
    {},
    {"n_fft": 512, "hop_length": 160, "n_mels": 40, "fmin": 27.5, "fmax": 7600.3},
    {"htk": True, "norm": None},
    {"power": 1.0},
    {"center": False, "top_db": None},
    {"dct_type": 3},
    {"lifter": 22},
    {"dct_type": 1, "dct_norm": None, "lifter": 22},
]


def of_librosa(y, top_db=80.0, dct_type=2, dct_norm="ortho", lifter=0, **mel):
    powers = librosa.feature.melspectrogram(y=y, sr=22050, **mel)
    decibels = librosa.power_to_db(powers, top_db=top_db)
    mfcc = librosa.feature.mfcc(S=decibels, dct_type=dct_type, norm=dct_norm, lifter=lifter)
    return librosa.power_to_db(powers, ref=np.max, top_db=top_db), mfcc


def difference(a, b):
    apart = np.abs(a.astype(np.float64) - b)
    return f"{apart.max():9.1e}{apart.mean():9.1e}"


def parity(y):
    """Largest and mean differences of log-mel (dB) and MFCC."""
    print(f"librosa {librosa.__version__}, {len(y) / 22050:.0f} s; largest and mean difference of log-mel (dB), then of MFCC, and the largest MFCC")
    print(f"{'genrenet − librosa in float32':38}{'genrenet − librosa in float64':38}{'librosa, float32 − float64':38}")
    for case in CASES:
        found = genrenet.features(y, sr=22050, **case)
        found = found.log_mel, found.mfcc
        single, double = of_librosa(y, **case), of_librosa(y.astype(np.float64), **case)
        pairs = ((found, single), (found, double), (single, double))
        print("  ".join(difference(a[0], b[0]) + difference(a[1], b[1]) for a, b in pairs), f"{np.abs(double[1]).max():7.0f}  {case or 'defaults'}")


def with_librosa(path):
    y, _ = librosa.load(path, sr=22050, mono=True)
    powers = librosa.feature.melspectrogram(y=y, sr=22050)
    return librosa.power_to_db(powers, ref=np.max), librosa.feature.mfcc(S=librosa.power_to_db(powers))


def with_sonara(path):
    import sonara

    y, _ = sonara.load(path, sr=22050, mono=True)
    powers = sonara.melspectrogram(y=y, sr=22050)
    return sonara.power_to_db(powers, ref_power=float(powers.max())), sonara.mfcc(S=powers)


def with_genrenet(path):
    found = genrenet.features(path)
    return found.log_mel, found.mfcc


def seconds(function, path):
    before = time.process_time()
    function(path)
    return time.process_time() - before


def speed(paths, rounds):
    import sonara

    versions = f"librosa {librosa.__version__}, sonara {getattr(sonara, '__version__', '?')}, genrenet {genrenet.__version__}"
    print(f"{versions}; medians of {rounds} rounds in turns, CPU time of the process")
    print(f"{'':44}{'s':>6}{'librosa ms':>12}{'sonara ms':>11}{'genrenet ms':>13}{'librosa /':>11}{'sonara /':>10}")
    for path in paths:
        programs = (with_librosa, with_sonara, with_genrenet)
        shapes = {[array.shape for array in program(path)][1] for program in programs}
        times = [[] for _ in programs]
        for turn in range(rounds + 1):
            for program, spent in zip(programs, times):
                taken = seconds(program, path)
                if turn:  # the first round warms up all
                    spent.append(taken)
        theirs, others, ours = (np.median(spent) for spent in times)
        length = genrenet.features(path).seconds
        print(
            f"{pathlib.Path(path).name[:43]:44}{length:6.0f}{1e3 * theirs:12.1f}{1e3 * others:11.1f}{1e3 * ours:13.1f}{theirs / ours:11.2f}{others / ours:10.2f}"
            + ("" if len(shapes) == 1 else f"  frames differ: {sorted(shapes)}")
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--parity", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.files:
        y, _ = librosa.load(args.files[0], sr=22050, mono=True)
    else:
        y = (np.cumsum(np.random.default_rng(1).standard_normal(220_500)) * 0.001).astype(np.float32)
    parity(y)
    if not args.parity:
        print()
        with tempfile.TemporaryDirectory() as folder:
            speed(args.files + uncompressed(args.files[:1], folder), args.rounds)


def uncompressed(paths, folder):
    """The files as WAV and as FLAC."""
    made = []
    for path in paths:
        for ending in (".wav", ".flac"):
            made.append(f"{folder}/{pathlib.Path(path).stem}{ending}")
            soundfile.write(made[-1], *soundfile.read(path))
    return made


if __name__ == "__main__":
    main()
