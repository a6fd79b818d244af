"""The same network in NumPy (f64): the dense one, and the one without its dead channels.

    python reference/musicnn/network.py FOLDER      writes FOLDER/{msd,mtt}_{dense,pruned}.npz and checks them against TensorFlow

Names of the layers, in the order of computation: input (batch norm of the log-mel), timbral38, timbral67 (7 frames by 38
or 67 bands), temporal128, temporal64, temporal32 (frames by one band), mid1, mid2, mid3 (7 frames by all channels),
pool (batch norm of the pooled channels), dense (200 units), tags (50 logits). The layout of every array of the pruned
network is in GRAPH.md beside this file.
"""

import sys
from pathlib import Path

import numpy as np

EPSILON = 1e-3
DEAD = 1e-6
TIMBRAL, TEMPORAL, MID = ("timbral38", "timbral67"), ("temporal128", "temporal64", "temporal32"), ("mid1", "mid2", "mid3")
FRONT = TIMBRAL + TEMPORAL
CONVOLUTIONS = FRONT + MID


def dense_weights(variables):
    """The checkpoint's variables with plain names; filters first: [filters, frames, bands or channels]; dense [inputs, outputs]."""
    out = {}
    numbered = lambda name, i: name if i == 0 else f"{name}_{i}"
    for i, layer in enumerate(CONVOLUTIONS):
        kernel = variables[numbered("conv2d", i) + "/kernel"]
        weight = np.ascontiguousarray(kernel[:, :, 0].transpose(2, 0, 1))
        out[f"{layer}.weight"] = weight[:, :, 0] if layer in TEMPORAL else weight
        out[f"{layer}.bias"] = variables[numbered("conv2d", i) + "/bias"]
    for i, layer in enumerate(("dense", "tags")):
        out[f"{layer}.weight"] = variables[numbered("dense", i) + "/kernel"]
        out[f"{layer}.bias"] = variables[numbered("dense", i) + "/bias"]
    for i, layer in enumerate(("input",) + CONVOLUTIONS + ("pool", "dense")):
        name = numbered("batch_normalization", i)
        for plain, theirs in (("gamma", "gamma"), ("beta", "beta"), ("mean", "moving_mean"), ("variance", "moving_variance")):
            out[f"{layer}.{plain}"] = variables[f"{name}/{theirs}"]
    return {name: value.astype(np.float32) for name, value in out.items()}


def batch_norm(w, layer):
    """A batch norm as scale and shift, epsilon folded in, in f64."""
    gamma, beta, mean, variance = (w[f"{layer}.{part}"].astype(np.float64) for part in ("gamma", "beta", "mean", "variance"))
    scale = gamma / np.sqrt(variance + EPSILON)
    return scale, beta - mean * scale


def padded(x, before, after):
    return np.pad(x, ((before, after),) + ((0, 0),) * (x.ndim - 1))


def patches(x, frames):
    """[t, frames, ...] views of x [t + frames - 1, ...], one for each output frame."""
    view = np.lib.stride_tricks.sliding_window_view(x, frames, axis=0)
    return np.moveaxis(view, -1, 1)


def sides(frames):
    """Zeros before and after for a "same" convolution in TensorFlow: of an odd total the larger half comes after."""
    return (frames - 1) // 2, (frames - 1) - (frames - 1) // 2


def timbral(x, weight, bias, scale, shift):
    """x [t, 96] → [t, filters]: 7 × bands, valid along frequency; ReLU; batch norm; maximum over frequency."""
    frames, bands = weight.shape[1:]
    cut = np.lib.stride_tricks.sliding_window_view(padded(x, *sides(frames)), (frames, bands))
    t, positions = cut.shape[:2]
    y = cut.reshape(t * positions, -1) @ weight.reshape(len(weight), -1).T
    y = scale * np.maximum(y + bias, 0) + shift
    return y.reshape(t, positions, -1).max(1)


