"""Fits the rule of the default model `wide`: from the mean of msd50's 50 tag logits over a song to nineteen genres.

    python reference/wide.py arrays LIST ARRAYS.npz MSD_PRUNED.npz    tags of recordings; LIST has lines: path, tab, group, tab, kind
    python reference/wide.py fit [without-gtzan]    fits and prints the figures out of fold; wide_bundle.py also writes the bundle

`wide_arrays.npz` beside this file holds the tags and statistics of 765 recordings from which the figures of EXPERIMENTS.md were made;
the settings are those of configs/wide.toml.

The packages were Debian 12's amoebax-data, asc-music, colobot-common-sounds, drascula-music, enigma-data, extremetuxracer-data,
fb-music-high, fillets-ng-data, freedroidrpg-data, fretsonfire-songs-{muldjord,sectoid}, frozen-bubble-data, hannah-data,
hedgewars-data, hyperrogue-music, lincity-ng-data, marsshooter-data, nexuiz-music, pathological, pingus-data,
planetblupi-music-ogg, ri-li-data, scorched3d-data, singularity-music, starfighter-data, supertux-data, tecnoballz-data,
warmux-data, warzone2100-music, wesnoth-1.16-music, xblast-tnt-musics (electronic: asc, fb-music-high, frozen-bubble, nexuiz,
tecnoballz, xblast). Music: files of 20 s and longer in folders of music; sounds: up to 14 others of each package, and of
alienblaster, bumprace, bzflag, chromium-bsu, holotz-castle, lbreakout2, openarena, sound-theme-freedesktop and tuxpaint; speech:
asterisk-core-sounds-en-wav, klettres, ktuberling, khangman, pocketsphinx-testdata and the games' voices, joined to about 20 s,
and FFmpeg's flite; synthetic: NumPy.

Kinds of recordings: `music` (game soundtracks), `electronic` (of those, the ones known to be electronic), `speech`,
`sound` (effects), `synthetic` (noise, tones, metronomes). A group is a package, or a voice or type of sound. No genre of a
game soundtrack is learned: they keep the rule near the tags where GTZAN has no examples. MSD_PRUNED.npz is made by
reference/musicnn/network.py; the second command needs only NumPy and SciPy (requirements.txt), and ../shared/data/gtzan.

The rule. x [50]: mean of the tag logits over the segments. u = maximum over groups of five of (A·x + a): for each of 17
genres the largest of its tags (repeated up to five), for each of GTZAN's ten a linear function (five times the same).
z = B·u + b; p = softmax(z / T); unsure below the threshold. The guard is a logistic function of four statistics.
"""

import csv
import json
import sys
import tomllib
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

GTZAN = Path(__file__).resolve().parents[2] / "shared/data/gtzan"
SETTINGS = tomllib.loads((Path(__file__).resolve().parents[1] / "configs/wide.toml").read_text(encoding="utf-8"))
GENRES, ATTRIBUTES, LEARNING = SETTINGS["genres"], SETTINGS["attributes"], SETTINGS["learning"]
NAMES = list(GENRES)
OF_GTZAN = {genre["gtzan"]: name for name, genre in GENRES.items() if "gtzan" in genre}
LEARNED = np.array(sorted(NAMES.index(name) for name in OF_GTZAN.values()))
TAGGED = np.array([i for i, name in enumerate(NAMES) if GENRES[name]["tags"]])
UNTAGGED = np.array([i for i, name in enumerate(NAMES) if not GENRES[name]["tags"]])
SEGMENTS, GROUP_SIZE = SETTINGS["segments"], max(len(genre["tags"]) for genre in GENRES.values())
TEMPERATURE, PRECISION = SETTINGS["calibration"]["temperature"], SETTINGS["calibration"]["precision"]
STATISTICS = ["roughness", "tag_deviation", "level_deviation", "flux"]


def statistics(logits, log_mel):
    """What the guard reads. logits [s, 50]; log_mel [s, 187, 96] = log10(10 000 mel + 1).

    roughness: mean |second difference along the bands| of the segments' mean spectra. tag_deviation: ln(0.05 + the
    tags' mean standard deviation over segments). level_deviation: standard deviation of a segment's frames' levels (mean over
    bands), mean over segments, over 0.05 + the song's mean level. flux: mean |difference of successive frames|, over 0.05 +
    the song's mean level. All standard deviations divide by n.
    """
    m = log_mel.astype(np.float64)
    level = m.mean(2)
    return [
        np.abs(np.diff(m.mean(1), 2, axis=1)).mean(),
        np.log(0.05 + logits.std(0).mean()),
        level.std(1).mean() / (0.05 + level.mean()),
        np.abs(np.diff(m, axis=1)).mean() / (0.05 + level.mean()),
    ]


