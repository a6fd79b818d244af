#!/usr/bin/env python3
"""Chooses the colours of the genres (crates/genrenet-report/src/genre_mark.rs).

    python reference/palette.py

Simulated annealing over sRGB. Every colour has a contrast of at least 2.6 to the light and to the dark background; the
smallest distance (OKLab, times 100) inside each vocabulary is made as large as possible as seen with normal sight and
with deuteranopia, protanopia and tritanopia (Machado, Oliveira and Fernandes 2009, severity 1). Starts from hues that people
expect. Prints the table of colours and the distances.
"""

import numpy as np

START = {
    "Electronic": "#2f7fd6", "Experimental": "#8a5cc9", "Folk": "#4f8a2b", "Hip-Hop": "#e07b1f", "Instrumental": "#1f9e95",
    "International": "#b8891a", "Pop": "#e0559b", "Rock": "#c8322f", "Blues": "#3f5bb5", "Classical": "#8d99a6",
    "Country": "#a9662f", "Disco": "#c46bd8", "Jazz": "#2c7a86", "Metal": "#6b6b70", "Reggae": "#62b23a",
    "Old-Time / Historic": "#8c6d5a", "Soul-RnB": "#99306b", "Spoken": "#7a8f2f", "Easy Listening": "#6fb0d8",
}
FMA = ["Electronic", "Experimental", "Folk", "Hip-Hop", "Instrumental", "International", "Pop", "Rock"]
GTZAN = ["Blues", "Classical", "Country", "Disco", "Hip-Hop", "Jazz", "Metal", "Pop", "Reggae", "Rock"]
ECHONEST = FMA + ["Blues", "Classical", "Jazz", "Old-Time / Historic"]
WIDE = FMA + ["Blues", "Classical", "Country", "Disco", "Jazz", "Metal", "Reggae"]
SETS = [(FMA, 4.0), (GTZAN, 3.0), (ECHONEST, 2.0), (WIDE, 2.0), (list(START), 1.0)]

SIGHTS = [
    (np.eye(3), 1.0),
    (np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]), 1.0),
    (np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]), 1.0),
    (np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]), 1.4),
]
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])


def linear(srgb):
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    return 100 * np.cbrt(np.clip(rgb, 0, 1) @ TO_LMS.T) @ TO_LAB.T


def luminance(srgb):
    return linear(srgb) @ np.array([0.2126, 0.7152, 0.0722])


def distances(srgb):
    """Smallest distance of each pair over all kinds of sight; tritanopia is rare and counts for less."""
    least = None
    for matrix, ease in SIGHTS:
        lab = oklab(linear(srgb) @ matrix.T)
        d = np.linalg.norm(lab[:, None] - lab[None], axis=-1) * ease
        least = d if least is None else np.minimum(least, d)
    return least


def main():
    names = list(START)
    index = [([names.index(n) for n in members], weight) for members, weight in SETS]
    start = np.array([[int(START[n][i:i + 2], 16) / 255 for i in (1, 3, 5)] for n in names])
    start_lab = oklab(linear(start))
    dark = luminance(np.array([0x15, 0x17, 0x1C]) / 255)
    low, high = 2.6 * (dark + 0.05) - 0.05, 1.05 / 2.6 - 0.05

    def value(c):
        d = distances(c)
        total = 0.0
        for members, weight in index:
            sub = d[np.ix_(members, members)][np.triu_indices(len(members), 1)]
            total += weight * (np.sort(sub)[:3] * [0.6, 0.25, 0.15]).sum()
        moved = np.linalg.norm(oklab(linear(c)) - start_lab, axis=1)
        return total - 0.06 * np.maximum(moved - 6, 0).sum()

    rng = np.random.default_rng(1)
    current = start.copy()
    for i in range(len(names)):  # into the allowed range of luminance
        for _ in range(400):
            l = luminance(current[i])
            if low <= l <= high:
                break
            current[i] = np.clip(current[i] * (1.01 if l < low else 0.99) + (0.002 if l < low else 0), 0, 1)
    best, best_value = current.copy(), value(current)
    now = best_value
    steps = 60000
    for step in range(steps):
        t = 1.2 * (1 - step / steps) ** 2
        trial = current.copy()
        i = rng.integers(len(names))
        trial[i] = np.clip(trial[i] + rng.normal(size=3) * (0.02 + 0.08 * (1 - step / steps)), 0.02, 0.98)
        if not low <= luminance(trial[i]) <= high:
            continue
        v = value(trial)
        if v > now or rng.random() < np.exp((v - now) / max(t, 1e-6)):
            current, now = trial, v
            if v > best_value:
                best, best_value = trial.copy(), v
    best = np.round(best * 255) / 255
    d = distances(best)
    for members, _ in index:
        print(len(members), "smallest distance", round(d[np.ix_(members, members)][np.triu_indices(len(members), 1)].min(), 2))
    for name, c in zip(names, best):
        print(f'    ("{name}", 0x{"".join(f"{int(round(v * 255)):02x}" for v in c)}),')


if __name__ == "__main__":
    main()
