"""Name the genre of music from its sound.

>>> import genrenet
>>> model = genrenet.load()
>>> song = model.classify("lets_go_fishin.ogg")                # doctest: +SKIP
>>> song.genre, song.unsure                                    # doctest: +SKIP
('Country', False)

One song: :meth:`Model.classify`, :meth:`Model.embed`. Many: :meth:`Model.classify_many`, :meth:`Model.classify_batch` (an Arrow table). Log-mel and
MFCC: :func:`features`.
Own genres: :func:`train`, :func:`evaluate`, and :class:`GenreClassifier` with scikit-learn's interface. Tags: :mod:`genrenet.tags`.
"""

from typing import Any

from . import tags
from ._genrenet import __version__
from .errors import (
    DataError,
    Error,
    InputError,
    ModelError,
    SoundError,
    TagError,
)
from .features import Features, features
from .model import Model, load, models
from .results import Answer, Attribute, Genre, Song
from .table import Table
from .training import Evaluation, GenreScore, TrainResult, evaluate, train

__all__ = [
    "__version__",
    "Answer",
    "Attribute",
    "DataError",
    "Error",
    "evaluate",
    "Evaluation",
    "Features",
    "features",
    "Genre",
    "GenreClassifier",
    "GenreScore",
    "InputError",
    "load",
    "Model",
    "ModelError",
    "models",
    "Song",
    "SoundError",
    "Table",
    "TagError",
    "tags",
    "train",
    "TrainResult",
]


def __getattr__(name: str) -> Any:
    # Only who uses it needs scikit-learn.
    if name == "GenreClassifier":
        from .estimator import GenreClassifier

        return GenreClassifier
    raise AttributeError(f"module 'genrenet' has no attribute {name!r}")
