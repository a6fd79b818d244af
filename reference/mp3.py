"""Golden values for the layer III decoder: excerpts of what libav (ffmpeg's float decoder) makes of the same files.

Run from the repository's root: `python reference/mp3.py`. Needs numpy and av. Writes
crates/genrenet-audio/tests/golden/mp3.json: for each file its length in samples after libav's own trimming of delay and padding,
and 20 excerpts of 16 samples, mean of the channels, the first from the very start and the last up to the very end.
"""

import json
import pathlib

import av
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "crates/genrenet-audio/tests/golden"
FILES = [
    *sorted((GOLDEN / "mp3").glob("*.mp3")),
    ROOT / "examples/audio/slow_motion_dream.mp3",
    *sorted((ROOT / "../shared/data/audio/fma_clips").glob("*.mp3")),
    ROOT / "../shared/data/audio/formats/rodio/music.mp3",
]


def mono(path):
    """All samples of a file as float64, mean of the channels."""
    with av.open(str(path), format="mp3") as file:
        parts = [frame.to_ndarray() for frame in file.decode(audio=0)]
    return np.concatenate([part.astype(np.float64).mean(axis=0) for part in parts])


def main():
    out = []
    for path in FILES:
        samples = mono(path)
        starts = np.linspace(0, len(samples) - 16, 20).astype(int)
        out.append(
            {
                "file": str(path.relative_to(ROOT)),
                "samples": len(samples),
                "starts": starts.tolist(),
                "excerpts": [[round(float(x), 8) for x in samples[s : s + 16]] for s in starts],
            }
        )
        print(path.name, len(samples))
    text = "[\n" + ",\n".join(json.dumps(entry) for entry in out) + "\n]\n"
    (GOLDEN / "mp3.json").write_text(text)


if __name__ == "__main__":
    main()
