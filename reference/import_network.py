"""Writes a network whose weights come from a script of this folder as a bundle, by `cargo run -p genrenet-train --example import_network`."""

import json
import subprocess
import tempfile
from pathlib import Path

from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[1]


def inline(value):
    """A value as inline TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def write_bundle(folder, entries, state, licence):
    """`entries`: network.toml of that example; `state`: arrays by name; `licence`: the text of LICENSE-musicnn beside the weights."""
    with tempfile.TemporaryDirectory() as made:
        save_file(state, Path(made) / "weights.safetensors")
        (Path(made) / "network.toml").write_text("".join(f"{key} = {inline(value)}\n" for key, value in entries.items()), encoding="utf-8")
        command = ["cargo", "run", "-q", "-p", "genrenet-train", "--example", "import_network", "--", made, str(folder)]
        subprocess.run(command, cwd=ROOT, check=True)
    (folder / "LICENSE-musicnn").write_text(licence, encoding="utf-8")
