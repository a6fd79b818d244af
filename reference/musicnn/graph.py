"""The two networks as ONNX graphs: the authors' one as it is, and the one without its dead channels.

    python reference/musicnn/graph.py FOLDER      writes FOLDER/{msd,mtt}_{dense,pruned}.onnx; no TensorFlow needed

Input `log_mel` [windows, 187, 96] (before the input's batch norm); outputs `logits` and `tags` [windows, 50] and `penultimate` [windows, 200].
"""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

import authors
import network

FRAMES = authors.FRAMES


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, value, kind=np.float32):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def add(self, operation, *inputs, **attributes):
        name = f"{operation.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [name], **attributes))
        return name

    def affine(self, x, scale, shift):
        return self.add("Add", self.add("Mul", x, self.constant(scale)), self.constant(shift))

    def batch_norm(self, x, scale, shift):
        """After a ReLU: the operation ONNX Runtime has for it, with the batch norm already folded into scale and shift."""
        zeros, ones = np.zeros(len(scale)), np.ones(len(scale))
        return self.add("BatchNormalization", x, *(self.constant(v) for v in (scale, shift, zeros, ones)), epsilon=0.0)


def parts(w):
    """A layer's weight, bias, scale and shift, for the dense and for the pruned arrays."""

    def of(layer):
        norm = (w[f"{layer}.scale"], w[f"{layer}.shift"]) if f"{layer}.scale" in w else network.batch_norm(w, layer)
        return w.get(f"{layer}.weight"), w.get(f"{layer}.bias"), *norm

    return of


def build(w):
    g, of, pruned = Graph(), parts(w), "pool.channels" in w
    x = g.add("Unsqueeze", g.affine("log_mel", *of("input")[2:]), g.constant([1], np.int64))
    front = []
    for layer in network.FRONT:
        weight, bias, scale, shift = of(layer)
        weight = weight[:, None] if weight.ndim == 3 else weight[:, None, :, None]
        before, after = network.sides(weight.shape[2])
        y = g.add("Conv", x, g.constant(weight), g.constant(bias), pads=[before, 0, after, 0])
        y = g.batch_norm(g.add("Relu", y), scale, shift)
        y = g.add("MaxPool", y, kernel_shape=[1, authors.BANDS - weight.shape[3] + 1])
        front.append(g.add("Squeeze", y, g.constant([3], np.int64)))
    layers = [g.add("Concat", *front, axis=1)]
    for layer in network.MID:
        weight, bias, scale, shift = of(layer)
        kernel, before = g.constant(weight.transpose(0, 2, 1)), layers[-1]
        if pruned:
            table = network.bias_of_frames(bias, w[f"{layer}.constant_taps"].astype(np.float64), FRAMES).T
            y = g.add("Add", g.add("Conv", before, kernel, pads=[3, 3]), g.constant(table))
        else:
            y = g.add("Conv", before, kernel, g.constant(bias), pads=[3, 3])
        y = g.batch_norm(g.add("Relu", y), scale, shift)
        if len(layers) > 1:
            more = len(weight) - weight.shape[2]
            before = before if more == 0 else g.add("Pad", before, g.constant([0, 0, 0, 0, more, 0], np.int64))
            y = g.add("Add", y, before)
        layers.append(y)
    channels = g.add("Concat", *layers, axis=1)
    axis = g.constant([2], np.int64)
    pooled = [g.add("ReduceMax", channels, axis, keepdims=1), g.add("ReduceMean", channels, axis, keepdims=1)]
    pooled = g.add("Flatten", g.add("Concat", *pooled, axis=2))
    weight, bias, scale, shift = of("dense")
    units = g.add("Gemm", g.affine(pooled, *of("pool")[2:]), g.constant(weight), g.constant(bias))
    units = g.affine(g.add("Relu", units), scale, shift)
    logits = g.add("Gemm", units, g.constant(w["tags.weight"]), g.constant(w["tags.bias"]))
    for name, value in (("logits", logits), ("penultimate", units)):
        g.nodes.append(helper.make_node("Identity", [value], [name]))
    g.nodes.append(helper.make_node("Sigmoid", [logits], ["tags"]))
    info = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["windows", *shape])
    outputs = [info("logits", 50), info("penultimate", 200), info("tags", 50)]
    graph = helper.make_graph(g.nodes, "musicnn", [info("log_mel", FRAMES, authors.BANDS)], outputs, g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


def graphs(model):
    dense = network.dense_weights(authors.variables(model))
    return {"dense": build(dense), "pruned": build(network.prune(dense))}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for model in authors.MODELS:
        for name, graph in graphs(model).items():
            (folder / f"{model}_{name}.onnx").write_bytes(graph)
