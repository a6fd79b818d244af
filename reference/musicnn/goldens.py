"""Golden values of the musicnn backbones, from the authors' graph and checkpoints: crates/genrenet-model/tests/musicnn.

    python reference/musicnn/goldens.py [--excerpts]      --excerpts also writes the FLAC excerpts anew
    python reference/musicnn/goldens.py --decoders        how far the tags of two decoders are apart

golden.json says where each array lies in golden.npy (f32): `arrays` NAME → shape, at. Names:
  INPUT/mel, INPUT/log_mel            [4 frames, 96], frames `front_end_frames` of the first window; mel before it is rounded to f16
  INPUT/MODEL/tags, logits            [windows, 50]
  INPUT/MODEL/penultimate             [windows, 200], after its batch norm
  INPUT/MODEL/pooled                  first window: maximum and mean over time, interleaved, of the channels `MODEL/channels` [2 · channels]
  chords/MODEL/pooled_all             the same of all 753 channels
  INPUT/MODEL/front, cnn1, cnn2, cnn3 frames `layer_frames` of the first window, the channels that vary, in the pruned network's order
  FILE/MODEL/mean_logits, mean_tags   means over all whole windows of a file
  FILE/msd/tags                       [3, 50]: the first, middle (windows // 2) and last window; only of files that `FILE` names
INPUT is `chords` (two windows; recordings.py makes it from integers) or one of the FLAC excerpts (one window each).
"""

import json
import sys
from pathlib import Path

import numpy as np
import soundfile

import authors
import network
import recordings

OUT = Path(__file__).resolve().parents[2] / "crates/genrenet-model/tests/musicnn"
FRONT_END_FRAMES = [0, 1, 93, 186]
LAYER_FRAMES = [0, 1, 2, 93, 184, 185, 186]
WINDOW = (authors.FRAMES - 1) * authors.HOP  # samples whose centred spectrogram has 187 frames


class Arrays:
    def __init__(self):
        self.index, self.values, self.at = {}, [], 0

    def add(self, name, value):
        value = np.asarray(value, np.float32)
        assert np.isfinite(value).all(), name
        self.index[name] = {"shape": list(value.shape), "at": self.at}
        self.values.append(value.ravel())
        self.at += value.size


def write_excerpts():
    """One window of each song at 16 kHz, rounded to 8 bits so that it is small (in a 16-bit FLAC)."""
    for name, second in recordings.SONGS.items():
        samples = recordings.load(recordings.SHARED / "songs" / name)[second * recordings.RATE :][:WINDOW]
        assert len(samples) == WINDOW, name
        rounded = (np.clip(np.round(samples * 128), -128, 127) * 256).astype(np.int16)
        soundfile.write(OUT / f"{Path(name).stem}.flac", rounded, recordings.RATE, subtype="PCM_16", compression_level=1.0)


def inputs():
    yield "chords", recordings.of_16_bits(recordings.chords(2 * authors.FRAMES * authors.HOP - authors.HOP))
    for name in recordings.SONGS:
        samples, rate = soundfile.read(OUT / f"{Path(name).stem}.flac", dtype="int16")
        assert rate == recordings.RATE and len(samples) == WINDOW
        yield Path(name).stem, recordings.of_16_bits(samples)


def windows_of(samples):
    mel = authors.mel_spectrogram(samples)
    return mel, authors.windows(authors.log_mel(mel))


def layers(out, channels):
    """The first window's layers joined: [187, 753] of which `channels` are taken, as lists per layer."""
    joined = np.concatenate([out[name][0] for name in ("timbral", "temporal", "cnn1", "cnn2", "cnn3")], 1)
    bounds = [0, 561, 625, 689, 753]
    for name, low, high in zip(("front", "cnn1", "cnn2", "cnn3"), bounds, bounds[1:]):
        yield name, joined[LAYER_FRAMES][:, channels[(channels >= low) & (channels < high)]]


def write():
    arrays = Arrays()
    models = {model: authors.Authors(model) for model in authors.MODELS}
    channels = {model: network.prune(network.dense_weights(authors.variables(model)))["pool.channels"] for model in models}
    for name, samples in inputs():
        mel, windows = windows_of(samples)
        arrays.add(f"{name}/mel", mel[FRONT_END_FRAMES])
        arrays.add(f"{name}/log_mel", windows[0][FRONT_END_FRAMES])
        for model, graph in models.items():
            out = graph.run(windows)
            for layer in ("tags", "logits", "penultimate"):
                arrays.add(f"{name}/{model}/{layer}", out[layer])
            pooled = np.stack([out["max_pool"][0], out["mean_pool"][0]], 1)
            arrays.add(f"{name}/{model}/pooled", pooled[channels[model]].ravel())
            if name == "chords":
                arrays.add(f"{name}/{model}/pooled_all", pooled.ravel())
            if name in ("chords", "lets_go_fishin"):
                for layer, values in layers(out, channels[model]):
                    arrays.add(f"{name}/{model}/{layer}", values)
    counts = {}
    for file in recordings.FILES:
        windows = windows_of(recordings.load(recordings.SHARED / file))[1]
        counts[file] = len(windows)
        for model, graph in models.items():
            out = graph.run(windows)
            arrays.add(f"{file}/{model}/mean_logits", out["logits"].mean(0))
            arrays.add(f"{file}/{model}/mean_tags", out["tags"].mean(0))
            if model == "msd":
                arrays.add(f"{file}/{model}/tags", out["tags"][[0, len(windows) // 2, -1]])
        print(file, len(windows), "windows", flush=True)
    about = {
        "source": f"musicnn 0.1.0 ({authors.SHA256}), its models.py and checkpoints in TensorFlow, f64",
        "labels": {model: authors.labels(model) for model in models},
        "channels": {model: list(map(int, numbers)) for model, numbers in channels.items()},
        "front_end_frames": FRONT_END_FRAMES,
        "layer_frames": LAYER_FRAMES,
        "inputs": ["chords"] + [Path(name).stem for name in recordings.SONGS],
        "files": counts,
        "arrays": arrays.index,
    }
    (OUT / "golden.json").write_text(json.dumps(about, separators=(",", ":")).replace('},"', '},\n"') + "\n")
    np.save(OUT / "golden.npy", np.concatenate(arrays.values))
    print(sum(path.stat().st_size for path in OUT.iterdir()), "bytes in", OUT)


def decoders():
    """Tags from libsndfile's samples against FFmpeg's: what an independent decoder may differ by."""
    models = {model: authors.Authors(model, precision="float32", threads=2) for model in authors.MODELS}
    for file in recordings.FILES:
        path = recordings.SHARED / file
        windows = [windows_of(load(path))[1] for load in (recordings.load, recordings.load_with_ffmpeg)]
        n = min(map(len, windows))
        for model, graph in models.items():
            ours, theirs = (graph.run(part[:n])["tags"] for part in windows)
            means = np.abs(ours.mean(0) - theirs.mean(0)).max()
            print(f"{file} {model}: {n} windows, largest difference of a tag's mean {means:.1e}, of a window's tag {np.abs(ours - theirs).max():.1e}", flush=True)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    if "--decoders" in sys.argv:
        decoders()
    else:
        if "--excerpts" in sys.argv:
            write_excerpts()
        write()