def starts(samples, count=SEGMENTS, window=48_000):
    """Where segments of 3 s at 16 kHz start: one in the middle of each of `count` equal parts, fewer if they do not fit."""
    if samples < window + 16_000:
        return [0]
    count = max(1, min(samples // window, count))
    return [min(max(0, samples * (2 * part + 1) // (2 * count) - window // 2), samples - window) for part in range(count)]


def arrays(listing, out, weights):
    sys.path.insert(0, str(Path(__file__).resolve().parent / "musicnn"))
    import authors
    import network
    import recordings

    pruned, columns = dict(np.load(weights)), {name: [] for name in ("name", "group", "kind", "seconds", "rows", "logits", "statistics")}
    for line in Path(listing).read_text().splitlines():
        path, group, kind = line.split("\t")
        samples = recordings.load_with_ffmpeg(Path(path))
        if len(samples) < 1600:
            continue
        cut = [np.resize(samples[at : at + 48_000], 48_000) for at in starts(len(samples))]
        log_mel = np.stack([authors.log_mel(authors.mel_spectrogram(segment))[:187] for segment in cut])
        logits = np.stack([network.run_pruned(pruned, segment)["logits"] for segment in log_mel])
        found = (Path(path).name, group, kind, len(samples) / 16_000, len(logits), logits, statistics(logits, log_mel))
        for column, value in zip(columns.values(), found):
            column.append(value)
    columns["logits"] = np.concatenate(columns["logits"])
    np.savez_compressed(out, **{name: np.array(column) for name, column in columns.items()})


def gtzan(segments=None):
    """x [443, 50], genre, artist group; of `segments` windows spread over the clip, of all 28 by default."""
    table, tracks = np.load(GTZAN / "musicnn_taggram.npz"), {row["name"]: row for row in csv.DictReader((GTZAN / "tracks.csv").open())}
    p = table["probability"].astype(np.float64)
    logits, names = np.log(p / (1 - p)), [str(name) for name in table["name"]]
    used = lambda n: np.arange(n) if segments is None else n * (2 * np.arange(segments) + 1) // (2 * segments)
    x = np.stack([logits[first + used(n)].mean(0) for first, n in zip(table["first_row"], table["rows"].astype(int))])
    genres = np.array([NAMES.index(OF_GTZAN[tracks[name]["genre"]]) for name in names])
    groups = np.array([tracks[name]["artist_group"] or name for name in names])
    return x, genres, groups, [str(tag) for tag in table["tag"]]


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


class Rule:
    """z = slope · (maximum over tags − offset) + W·x + b, the latter for GTZAN's ten genres only."""

    def __init__(self, tags, x, genre, anchors):
        self.columns = [[tags.index(tag) for tag in GENRES[name]["tags"]] for name in NAMES]
        self.offset = np.zeros(len(NAMES))
        own = LEARNING["own_offset"]
        high = np.array([np.quantile(z[genre != i], LEARNING["quantile"]) for i, z in enumerate(self.starting(x).T)])
        self.offset[TAGGED] = (own * high + (1 - own) * high[TAGGED].mean())[TAGGED]
        self.offset[UNTAGGED] = -LEARNING["without_tags"]
        self.learn(x, genre, *anchors)

    def starting(self, x):
        return np.stack([x[:, columns].max(1) if columns else np.zeros(len(x)) for columns in self.columns], 1) - self.offset

    def learn(self, x, genre, others, electronic, weight):
        """Multinomial logistic regression on GTZAN's clips (each genre counts the same) with the tags' logits as a start,
        a ridge penalty, and the Kullback–Leibler divergence from the tags' own answer on `others`. There, genres without
        a tag are left out of the softmax, except for `electronic` recordings, which are neither."""
        mean, deviation = x.mean(0), np.concatenate([x, others]).std(0)
        share = np.bincount(genre, minlength=len(NAMES))
        own = np.eye(len(NAMES))[genre] / (share[genre] * (share > 0).sum())[:, None]
        tags = LEARNING["slope"] * self.starting(others)
        tags[:, UNTAGGED] = -np.inf
        left_out = np.zeros_like(tags)
        left_out[np.ix_(~electronic, UNTAGGED)] = -1e9
        parts = [((x - mean) / deviation, self.starting(x), own, 0.0), ((others - mean) / deviation, self.starting(others), softmax(tags) * weight[:, None], left_out)]
        size, penalty = len(LEARNED) * x.shape[1], LEARNING["penalty"]

        def loss(v):
            slope, w, b = v[0], v[1 : 1 + size].reshape(len(LEARNED), -1), v[1 + size :]
            total, to_slope, to_w, to_b = penalty / 2 * ((w**2).sum() + 0.1 * (b**2).sum()), 0.0, penalty * w, 0.1 * penalty * b
            for scaled, start, target, mask in parts:
                z = slope * start + mask
                z[:, LEARNED] += scaled @ w.T + b
                z -= z.max(1, keepdims=True)
                log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
                total -= (target * np.maximum(log_p, -700)).sum()
                back = target.sum(1, keepdims=True) * np.exp(log_p) - target
                to_slope += (back * start).sum()
                to_w, to_b = to_w + back[:, LEARNED].T @ scaled, to_b + back[:, LEARNED].sum(0)
            return total, np.concatenate([[to_slope], to_w.ravel(), to_b])

        first = np.concatenate([[LEARNING["slope"]], np.zeros(size + len(LEARNED))])
        v = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
        self.slope, self.w = v[0], v[1 : 1 + size].reshape(len(LEARNED), -1) / deviation
        self.b = v[1 + size :] - self.w @ mean

    def probabilities(self, x):
        z = self.slope * self.starting(x)
        z[:, LEARNED] += x @ self.w.T + self.b
        return softmax(z / TEMPERATURE)

    def layers(self):
        """A [135, 50], a [135], B [19, 27], b [19]."""
        rows, out, bias = [], np.zeros((len(NAMES), len(TAGGED) + len(LEARNED))), -self.slope * self.offset
        for unit, genre in enumerate(TAGGED):
            columns = self.columns[genre]
            rows += [np.eye(self.w.shape[1])[columns[min(k, len(columns) - 1)]] for k in range(GROUP_SIZE)]
            out[genre, unit] = self.slope
        for unit, genre in enumerate(LEARNED):
            rows += [self.w[unit]] * GROUP_SIZE
            out[genre, len(TAGGED) + unit] = 1
        first_bias = np.concatenate([np.zeros(len(TAGGED) * GROUP_SIZE), np.repeat(self.b, GROUP_SIZE)])
        return np.stack(rows), first_bias, out, bias


class TagsOnly(Rule):
    """What is left without GTZAN: offsets from soundtracks, nothing learned, no genre without a tag."""

    def __init__(self, tags, soundtracks):
        self.columns, self.offset = [[tags.index(tag) for tag in GENRES[name]["tags"]] for name in NAMES], np.zeros(len(NAMES))
        high = np.quantile(self.starting(soundtracks), LEARNING["quantile"], axis=0)
        self.offset[TAGGED] = (0.5 * high + 0.5 * high[TAGGED].mean())[TAGGED]
        self.offset[UNTAGGED] = 30
        self.slope, self.w, self.b = LEARNING["slope"], np.zeros((len(LEARNED), len(tags))), np.zeros(len(LEARNED))


def anchors(x, games, group, electronic):
    """Game soundtracks (a package counts as the root of its number), and x_i + reach (x_j − x_k) of random recordings."""
    draws = LEARNING["draws"]
    i, j, k = np.random.default_rng(0).integers(0, len(x) + len(games), (3, draws))
    every = np.concatenate([x, games])
    _, package, counts = np.unique(group, return_inverse=True, return_counts=True)
    of_game = counts[package] ** -0.5
    weight = LEARNING["soundtracks"] * of_game / of_game.sum() + LEARNING["electronic_soundtracks"] * electronic / electronic.sum()
    others = np.concatenate([games, every[i] + LEARNING["reach"] * (every[j] - every[k])])
    return others, np.concatenate([electronic, np.zeros(draws, bool)]), np.concatenate([weight, np.full(draws, LEARNING["between"] / draws)])


def folds(groups, seed, count=10):
    names = np.unique(groups)
    np.random.default_rng(seed).shuffle(names)
    fold = {name: i % count for i, name in enumerate(names)}
    return np.array([fold[name] for name in groups])


def interval(right, groups):
    """Mean, and 95 % by the percentile bootstrap over groups."""
    _, group = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(group, right), np.bincount(group)
    drawn = np.random.default_rng(1).integers(0, len(sums), (2000, len(sums)))
    low, high = np.quantile(sums[drawn].sum(1) / counts[drawn].sum(1), [0.025, 0.975])
    return right.mean(), low, high


def percent(figure):
    return "{:.1f} ({:.1f}–{:.1f})".format(*(100 * value for value in figure))


def calibration_error(confidence, right, bins=10):
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(abs((right - confidence)[which == i].mean()) * (which == i).mean() for i in np.unique(which))


def logistic(x, y, weight, penalty=1e-3):
    """Weights and bias on x itself; penalised on standardised columns."""
    mean, deviation = x.mean(0), x.std(0)
    z, sign = (x - mean) / deviation, np.where(y, 1, -1)

    def loss(v):
        margin = sign * (z @ v[:-1] + v[-1])
        back = -weight * sign / (1 + np.exp(np.clip(margin, -60, 60)))
        return (weight * np.logaddexp(0, -margin)).sum() + penalty / 2 * (v[:-1] ** 2).sum(), np.append(z.T @ back + penalty * v[:-1], back.sum())

    v = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return v[:-1] / deviation, v[-1] - (v[:-1] / deviation) @ mean


def guard(values, kind, group):
    """Weights, bias and threshold: out of fold (by package) at most `lost` of the music is above it."""
    y = ~np.isin(kind, ["music", "electronic"])
    weight = np.where(y, 0, 0.5 / (~y).sum())
    for name in np.unique(kind[y]):
        weight[kind == name] = 0.5 / len(np.unique(kind[y])) / (kind == name).sum()
    score = np.zeros(len(y))
    for seed in range(3):
        fold = folds(group, seed, 8)
        for i in range(8):
            w, b = logistic(values[fold != i], y[fold != i], weight[fold != i] / weight[fold != i].sum())
            score[fold == i] += (values[fold == i] @ w + b) / 3
    threshold = np.quantile(score[~y], 1 - SETTINGS["guard"]["lost"], method="higher")
    return *logistic(values, y, weight), threshold, score > threshold


def fitter(tags, x, genre, games, group, electronic):
    """A function from which clips of GTZAN and which soundtracks are used to the rule."""
    return lambda use, kept: Rule(tags, x[use], genre[use], anchors(x[use], games[kept], group[kept], electronic[kept]))


def out_of_fold(fit, x, genre, artist, soundtracks):
    """Five times ten artist-grouped folds: prints the figures, and gives the threshold with them."""
    p = np.zeros((5, len(x), len(NAMES)))
    for seed in range(5):
        fold = folds(artist, seed)
        for i in range(10):
            p[seed, fold == i] = fit(fold != i, soundtracks).probabilities(x[fold == i])
    p, truth, groups = p.reshape(-1, len(NAMES)), np.tile(genre, 5), np.tile(artist, 5)
    right, ten = p.argmax(1) == truth, LEARNED[p[:, LEARNED].argmax(1)] == truth
    three = (np.argsort(-p)[:, :3] == truth[:, None]).any(1)
    figures = [("top-1", interval(right, groups)), ("top-1 among its ten genres", interval(ten, groups)), ("top-3", interval(three, groups)),
               ("ECE", (calibration_error(p.max(1), right),))]
    print("GTZAN out of fold: among all {}, among its ten {}, in three {}".format(*(percent(figure) for _, figure in figures[:3])), f"; calibration error {figures[3][1][0]:.3f}")
    grid = np.arange(0.2, 0.8, 0.01)
    precise = np.array([right[p.max(1) >= t].mean() >= PRECISION for t in grid])
    above = np.flatnonzero(~precise).max() + 1
    threshold = round(float(grid[above]), 2) if above < len(grid) else 0.5  # 0.5 where none is precise enough
    sure = p.max(1) >= threshold
    precision = interval(right[sure], groups[sure])
    print(f"threshold {threshold}: sure {100 * sure.mean():.1f} %, precision {percent(precision)}")
    return {"threshold": threshold, "coverage": sure.mean(), "precision": precision[0], "figures": figures}


def report(kind, group, answers, threshold, caught, long):
    """Who is sure of what: soundtracks by package, the rest by kind."""
    unsure = caught | ~long | (answers.max(1) < threshold)
    music, first = np.isin(kind, ["music", "electronic"]), np.array(NAMES)[answers.argmax(1)]
    for name, here in [("soundtracks", music)] + [(name, kind == name) for name in np.unique(kind[~music])]:
        print(f"{name}: {here.sum()}, caught by the guard {100 * caught[here].mean():.1f} %, of one segment {100 * (~long)[here].mean():.1f} %, "
              f"sure of a genre {100 * (~unsure)[here].mean():.1f} %")
    counted = lambda which: ", ".join(f"{name} {(first[which] == name).sum()}" for name in NAMES if (first[which] == name).any())
    print(f"sure: {counted(music & ~unsure)}; Classical at first rank {100 * (first[music] == 'Classical').mean():.1f} %")
    for name in np.unique(group[music]):
        here = music & (group == name)
        print(f"  {name}, {here.sum()}: {counted(here & ~unsure)}")


def attributes(tags, x, genre, soundtracks):
    """Prints how often "instrumental" holds where it should and where it should not; both count the same in the precision."""
    logit, column = ATTRIBUTES["instrumental"]["logit"], tags.index("instrumental")
    sung = np.isin(genre, [NAMES.index(name) for name in ("Hip-Hop", "Pop", "Country", "Reggae", "Rock", "Metal")])
    plain = np.concatenate([soundtracks[:, column], x[genre == NAMES.index("Classical"), column]]) >= logit
    wrong = x[sung, column] >= logit
    precision = plain.mean() / (plain.mean() + wrong.mean())
    print(f"instrumental: {100 * plain.mean():.1f} % of {len(plain)} soundtracks and classical clips, {100 * wrong.mean():.1f} % of {len(wrong)} "
          f"clips of six genres with singing, precision {100 * precision:.1f} %")
    measured = {"instrumental": {"threshold": round(float(1 / (1 + np.exp(-logit))), 4), "precision": round(float(precision), 3)}}
    return [{"name": name, "tags": of["tags"]} | measured.get(name, {}) for name, of in ATTRIBUTES.items()]


def fit_rule(path, without_gtzan=False):
    """The rule, from the tags and statistics of `arrays`; prints its figures."""
    found = np.load(path)
    kind, group, long = found["kind"].astype(str), found["group"].astype(str), found["rows"] >= SETTINGS["guard"]["least_segments"]
    means = np.stack([part.mean(0) for part in np.split(found["logits"].astype(np.float64), np.cumsum(found["rows"])[:-1])])
    music, known = np.isin(kind, ["music", "electronic"]), kind == "electronic"
    (x, genre, artist, tags), spread = gtzan(), gtzan(SEGMENTS)[0]
    learn, every = fitter(tags, x, genre, means, group, known), np.ones(len(x), bool)
    fit = (lambda use, kept: TagsOnly(tags, means[kept])) if without_gtzan else learn
    measured = out_of_fold(fit, spread, genre, artist, music)
    rule, answers, fold = fit(every, music), np.zeros((len(kind), len(NAMES))), folds(group, 0, 8)
    for i in range(8):
        answers[fold == i] = fit(every, music & (fold != i)).probabilities(means[fold == i])
    # A sound of one segment has no deviation of tags: it is unsure without the guard.
    caught = np.zeros(len(kind), bool)
    weight, bias, limit, caught[long] = guard(found["statistics"][long], kind[long], group[long])
    report(kind, group, answers, measured["threshold"], caught, long)
    first, first_bias, second, second_bias = rule.layers()
    u = (means @ first.T + first_bias).reshape(len(means), -1, GROUP_SIZE).max(2)
    assert np.abs(softmax((u @ second.T + second_bias) / TEMPERATURE) - rule.probabilities(means)).max() < 1e-9
    others = [name for name in np.unique(kind) if name not in ("music", "electronic")]
    rounded = lambda array: np.round(array, 6).tolist()
    return measured | {
        "tags": tags, "first": {"weight": rounded(first), "bias": rounded(first_bias)}, "second": {"weight": rounded(second), "bias": rounded(second_bias)},
        "guard": dict(zip(STATISTICS, rounded(weight))) | {
            "bias": round(float(bias), 6), "threshold": round(float(limit), 6),
            "least_segments": SETTINGS["guard"]["least_segments"], "settled_segments": SETTINGS["guard"]["settled_segments"],
            "caught": round(float(np.mean([caught[long & (kind == name)].mean() for name in others])), 3), "lost": round(float(caught[music & long].mean()), 4)},
        "attributes": attributes(tags, x, genre, means[music & ~np.char.startswith(group, "fretsonfire")]),
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["arrays", listing, out, weights]:
            arrays(listing, out, weights)
        case ["fit", *options]:
            fit_rule(Path(__file__).with_name("wide_arrays.npz"), "without-gtzan" in options)
        case _:
            sys.exit(__doc__)
