"""Golden values for genrenet-nn's sequence layers, losses and optimisers, made by PyTorch.

    python reference/nn_sequence.py crates/genrenet-nn/tests/golden

Writes sequence_layers.json (one case per layer: input, weights, output, and the gradients for a given output
gradient), sequence_training.json (five steps of training per layer kind and optimiser), losses.json and
schedules.json. Weights are stored in genrenet's layout: [inputs, outputs], the transpose of PyTorch's.
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


class AttentionPool(nn.Module):
    """Lin et al. 2017 / Okabe et al. 2018, written out."""

    def __init__(self, width, hidden, deviation):
        super().__init__()
        self.weight, self.score, self.deviation = nn.Linear(width, hidden), nn.Linear(hidden, 1, bias=False), deviation

    def forward(self, x):
        a = torch.softmax(self.score(torch.tanh(self.weight(x))), dim=1)
        mean = (a * x).sum(1)
        if not self.deviation:
            return mean
        variance = (a * (x - mean[:, None]) ** 2).sum(1)
        return torch.cat([mean, torch.sqrt(variance + 1e-5)], 1)


class Positions(nn.Module):
    def __init__(self, steps, width):
        super().__init__()
        self.code = nn.Parameter(torch.randn(steps, width) * 0.02)

    def forward(self, x):
        return x + self.code


class Recurrent(nn.Module):
    """A recurrent module that gives all steps or the last states, both directions joined."""

    def __init__(self, kind, inputs, units, bidirectional, sequences, biases):
        super().__init__()
        module = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind]
        self.core = module(inputs, units, batch_first=True, bidirectional=bidirectional, bias=biases > 0)
        self.sequences, self.biases = sequences, biases
        if biases == 1:
            for name, p in self.core.named_parameters():
                if name.startswith("bias_hh"):
                    nn.init.zeros_(p)
                    p.requires_grad = False

    def forward(self, x):
        out, state = self.core(x)
        if self.sequences:
            return out
        h = state[0] if isinstance(state, tuple) else state
        return torch.cat(list(h), 1)


def module_of(spec, shape):
    kind = spec["kind"]
    if kind in ("lstm", "gru", "rnn"):
        return Recurrent(kind, shape[-1], spec["units"], spec.get("bidirectional", False), spec.get("sequences", False),
                         spec.get("biases", 2))
    if kind == "dense":
        return nn.Linear(shape[-1], spec["units"], bias=spec.get("bias", True))
    if kind == "layer_norm":
        return nn.LayerNorm(shape[-1])
    if kind == "attention_pool":
        return AttentionPool(shape[-1], spec["hidden"], spec.get("deviation", False))
    if kind == "positions":
        return Positions(*shape)
    if kind == "transformer":
        return nn.TransformerEncoderLayer(shape[-1], spec["heads"], spec.get("hidden", 4 * shape[-1]), dropout=0.0,
                                          activation="gelu", batch_first=True, norm_first=True)
    raise ValueError(kind)


def named(spec, module):
    """(genrenet name, parameter, whether to transpose) of a module."""
    kind = spec["kind"]
    if kind in ("lstm", "gru", "rnn"):
        for suffix, prefix in (("", ""), ("_reverse", "reverse."))[: 2 if spec.get("bidirectional") else 1]:
            get = lambda key: getattr(module.core, key + "_l0" + suffix)
            yield prefix + "weight_input", get("weight_ih"), True
            yield prefix + "weight_state", get("weight_hh"), True
            if module.biases == 2:
                yield prefix + "bias_input", get("bias_ih"), False
                yield prefix + "bias_state", get("bias_hh"), False
            elif module.biases == 1:
                yield prefix + "bias", get("bias_ih"), False
    elif kind == "dense":
        yield "weight", module.weight, True
        if module.bias is not None:
            yield "bias", module.bias, False
    elif kind == "layer_norm":
        yield "weight", module.weight, False
        yield "bias", module.bias, False
    elif kind == "attention_pool":
        yield "weight", module.weight.weight, True
        yield "bias", module.weight.bias, False
        yield "score", module.score.weight, None
    elif kind == "positions":
        yield "code", module.code, False
    elif kind == "transformer":
        for key, p, t in (
            ("norm_attention.weight", module.norm1.weight, False), ("norm_attention.bias", module.norm1.bias, False),
            ("attention.weight_in", module.self_attn.in_proj_weight, True),
            ("attention.bias_in", module.self_attn.in_proj_bias, False),
            ("attention.weight_out", module.self_attn.out_proj.weight, True),
            ("attention.bias_out", module.self_attn.out_proj.bias, False),
            ("norm_dense.weight", module.norm2.weight, False), ("norm_dense.bias", module.norm2.bias, False),
            ("widen.weight", module.linear1.weight, True), ("widen.bias", module.linear1.bias, False),
            ("narrow.weight", module.linear2.weight, True), ("narrow.bias", module.linear2.bias, False),
        ):
            yield key, p, t


def laid(tensor, transpose):
    if transpose is None:
        return numbers(tensor.flatten())
    return numbers(tensor.t() if transpose else tensor)


class Chain(nn.Module):
    def __init__(self, specs, shape):
        super().__init__()
        self.specs, self.parts = specs, nn.ModuleList()
        x = torch.zeros(1, *shape)
        for spec in specs:
            module = module_of(spec, list(x.shape[1:]))
            self.parts.append(module)
            x = module(x)
        # Defaults of 0 and 1 would hide a swapped gradient.
        for p in self.parameters():
            if p.requires_grad:
                p.data.add_(torch.randn_like(p) * 0.05)

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x

    def named(self):
        for i, (spec, part) in enumerate(zip(self.specs, self.parts)):
            for key, p, t in named(spec, part):
                yield f"{i}.{key}", p, t


LAYERS = {
    "lstm_sequences": (3, [5, 4], [{"kind": "lstm", "units": 6, "sequences": True}]),
    "lstm_both_directions": (2, [4, 3], [{"kind": "lstm", "units": 5, "sequences": True, "bidirectional": True}]),
    "lstm_last_one_bias": (3, [6, 3], [{"kind": "lstm", "units": 4, "bidirectional": True, "biases": 1}]),
    "lstm_many_rows": (19, [3, 2], [{"kind": "lstm", "units": 17, "sequences": True}]),
    "gru_sequences": (3, [5, 4], [{"kind": "gru", "units": 6, "sequences": True}]),
    "gru_both_directions": (2, [4, 3], [{"kind": "gru", "units": 5, "bidirectional": True}]),
    "gru_many_rows": (18, [3, 2], [{"kind": "gru", "units": 9}]),
    "rnn_sequences": (3, [5, 4], [{"kind": "rnn", "units": 6, "sequences": True, "biases": 0}]),
    "rnn_both_directions": (3, [4, 4], [{"kind": "rnn", "units": 3, "bidirectional": True}]),
    "layer_norm": (3, [5, 7], [{"kind": "layer_norm"}]),
    "attention_pool": (3, [6, 5], [{"kind": "attention_pool", "hidden": 4}]),
    "attention_pool_deviation": (5, [6, 5], [{"kind": "attention_pool", "hidden": 4, "deviation": True}]),
    "positions_learned": (2, [4, 3], [{"kind": "positions", "learned": True}]),
    "transformer": (3, [5, 8], [{"kind": "transformer", "heads": 2, "hidden": 12}]),
}

SGD = {"kind": "sgd", "lr": 0.1}
OPTIMIZERS = [
    SGD,
    {"kind": "sgd", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.01},
    {"kind": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True, "clip_norm": 0.5},
    {"kind": "adam", "lr": 0.01, "weight_decay": 0.01},
    {"kind": "adamw", "lr": 0.01, "weight_decay": 0.1, "clip_norm": 0.3},
]
CHAINS = {
    "lstm": ([5, 3], [{"kind": "lstm", "units": 6}, {"kind": "dense", "units": 3}], OPTIMIZERS),
    "gru": ([5, 3], [{"kind": "gru", "units": 6}, {"kind": "dense", "units": 3}], OPTIMIZERS[:2]),
    "rnn": ([5, 3], [{"kind": "rnn", "units": 6}, {"kind": "dense", "units": 3}], [SGD, OPTIMIZERS[3]]),
    "two_lstm_pooled": (
        [6, 3],
        [{"kind": "lstm", "units": 4, "sequences": True, "bidirectional": True}, {"kind": "layer_norm"},
         {"kind": "attention_pool", "hidden": 5, "deviation": True}, {"kind": "dense", "units": 3}],
        [SGD, OPTIMIZERS[4]],
    ),
    "transformer": (
        [5, 6],
        [{"kind": "positions", "learned": True}, {"kind": "transformer", "heads": 3, "hidden": 8},
         {"kind": "attention_pool", "hidden": 4}, {"kind": "dense", "units": 3}],
        [SGD, OPTIMIZERS[4]],
    ),
}


def layer_cases():
    cases = {}
    for name, (batch, shape, specs) in LAYERS.items():
        torch.manual_seed(len(name))
        chain = Chain(specs, shape)
        x = torch.randn(batch, *shape, requires_grad=True)
        y = chain(x)
        dy = torch.randn_like(y)
        y.backward(dy)
        params, grads = {}, {}
        for key, p, t in chain.named():
            params[key], grads[key] = laid(p, t), laid(p.grad, t)
        cases[name] = {"layers": specs, "x": numbers(x), "params": params, "y": numbers(y), "dy": numbers(dy),
                       "dx": numbers(x.grad), "grads": grads}
    return cases


def decays(key):
    """genrenet decays weights, never biases, normalisation or position codes."""
    return key.split(".")[-1] in ("weight", "weight_input", "weight_state", "weight_in", "weight_out", "score") and "norm" not in key


def optimizer_of(spec, named_params, specs):
    norms = {f"{i}." for i, s in enumerate(specs) if s["kind"] == "layer_norm"}
    kept = lambda key: decays(key) and not any(key.startswith(n) for n in norms)
    decay = spec.get("weight_decay", 0.0)
    groups = [{"params": [p for k, p, _ in named_params if kept(k)], "weight_decay": decay},
              {"params": [p for k, p, _ in named_params if not kept(k)], "weight_decay": 0.0}]
    groups = [g for g in groups if g["params"]]
    if spec["kind"] == "sgd":
        return torch.optim.SGD(groups, lr=spec["lr"], momentum=spec.get("momentum", 0.0), nesterov=spec.get("nesterov", False))
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[spec["kind"]](groups, lr=spec["lr"])


def training_cases():
    cases = {}
    for name, (shape, specs, optimizers) in CHAINS.items():
        for number, optimizer in enumerate(optimizers):
            torch.manual_seed(7)
            chain = Chain(specs, shape)
            x = torch.randn(6, *shape)
            targets = torch.softmax(2 * torch.randn(6, 3), 1)
            params = {key: laid(p, t) for key, p, t in chain.named()}
            opt = optimizer_of(optimizer, list(chain.named()), specs)
            losses = []
            for _ in range(5):
                opt.zero_grad()
                loss = F.cross_entropy(chain(x), targets)
                loss.backward()
                if "clip_norm" in optimizer:
                    nn.utils.clip_grad_norm_(chain.parameters(), optimizer["clip_norm"])
                opt.step()
                losses.append(loss.item())
            case = {"layers": specs, "optimizer": optimizer, "x": numbers(x), "targets": numbers(targets),
                    "params": params, "losses": losses, "after": {key: laid(p, t) for key, p, t in chain.named()}}
            cases[f"{name}_{number}_{optimizer['kind']}"] = case
    return cases


def loss_cases():
    torch.manual_seed(3)
    logits = (3 * torch.randn(5, 4)).requires_grad_()
    soft = torch.softmax(torch.randn(5, 4), 1)
    labels = torch.tensor([2, 0, 3, 1, 1])
    weights = torch.tensor([1.0, 0.5, 2.0, 0.0, 3.0])
    mask = torch.tensor([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0]], dtype=torch.bool)
    teacher = torch.softmax(2 * torch.randn(5, 4), 1)
    binary = torch.rand(5, 4)
    out = {"logits": numbers(logits), "soft": numbers(soft), "labels": labels.tolist(), "weights": weights.tolist(),
           "mask": mask.flatten().tolist(), "teacher": numbers(teacher), "binary": numbers(binary)}

    def case(name, loss):
        (gradient,) = torch.autograd.grad(loss, logits)
        out[name] = {"loss": loss.item(), "gradient": numbers(gradient)}

    case("cross_entropy_soft", F.cross_entropy(logits, soft))
    case("cross_entropy_smoothed", F.cross_entropy(logits, labels, label_smoothing=0.1))
    case("cross_entropy_weighted", (F.cross_entropy(logits, soft, reduction="none") * weights).sum() / weights.sum())
    masked = torch.where(mask, logits, torch.tensor(float("-inf")))
    target = torch.where(mask, soft, torch.tensor(0.0))
    rows = -(torch.where(mask, torch.log_softmax(masked, 1), torch.tensor(0.0)) * target).sum(1)
    case("cross_entropy_masked", rows.mean())
    case("binary_cross_entropy", F.binary_cross_entropy_with_logits(logits, binary))
    case("mean_squared_error", F.mse_loss(logits, soft))
    temperature = 2.5
    softened = torch.softmax(torch.log(teacher) / temperature, 1)
    case("distillation", F.cross_entropy(logits / temperature, softened) * temperature**2)
    return out


def schedule_cases():
    out = {}
    for name, total, build in (
        ("one_cycle", 20, lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=20)),
        ("one_cycle_long_rise", 7, lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=7, pct_start=0.5, div_factor=10.0, final_div_factor=100.0)),
        ("step", 12, lambda o: torch.optim.lr_scheduler.StepLR(o, 4, gamma=0.1)),
        ("cosine", 10, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10, eta_min=0.001)),
    ):
        p = nn.Parameter(torch.zeros(1))
        opt = torch.optim.SGD([p], lr=0.1, momentum=0.9)
        schedule = build(opt)
        rates, momenta = [], []
        for _ in range(total):
            rates.append(opt.param_groups[0]["lr"])
            momenta.append(opt.param_groups[0]["momentum"])
            opt.step()
            schedule.step() if len(rates) < total else None
        out[name] = {"total": total, "rates": rates, "momenta": momenta}
    return out


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in (("sequence_layers", layer_cases), ("sequence_training", training_cases), ("losses", loss_cases),
                       ("schedules", schedule_cases)):
        text = json.dumps(make(), separators=(",", ":"))
        (folder / f"{name}.json").write_text(text + "\n")
        print(f"{name}.json: {len(text)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "crates/genrenet-nn/tests/golden"))
