"""Fits the rule of `wide` (wide.py, configs/wide.toml) and writes it as a bundle over the backbone msd50.

    python reference/wide_bundle.py models/wide                  the shipped model
    python reference/wide_bundle.py FOLDER without-gtzan         the same from the tags alone, nothing learned from GTZAN

The rule's two linear maps with the maximum between them are a dense layer, a maximum over groups and the head. The bundle itself is
written by import_network.py.
"""

import json
import sys
from pathlib import Path

import numpy as np

import wide
from import_network import ROOT, write_bundle

CLIPS = "443 training clips of GTZAN, out of fold by artist"


def card(rule, without_gtzan, command):
    gtzan = [] if without_gtzan else [
        "What was learned from GTZAN: a correction of ten genres from 443 clips. GTZAN's recordings were collected for research, without a licence; it states no terms for what is "
        "learned from it. Without them (`python reference/wide_bundle.py FOLDER without-gtzan`) there is no Classical and no Reggae, GTZAN's clips read 48.1 (36.9–58.8) % in place of "
        "75.3, at no threshold are 80 % of the sure answers right, and half as many game soundtracks are sure; on the labelled songs nothing is lost at first rank."]
    figures = [{"on": CLIPS, "measure": measure, "n": 443} | dict(zip(("value", "low", "high"), map(float, figure))) for measure, figure in rule["figures"]]
    return {
        "name": "wide",
        "version": "1",
        "description": "Nineteen genres from the 50 tags of msd50 (musicnn, Pons and Serra 2019) over twelve segments of 3 s spread over a song: the largest tag of each genre"
        + ("." if without_gtzan else ", corrected for the ten genres of GTZAN.")
        + " Attributes beside the genre, and a guard against sounds that are not music.",
        "license": "MIT or Apache-2.0 for the genres' layers; ISC for the backbone (LICENSE-musicnn beside them)",
        "trained_on": ("msd50" if without_gtzan else "GTZAN, 443 training clips, over msd50") + "; offsets and anchors from 399 game soundtracks without labels",
        "split": "" if without_gtzan else "fault-filtered (Kereliuk et al. 2015); its test clips were not read",
        "attribution": [
            "Backbone: see the card of msd50 (musicnn, Copyright (c) Music Technology Group, Universitat Pompeu Fabra 2019, ISC)",
            "J. Pons, X. Serra: musicnn: Pre-trained Convolutional Neural Networks for Music Audio Tagging (2019)",
        ] + ([] if without_gtzan else ["GTZAN (Tzanetakis and Cook 2002), fault-filtered split by Kereliuk et al. 2015"]),
        "recipe": "",
        "command": command,
        "made_by": "reference/wide.py",
        "notes": gtzan + [
            "The backbone was trained on the Million Song Dataset, which may contain recordings of GTZAN; no fingerprint shows it. Figures on GTZAN may be too high.",
            "Of 20 labelled songs (`python reference/labelled_songs.py`) 15 have an acceptable genre at first rank, 18 among three, and 11 of 13 sure answers are right. These songs were used to choose the structure of the rule.",
            "Not among the genres: world music, which no tag of the backbone names. Western popular music of before 2011 is known best; instrumental hip-hop, soft folk and brass bands are often taken for something else.",
            f"The guard takes {100 * rule['guard']['caught']:.0f} % of sound effects, speech, noises and tones of 6 s and longer for no music (mean of the three kinds, out of fold), and "
            f"{100 * rule['guard']['lost']:.1f} % of the soundtracks. Shorter sounds are never sure; from 24 s on a sound is said to be no music, a shorter one that is caught is unsure.",
            "Probabilities of attributes are not calibrated. \"instrumental\" has a threshold, chosen on presumed labels (a soundtrack has no singing); the others have none.",
            "The answer depends on the level: a song that is 10 dB or more below its usual level may get another genre, and be sure of it.",
            "Nothing above 8 kHz is used. FMA's and MagnaTagATune's recordings (CC BY-NC, CC BY-NC-SA) have no part in it.",
        ],
        "figures": figures,
    }


