"""Compares exported networks with ONNX Runtime.

    cargo run --release -- export wide --onnx target/onnx --with-rows 3
    python reference/onnx_check.py target/onnx

Fails where a logit or a value of an embedding differs by more than 1e-5 of the largest one, or the metadata lacks a key.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

ALL = "model model_version network genres front_end windows inputs output license notices made_by".split()
OF_MEMBERS = "weight average temperature unsure_below".split()
OF_BACKBONE = "backbone backbone_version tags layer attributes guard".split()


def difference_of_outputs(folder, network, session):
    floats = lambda entry: np.fromfile(folder / entry["file"], np.float32).reshape(entry["shape"])
    rows, feeds = network["rows"], {}
    for described in network["inputs"]:
        name, fed = described["name"], described["graph_name"]
        feeds[fed] = floats(rows["inputs"][name])
        if described["may_be_absent"]:
            feeds[f"{fed}_present"] = np.array(rows["inputs"][f"{name}_present"]["rows"], np.float32)[:, None]
    probabilities = session.run(["probabilities"], feeds)[0]
    assert probabilities.min() >= 0.0 and probabilities.max() <= 1.0
    worst = 0.0
    for output in ("logits", "embedding"):
        found, expected = session.run([output], feeds)[0], floats(rows[output])
        assert found.shape == expected.shape, (output, found.shape, expected.shape)
        difference = np.abs(found - expected).max() / max(1.0, np.abs(expected).max())
        print(f"{network['file']}, {output}: {difference:.2e} over {found.shape}, inputs {', '.join(feeds)}")
        worst = max(worst, difference)
    return worst


def check_metadata(about, network, keys, session):
    said = {key: json.loads(value) for key, value in session.get_modelmeta().custom_metadata_map.items()}
    assert set(said) == set(keys), set(said) ^ set(keys)
    assert said["model"] == about["model"] and said["model_version"] and said["license"], said
    assert said["genres"] == about["genres"] and said["front_end"] == about["front_end"]
    assert said["windows"] == (about["front_end"] or {}).get("windowing") and said["inputs"] == network["inputs"]
    exported = about | network
    for key in set(OF_MEMBERS + "layer tags attributes guard".split()) & set(said):
        assert single(said[key]) == single(exported[key]), f"{key}: {said[key]} in the graph, {exported[key]} in export.json"


def single(value):
    """A value whose numbers are of single precision, as in the bundle: the two files write them with different numbers of digits."""
    if isinstance(value, dict):
        return {key: single(item) for key, item in value.items()}
    if isinstance(value, list):
        return [single(item) for item in value]
    return np.float32(value) if isinstance(value, float) else value


def main(folder):
    about = json.loads((folder / "export.json").read_text())
    networks = [(member, ALL + OF_MEMBERS) for member in about["members"]]
    if about["backbone"]:
        networks.append((about["backbone"], ALL + OF_BACKBONE))
    differences = []
    for network, keys in networks:
        path = folder / network["file"]
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        differences.append(difference_of_outputs(folder, network, session))
        check_metadata(about, network, keys, session)
    return len(differences) > 0 and max(differences) <= 1e-5


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
