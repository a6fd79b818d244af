"""Compares exported networks with ONNX Runtime.

    cargo run --release -- export fma8 --onnx target/onnx --with-rows 3
    python reference/onnx_check.py target/onnx

Fails where a logit differs by more than 1e-5 of the largest one.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def main(folder):
    worst = 0.0
    floats = lambda entry: np.fromfile(folder / entry["file"], np.float32).reshape(entry["shape"])
    about = json.loads((folder / "export.json").read_text())
    for member in about["members"]:
        path = folder / member["file"]
        onnx.checker.check_model(onnx.load(path))
        feeds = {}
        for name, entry in member["rows"]["inputs"].items():
            feeds[name] = np.array(entry["rows"], np.float32)[:, None] if "rows" in entry else floats(entry)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        logits, probabilities = session.run(["logits", "probabilities"], feeds)
        expected = floats(member["rows"]["logits"])
        difference = np.abs(logits - expected).max() / max(1.0, np.abs(expected).max())
        worst = max(worst, difference)
        print(f"{path.name}: {difference:.2e} over {logits.shape}, inputs {', '.join(feeds)}")
        words = session.get_modelmeta().custom_metadata_map
        assert words["model"] and words["model_version"] and words["license"], words
        assert json.loads(words["genres"]) == about["genres"] and json.loads(words["front_end"]) == about["front_end"]
        embedding = session.run(["embedding"], feeds)[0]
        assert embedding.ndim == 2 and len(embedding) == len(logits) and np.isfinite(embedding).all()
        assert probabilities.min() >= 0.0 and probabilities.max() <= 1.0
    return len(about["members"]) > 0 and worst <= 1e-5


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
