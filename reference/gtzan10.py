"""The model `gtzan10`: the rule of `wide` (wide.py), asked about GTZAN's ten genres only, as a bundle over the backbone msd50.

    python reference/gtzan10.py models/gtzan10              the shipped model, with its figures out of fold
    python reference/gtzan10.py compare [TABLE.csv …]       what was compared to choose it (EXPERIMENTS.md)

A table holds what networks of log-mel say of clips that they held out: `cargo run -p genrenet-train --example out_of_fold -- DATA RUN`,
RUN being one of `genrenet train configs/cnn-gtzan.toml --folds 5`. Several are joined by the mean of their logarithms.

Everything is by artist-grouped folds inside GTZAN's 443 training clips: five times ten folds, the rule and its offsets learned without the
held-out artists. Clips are read as songs are: the mean over twelve windows spread over them; heads learn from all windows.
"""

import csv
import sys
import tomllib
from pathlib import Path

import numpy as np

import wide
import wide_bundle

DRAWS = 5
OWN = sorted(wide.OF_GTZAN)  # GTZAN's names
TEN = [wide.NAMES.index(wide.OF_GTZAN[name]) for name in OWN]
ON = "443 training clips of GTZAN, out of fold by artist"
TEMPERATURES = np.exp(np.linspace(-1, 2.5, 351))


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Clips:
    """The training clips of GTZAN, and the soundtracks that anchor the rule."""

    def __init__(self):
        self.x, genre, self.artist, self.tags = wide.gtzan()
        self.spread, self.genre = wide.gtzan(wide.SEGMENTS)[0], np.array([TEN.index(i) for i in genre])
        found = np.load(Path(wide.__file__).with_name("wide_arrays.npz"))
        kind, group = found["kind"].astype(str), found["group"].astype(str)
        parts = np.split(found["logits"].astype(np.float64), np.cumsum(found["rows"])[:-1])
        music = np.isin(kind, ["music", "electronic"])
        fit = wide.fitter(self.tags, self.x, genre, np.stack([part.mean(0) for part in parts]), group, kind == "electronic")
        self.rule = lambda use: fit(use, music)

    def out_of_fold(self, log_p):
        """`log_p(use, x)`: what a head that learned from the clips `use` says of x. [draws, clips, genres]"""
        z = np.zeros((DRAWS, len(self.x), len(OWN)))
        for draw in range(DRAWS):
            fold = wide.folds(self.artist, draw)
            for i in range(10):
                z[draw, fold == i] = log_p(fold != i, self.spread[fold == i])
        return z

    def of_rule(self):
        return self.out_of_fold(lambda use, x: np.log(self.rule(use).probabilities(x)[:, TEN]) * wide.TEMPERATURE)

    def loss(self, p):
        return -np.log(np.maximum(p[:, np.arange(len(self.genre)), self.genre], 1e-12))

    def temperature(self, z):
        return float(TEMPERATURES[np.argmin([self.loss(softmax(z / t)).mean() for t in TEMPERATURES])])

    def figures(self, z):
        """Temperature, figures with intervals over artists, and probabilities."""
        t = self.temperature(z)
        p = softmax(z / t)
        flat, truth, groups = p.reshape(-1, len(OWN)), np.tile(self.genre, DRAWS), np.tile(self.artist, DRAWS)
        right, three = flat.argmax(1) == truth, (np.argsort(-flat)[:, :3] == truth[:, None]).any(1)
        ece = wide.calibration_error(flat.max(1), right, 15)
        return t, [("top-1", wide.interval(right, groups)), ("top-3", wide.interval(three, groups)), ("ECE", (ece,)),
                   ("log loss", wide.interval(self.loss(p).ravel(), groups))], p

    def print(self, name, z):
        t, figures, p = self.figures(z)
        top1, top3, (ece,), loss = (figure for _, figure in figures)
        print(f"| {name} | {wide.percent(top1)} | {wide.percent(top3)} | {loss[0]:.3f} ({loss[1]:.3f}–{loss[2]:.3f}) | {ece:.3f} | {t:.2f} |", flush=True)
        return p

    def print_gain(self, name, before, after):
        """Paired differences with intervals over artists."""
        right = lambda p: (p.argmax(2) == self.genre).mean(0)
        gains = [wide.interval(after - before, self.artist) for before, after in
                 [(right(before), right(after)), (self.loss(before).mean(0), self.loss(after).mean(0))]]
        top1, loss = [100 * value for value in gains[0]], gains[1]
        print(f"{name}: top-1 {top1[0]:+.1f} ({top1[1]:+.1f} to {top1[2]:+.1f}) points, log loss {loss[0]:+.3f} ({loss[1]:+.3f} to {loss[2]:+.3f})", flush=True)


