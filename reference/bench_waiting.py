"""How long a training waits for its batches, with features in memory and on disk.

    cargo build --release -p genrenet-cli
    python reference/bench_waiting.py [--songs 3000] [--epochs 2] [--program target/release/genrenet]

Songs of noise with a tone, 3 s each, in eight genres; the network of configs/fma-small-cnn.toml learns them, once with every feature
read from the cache (GENRENET_FEATURE_MEMORY=0) and once with all in memory. The share of its steps that an epoch spends waiting is
the field `waiting` of history.jsonl. Both must end with the same weights.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import wave

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
RATE, SECONDS = 8000, 3

parser = argparse.ArgumentParser()
parser.add_argument("--songs", type=int, default=3000)
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--program", default=ROOT / "target/release/genrenet", type=pathlib.Path)
arguments = parser.parse_args()

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    rng = np.random.default_rng(1)
    time = np.arange(RATE * SECONDS) / RATE
    for song in range(arguments.songs):
        home = folder / "music" / f"genre {song % 8}"
        home.mkdir(parents=True, exist_ok=True)
        tone = np.sin(2 * np.pi * (200 + 300 * (song % 8) + song % 97) * time)
        sound = 100 * (0.5 * tone + 0.3 * rng.standard_normal(time.size)) + 128
        with wave.open(str(home / f"{song}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(1)
            file.setframerate(RATE)
            file.writeframes(np.clip(sound, 0, 255).astype(np.uint8).tobytes())
    weights = []
    for name, memory in (("on disk", "0"), ("in memory", "65536")):
        run = folder / name / "run"
        command = [arguments.program.resolve(), "train", ROOT / "configs/fma-small-cnn.toml", "--data", folder / "music", "--out", run]
        command += ["--set", f"train.epochs={arguments.epochs}"]
        environment = {**os.environ, "GENRENET_CACHE": str(folder / "cache"), "GENRENET_FEATURE_MEMORY": memory}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        epochs = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
        shares = ", ".join(f"{100 * epoch['waiting']:.2f} %" for epoch in epochs)
        seconds = ", ".join(f"{epoch['seconds']:.1f} s" for epoch in epochs)
        print(f"{name:9}  waiting {shares} of the steps; epochs of {seconds}")
        weights.append((run / "bundle/weights.safetensors").read_bytes())
    entries = [path for path in (folder / "cache").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in entries)
    print(f"{len(entries)} entries, {size / 2**20:.0f} MiB; the weights are {'the same' if weights[0] == weights[1] else 'DIFFERENT'}")
