"""Classifies songs with the networks beside this file, by ONNX Runtime and librosa; nothing of genrenet is needed.

    pip install onnxruntime librosa
    python classify.py song.mp3 more.flac

export.json describes the front end and how each network's inputs are made of it; this file follows it, for networks
of log-mel, of MFCC, of their statistics, and of segments, which a backbone may read first. On WAV and FLAC its answers are the program's; of compressed formats librosa's decoders
cut the encoder's delay otherwise, which moves a probability by a few hundredths at most.
"""

import json
import math
import sys
from pathlib import Path

import librosa
import numpy as np
import onnxruntime
from scipy.fft import dct

FOLDER = Path(__file__).resolve().parent
ABOUT = json.loads((FOLDER / "export.json").read_text(encoding="utf-8"))
FRONT_END, BACKBONE = ABOUT["front_end"], ABOUT.get("backbone") or {}
RANGES = np.array([0, 2, 5, 10, 20, 40, 64]) / 64


def windows(length, rate):
    """The windows of a song, in samples: as many whole windows as fit, each in the middle of its share of the song."""
    plan = FRONT_END["windowing"]
    window = round(plan["seconds"] * rate)
    if length < window + rate:
        return [(0, min(length, window))]
    count = min(length // window, plan["windows"])
    starts = [min(max(length * (2 * p + 1) // (2 * count) - window // 2, 0), length - window) for p in range(count)]
    return [(start, start + window) for start in starts]


def mel_settings(spec):
    names = {"n_fft": "n_fft", "hop": "hop_length", "n_mels": "n_mels", "fmin": "fmin", "fmax": "fmax"}
    return {names[key]: value for key, value in spec.items() if key in names}


def mel_db(samples, rate, spec):
    """Mel powers in dB re 1, [bands, frames], as librosa computes them."""
    if spec["rate"] not in ("own", rate):
        samples, rate = librosa.resample(samples, orig_sr=rate, target_sr=spec["rate"]), spec["rate"]
    power = librosa.feature.melspectrogram(y=samples, sr=rate, **mel_settings(spec))
    return librosa.power_to_db(power, ref=1.0, top_db=None)


def features(samples, rate):
    """What a network can be given of a window: the log-mel of evenly spread frames and the MFCC of its beginning."""
    mel, head = FRONT_END["log_mel"], FRONT_END.get("mfcc_head")
    columns = mel_db(samples, rate, mel)
    wanted, total = FRONT_END["windowing"]["frames"], columns.shape[1]
    columns = columns[:, [(2 * j + 1) * total // (2 * wanted) for j in range(wanted)]]
    arrays = {"logmel": np.maximum(columns - columns.max(), -mel["top_db"])}
    if head:
        spec = head["mfcc"]
        frames = 1 + int(head["seconds"] * spec["rate"]) // spec["hop"]
        # Samples for those frames and a frame's length more; zeros where the window is shorter.
        cut = samples[: int((frames * spec["hop"] + 2 * spec["n_fft"]) * rate / spec["rate"])]
        start = mel_db(np.pad(cut, (0, rate * 4)), rate, spec)[:, :frames]
        floor = max(start.max(), columns.max()) - spec["top_db"]
        arrays["mfcc"] = dct(np.maximum(start, floor), type=2, norm="ortho", axis=0)[: spec["n_mfcc"]].T
    return arrays


def compressed_song(samples, rate, spec):
    """The frames of the whole song of which segments are made, [frames, bands]: log10(scale · power + 1)."""
    resampled = librosa.resample(samples, orig_sr=rate, target_sr=spec["rate"]) if rate != spec["rate"] else samples
    power = librosa.feature.melspectrogram(y=resampled, sr=spec["rate"], **mel_settings(spec)).T
    if spec["half_precision"]:
        power = np.minimum(power, np.finfo(np.float16).max).astype(np.float16).astype(np.float32)
    return np.log10(spec["scale"] * power + 1)


def segments(song, window, rate, spec):
    """The segments of a window of the song, [segments, frames, bands]: in the middle of equal parts; silent ones are left out."""
    start, end = (math.ceil(at * spec["rate"] / rate) for at in window)
    first, frames = -(-start // spec["hop"]), spec["frames"]
    total = max(end // spec["hop"] + 1 - first, 0)
    count = min(max(total // frames, 1), spec["segments"])
    cut = []
    for part in range(count):
        at = first + total * (2 * part + 1) // (2 * count) - frames // 2
        segment = song[min(max(at, first), first + max(total - frames, 0)) :][:frames]
        if segment.any():
            cut.append(segment[np.arange(frames) % len(segment)])
    return np.array(cut, np.float32)


def embedded(cut, session):
    """The layer of the backbone that the networks read, of each segment, [segments, values]."""
    name = BACKBONE["inputs"][0]["graph_name"]
    return np.concatenate([session.run(["embedding"], {name: segment[None]})[0] for segment in cut])


def guard_score(guard, cut, tags):
    """The guard's weighted sum over a song: above its threshold a sound may be no music."""
    cut = cut.astype(np.float64)
    level = cut.mean(2)
    mean = 0.05 + level.mean()
    statistics = {
        "roughness": np.abs(np.diff(cut.mean(1), 2, axis=1)).mean(),
        "tag_deviation": np.log(0.05 + tags.astype(np.float64).std(0).mean()),
        "level_deviation": level.std(1).mean() / mean,
        "flux": np.abs(np.diff(cut, axis=1)).mean() / mean,
    }
    return guard["bias"] + sum(guard[name] * value for name, value in statistics.items())


def modulation(courses):
    """How fast each course moves: mean magnitude of its spectrum in six ranges."""
    half = courses.shape[1] // 2
    magnitude = np.abs(np.fft.rfft(courses - courses.mean(1, keepdims=True), axis=1))[:, 1 : half + 1]
    edges = np.floor(RANGES * half + 0.5).astype(int)
    return np.log1p(np.stack([magnitude[:, a:b].mean(1) for a, b in zip(edges, edges[1:])], 1)).ravel()


def statistics_of_log_mel(db):
    bands, frames = db.shape
    parts = lambda count: db.reshape(count, bands // count, frames)
    cepstra = dct(db, type=2, norm="ortho", axis=0)[:40]
    change = np.diff(cepstra, axis=1)
    level = parts(32).mean(1)
    low, middle, high = np.percentile(level - level.mean(), [10, 50, 90], axis=1)
    ranked = np.sort(parts(8), axis=1)
    contrast = ranked[:, -3:].mean(1) - ranked[:, :3].mean(1)
    power = 10 ** (db / 10)
    loudness = 10 * np.log10(power.sum(0) + 1e-9)
    loudness -= loudness.max()
    centroid = (power * np.arange(bands)[:, None]).sum(0) / power.sum(0)
    flatness = db.mean(0) - 10 * np.log10(power.mean(0) + 1e-9)
    onset = np.maximum(np.diff(level, axis=1), 0).mean(0)
    coarse = parts(8).mean(1)
    still = coarse.std(1) == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        together = np.where(still[:, None] | still, 0.0, np.corrcoef(coarse))[np.triu_indices(8, 1)]
    return [
        cepstra[1:].mean(1), cepstra.std(1), np.abs(change).mean(1), change.std(1),
        low, middle, high, high - low, level.std(1), np.abs(np.diff(level, axis=1)).mean(1),
        contrast.mean(1), contrast.std(1),
        [loudness.mean(), loudness.std(), np.abs(np.diff(loudness)).mean(), np.percentile(loudness, 10)],
        [centroid.mean(), centroid.std(), np.abs(np.diff(centroid)).mean()],
        [flatness.mean(), flatness.std()],
        [onset.mean(), onset.std(), np.percentile(onset, 90)],
        modulation(parts(16).mean(1)), together,
    ]  # fmt: skip


def statistics_of_mfcc(mfcc):
    first = np.diff(mfcc, axis=0)
    low, high = np.percentile(mfcc, [10, 90], axis=0)
    return [mfcc.mean(0), mfcc.std(0), first.std(0), np.diff(first, axis=0).std(0), low, high, modulation(mfcc[:, :8].T)]


def prepared(description, arrays):
    """An input as its network reads it, without the batch."""
    made = description["made"]
    scaling, layout, name = made["scaling"], made["layout"], made["source"]
    if name == "stats":
        parts = statistics_of_log_mel(arrays["logmel"]) + (statistics_of_mfcc(arrays["mfcc"]) if made.get("with_mfcc") else [])
        values = np.concatenate([np.ravel(part) for part in parts])[:, None]
    elif name == "embedding":
        values = arrays[name][:, None]
    elif name in arrays:
        # Bands or coefficients first.
        values = arrays[name] if name == "logmel" else arrays[name].T
    else:
        sys.exit(f"this script can't make {name} of a sound file")
    if "bands" in made:
        values = values[slice(*made["bands"])]
    if name == "mfcc" and "frames" in made:
        values = values[:, np.arange(made["frames"]) % values.shape[1]]
    elif "frames" in made and made["frames"] != values.shape[1]:
        cells = made["frames"]
        values = values[:, [(2 * j + 1) * values.shape[1] // (2 * cells) for j in range(cells)]]
    if scaling["kind"] == "fixed":
        values = (values + scaling["add"]) / scaling["divide"]
    elif scaling["kind"] == "clip_band":
        values = (values - values.mean(1, keepdims=True)) / scaling["divide"]
    elif scaling["kind"] == "standard":
        fitted = {key: np.array(entry["values"])[:, None] for key, entry in description["statistics"].items()}
        values = (values - fitted["mean"]) / fitted["deviation"]
        if scaling.get("clip"):
            values = np.clip(values, -scaling["clip"], scaling["clip"])
    elif scaling["kind"] != "none":
        sys.exit(f"this script does not scale by {scaling['kind']}")
    if layout == "image":
        return values[:, :, None]
    if layout == "sequence":
        return values.T
    if layout == "transposed":
        return values
    if layout == "vector":
        return values.ravel() if name != "mfcc" else values.T.ravel()
    sys.exit(f"this script does not lay out a {layout}")


def softmax(logits):
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def arrays_of(samples, rate, backbone):
    """What networks can be given of each window, and the segments and tags of all."""
    spec, cuts, tags = FRONT_END.get("segments"), [], []
    song = compressed_song(samples, rate, spec) if spec else None
    every = []
    for window in windows(len(samples), rate):
        sounding = samples[slice(*window)]
        if not sounding.any():
            continue
        arrays = features(sounding, rate) if FRONT_END.get("log_mel") else {}
        if spec:
            cut = segments(song, window, rate, spec)
            if not len(cut):
                continue
            arrays["segments"] = cut.reshape(-1, cut.shape[2])
            cuts.append(cut)
        if backbone:
            values = embedded(cut, backbone)
            arrays["embedding"] = values.mean(0)
            tags.append(values)
        every.append(arrays)
    return every, cuts, tags


def doubts(answer, cuts, tags):
    """Whether an answer is unsure, and whether the sound is no music."""
    unsure, guard = bool(answer.max() < ABOUT["unsure_below"]), BACKBONE.get("guard")
    if not guard or not cuts:
        return {"unsure": unsure}
    cuts, tags = np.concatenate(cuts), np.concatenate(tags)
    caught = bool(guard_score(guard, cuts, tags) > guard["threshold"])
    return {"unsure": unsure or caught or len(cuts) < guard["least_segments"], "no_music": caught and len(cuts) >= guard["settled_segments"]}


def classify(path, sessions, backbone):
    """Probabilities of the genres, in the order of export.json, and what is doubted."""
    samples, rate = librosa.load(path, sr=None, mono=True)
    windows_of_song, cuts, tags = arrays_of(samples, rate, backbone)
    every, several = [], ABOUT["members"][0]["output"] == "independent"
    for arrays in windows_of_song:
        total, weights = 0.0, 0.0
        for member, session in sessions:
            feeds = {}
            for description in member["inputs"]:
                values = prepared(description, arrays).astype(np.float32)[None]
                feeds[description["graph_name"]] = values.reshape(1, *description["shape"])
                if description["may_be_absent"]:
                    feeds[description["graph_name"] + "_present"] = np.ones((1, 1), np.float32)
            answer = session.run(["probabilities"], feeds)[0][0]
            total = total + member["weight"] * (np.log(np.maximum(answer, 1e-30)) if ABOUT["average"] == "logits" else answer)
            weights += member["weight"]
        mean = total / weights
        if several:
            every.append(mean)
            continue
        logits = mean if ABOUT["average"] == "logits" else np.log(np.maximum(mean / mean.sum(), 1e-30))
        every.append(softmax(logits / ABOUT["temperature"]))
    if not every:
        raise ValueError("digital silence")
    answer = np.mean(every, 0)
    return answer, doubts(answer, cuts, tags)


def main(paths):
    if any(member["output"] == "sigmoid" for member in ABOUT["members"]):
        sys.exit("this script reads networks with one output for each genre")
    load = lambda file: onnxruntime.InferenceSession(str(FOLDER / file), providers=["CPUExecutionProvider"])
    sessions = [(member, load(member["file"])) for member in ABOUT["members"]]
    backbone = load(BACKBONE["file"]) if BACKBONE else None
    failed = False
    for path in paths:
        try:
            probabilities, doubted = classify(path, sessions, backbone)
        except Exception as error:  # One bad file does not stop the others.
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
            continue
        order = np.argsort(-probabilities)
        print(json.dumps({
            "path": str(path),
            "genres": [{"genre": ABOUT["genres"][i], "probability": float(probabilities[i])} for i in order],
            **doubted,
        }, ensure_ascii=False))  # fmt: skip
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
