"""An estimator with scikit-learn's interface that learns genres from songs."""

from __future__ import annotations

import csv
import os
import tempfile
import warnings
from typing import Any, Iterable, Sequence

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils.validation import check_is_fitted
except ImportError as missing:
    raise ImportError(
        "genrenet.GenreClassifier needs scikit-learn: pip install 'genrenet[sklearn]'"
    ) from missing

from .errors import InputError
from .model import Model
from .training import train

__all__ = ["GenreClassifier"]


class GenreClassifier(ClassifierMixin, BaseEstimator):
    """Learns genres from audio files: a head over the 50 tags of a pre-trained network, from one song of each genre on.

    Features are kept in the feature cache, so that a file is decoded once for all folds of a cross-validation.

    Parameters
    ----------
    threads : int, optional
        Threads of a prediction; all cores, if not given.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted.
    model_ : Model
        The model that was learned. It can be pickled with the estimator.
    expected_ : tuple of str
        What accuracy to expect on new songs, in sentences.

    Examples
    --------
    >>> from genrenet import GenreClassifier
    >>> from sklearn.model_selection import GroupKFold, cross_val_score
    >>> classifier = GenreClassifier()
    >>> cross_val_score(classifier, paths, genres, groups=artists, cv=GroupKFold(5))  # doctest: +SKIP
    """

    def __init__(self, threads: int | None = None):
        self.threads = threads

    def fit(
        self,
        X: Sequence[str | os.PathLike[str]],
        y: Iterable[Any],
        groups: Iterable[Any] | None = None,
    ) -> GenreClassifier:
        """Learns from songs and their labels.

        Parameters
        ----------
        X : sequence of paths
            Audio files.
        y : iterable
            The label of each.
        groups : iterable, optional
            Artist or album of each, kept together in the folds in which probabilities are calibrated. If not given, the files' tags
            name them.
        """
        paths, labels = _paths(X), np.asarray(y)
        if labels.shape != (len(paths),):
            raise InputError(
                f"expected a label for each of {len(paths)} paths; found an array of the shape {labels.shape}",
                "input",
            )
        artists = [""] * len(paths) if groups is None else [str(g) for g in groups]
        if len(artists) != len(paths):
            raise InputError(
                f"expected a group for each of {len(paths)} paths; found {len(artists)}",
                "input",
            )
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise InputError(
                f"expected two labels or more; found {len(self.classes_)}", "input"
            )
        with tempfile.TemporaryDirectory() as folder:
            manifest = os.path.join(folder, "songs.csv")
            with open(manifest, "w", encoding="utf-8", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["path", "genre", "artist"])
                for path, label, artist in zip(paths, labels.tolist(), artists):
                    rows.writerow([os.path.abspath(path), str(label), artist])
            result = train(manifest, os.path.join(folder, "run"), learner="head")
            self.model_ = Model._of_folder_contents(os.path.join(result.folder, "bundle"))
        for path, reason in result.left_out:
            warnings.warn(f"{path} is left out: {reason}", stacklevel=2)
        self.expected_ = result.expected
        return self

    def predict_proba(self, X: Sequence[str | os.PathLike[str]]) -> np.ndarray:
        """Probabilities of the labels, ``[songs, classes]``, in the order of ``classes_``.

        Raises
        ------
        SoundError
            For the first file that can't be read.
        """
        check_is_fitted(self, "model_")
        column = {str(label): i for i, label in enumerate(self.classes_.tolist())}
        paths = _paths(X)
        out = np.zeros((len(paths), len(self.classes_)))
        answers = self.model_.classify_many(paths, threads=self.threads)
        for row, answer in zip(out, answers):
            if answer.song is None:
                assert answer.error is not None
                raise answer.error
            for genre in answer.song.genres:
                row[column[genre.genre]] = genre.probability
        return out

    def predict(self, X: Sequence[str | os.PathLike[str]]) -> np.ndarray:
        """The most probable label of each song. Raises what :meth:`predict_proba` raises."""
        best: np.ndarray = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return best


def _paths(X: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Paths of a list, an array or a column."""
    if isinstance(X, (str, bytes, os.PathLike)):
        raise InputError("expected a sequence of paths; found a single one", "input")
    return [os.fspath(path) for path in np.asarray(X, dtype=object).ravel().tolist()]
