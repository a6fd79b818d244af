"""Golden values for the layer III decoder: excerpts of what libav (ffmpeg's float decoder) makes of the same files.

Run from the repository's root: `python reference/mp3.py`. Needs numpy and av. No free encoder writes intensity stereo or mixed
blocks, so two of the streams are made here from others by setting those bits in every frame: noise to the ear, but each
decoder must make the same of it. Writes
crates/genrenet-audio/tests/golden/mp3.json: for each file its length in samples after libav's own trimming of delay and padding,
and 20 excerpts of 16 samples, mean of the channels, the first from the very start and the last up to the very end.
"""

import json
import pathlib

import av
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "crates/genrenet-audio/tests/golden"
SONGS = [
    ROOT / "examples/audio/slow_motion_dream.mp3",
    *sorted((ROOT / "../shared/data/audio/fma_clips").glob("*.mp3")),
    ROOT / "../shared/data/audio/formats/rodio/music.mp3",
]


def set_rare_bits(source, target):
    """Copies a 44.1 or 22.05 kHz stereo stream (no tags in front) with intensity stereo and mixed blocks wherever they can be."""
    data = bytearray(source.read_bytes())
    at, frame = 0, 0
    while at + 40 < len(data):
        low = not data[at + 1] & 8
        rates = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
        if not low:
            rates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
        kbps = rates[data[at + 2] >> 4]
        length = (72_000 * kbps // 22_050 if low else 144_000 * kbps // 44_100) + (data[at + 2] >> 1 & 1)
        # The first frame is the encoder's tag.
        if frame > 0:
            data[at + 3] |= 0x50
            first, each, switch = (10, 63, 38) if low else (20, 59, 33)
            for part in range(2 if low else 4):
                bit = (at + 4) * 8 + first + part * each + switch
                if data[bit // 8] >> (7 - bit % 8) & 1:
                    data[(bit + 3) // 8] |= 1 << (7 - (bit + 3) % 8)
        at, frame = at + length, frame + 1
    target.write_bytes(data)


def mono(path):
    """All samples of a file as float64, mean of the channels."""
    with av.open(str(path), format="mp3") as file:
        parts = [frame.to_ndarray() for frame in file.decode(audio=0)]
    return np.concatenate([part.astype(np.float64).mean(axis=0) for part in parts])


def main():
    for name in ["variable", "low_rate"]:
        set_rare_bits(GOLDEN / f"mp3/{name}.mp3", GOLDEN / f"mp3/{name}_rare_bits.mp3")
    out = []
    for path in [*sorted((GOLDEN / "mp3").glob("*.mp3")), *SONGS]:
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