def temporal(x, weight, bias, scale, shift):
    """x [t, 96] → [t, filters]: frames × 1, "same" along time; ReLU; batch norm; maximum over frequency."""
    frames = weight.shape[1]
    y = np.einsum("tkb,fk->tbf", patches(padded(x, *sides(frames)), frames), weight, optimize=True)
    return (scale * np.maximum(y + bias, 0) + shift).max(1)


def mid(x, weight, bias, scale, shift):
    """x [t, channels] → [t, filters]: 7 frames by all channels, "same" along time; ReLU; batch norm. bias [t, filters] or [filters]."""
    frames = weight.shape[1]
    cut = patches(padded(x, *sides(frames)), frames)
    y = cut.reshape(len(cut), -1) @ weight.reshape(len(weight), -1).T
    return scale * np.maximum(y + bias, 0) + shift


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_dense(w, log_mel):
    """One window [187, 96] through the dense network."""
    part = lambda layer: (w[f"{layer}.weight"].astype(np.float64), w[f"{layer}.bias"].astype(np.float64), *batch_norm(w, layer))
    scale, shift = batch_norm(w, "input")
    x = scale * log_mel.astype(np.float64) + shift
    out = {"timbral": np.concatenate([timbral(x, *part(layer)) for layer in TIMBRAL], 1)}
    out["temporal"] = np.concatenate([temporal(x, *part(layer)) for layer in TEMPORAL], 1)
    front = np.concatenate([out["timbral"], out["temporal"]], 1)
    out["cnn1"] = mid(front, *part("mid1"))
    out["cnn2"] = mid(out["cnn1"], *part("mid2")) + out["cnn1"]
    out["cnn3"] = mid(out["cnn2"], *part("mid3")) + out["cnn2"]
    channels = np.concatenate([front, out["cnn1"], out["cnn2"], out["cnn3"]], 1)
    out["max_pool"], out["mean_pool"] = channels.max(0), channels.mean(0)
    pooled = np.stack([out["max_pool"], out["mean_pool"]], 1).ravel()
    scale, shift = batch_norm(w, "pool")
    weight, bias, unit_scale, unit_shift = part("dense")
    out["penultimate"] = unit_scale * np.maximum((scale * pooled + shift) @ weight + bias, 0) + unit_shift
    out["logits"] = out["penultimate"] @ w["tags.weight"].astype(np.float64) + w["tags.bias"]
    return out | {"tags": sigmoid(out["logits"])}


def alive(w, layer):
    """Which filters of a layer are not constants: |scale| · ‖weights‖₁ > 1e-6, since the output scale · relu(w·x + b) + shift
    moves by at most |scale| · ‖w‖₁ · max|x|. And what the others' constant output is: scale · relu(b) + shift."""
    scale, shift = batch_norm(w, layer)
    weight = w[f"{layer}.weight"].astype(np.float64)
    constant = scale * np.maximum(w[f"{layer}.bias"].astype(np.float64), 0) + shift
    return np.abs(scale) * np.abs(weight.reshape(len(weight), -1)).sum(1) > DEAD, constant


