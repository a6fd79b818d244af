"""Golden values of the sound features, from librosa 0.11: crates/genrenet-audio/tests/golden/features* and parameters*.

    python reference/features.py            writes them anew
    python reference/features.py --filter   fits the resampling filter to what libsoxr shows (resample/filter.rs)

The signals are made from integers, so that the Rust tests make the very same ones (tests/features_golden.rs).
"""

import json
import pathlib
import sys
import warnings

import librosa
import numpy as np
import soxr

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "crates/genrenet-audio/tests/golden"


def noise(n, seed=1):
    """A linear congruential generator's upper bits in [-1, 1), exact in f32."""
    state = np.uint64(seed)
    out = np.empty(n, dtype=np.float32)
    with np.errstate(over="ignore"):
        for i in range(n):
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            out[i] = np.float32(np.int64(state >> np.uint64(40)) - (1 << 23)) / np.float32(1 << 23)
    return out


def music(n, rate, seed=1):
    """Noise that fades over 90 dB, and two square waves of integer period: steep edges, silence between, full scale."""
    i = np.arange(n)
    fade = np.float32(2.0) ** -(np.float32(15) * (i % 7000).astype(np.float32) / np.float32(7000)).astype(np.int64).astype(np.float32)
    low = np.where((i // (rate // 220)) % 2 == 0, 1, -1) * (i % 11000 < 4000)
    high = np.where((i // max(1, rate // 6000)) % 2 == 0, 1, -1) * (i % 5000 < 1500)
    y = np.float32(0.5) * noise(n, seed) * fade + np.float32(0.25) * low.astype(np.float32) + np.float32(0.125) * high.astype(np.float32)
    return y.astype(np.float32)


FEATURES = [
    # name, rate, samples, n_fft, hop, n_mels, n_mfcc, fmin, fmax
    ("default", 22050, 22050, 2048, 512, 128, 20, 0.0, None),
    ("own_rate", 44100, 30000, 2048, 512, 128, 20, 0.0, None),
    ("speech", 16000, 16000, 512, 160, 40, 13, 20.0, 7600.0),
    ("shorter_than_a_frame", 8000, 1000, 2048, 512, 64, 20, 0.0, None),
    ("three_samples", 22050, 3, 2048, 512, 128, 20, 0.0, None),
    ("uneven_hop", 48000, 20000, 1024, 441, 64, 20, 0.0, None),
    ("gaps_between_frames", 44100, 20000, 1024, 3000, 80, 20, 30.0, 16000.0),
    ("no_power_of_two", 22050, 8000, 1000, 250, 96, 24, 0.0, 11025.0),
    ("odd", 11025, 6000, 1023, 300, 48, 12, 0.0, None),
    ("empty_filters", 22050, 4000, 256, 128, 128, 20, 0.0, None),
    ("large", 96000, 40000, 8192, 2048, 128, 40, 0.0, None),
]

# What `precise_features` has beyond those: librosa's own names; what is not named is librosa's default.
PARAMETERS = [
    {},
    {"n_fft": 1023, "hop_length": 300, "n_mels": 64},
    {"n_fft": 512, "hop_length": 160, "n_mels": 40, "fmin": 27.7, "fmax": 7600.3},
    {"htk": True},
    {"norm": None},
    {"htk": True, "norm": None, "n_mels": 40},
    {"power": 1.0},
    {"power": 1.5},
    {"power": 3.0},
    {"center": False},
    {"center": False, "n_fft": 1000, "hop_length": 1500},
    {"top_db": None},
    {"top_db": 30.0},
    {"dct_type": 1},
    {"dct_type": 1, "dct_norm": None},
    {"dct_norm": None},
    {"dct_type": 3},
    {"dct_type": 3, "dct_norm": None},
    {"dct_type": 3, "n_mels": 33, "n_mfcc": 33},
    {"lifter": 22.0},
    {"lifter": 2.5, "dct_type": 1, "n_mfcc": 13},
    {"htk": True, "norm": None, "power": 1.0, "center": False, "top_db": None, "dct_norm": None, "lifter": 40.0},
]

RESAMPLED = [
    (44100, 22050), (48000, 22050), (32000, 22050), (24000, 22050), (96000, 22050), (192000, 22050),
    (88200, 22050), (16000, 22050), (11025, 22050), (8000, 22050), (22050, 44100), (44100, 16000),
    (44100, 48000), (44101, 22050), (22050, 8000),
]


def of_parameters(y, rate, top_db=80.0, dct_type=2, dct_norm="ortho", lifter=0, n_mfcc=20, **mel):
    """The log-mel spectrogram and the MFCC of one set of parameters."""
    mel = librosa.feature.melspectrogram(y=y, sr=rate, **mel)
    db = librosa.power_to_db(mel, top_db=top_db)
    mfcc = librosa.feature.mfcc(S=db, n_mfcc=n_mfcc, dct_type=dct_type, norm=dct_norm, lifter=lifter)
    return librosa.power_to_db(mel, ref=np.max, top_db=top_db), mfcc


def features():
    index = {"librosa": librosa.__version__, "numpy": np.__version__, "soxr": soxr.__version__, "features": [], "resampled": []}
    values = {}
    for name, rate, n, n_fft, hop, n_mels, n_mfcc, fmin, fmax in FEATURES:
        y = music(n, rate)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mel = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=n_fft, hop_length=hop, n_mels=n_mels, fmin=fmin, fmax=fmax)
            mfcc = librosa.feature.mfcc(
                y=y, sr=rate, n_mfcc=n_mfcc, n_fft=n_fft, hop_length=hop, n_mels=n_mels, fmin=fmin, fmax=fmax
            )
        values[f"{name}_log_mel"] = librosa.power_to_db(mel, ref=np.max, top_db=80.0)
        values[f"{name}_mfcc"] = mfcc
        index["features"].append(
            dict(name=name, rate=rate, samples=n, n_fft=n_fft, hop=hop, n_mels=n_mels, n_mfcc=n_mfcc, fmin=fmin, fmax=fmax)
        )
    # From samples at another rate: soxr_hq, then the same.
    y = librosa.resample(music(30000, 44100), orig_sr=44100, target_sr=22050)
    mel = librosa.feature.melspectrogram(y=y, sr=22050)
    values["resampled_log_mel"] = librosa.power_to_db(mel, ref=np.max)
    values["resampled_mfcc"] = librosa.feature.mfcc(y=y, sr=22050)
    for source, target in RESAMPLED:
        # About 1 200 samples of output; the whole input counts, its ends included.
        n = int(np.ceil(1200 * source / target)) + 7
        y = np.float32(0.5) * noise(n, seed=source)
        name = f"resampled_{source}_{target}"
        values[name] = librosa.resample(y, orig_sr=source, target_sr=target)
        index["resampled"].append({"name": name, "from": source, "to": target, "samples": n})
    write("features", index, values)


def parameters():
    """From samples in double precision: librosa's own rounding differs between machines by up to 1e-4 otherwise."""
    index = {"librosa": librosa.__version__, "numpy": np.__version__, "parameters": PARAMETERS}
    values = {}
    for number, case in enumerate(PARAMETERS):
        log_mel, mfcc = of_parameters(music(9000, 22050).astype(np.float64), 22050, **case)
        values[f"{number}_log_mel"], values[f"{number}_mfcc"] = log_mel, mfcc
    write("parameters", index, values)


def write(file, index, values):
    """`file`.npy with all arrays and `file`.json with their places."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    # One file: little-endian f32, one array after the other; where each lies is in the index.
    at, parts, index["arrays"] = 0, [], {}
    for name, array in values.items():
        index["arrays"][name] = {"at": at, "shape": list(array.shape)}
        parts.append(np.ascontiguousarray(array, dtype="<f4").ravel())
        at += parts[-1].size
    np.save(GOLDEN / f"{file}.npy", np.concatenate(parts))
    (GOLDEN / f"{file}.json").write_text(json.dumps(index, indent=1) + "\n")
    print(f"{len(values)} arrays, {at * 4 / 1024:.0f} KiB in {GOLDEN}")


def fit_filter():
    """Shape of the low-pass of `quality="HQ"`: a sinc in a Kaiser window, fitted to its impulse response."""
    from scipy.optimize import minimize

    half, middle = 300, 5000
    taps = np.zeros(4 * half + 1)
    for odd in (0, 1):
        x = np.zeros(4 * middle)
        x[2 * middle + odd] = 1
        y = soxr.resample(x, 44100, 22050, quality="HQ")
        for k in range(-half, half + 1 - odd):
            taps[2 * half + 2 * k + odd] = y[middle + k + odd]
    for width in (388.0, 389.0, 390.0):
        t = np.arange(-2 * half, 2 * half + 1)

        def model(p):
            inside = np.maximum(0, 1 - (t / (width / 2)) ** 2)
            window = np.where(inside > 0, np.i0(p[1] * np.sqrt(inside)) / np.i0(p[1]), 0)
            h = p[0] / 2 * np.sinc(p[0] * t / 2) * window
            return h / h.sum()

        best = minimize(
            lambda p: np.sum((model(p) - taps) ** 2) * 1e12, [0.9568, 12.9], method="Nelder-Mead",
            options=dict(xatol=1e-9, fatol=1e-9, maxiter=4000),
        )
        print(f"width {width} taps: cut-off {best.x[0]:.9f}, beta {best.x[1]:.5f}, largest error {np.abs(model(best.x) - taps).max():.1e}")


if __name__ == "__main__":
    if "--filter" in sys.argv[1:]:
        fit_filter()
    else:
        features()
        parameters()
