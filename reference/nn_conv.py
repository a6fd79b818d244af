"""Golden values for genrenet-nn's convolutional side, made by PyTorch.

    python reference/nn_conv.py crates/genrenet-nn/tests/golden

Writes conv_layers.json (one case per chain of layers: input, weights, output in training and in evaluation, running
statistics after the pass, and the gradients for a given output gradient) and conv_training.json (five steps of SGD with
momentum of a small CNN: first weights, batches, losses). Everything is in genrenet's layout: images [N, H, W, C], convolutions
[kh, kw, cin, cout], dense weights [inputs, outputs], and a flattened image has its channels fastest.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)


def numbers(tensor):
    tensor = tensor.detach().to(torch.float32)
    return {"shape": list(tensor.shape), "data": [float(f"{v:.7g}") for v in tensor.flatten().tolist()]}


def short(tensor):
    """Values of few digits, so that the files stay small."""
    with torch.no_grad():
        return (tensor * 128).round() / 128


def last(x):
    """[N, C, H, W] as [N, H, W, C]; anything else as it is."""
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x


def first(x):
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


class Flatten(nn.Module):
    def forward(self, x):
        return last(x).flatten(1)


class GlobalPool(nn.Module):
    def __init__(self, of):
        super().__init__()
        self.of = of

    def forward(self, x):
        made = {
            "mean": lambda: x.mean((2, 3)),
            "max": lambda: x.amax((2, 3)),
            "std": lambda: torch.sqrt(x.var((2, 3), unbiased=False) + 1e-5),
        }
        return torch.cat([made[o]() for o in self.of], 1)


class Same(nn.Module):
    """ONNX SAME_UPPER: the odd zero goes below and to the right."""

    def __init__(self, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        pads = []
        for n, k, s in list(zip(x.shape[2:], self.kernel, self.stride))[::-1]:
            total = max((-(-n // s) - 1) * s + k - n, 0)
            pads += [total // 2, total - total // 2]
        return F.pad(x, pads)


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.reduce, self.expand = nn.Linear(channels, hidden), nn.Linear(hidden, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.expand(F.relu(self.reduce(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class Residual(nn.Module):
    def __init__(self, block, shortcut):
        super().__init__()
        self.block, self.shortcut = block, shortcut

    def forward(self, x):
        return self.block(x) + self.shortcut(x)


class Chain(nn.Module):
    """Layers from genrenet's descriptions, named as there."""

    def __init__(self, layers, channels):
        super().__init__()
        self.steps = nn.ModuleList()
        for layer in layers:
            step, channels = build(layer, channels)
            self.steps.append(step)
        self.channels = channels

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x


class BatchNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.core = nn.BatchNorm1d(channels)
        with torch.no_grad():
            self.core.weight.copy_(torch.randn(channels) * 0.5 + 1)
            self.core.bias.copy_(torch.randn(channels) * 0.3)

    def forward(self, x):
        flat = last(x)
        return first(self.core(flat.reshape(-1, flat.shape[-1])).reshape(flat.shape))


def build(layer, channels):
    kind = layer["kind"]
    pair = lambda key, default: tuple(layer.get(key, default))
    if kind == "conv":
        stride, padding, bias = pair("stride", (1, 1)), layer.get("padding", "same"), layer.get("bias", True)
        conv = nn.Conv2d(channels, layer["filters"], layer["kernel"], stride, 0 if padding in ("same", "valid") else padding, bias=bias)
        if padding == "same":
            conv = nn.Sequential(Same(layer["kernel"], stride), conv)
        return conv, layer["filters"]
    if kind == "batch_norm":
        return BatchNorm(channels), channels
    if kind in ("relu", "gelu", "silu", "sigmoid", "tanh"):
        return {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}[kind](), channels
    if kind == "leaky_relu":
        return nn.LeakyReLU(layer["slope"]), channels
    if kind == "softmax":
        return nn.Softmax(-1), channels
    if kind == "max_pool":
        return nn.MaxPool2d(pair("size", (2, 2)), layer.get("stride") and tuple(layer["stride"])), channels
    if kind == "avg_pool":
        return nn.AvgPool2d(pair("size", (2, 2)), layer.get("stride") and tuple(layer["stride"])), channels
    if kind == "global_pool":
        return GlobalPool(layer["of"]), channels * len(layer["of"])
    if kind == "flatten":
        return Flatten(), channels * layer["_positions"]
    if kind == "dense":
        return nn.Linear(channels, layer["units"], layer.get("bias", True)), layer["units"]
    if kind == "squeeze_excite":
        return SqueezeExcite(channels, layer["reduction"]), channels
    if kind == "residual":
        block = Chain(layer["layers"], channels)
        shortcut = Chain(layer["_shortcut"], channels) if "_shortcut" in layer else nn.Identity()
        return Residual(block, shortcut), block.channels
    raise ValueError(kind)