def compare(tables):
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import LogisticRegression

    clips = Clips()
    of = lambda make: clips.out_of_fold(lambda use, x: make().fit(clips.x[use], clips.genre[use]).predict_log_proba(x).clip(-60))
    discriminant = of(lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))
    rule = clips.of_rule()
    t = clips.temperature(discriminant)
    print("| head | top-1 | top-3 | log loss | ECE | temperature |\n|---|---|---|---|---|---|")
    for c in (0.03, 0.1, 0.3):
        clips.print(f"logistic regression, C = {c}", of(lambda: LogisticRegression(C=c, max_iter=3000)))
    of_discriminant = clips.print("discriminant analysis", discriminant)
    of_rule = clips.print("the rule of `wide` among ten", rule)
    of_both = clips.print("the rule and a half of discriminant analysis", rule + 0.5 * discriminant / t)
    clips.print_gain("rule over discriminants", of_discriminant, of_rule)
    clips.print_gain("half of discriminants beside the rule", of_rule, of_both)
    if not tables:
        return
    names = [str(name) for name in np.load(wide.GTZAN / "musicnn_taggram.npz")["name"]]
    rows = [{row["id"]: [float(row[genre]) for genre in OWN] for row in csv.DictReader(open(table))} for table in tables]
    # A clip without log-mel has no answer.
    log_mel = np.mean([np.log([of_clip.get(name, [0.1] * len(OWN)) for name in names]) for of_clip in rows], 0)
    joined = np.broadcast_to(log_mel, rule.shape)
    clips.print(f"{len(tables)} log-mel networks alone", joined)
    for weight in (0.25, 0.5, 1.0):
        clips.print(f"discriminant analysis, geometric mean with {weight} of the networks", discriminant / t + weight * joined)
        p = clips.print(f"the rule, geometric mean with {weight} of the networks", rule + weight * joined)
        clips.print_gain(f"{weight} of the networks beside the rule", of_rule, p)
    for share in (0.2, 1 / 3, 0.5):
        mean = np.log((1 - share) * of_rule + share * softmax(joined))
        clips.print(f"the rule, arithmetic mean with a share of {share:.2f} of the networks", mean)


def write(folder):
    clips = Clips()
    t, figures, p = clips.figures(clips.of_rule())
    right, sure = p.argmax(2) == clips.genre, p.max(2)
    grid = np.arange(0.0, 0.9, 0.01)
    precise = [right[sure >= least].mean() >= wide.PRECISION for least in grid]
    threshold = round(float(grid[precise.index(True)]), 2)
    kept = sure >= threshold
    rule = clips.rule(np.ones(len(clips.x), bool))
    first, first_bias, second, second_bias = rule.layers()
    second = second[TEN]
    units = np.flatnonzero((second != 0).any(0))
    rows = (units[:, None] * wide.GROUP_SIZE + np.arange(wide.GROUP_SIZE)).ravel()
    first, first_bias, second, second_bias = first[rows], first_bias[rows], second[:, units], second_bias[TEN]
    u = (clips.x @ first.T + first_bias).reshape(len(clips.x), -1, wide.GROUP_SIZE).max(2)
    expected = rule.probabilities(clips.x)[:, TEN]
    found = softmax((u @ second.T + second_bias) / wide.TEMPERATURE)
    assert np.abs(found - expected / expected.sum(1, keepdims=True)).max() < 1e-9
    weights = {"branches.tags.0.weight": first.T, "branches.tags.0.bias": first_bias, "heads.genre.weight": second.T, "heads.genre.bias": second_bias}
    of_wide = tomllib.loads((wide_bundle.ROOT / "models/wide/model.toml").read_text(encoding="utf-8"))["backbone"]
    entries = wide_bundle.network(OWN, len(units), {
        "temperature": t, "unsure_below": threshold, "target_precision": wide.PRECISION, "coverage": float(kept.mean()),
        "precision": float(right[kept].mean()), "fitted_on": ON,
    }) | {
        "backbone": {"bundle": str(wide_bundle.ROOT / wide.SETTINGS["backbone"]), "layer": "tags"} | {key: of_wide[key] for key in ("attributes", "guard")},
        "card": card(figures),
        "learned": str(wide.GTZAN),
    }
    wide_bundle.save(folder, entries, {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()})


def card(figures):
    return {
        "name": "gtzan10",
        "version": "2",
        "description": "GTZAN's ten genres from the 50 tags of msd50 (musicnn, Pons and Serra 2019) over segments of 3 s spread over a song: the rule of `wide`, asked about these genres only.",
        "license": "MIT or Apache-2.0 for the genres' layers; ISC for the backbone (LICENSE-musicnn beside it)",
        "trained_on": "GTZAN, 443 training clips, over msd50; offsets and anchors from 399 game soundtracks without labels",
        "split": "fault-filtered (Kereliuk et al. 2015); its validation clips have no tags, its test clips were not read",
        "attribution": [
            "GTZAN (Tzanetakis and Cook 2002), fault-filtered split by Kereliuk et al. 2015",
            "Backbone: see the card of msd50 (musicnn, Copyright (c) Music Technology Group, Universitat Pompeu Fabra 2019, ISC)",
            "J. Pons, X. Serra: musicnn: Pre-trained Convolutional Neural Networks for Music Audio Tagging (2019)",
        ],
        "recipe": "",
        "command": "python reference/gtzan10.py models/gtzan10",
        "made_by": "reference/gtzan10.py",
        "notes": [
            "GTZAN's recordings were collected for research, without a licence; it states no terms for what is learned from it.",
            "The backbone was trained on the Million Song Dataset, which may contain recordings of GTZAN; no fingerprint shows it. Every figure on GTZAN may be too high.",
            "Figures, temperature and threshold are out of fold inside the 443 training clips: five times ten folds, an artist's clips together. The whole model learned from all of them.",
            "Not joined with log-mel networks, as it was before: out of fold that gained 2.1 points (-0.3 to +4.7) and a log loss of 0.014 (-0.027 to +0.052), which chance explains, for 4.3 MB and FMA's terms (EXPERIMENTS.md).",
            "No answer about music of 6 s and longer is unsure: 81 % of all are right, and the target for sure answers is 80 %. The guard against sounds that are not music and the attributes are those of `wide`.",
            "A song of another genre gets one of the ten all the same. Of GTZAN's clips blues is most often taken for reggae, rock for blues and metal, disco for reggae.",
        ],
        "figures": [{"on": ON, "measure": measure, "n": 443} | dict(zip(("value", "low", "high"), map(float, figure))) for measure, figure in figures],
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["compare", *tables]:
            compare(tables)
        case [folder]:
            write(Path(folder).resolve())
        case _:
            sys.exit(__doc__)