def prune(w):
    """The pruned network's arrays (f32), computed in f64. Their names and layouts: GRAPH.md."""
    out, f64 = {}, lambda name: w[name].astype(np.float64)

    def store(layer, rows, weight, shift_more=0.0):
        scale, shift = batch_norm(w, layer)
        out[f"{layer}.filters"] = rows
        out[f"{layer}.weight"], out[f"{layer}.scale"] = weight, scale[rows]
        out[f"{layer}.shift"] = shift[rows] + shift_more

    out["input.scale"], out["input.shift"] = batch_norm(w, "input")
    kept, constants = [], []
    for layer in FRONT:
        mask, constant = alive(w, layer)
        rows = np.flatnonzero(mask)
        store(layer, rows, f64(f"{layer}.weight")[rows])
        out[f"{layer}.bias"] = f64(f"{layer}.bias")[rows]
        kept.append(mask), constants.append(constant)
    front_alive, front_constant = np.concatenate(kept), np.concatenate(constants)

    # The mid-end. `order` lists the channels of the layer before that vary, `constant` the value of those that do not.
    order, constant = np.flatnonzero(front_alive), np.where(front_alive, 0.0, front_constant)
    pooled, values, residual = [order], [constant], None
    first = len(front_alive)
    for layer in MID:
        mask, own = alive(w, layer)
        weight, filters = f64(f"{layer}.weight"), np.flatnonzero(mask)
        # What varies after the residual sum: first the channels of the layer before, in their order, then this layer's new ones.
        before = residual if residual is not None else np.empty(0, int)
        rows = np.concatenate([before, np.setdiff1d(filters, before)]).astype(int)
        dead_rows = ~mask[rows]
        carried = np.zeros(len(own)) if residual is None else constant
        taps = np.einsum("fkc,c->kf", weight, constant)
        store(layer, rows, weight[rows][:, :, order], carried[rows])
        out[f"{layer}.weight"][dead_rows] = 0  # a constant that is summed with a channel that varies
        out[f"{layer}.constant_taps"] = np.where(dead_rows, 0, taps[:, rows])
        out[f"{layer}.bias"] = f64(f"{layer}.bias")[rows]
        out[f"{layer}.frame_bias"] = frame_biases(out[f"{layer}.bias"], out[f"{layer}.constant_taps"])
        vary = np.zeros(len(own), bool)
        vary[rows] = True
        order, constant = rows, np.where(vary, 0.0, own + carried)
        residual = rows
        pooled.append(first + rows), values.append(constant)
        first += len(own)

    channels, values = np.concatenate(pooled), np.concatenate(values)
    scale, shift = batch_norm(w, "pool")
    weight, both = f64("dense.weight"), np.stack([2 * channels, 2 * channels + 1], 1).ravel()
    dead = np.setdiff1d(np.arange(2 * len(values)), both)
    out["pool.channels"], out["pool.scale"], out["pool.shift"] = channels, scale[both], shift[both]
    out["dense.weight"] = weight[both]
    out["dense.bias"] = f64("dense.bias") + (scale[dead] * np.repeat(values, 2)[dead] + shift[dead]) @ weight[dead]
    out["dense.scale"], out["dense.shift"] = batch_norm(w, "dense")
    out["tags.weight"], out["tags.bias"] = w["tags.weight"], w["tags.bias"]
    whole = lambda name: name.endswith((".filters", ".channels"))
    return {name: np.ascontiguousarray(value, np.int32 if whole(name) else np.float32) for name, value in out.items()}


def frame_biases(bias, taps, frames=7):
    """Rows 0, 1, 2: the biases of the first three frames; 3: of all frames between; 4, 5, 6: of the last three.
    A tap that falls on the zero padding lacks its constant. For a window of at least seven frames."""
    return bias_of_frames(bias, taps, frames)


def bias_of_frames(bias, taps, t):
    """The exact biases [t, filters] of a "same" convolution over t frames, any t: bias + the constants of the taps inside."""
    half = len(taps) // 2
    inside = np.array([[0 <= i + k - half < t for k in range(len(taps))] for i in range(t)], np.float64)
    return bias + inside @ taps


