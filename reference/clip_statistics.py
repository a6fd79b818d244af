"""Makes the golden values of genrenet-audio's clip statistics with numpy.

    python reference/clip_statistics.py      # rewrites crates/genrenet-audio/tests/golden/statistics_*.txt

Versions: reference/requirements.txt.
"""

from pathlib import Path

import numpy as np
from scipy.fft import dct

GOLDEN = Path(__file__).resolve().parent.parent / "crates/genrenet-audio/tests/golden"
EDGES = np.array([0, 2, 5, 10, 20, 40, 64]) / 64


def course(rows, columns):
    i = np.arange(rows * columns)
    return (-((i * 7919 + (i // 97) * 31) % 641) / 8.0).reshape(rows, columns)


def modulation(courses):
    """[rows, frames] -> log mean magnitude per modulation range, row by row."""
    half = courses.shape[1] // 2
    magnitude = np.abs(np.fft.rfft(courses - courses.mean(1, keepdims=True), axis=1))[:, 1 : half + 1]
    edges = np.floor(EDGES * half + 0.5).astype(int)
    ranges = [magnitude[:, a:b].mean(1) for a, b in zip(edges, edges[1:])]
    return np.log1p(np.stack(ranges, 1)).ravel()


def of_log_mel(db):
    bands, frames = db.shape
    out = []
    cepstra = dct(db, type=2, norm="ortho", axis=0)[:40]
    change = np.diff(cepstra, axis=1)
    out += [cepstra[1:].mean(1), cepstra.std(1), np.abs(change).mean(1), change.std(1)]
    level = db.reshape(32, bands // 32, frames).mean(1)
    low, middle, high = np.percentile(level - level.mean(), [10, 50, 90], axis=1)
    out += [low, middle, high, high - low, level.std(1), np.abs(np.diff(level, axis=1)).mean(1)]
    ranked = np.sort(db.reshape(8, bands // 8, frames), axis=1)
    contrast = ranked[:, -3:].mean(1) - ranked[:, :3].mean(1)
    out += [contrast.mean(1), contrast.std(1)]
    power = 10 ** (db / 10)
    loudness = 10 * np.log10(power.sum(0) + 1e-9)
    loudness -= loudness.max()
    out += [[loudness.mean(), loudness.std(), np.abs(np.diff(loudness)).mean(), np.percentile(loudness, 10)]]
    centroid = (power * np.arange(bands)[:, None]).sum(0) / power.sum(0)
    out += [[centroid.mean(), centroid.std(), np.abs(np.diff(centroid)).mean()]]
    flatness = db.mean(0) - 10 * np.log10(power.mean(0) + 1e-9)
    out += [[flatness.mean(), flatness.std()]]
    onset = np.maximum(np.diff(level, axis=1), 0).mean(0)
    out += [[onset.mean(), onset.std(), np.percentile(onset, 90)]]
    out += [modulation(db.reshape(16, bands // 16, frames).mean(1))]
    out += [np.corrcoef(db.reshape(8, bands // 8, frames).mean(1))[np.triu_indices(8, 1)]]
    return np.concatenate([np.ravel(part) for part in out])


def of_mfcc(mfcc):
    first = np.diff(mfcc, axis=0)
    out = [mfcc.mean(0), mfcc.std(0), first.std(0), np.diff(first, axis=0).std(0)]
    out += [np.percentile(mfcc, 10, axis=0), np.percentile(mfcc, 90, axis=0)]
    out += [modulation(mfcc[:, :8].T)]
    return np.concatenate(out)


if __name__ == "__main__":
    np.savetxt(GOLDEN / "statistics_log_mel.txt", of_log_mel(course(128, 128)), "%.6f")
    np.savetxt(GOLDEN / "statistics_mfcc.txt", of_mfcc(course(130, 20)), "%.6f")
