"""A small data set laid out as FMA's, of synthesised pieces: four styles under FMA's names. What a network learns from it says nothing about music."""

import csv
import pathlib
import wave

import numpy as np

GENRES = ("Electronic", "Folk", "Hip-Hop", "Rock")
VALUES = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "tempo", "valence")
RATE, SECONDS, ARTISTS, PIECES = 22_050, 6, 10, 4


def play(genre, artist, random):
    """A piece: its genre decides rhythm and timbre, its artist key, brightness and hum, which is what leaks."""
    style = np.random.default_rng(artist)
    key, pace, bright, hum = 110 * 2 ** style.uniform(0, 1), style.uniform(0.9, 1.1), style.uniform(0.5, 1), style.uniform(900, 5000)
    t = np.arange(RATE * SECONDS) / RATE
    beat = (2.2, 1.4, 1.6, 2.8)[genre] * pace * random.uniform(0.9, 1.1)
    steps = random.choice([0, 3, 5, 7, 10], size=64)
    note = key * 2 ** (steps[(t * beat * (1, 2, 1, 1)[genre]).astype(int) % 64] / 12)
    phase = 2 * np.pi * np.cumsum(note) / RATE
    decay = np.exp(-((t * beat) % 1) * (2, 6, 3, 1)[genre])
    harmonics = sum(bright**k * np.sin(k * phase) / k for k in range(1, (9, 4, 3, 7)[genre]))
    tune = np.tanh(3 * harmonics) if genre == 3 else harmonics * decay
    noise = random.standard_normal(len(t))
    drum = noise * np.exp(-((t * beat * (2, 0.01, 1, 2)[genre]) % 1) * 18)
    sound = 0.25 * tune + (0.2, 0.02, 0.35, 0.25)[genre] * drum + 0.03 * np.sin(2 * np.pi * hum * t) + 0.02 * noise
    return 0.5 * sound / np.abs(sound).max()


def values(genre, random):
    """Eight values as EchoNest's, which overlap between genres."""
    centre = np.random.default_rng(100 + genre).uniform(0.3, 0.7, 8)
    row = np.clip(random.normal(centre, 0.18), 0, 1)
    row[6] = 60 + 120 * row[6]
    return row


def write(folder):
    """Writes clips and tables where they are not there yet; returns the number of clips."""
    folder = pathlib.Path(folder)
    tables = folder / "fma_metadata"
    rows = [(genre, artist, piece) for genre in range(len(GENRES)) for artist in range(ARTISTS) for piece in range(PIECES)]
    if (tables / "echonest.csv").is_file():
        return len(rows)
    tables.mkdir(parents=True, exist_ok=True)
    (folder / "fma_small/000").mkdir(parents=True, exist_ok=True)
    with open(tables / "genres.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["genre_id", "#tracks", "parent", "title", "top_level"])
        out.writerows([number + 1, ARTISTS * PIECES, 0, name, number + 1] for number, name in enumerate(GENRES))
    columns = [("album", "id"), ("artist", "id"), ("set", "split"), ("set", "subset"), ("track", "genre_top"), ("track", "genres"), ("track", "genres_all"), ("track", "title")]
    with open(tables / "tracks.csv", "w", newline="") as tracks, open(tables / "echonest.csv", "w", newline="") as echonest:
        tracks, echonest = csv.writer(tracks), csv.writer(echonest)
        tracks.writerows([["", *(group for group, _ in columns)], ["", *(name for _, name in columns)], ["track_id"] + [""] * len(columns)])
        echonest.writerows([[""] + ["echonest"] * 8, [""] + ["audio_features"] * 8, ["", *VALUES], ["track_id"] + [""] * 8])
        for track, (genre, artist, piece) in enumerate(rows, start=1):
            random = np.random.default_rng([genre, artist, piece])
            number = genre * ARTISTS + artist + 1
            split = "test" if artist >= ARTISTS - 2 else "validation" if artist >= ARTISTS - 4 else "training"
            ids = f"[{genre + 1}]"
            tracks.writerow([track, number, number, split, "small", GENRES[genre], ids, ids, f"Piece {piece + 1}"])
            echonest.writerow([track, *(f"{value:.4f}" for value in values(genre, random))])
            pcm = (play(genre, number, random) * 32_767).astype("<i2")
            with wave.open(str(folder / f"fma_small/000/{track:06}.wav"), "wb") as file:
                file.setparams((1, 2, RATE, len(pcm), "NONE", ""))
                file.writeframes(pcm.tobytes())
    return len(rows)
