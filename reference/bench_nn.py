"""Times one training step of small networks in genrenet-nn and in PyTorch, interleaved, on one core.

    cargo build --release -p genrenet-nn --example training_step --example window
    python reference/bench_nn.py [--rounds 9] [--only cnn,lstm,gru,mlp,transformer,window,peak,cores]

CPU time, batch 32, one thread each, the same network, loss and optimiser (SGD with momentum 0.9). Each round times a few
steps of the one, then of the others; printed are the medians over the rounds and the median of the rounds' ratios
(genrenet over the other: below 1 is faster). "PyTorch" is it as it comes; "at its best" (CNN) is channels-last with an
allocator that keeps its memory. Inference of the CNN is also timed in ONNX Runtime. "peak" is the most memory of a
fresh process that makes five steps of the CNN; "window" is one 3 s window through a network shaped like musicnn's, without
its dead filters and with all, on each set of vector instructions; "cores" compares one thread with two by the clock, so it needs an idle
machine.
"""

import sys

sys.path.pop(0)  # this folder's statistics.py must not stand for the standard library's

import argparse
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(name, "1")
EXAMPLES = Path(__file__).resolve().parent.parent / "target" / "release" / "examples"
BATCH = 32


def torch_task(kind, channels_last=False):
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    labels = torch.arange(BATCH) % 8
    loss_of = F.cross_entropy
    if kind in ("lstm", "gru"):
        core = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](40, 128, batch_first=True)
        head = nn.Linear(128, 8)
        model, x = nn.ModuleList([core, head]), torch.rand(BATCH, 128, 40) * 2 - 1
        forward = lambda: head(core(x)[0][:, -1])
    elif kind == "transformer":
        core = nn.TransformerEncoderLayer(64, 4, 256, 0.0, "gelu", batch_first=True, norm_first=True)
        score, head = nn.Sequential(nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 1, bias=False)), nn.Linear(64, 8)
        model, x = nn.ModuleList([core, score, head]), torch.rand(BATCH, 128, 64) * 2 - 1

        def forward():
            y = core(x)
            return head((torch.softmax(score(y), 1) * y).sum(1))
    elif kind == "mlp":
        model, x = nn.Sequential(nn.Linear(8, 100), nn.ReLU(), nn.Linear(100, 1)), torch.rand(BATCH, 8)
        labels, loss_of = (torch.arange(BATCH) % 2).float()[:, None], F.binary_cross_entropy_with_logits
        forward = lambda: model(x)
    elif kind == "cnn":
        parts, inputs = [], 1
        for filters in (16, 32, 64, 128):
            parts += [nn.Conv2d(inputs, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(), nn.MaxPool2d(2)]
            inputs = filters
        model = nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 8))
        x = torch.randn(BATCH, 1, 128, 128)
        if channels_last:
            model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
        forward = lambda: model(x)
    else:
        raise SystemExit(f"unknown kind {kind}")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step():
        optimizer.zero_grad()
        loss_of(forward(), labels).backward()
        optimizer.step()

    def infer(batch):
        model.eval()
        with torch.inference_mode():
            part = x[:batch]
            for _ in range(3):
                model(part)
            start = time.process_time()
            for _ in range(5):
                model(part)
        model.train()
        return (time.process_time() - start) * 200

    def clock(steps, at_once):
        times = []
        for _ in range(steps):
            start = time.process_time()
            for _ in range(at_once):
                step()
            times.append((time.process_time() - start) * 1e3 / at_once)
        return statistics.median(times)

    return step, clock, infer


def serve(arguments):
    """Answers `STEPS`, `infer BATCH` or `peak` on standard input: PyTorch in a process of its own."""
    kind, best = arguments[0], "best" in arguments[1:]
    step, clock, infer = torch_task(kind, best)
    for _ in range(3):
        step()
    for line in sys.stdin:
        words = line.split()
        if words[0] == "infer":
            answer = infer(int(words[1]))
        elif words[0] == "peak":
            answer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        else:
            answer = clock(int(words[0]), 200 if kind == "mlp" else 1)
        print(f"{answer:.6f}", flush=True)


