"""Writes the bundles msd50 and mtt50: musicnn's two backbones without their dead channels, in this project's format.

    python reference/musicnn/bundle.py FOLDER      writes FOLDER/msd50 and FOLDER/mtt50

The weights are those of network.py (`prune`). A constant that a dead channel adds to the next convolution is the weight of one more
channel that is 1 in every frame, so that the zero padding at the edges of a window counts as in the dense network. A batch norm is
stored with mean 0 and variance 1 − epsilon, so that its weight is the scale and its bias the shift. The bundle itself is written by
import_network.py in the folder above.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import authors
import network
from import_network import write_bundle

EPSILON = 1e-3
ONE = 1e-7  # Largest constant of a tap that may be added in every frame instead of inside the window only.
PAPERS = [
    "J. Pons, X. Serra: musicnn: Pre-trained Convolutional Neural Networks for Music Audio Tagging (2019)",
    "J. Pons, O. Nieto, M. Prockup, E. Schmidt, A. Ehmann, X. Serra: End-to-end learning for music audio tagging at scale (ISMIR 2018)",
]
CARDS = {
    "msd": {
        "trained_on": "about 200 000 songs of the Million Song Dataset (previews), labelled with the 50 most frequent tags of Last.fm; by the authors of musicnn",
        "figures": [("MSD test set, stated by the authors", "ROC-AUC", 0.8802), ("MSD test set, stated by the authors", "PR-AUC", 0.2891)],
        "terms": "The Million Song Dataset publishes no audio: recordings and previews belong to their owners. Its Last.fm tags are stated to be for research, "
        "strictly non-commercial. The authors publish the weights under ISC without a further term.",
        "data": "The dataset may contain recordings of GTZAN, which no fingerprint shows: accuracy of anything built on it may be too high on GTZAN.",
        "limits": "Western popular music of before 2011. Tags are what listeners wrote: genres beside decades, moods and opinions, some of them twice (\"chill\", \"chillout\").",
    },
    "mtt": {
        "trained_on": "about 19 000 clips of MagnaTagATune (Law, West, Mandel, Bay, Downie 2009), labelled in a game; by the authors of musicnn",
        "figures": [("MagnaTagATune test set, stated by the authors", "ROC-AUC", 0.9067), ("MagnaTagATune test set, stated by the authors", "PR-AUC", 0.3831)],
        "terms": "MagnaTagATune is under CC BY-NC-SA 3.0. The authors publish the weights under ISC without a further term.",
        "data": "MagnaTagATune holds clips of about 230 artists of one label, at 16 kHz and 32 kbit/s.",
        "limits": "Much classical, new age and electronic music. Tags are what players of a game wrote, some of them twice (\"no vocal\", \"no vocals\").",
    },
}


def batch_norm(state, name, scale, shift):
    state[f"{name}.weight"], state[f"{name}.bias"] = scale, shift
    state[f"{name}.running_mean"] = np.zeros_like(scale)
    state[f"{name}.running_var"] = np.full_like(scale, 1 - EPSILON)


def with_row(array, at, axis, value=0.0):
    """The array with one more row at index `at` of an axis."""
    return np.insert(array, at, value, axis)


def convert(p):
    """The state of the network by name, and its description."""
    p = {name: value.astype(np.float64) for name, value in p.items()}
    part = lambda layer: [p[f"{layer}.{name}"] for name in ("weight", "bias", "scale", "shift")]
    state, branch = {}, "branches.segments"
    batch_norm(state, f"{branch}.1", p["input.scale"], p["input.shift"])
    norm = {"kind": "batch_norm", "eps": EPSILON}
    conv = lambda filters, kernel, padding=None: [
        {"kind": "conv", "filters": filters, "kernel": kernel} | ({"padding": padding} if padding else {}),
        {"kind": "relu"},
        norm,
    ]

    def put(name, weight, bias, scale, shift):
        """weight [filters, frames, bands or channels, …] → [frames, bands, channels in, filters]."""
        state[f"{name}.0.weight"], state[f"{name}.0.bias"] = weight, bias
        batch_norm(state, f"{name}.2", scale, shift)

    # A channel that is 1 in every frame, where the constants of dead channels matter at the edges.
    ones = [np.abs(p[f"{layer}.constant_taps"]).max() > ONE for layer in network.MID]
    front, paths = 0, []
    for i, layer in enumerate(network.FRONT):
        weight, bias, scale, shift = part(layer)
        if layer == "temporal32" and ones[0]:
            weight, bias = with_row(weight, len(weight), 0), with_row(bias, len(bias), 0)
            scale, shift = with_row(scale, len(scale), 0), with_row(shift, len(shift), 0, 1.0)
        filters, frames = weight.shape[:2]
        bands = weight.shape[2] if layer in network.TIMBRAL else 1
        put(f"{branch}.2.paths.{i}", weight.reshape(filters, frames, bands, 1).transpose(1, 2, 3, 0), bias, scale, shift)
        pool = {"kind": "max_pool", "size": [1, 96 - bands + 1]}
        paths.append(conv(filters, [frames, bands], [3, 0] if layer in network.TIMBRAL else None) + [pool])
        front += filters
    # The middle: each layer's output is joined to its input, from the innermost out.
    inputs, at, name, constants = front, None, f"{branch}.3.paths.1", []
    descriptions = []
    for number, layer in enumerate(network.MID):
        weight, bias, scale, shift = part(layer)
        taps = p[f"{layer}.constant_taps"]
        if ones[number]:
            # `at` is the place of the channel that is 1 in the layer before.
            place = inputs - 1 if number == 0 else at
            weight = np.insert(weight, place, taps.T, 2)
        else:
            bias = bias + taps.sum(0)
            if number and at is not None:
                weight = with_row(weight, at, 2)
        if number == 0 and any(ones[1:]):
            at = len(weight)
        if at is not None:
            # In mid1 the new filter's batch norm gives 1; after that the residual sum carries it.
            weight, bias = with_row(weight, at, 0), with_row(bias, at, 0)
            scale, shift = with_row(scale, at, 0), with_row(shift, at, 0, 1.0 if number == 0 else 0.0)
        filters = len(weight)
        put(name if number == 0 else f"{name}.0.block", weight.transpose(1, 2, 0)[:, None], bias, scale, shift)
        layers = conv(filters, [7, 1])
        if number:
            layers = [{"kind": "residual", "layers": layers, "shortcut": "padded" if filters != inputs else "identity"}]
        descriptions.append(layers)
        name = f"{name}.{len(layers)}.paths.1"
        constants.append(at)
        inputs = filters
    middle = descriptions.pop()
    while descriptions:
        middle = descriptions.pop() + [{"kind": "parallel", "paths": [[], middle]}]
    # Pooling: the maxima of all channels, then their means.
    kept = len(p["pool.scale"]) // 2
    own = np.ones(0, bool)
    of_front = np.ones(front, bool)
    if ones[0]:
        of_front[-1] = False
    own = [of_front]
    for layer, at in zip(network.MID, constants):
        mask = np.ones(len(p[f"{layer}.bias"]) + (at is not None), bool)
        if at is not None:
            mask[at] = False
        own.append(mask)
    own = np.concatenate(own)
    assert own.sum() == kept
    channels = len(own)
    both = lambda values, fill: np.concatenate([np.where(own, expand(values[half::2], own), fill) for half in (0, 1)])
    batch_norm(state, "trunk.0", both(p["pool.scale"], 1.0), both(p["pool.shift"], 0.0))
    weight = np.zeros((2 * channels, 200))
    for half in (0, 1):
        weight[half * channels : (half + 1) * channels][own] = p["dense.weight"][half::2]
    state["trunk.1.weight"], state["trunk.1.bias"] = weight, p["dense.bias"]
    batch_norm(state, "trunk.3", p["dense.scale"], p["dense.shift"])
    state["heads.tags.weight"], state["heads.tags.bias"] = p["tags.weight"], p["tags.bias"]
    layers = [
        {"kind": "reshape", "shape": [187, 96, 1]},
        norm,
        {"kind": "parallel", "paths": paths},
        {"kind": "parallel", "paths": [[], middle]},
        {"kind": "global_pool", "of": ["max", "mean"]},
    ]
    description = {
        "branches": [{"input": "segments", "layers": layers}],
        "trunk": [norm, {"kind": "dense", "units": 200}, {"kind": "relu"}, norm],
        "heads": [{"name": "tags", "outputs": 50}],
    }
    return {name: np.ascontiguousarray(value, np.float32) for name, value in state.items()}, description


def expand(values, mask):
    out = np.zeros(len(mask))
    out[mask] = values
    return out


def card(model):
    facts = CARDS[model]
    return {
        "name": f"{model}50",
        "version": "1",
        "description": f"The {model.upper()}_musicnn network of Pons and Serra (2019) without its dead channels: 50 tags of a song, each with a probability of its own. "
        "Its layers are features for networks that learn from a few songs.",
        "license": "ISC, for the weights (LICENSE-musicnn beside them)",
        "trained_on": facts["trained_on"],
        "attribution": PAPERS + ["musicnn: " + " ".join(authors.licence().split())],
        "command": "python reference/musicnn/bundle.py FOLDER",
        "made_by": f"musicnn 0.1.0, wheel SHA-256 {authors.SHA256}",
        "notes": [
            facts["terms"],
            "Networks of the same names are offered by the same group for Essentia under CC BY-NC-SA 4.0; these weights come from the ISC package.",
            facts["data"],
            facts["limits"],
            "Nothing above 8 kHz is used. Silence, noise and speech get tags as well. Probabilities are not calibrated.",
        ],
        "figures": [{"on": on, "measure": measure, "value": value} for on, measure, value in facts["figures"]],
    }


def write(model, folder):
    state, description = convert(network.prune(network.dense_weights(authors.variables(model))))
    entries = {
        "genres": authors.labels(model),
        "output": "independent",
        "features": 96,
        "frames": 187,
        "front_end": {"windowing": {"seconds": 3.0, "frames": 128, "windows": 28}, "segments": {"segments": 1}},
        "input": {"name": "segments", "source": "segments", "layout": "sequence", "scaling": {"kind": "none"}},
        "network": description,
        "card": card(model),
    }
    write_bundle(folder, entries, state, authors.licence())


if __name__ == "__main__":
    for model in CARDS:
        write(model, Path(sys.argv[1]).resolve() / f"{model}50")