def named(module, prefix, value=lambda p: p):
    """Parameters and running statistics under genrenet's names, in its layout."""
    found = {}
    if isinstance(module, Chain):
        for i, step in enumerate(module.steps):
            found |= named(step, f"{prefix}{i}.", value)
    elif isinstance(module, Residual):
        found |= named(module.block, f"{prefix}block.", value)
        if isinstance(module.shortcut, Chain):
            found |= named(module.shortcut, f"{prefix}shortcut.", value)
    elif isinstance(module, nn.Sequential):
        for step in module:
            found |= named(step, prefix, value)
    elif isinstance(module, BatchNorm):
        found |= named(module.core, prefix, value)
        found |= {f"{prefix}running_mean": module.core.running_mean, f"{prefix}running_var": module.core.running_var}
    elif isinstance(module, SqueezeExcite):
        found |= named(module.reduce, f"{prefix}reduce.", value) | named(module.expand, f"{prefix}expand.", value)
    else:
        for name, p in module.named_parameters(recurse=False):
            v = value(p)
            if isinstance(module, nn.Conv2d) and name == "weight":
                v = v.permute(2, 3, 1, 0)
            elif isinstance(module, nn.Linear) and name == "weight":
                v = v.t()
            found[f"{prefix}{name}"] = v
    return found


def strip(layers):
    """Descriptions without what only this script reads."""
    clean = []
    for layer in layers:
        layer = {k: v for k, v in layer.items() if not k.startswith("_")}
        if "layers" in layer:
            layer["layers"] = strip(layer["layers"])
        clean.append(layer)
    return clean


def conv(filters, kernel=(3, 3), **more):
    return {"kind": "conv", "filters": filters, "kernel": list(kernel), **more}


BN, RELU, POOL = {"kind": "batch_norm"}, {"kind": "relu"}, {"kind": "max_pool"}
PROJECTION = lambda filters, stride: [conv(filters, (1, 1), stride=stride, padding=0, bias=False), BN]


def cases():
    yield "conv 3x3 same", (2, 6, 7, 3), [conv(5)]
    yield "conv 3x3 valid, 38 filters", (1, 4, 6, 2), [conv(38, padding="valid")]
    yield "conv 1x1", (3, 4, 5, 6), [conv(7, (1, 1))]
    yield "conv tall", (2, 12, 3, 2), [conv(4, (9, 1))]
    yield "conv tall over all rows", (2, 9, 11, 1), [conv(6, (9, 3), padding=[0, 1])]
    yield "conv even kernel same", (2, 6, 5, 2), [conv(3, (2, 4))]
    yield "conv stride 2 same", (2, 7, 8, 3), [conv(5, stride=[2, 2])]
    yield "conv stride padding 1", (2, 8, 9, 2), [conv(18, stride=[2, 3], padding=1)]
    yield "conv 1x1 stride 2", (2, 7, 6, 3), [conv(4, (1, 1), stride=[2, 2], padding=0)]
    yield "conv 5x5 padding 2", (1, 6, 6, 2), [conv(3, (5, 5), padding=2, bias=False)]
    yield "conv one column", (2, 20, 1, 3), [conv(4, (3, 1))]
    yield "batch_norm image", (3, 4, 5, 6), [BN]
    yield "batch_norm vector", (7, 5), [BN]
    yield "block", (2, 6, 6, 2), [conv(17, bias=False), BN, RELU, POOL]
    yield "block with bias, odd size", (3, 7, 9, 2), [conv(6), BN, RELU, {"kind": "max_pool", "size": [2, 3]}]
    yield "block without norm", (2, 6, 6, 3), [conv(8), RELU, POOL]
    yield "block without relu", (2, 6, 6, 3), [conv(4), BN, POOL]
    yield "block norm alone", (2, 6, 6, 3), [conv(4), BN]
    yield "block relu", (2, 5, 6, 3), [conv(4), BN, RELU]
    yield "two blocks", (2, 8, 8, 1), [conv(4, bias=False), BN, RELU, POOL, conv(6, bias=False), BN, RELU, POOL]
    yield "max_pool overlapping", (2, 7, 7, 3), [{"kind": "max_pool", "size": [3, 3], "stride": [2, 2]}]
    yield "max_pool alone", (2, 7, 6, 3), [POOL]
    yield "avg_pool", (2, 7, 6, 3), [{"kind": "avg_pool", "size": [2, 3]}]
    yield "global_pool", (3, 5, 6, 4), [{"kind": "global_pool", "of": ["mean", "max", "std"]}]
    yield "flatten dense", (3, 2, 3, 4), [{"kind": "flatten", "_positions": 6}, {"kind": "dense", "units": 5}]
    yield "dense on positions", (3, 6), [{"kind": "dense", "units": 33}, RELU, {"kind": "dense", "units": 4, "bias": False}]
    for kind in ("relu", "gelu", "silu", "sigmoid", "tanh", "softmax"):
        yield kind, (4, 9), [{"kind": kind}]
    yield "leaky_relu", (4, 9), [{"kind": "leaky_relu", "slope": 0.1}]
    yield "squeeze_excite", (3, 4, 5, 8), [{"kind": "squeeze_excite", "reduction": 4}]
    inner = [conv(4, bias=False), BN, RELU, conv(4, bias=False), BN]
    yield "residual", (2, 5, 6, 4), [{"kind": "residual", "layers": inner}, RELU]
    yield "residual without relu", (2, 5, 6, 4), [{"kind": "residual", "layers": inner}]
    down = [conv(6, stride=[2, 2], padding=1, bias=False), BN, RELU, conv(6, bias=False), BN, {"kind": "squeeze_excite", "reduction": 2}]
    yield "residual projection", (2, 8, 6, 4), [{"kind": "residual", "layers": down, "_shortcut": PROJECTION(6, [2, 2])}, RELU]
    pooled = [conv(6, bias=False), BN, RELU, POOL]
    aside = [{"kind": "avg_pool", "size": [2, 2]}, *PROJECTION(6, [1, 1])]
    yield "residual pooled", (2, 7, 6, 4), [conv(4), {"kind": "residual", "layers": pooled, "shortcut": "pooled", "_shortcut": aside}, RELU]