def onnx_session():
    """The same CNN in ONNX Runtime on one thread; gives a function from batch to milliseconds."""
    import numpy
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rng = numpy.random.default_rng(0)
    nodes, weights, inputs, value = [], [], 1, "x"

    def weight(name, array):
        weights.append(numpy_helper.from_array(array.astype(numpy.float32), name))
        return name

    for i, filters in enumerate((16, 32, 64, 128)):
        kernel = weight(f"k{i}", rng.normal(size=(filters, inputs, 3, 3)) / (3 * inputs**0.5))
        ones, zeros = numpy.ones(filters), numpy.zeros(filters)
        norm = [weight(f"{name}{i}", v) for name, v in zip(("gain", "shift", "mean", "var"), (ones, zeros, zeros, ones))]
        nodes += [helper.make_node("Conv", [value, kernel], [f"c{i}"], pads=[1, 1, 1, 1]),
                  helper.make_node("BatchNormalization", [f"c{i}", *norm], [f"n{i}"]),
                  helper.make_node("Relu", [f"n{i}"], [f"r{i}"]),
                  helper.make_node("MaxPool", [f"r{i}"], [f"p{i}"], kernel_shape=[2, 2], strides=[2, 2])]
        inputs, value = filters, f"p{i}"
    nodes += [helper.make_node("GlobalAveragePool", [value], ["g"]), helper.make_node("Flatten", ["g"], ["f"]),
              helper.make_node("Gemm", ["f", weight("w", rng.normal(size=(128, 8)))], ["y"])]
    graph = helper.make_graph(nodes, "cnn", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 128, 128])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 8])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def infer(batch):
        x = rng.normal(size=(batch, 1, 128, 128)).astype(numpy.float32)
        session.run(None, {"x": x})
        times = []
        for _ in range(5):
            start = time.process_time()
            for _ in range(3):
                session.run(None, {"x": x})
            times.append((time.process_time() - start) * 1e3 / 3)
        return statistics.median(times)

    return infer


class Process:
    def __init__(self, command, **environment):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=os.environ | environment)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args} ended")
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def torch_process(kind, *more, **environment):
    return Process([sys.executable, __file__, "--serve", kind, *more], **environment)


KEEP = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "17179869184", "MALLOC_TOP_PAD_": "67108864"}


def interleave(name, ours, theirs, rounds, note=""):
    """`ours` and each of `theirs` are functions that give milliseconds."""
    times = [[f() for f in (ours, *theirs.values())] for _ in range(rounds)]
    own = [t[0] for t in times]
    line = f"{name:24} genrenet {statistics.median(own):9.3f} ms"
    for i, key in enumerate(theirs, 1):
        ratio = statistics.median(t[0] / t[i] for t in times)
        line += f"   {key} {statistics.median(t[i] for t in times):9.3f} ms, ratio {ratio:.3f}"
    print(line + note, flush=True)


def ours(**environment):
    return Process([str(EXAMPLES / "training_step")], **environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="cnn,lstm,gru,mlp,transformer,window,peak,cores")
    options = parser.parse_args()
    special = {"cnn": cnn, "window": window, "peak": peak, "cores": cores}
    for kind in options.only.split(","):
        if kind in special:
            special[kind](options.rounds)
            continue
        mine, theirs = ours(), torch_process(kind)
        theirs.ask("2"), mine.ask(f"{kind} 1")
        interleave(f"{kind} training step", lambda: mine.ask(f"{kind} 3"), {"PyTorch": lambda: theirs.ask("3")}, options.rounds)
        mine.close(), theirs.close()


def cnn(rounds):
    mine, default, best = ours(), torch_process("cnn"), torch_process("cnn", "best", **KEEP)
    interleave("cnn training step", lambda: mine.ask("cnn 1"),
               {"PyTorch": lambda: default.ask("1"), "at its best": lambda: best.ask("1")}, rounds)
    onnx = onnx_session()
    for batch in (1, 32):
        line = f"infer {batch}"
        interleave(f"cnn inference of {batch}", lambda: mine.ask(f"infer cnn {batch}"),
                   {"PyTorch": lambda: default.ask(line), "at its best": lambda: best.ask(line),
                    "ONNX Runtime": lambda: onnx(batch)}, rounds)
    for process in (mine, default, best):
        process.close()


def window(_):
    for kind in ("pruned", "dense"):
        for isa in ("", "avx2"):
            print(f"{isa or 'best':8}", subprocess.run([str(EXAMPLES / "window"), kind], env=os.environ | {"GENRENET_ISA": isa},
                                                       check=True, capture_output=True, text=True).stdout.strip(), flush=True)


def peak(_):
    mine, theirs = ours(), torch_process("cnn")
    mine.ask("cnn 2"), theirs.ask("2")
    a, b = mine.ask("peak"), theirs.ask("peak")
    print(f"{'cnn peak memory':24} genrenet {a:9.0f} MB   PyTorch {b:9.0f} MB, ratio {a / b:.3f}", flush=True)
    mine.close(), theirs.close()


def cores(rounds):
    one, two = ours(RAYON_NUM_THREADS="1"), ours(RAYON_NUM_THREADS="2")
    for kind in ("cnn", "lstm"):
        one.ask(f"wall {kind} 1"), two.ask(f"wall {kind} 1")
        ratio = statistics.median(one.ask(f"wall {kind} 3") / two.ask(f"wall {kind} 3") for _ in range(rounds))
        print(f"{kind + ' two cores over one':24} {ratio:.2f} times as fast", flush=True)
    one.close(), two.close()


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve(sys.argv[sys.argv.index("--serve") + 1:])
    else:
        main()
