"""Compares exported networks with ONNX Runtime.

    cargo run --release -p genrenet-model --example onnx -- models/fma8 target/onnx
    python reference/onnx_check.py target/onnx

Fails where a logit differs by more than 1e-5 of the largest one.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def main(folder):
    worst = 0.0
    for path in sorted(folder.glob("*.onnx")):
        onnx.checker.check_model(onnx.load(path))
        feeds = {}
        for line in path.with_suffix(".txt").read_text().splitlines():
            name, *numbers = line.split()
            numbers = [int(n) for n in numbers]
            if name.endswith("_present"):
                feeds[name] = np.array(numbers, np.float32)[:, None]
            else:
                feeds[name] = np.fromfile(folder / f"{path.stem}.{name}.f32", np.float32).reshape(numbers)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        logits, probabilities = session.run(["logits", "probabilities"], feeds)
        expected = np.fromfile(folder / f"{path.stem}.logits.f32", np.float32).reshape(logits.shape)
        difference = np.abs(logits - expected).max() / max(1.0, np.abs(expected).max())
        worst = max(worst, difference)
        print(f"{path.name}: {difference:.2e} over {logits.shape}, inputs {', '.join(feeds)}")
        assert probabilities.min() >= 0.0 and probabilities.max() <= 1.0
    return worst <= 1e-5


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