def layers(folder):
    out = {}
    for index, (name, shape, description) in enumerate(cases()):
        torch.manual_seed(index)
        chain = Chain(description, shape[-1])
        with torch.no_grad():
            for p in chain.parameters():
                p.copy_(short(p))
        x = short(torch.randn(shape))
        state = {k: numbers(v) for k, v in named(chain, "").items()}
        chain.eval()
        y_eval = last(chain(first(x)))
        chain.train()
        x.requires_grad_()
        y = last(chain(first(x)))
        dy = short(torch.randn(y.shape))
        y.backward(dy)
        grads = {k: numbers(v) for k, v in named(chain, "", lambda p: p.grad).items() if "running" not in k}
        running = {k: numbers(v) for k, v in named(chain, "").items() if "running" in k}
        out[name] = {
            "layers": strip(description), "x": numbers(x), "state": state, "y": numbers(y),
            "y_eval": None if torch.equal(y, y_eval) else numbers(y_eval),
            "dy": numbers(dy), "dx": numbers(x.grad), "grads": grads, "running": running,
        }
    (folder / "conv_layers.json").write_text(json.dumps(out, separators=(",", ":")))


def training(folder):
    torch.manual_seed(7)
    description = [
        conv(8, bias=False), BN, RELU, POOL,
        conv(16, bias=False), BN, RELU, POOL,
        {"kind": "global_pool", "of": ["mean", "max", "std"]}, {"kind": "dense", "units": 12}, RELU,
    ]
    chain = Chain(description, 1)
    head = nn.Linear(12, 4)
    state = {f"branches.logmel.{k}": numbers(v) for k, v in named(chain, "").items()}
    state |= {f"heads.genre.{k}": numbers(v) for k, v in named(head, "").items()}
    x, labels = torch.randn(6, 16, 12, 1), torch.randint(0, 4, (6,))
    optimizer = torch.optim.SGD([*chain.parameters(), *head.parameters()], lr=0.05, momentum=0.9)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = F.cross_entropy(head(chain(first(x))), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    chain.eval()
    out = {
        "layers": description, "state": state, "x": numbers(x), "labels": labels.tolist(), "lr": 0.05, "momentum": 0.9,
        "losses": losses, "logits_after": numbers(head(chain(first(x)))),
    }
    (folder / "conv_training.json").write_text(json.dumps(out, separators=(",", ":")))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    layers(folder)
    training(folder)
