"""musicnn as its authors published it: the pinned wheel, its checkpoints, its TensorFlow graph and its spectrogram.

Everything that another file here calls a reference value comes from this file: `models.py` and the checkpoints of the
wheel `musicnn` 0.1.0 (Pons and Serra 2019, ISC), unchanged, run by TensorFlow. Their own extractor (tags.py) needs NumPy
below 2: its line `np.log10(10000 * mel.astype(np.float16) + 1)` is computed in f32 there and overflows in NumPy 2.
`log_mel` here says so explicitly and gives the same in both.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import checkpoint

WHEEL = "musicnn-0.1.0-py3-none-any.whl"
SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
MODELS = {"msd": "MSD_musicnn", "mtt": "MTT_musicnn"}
RATE, N_FFT, HOP, BANDS, FRAMES = 16000, 512, 256, 96, 187
CACHE = Path(os.environ.get("MUSICNN_CACHE", Path(tempfile.gettempdir()) / "genrenet-musicnn"))


def wheel():
    """The folder into which the wheel was unpacked, after its hash was checked."""
    path, folder = CACHE / WHEEL, CACHE / "unpacked"
    CACHE.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "musicnn==0.1.0", "--dest", str(CACHE)], check=True)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"{path}: the SHA-256 is {found}, expected {SHA256}")
    if not (folder / "musicnn" / "models.py").exists():
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return folder


def licence():
    """The text of the wheel's licence (ISC)."""
    return (wheel() / "musicnn-0.1.0.dist-info" / "LICENSE.md").read_text()


def labels(model):
    """The names of a model's 50 tags in the order of its outputs, from the wheel."""
    text = (wheel() / "musicnn" / "configuration.py").read_text()
    scope = {}
    exec(compile(text, "configuration.py", "exec"), scope)  # constants only; importing the package would import TensorFlow
    return scope[f"{model.upper()}_LABELS"]


def prefix(model):
    return str(wheel() / "musicnn" / MODELS[model]) + "/"


def variables(model):
    """All variables of a model's checkpoint but the optimiser's, by their TensorFlow name; read without TensorFlow."""
    return {name: array for name, array in sorted(checkpoint.read(prefix(model)).items()) if "Adam" not in name and "_power" not in name}


def variables_by_tensorflow(model):
    import tensorflow as tf

    reader = tf.compat.v1.train.NewCheckpointReader(prefix(model))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "Adam" not in name and "_power" not in name}


class Authors:
    """The authors' graph with the authors' weights, in inference mode (dropout off, moving statistics)."""

    OUTPUTS = ("logits", "timbral", "temporal", "cnn1", "cnn2", "cnn3", "mean_pool", "max_pool", "penultimate")

    def __init__(self, model, frames=FRAMES, threads=1, precision="float64"):
        """precision: "float32" is the graph as published; "float64" the same graph and weights without its rounding, which
        moves a tag by up to 7e-6. Reference values come from the latter."""
        wheel()
        import tensorflow as tf

        tf.compat.v1.disable_eager_execution()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from musicnn import models

            self.graph = tf.Graph()
            with self.graph.as_default(), tf.name_scope("model"):
                self.x = tf.compat.v1.placeholder(precision, [None, frames, BANDS], name="log_mel")
                self.training = tf.compat.v1.placeholder(tf.bool)
                outputs = models.define_model(self.x, self.training, MODELS[model], 50)
                self.fetch = dict(zip(self.OUTPUTS, outputs)) | {"tags": tf.nn.sigmoid(outputs[0])}
        config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        self.session = tf.compat.v1.Session(graph=self.graph, config=config)
        with self.graph.as_default():
            saved = variables_by_tensorflow(model)
            for variable in tf.compat.v1.global_variables():
                variable.load(saved.pop(variable.op.name), self.session)
            assert not saved, f"{model}: variables that the graph does not use: {list(saved)}"

    def run(self, windows):
        """All outputs for windows [n, frames, 96]; the layers cnn1..cnn3 come as [n, frames, 64]."""
        parts = [self.session.run(self.fetch, {self.x: window[None], self.training: False}) for window in windows]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in self.fetch}
        return {name: value[..., 0] if name.startswith("cnn") else value for name, value in joined.items()}


def mel_spectrogram(samples):
    """librosa's mel spectrogram as the authors' extractor calls it: [frames, 96], f32, before it is rounded to f16."""
    import librosa

    return librosa.feature.melspectrogram(y=samples, sr=RATE, hop_length=HOP, n_fft=N_FFT, n_mels=BANDS).T


def log_mel(mel):
    """The authors' compression: the mel rounded to f16 (to nearest even), then log10(10000 x + 1) in f32 throughout."""
    rounded = mel.astype(np.float16).astype(np.float32)
    return np.log10(np.float32(10000) * rounded + np.float32(1))


def windows(spectrogram, frames=FRAMES):
    """Non-overlapping windows [n, frames, 96] from the start; an incomplete one at the end is left out."""
    n = len(spectrogram) // frames
    return spectrogram[: n * frames].reshape(n, frames, spectrogram.shape[1])
