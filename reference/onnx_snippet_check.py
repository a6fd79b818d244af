"""Runs the lines of Python in docs/ONNX.md and compares what they print with the program's own answers.

    cargo build --release
    target/release/genrenet export wide --onnx target/onnx
    python reference/onnx_snippet_check.py target/release/genrenet target/onnx SONG.wav…

Fails where a probability differs by more than 0.001. For WAV and FLAC: see onnx_classify_check.py.
"""

import json
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "ONNX.md"


def printed(command):
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main(program, folder, *songs):
    snippet = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    differences = []
    for song in songs:
        own = {g["genre"]: g["probability"] for g in printed([program, "classify", "--json", song])["genres"]}
        other = printed([sys.executable, "-c", snippet, folder, song])
        assert set(own) == set(other), set(own) ^ set(other)
        differences.append(max(abs(own[genre] - other[genre]) for genre in own))
        print(f"{song}: {differences[-1]:.5f}")
    return len(songs) > 0 and max(differences) <= 0.001


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