def run_pruned(p, log_mel):
    """One window [187, 96] through the pruned network; cnn1..cnn3 and front hold only the channels that vary, in their stored order."""
    p = {name: value if value.dtype.kind == "i" else value.astype(np.float64) for name, value in p.items()}
    part = lambda layer: [p[f"{layer}.{name}"] for name in ("weight", "bias", "scale", "shift")]
    x = p["input.scale"] * log_mel.astype(np.float64) + p["input.shift"]
    front = np.concatenate([timbral(x, *part(layer)) for layer in TIMBRAL] + [temporal(x, *part(layer)) for layer in TEMPORAL], 1)
    layers, before = [front], front
    for layer in MID:
        weight, bias, scale, shift = part(layer)
        table = p[f"{layer}.frame_bias"]
        t = len(before)
        which = np.minimum(np.arange(t), 3) + np.maximum(np.arange(t) - (t - 4), 0)
        y = mid(before, weight, table[which], scale, shift)
        if layer != "mid1":
            y[:, : before.shape[1]] += before
        layers.append(y)
        before = y
    channels = np.concatenate(layers, 1)
    pooled = np.stack([channels.max(0), channels.mean(0)], 1).ravel()
    weight, bias, scale, shift = part("dense")
    units = scale * np.maximum((p["pool.scale"] * pooled + p["pool.shift"]) @ weight + bias, 0) + shift
    logits = units @ p["tags.weight"] + p["tags.bias"]
    return {"front": front, "cnn1": layers[1], "cnn2": layers[2], "cnn3": layers[3], "pooled": pooled, "penultimate": units, "logits": logits, "tags": sigmoid(logits)}


def cost(w, frames=187, bands=96):
    """Multiply-adds of one window, and how many numbers the network holds."""
    adds = 0
    for layer in CONVOLUTIONS:
        shape = w[f"{layer}.weight"].shape
        positions = bands - shape[2] + 1 if layer in TIMBRAL else bands if layer in TEMPORAL else 1
        adds += int(np.prod(shape)) * positions * frames
    adds += w["dense.weight"].size + w["tags.weight"].size
    unused = (".filters", ".channels", ".constant_taps")
    return adds, sum(value.size for name, value in w.items() if not name.endswith(unused))


def main(folder):
    import authors
    import recordings

    folder.mkdir(parents=True, exist_ok=True)
    spectrograms = [authors.log_mel(authors.mel_spectrogram(samples)) for samples in recordings.some()]
    windows = np.concatenate([authors.windows(spectrogram)[::3] for spectrogram in spectrograms])
    good = True
    for model in authors.MODELS:
        ours, theirs = authors.variables(model), authors.variables_by_tensorflow(model)
        assert ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)
        dense = dense_weights(ours)
        pruned = prune(dense)
        np.savez(folder / f"{model}_dense.npz", **dense)
        np.savez(folder / f"{model}_pruned.npz", **pruned)
        theirs = authors.Authors(model).run(windows)
        ours, small = [run_dense(dense, window) for window in windows], [run_pruned(pruned, window) for window in windows]
        print(f"{model}: {len(windows)} windows; largest difference of the dense network from TensorFlow's:")
        for name in theirs:
            mine = np.stack([out[name] for out in ours])
            print(f"  {name}: {np.abs(mine - theirs[name]).max():.1e} (largest value {np.abs(theirs[name]).max():.3g})")
        tags = np.stack([out["tags"] for out in ours])
        from_tf = np.abs(tags - theirs["tags"]).max()
        from_dense = {name: np.abs(np.stack([out[name] for out in small]) - np.stack([out[name] for out in ours])).max() for name in ("penultimate", "logits", "tags")}
        print("  pruned from dense: " + ", ".join(f"{name} {value:.1e}" for name, value in from_dense.items()))
        for layer in CONVOLUTIONS:
            print(f"  {layer}: {int(alive(dense, layer)[0].sum())} of {len(dense[layer + '.weight'])} alive; stored {pruned[layer + '.weight'].shape}")
        for name, network in (("dense", dense), ("pruned", pruned)):
            adds, numbers = cost(network)
            print(f"  {name}: {adds / 1e6:.1f} M multiply-adds a window of 187 frames, {numbers} numbers")
        as_published = authors.Authors(model, precision="float32").run(windows[::3])["tags"]
        print(f"  TensorFlow's own rounding (f32): tags {np.abs(as_published - theirs['tags'][::3]).max():.1e}")
        good &= from_tf <= 1e-6 and from_dense["tags"] <= 4e-7
    return good


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