def goldens(rule):
    """What crates/genrenet-model/tests/wide.rs compares: probabilities of recordings, and statistics of made-up segments."""
    found = np.load(Path(wide.__file__).with_name("wide_arrays.npz"))
    parts = np.split(found["logits"].astype(np.float64), np.cumsum(found["rows"])[:-1])
    first, first_bias, second, second_bias = (np.array(rule[layer][key]) for layer in ("first", "second") for key in ("weight", "bias"))
    guard = np.array([rule["guard"][name] for name in wide.STATISTICS])
    recordings = []
    for index in range(0, len(parts), len(parts) // 12):
        x = parts[index].mean(0)
        u = (x @ first.T + first_bias).reshape(-1, wide.GROUP_SIZE).max(1)
        p = wide.softmax((u @ second.T + second_bias)[None] / wide.TEMPERATURE)[0]
        recordings.append({"name": str(found["name"][index]), "tags": x.tolist(), "probabilities": p.tolist()})
    segments, frames, bands, tags = 3, 20, 12, 50
    logits = np.sin(np.arange(segments * tags) * 0.7).reshape(segments, tags)
    log_mel = 1 + np.sin(np.arange(segments * frames * bands) * 0.37).reshape(segments, frames, bands)
    statistics = wide.statistics(logits, log_mel)
    score = float(guard @ statistics + rule["guard"]["bias"])
    return {"recordings": recordings, "segments": [segments, frames, bands, tags], "statistics": [float(value) for value in statistics], "score": score}


def network(genres, groups, calibration):
    """The rule's network for these genres, with a maximum over so many groups, and how a song becomes what it reads."""
    return {
        "genres": genres,
        "output": "softmax",
        "features": 50,
        "frames": 1,
        "front_end": {"windowing": {"seconds": 3600.0, "frames": 128, "windows": 24}, "segments": {"segments": wide.SEGMENTS}},
        "input": {"name": "tags", "source": "embedding", "layout": "vector", "backbone": "msd50", "layer": "tags", "scaling": {"kind": "none"}},
        "network": {
            "branches": [{"input": "tags", "layers": [
                {"kind": "dense", "units": groups * wide.GROUP_SIZE},
                {"kind": "reshape", "shape": [groups, wide.GROUP_SIZE, 1]},
                {"kind": "max_pool", "size": [1, wide.GROUP_SIZE]},
                {"kind": "flatten"},
            ]}],
            "heads": [{"name": "genre", "outputs": len(genres)}],
        },
        "calibration": calibration,
    }


def save(folder, entries, state):
    """Writes a network of these weights as a bundle, with the licence of its backbone beside it."""
    licence = ROOT / wide.SETTINGS["backbone"] / "LICENSE-musicnn"
    write_bundle(folder, entries, state, licence.read_text(encoding="utf-8"))


def write(folder, without_gtzan):
    rule = wide.fit_rule(Path(wide.__file__).with_name("wide_arrays.npz"), without_gtzan)
    groups = len(rule["first"]["bias"]) // wide.GROUP_SIZE
    branch = "branches.tags.0"
    array = lambda layer, key: np.ascontiguousarray(np.array(rule[layer][key]).T, np.float32)
    state = {f"{branch}.weight": array("first", "weight"), f"{branch}.bias": array("first", "bias"),
             "heads.genre.weight": array("second", "weight"), "heads.genre.bias": array("second", "bias")}
    entries = network(wide.NAMES, groups, {
        "temperature": wide.TEMPERATURE, "unsure_below": rule["threshold"], "target_precision": wide.PRECISION,
        "coverage": round(float(rule["coverage"]), 3), "precision": round(float(rule["precision"]), 3),
        "fitted_on": CLIPS,
    }) | {
        "parents": {name: genre["parent"] for name, genre in wide.GENRES.items() if "parent" in genre},
        "backbone": {"bundle": str(ROOT / wide.SETTINGS["backbone"]), "layer": "tags", "attributes": rule["attributes"], "guard": rule["guard"]},
        "card": card(rule, without_gtzan, f"python reference/wide_bundle.py {'FOLDER without-gtzan' if without_gtzan else 'models/wide'}"),
    }
    if not without_gtzan:
        entries["learned"] = str(wide.GTZAN)
    save(folder, entries, state)
    if not without_gtzan:
        (ROOT / "crates/genrenet-model/tests/wide.json").write_text(json.dumps(goldens(rule)), encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder]:
            write(Path(folder).resolve(), False)
        case [folder, "without-gtzan"]:
            write(Path(folder).resolve(), True)
        case _:
            sys.exit(__doc__)
