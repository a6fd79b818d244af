"""Compares the classify.py of an exported folder with the program's own answers.

    cargo build --release
    target/release/genrenet export fma8 --onnx target/onnx
    python reference/onnx_classify_check.py target/release/genrenet fma8 target/onnx SONG.wav…

Fails where a probability differs by more than 0.001, or what is unsure or no music differs. For WAV and FLAC: of compressed formats librosa's decoders cut the encoder's
delay and padding otherwise, which moves the frames that are read, and a probability by up to 0.05.
"""

import json
import subprocess
import sys


def answers(command):
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {}
    for line in map(json.loads, lines):
        found[line["path"]] = {g["genre"]: g["probability"] for g in line["genres"]} | {key: float(line.get(key, False)) for key in ("unsure", "no_music")}
    return found


def main(program, model, folder, *songs):
    own = answers([program, "classify", "--json", "--model", model, *songs])
    other = answers([sys.executable, f"{folder}/classify.py", *songs])
    worst = 0.0
    for song in songs:
        difference = max(abs(own[song][genre] - other[song][genre]) for genre in own[song])
        worst = max(worst, difference)
        print(f"{song}: {difference:.4f}")
    return len(songs) > 0 and worst <= 0.001


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
