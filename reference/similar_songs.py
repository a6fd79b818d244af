"""Counts how many of a song's ten nearest have its genre, over the training clips of GTZAN by their tags, artists left out.

    python reference/similar_songs.py      (needs ../shared/data/gtzan; numpy)

The embedding is the one of `genrenet search --like` with the model wide: the mean of the logits of the 50 tags over the clip's windows
of 3 s. Nearest is by the cosine. Clips of the same artist are no neighbours. The interval is a bootstrap over artists (95 %).
"""

import csv
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[1].parent / "shared/data/gtzan"
NEAREST = 10


def embeddings(tags):
    p = np.clip(tags["probability"].astype(np.float64), 1e-4, 1 - 1e-4)  # float16 rounds the ends to 0 and 1
    logits = np.log(p / (1 - p))
    return np.array([logits[first : first + rows].mean(0) for first, rows in zip(tags["first_row"], tags["rows"])])


def shares(vectors, genres, artists):
    """Of each clip, the share of its nearest neighbours with its genre."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    similarity = unit @ unit.T
    similarity[artists[:, None] == artists[None, :]] = -np.inf
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :NEAREST]
    return (genres[nearest] == genres[:, None]).mean(1)


def interval(values, artists, draws=2000):
    rng = np.random.default_rng(0)
    groups = [np.flatnonzero(artists == artist) for artist in np.unique(artists)]
    means = [
        values[np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])].mean() for _ in range(draws)
    ]
    return np.percentile(means, [2.5, 97.5])


def main():
    tags = np.load(DATA / "musicnn_taggram.npz")
    rows = {row["name"]: row for row in csv.DictReader(open(DATA / "tracks.csv", encoding="utf-8"))}
    names = [str(name) for name in tags["name"]]
    genres = np.array([rows[name]["genre"] for name in names])
    # A clip whose artist is not known stands for itself.
    artists = np.array([rows[name]["artist_group"] or name for name in names])
    vectors = embeddings(tags)
    same = shares(vectors, genres, artists)
    low, high = interval(same, artists)
    print(f"{len(names)} clips, {len(set(artists))} artists, {len(set(genres))} genres")
    print(f"same genre among the {NEAREST} nearest: {100 * same.mean():.1f} % ({low * 100:.1f}–{high * 100:.1f} %)")
    for genre in sorted(set(genres)):
        print(f"  {genre:<10} {100 * same[genres == genre].mean():5.1f} %")
    random = np.mean([(genres[artists != artist] == genre).mean() for genre, artist in zip(genres, artists)])
    print(f"at random: {100 * random:.1f} %")


if __name__ == "__main__":
    main()
