"""Recordings and synthetic songs for the tests."""

import math
import os
import pathlib
import random
import struct
import wave

import pytest

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "audio"


@pytest.fixture(scope="session")
def song():
    """The path of a recording."""
    return str(EXAMPLES / "lets_go_fishin.ogg")


@pytest.fixture(scope="session")
def songs():
    """Paths of recordings of four formats."""
    return sorted(str(path) for path in EXAMPLES.iterdir() if path.suffix != ".md")


@pytest.fixture(scope="session", autouse=True)
def feature_cache(tmp_path_factory):
    """The feature cache of trainings, away from the user's own."""
    os.environ["GENRENET_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """A folder of two genres of synthetic songs of 7 s: low, even tones, and noise in bursts."""
    folder = tmp_path_factory.mktemp("library")
    for genre in ("Tones", "Bursts"):
        (folder / genre).mkdir()
        for number in range(6):
            draw = random.Random(f"{genre}{number}")
            write_wav(folder / genre / f"{number}.wav", samples_of(genre, draw))
    return folder


def samples_of(genre, draw, seconds=7.0, rate=22_050):
    """Samples of a synthetic song."""
    step = math.tau * draw.uniform(90, 300) / rate
    out = []
    for i in range(int(seconds * rate)):
        if genre == "Tones":
            x = 0.4 * math.sin(i * step) + 0.2 * math.sin(2.01 * i * step)
        else:
            x = draw.uniform(-0.6, 0.6) * (1.0 if (i // (rate // 6)) % 2 else 0.02)
        out.append(x)
    return out


def write_wav(path, samples, rate=22_050):
    """Writes samples as 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        values = [max(-32768, min(32767, round(32767 * x))) for x in samples]
        file.writeframes(struct.pack(f"<{len(values)}h", *values))
