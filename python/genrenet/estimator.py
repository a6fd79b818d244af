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

from ._genrenet import thread_count
from .arguments import path_of, paths_of
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
        Threads of a prediction, 1 to 1024; all cores, if not given (-1 is refused).

    Attributes
    ----------
    classes_ : ndarray
        The labels as they were given, sorted.
    model_ : Model
        The model that was learned, with the labels as text: one that is empty or has spaces around it or characters that can't be printed is in quotes,
        as ``ascii(label)``. It can be pickled with the estimator.
    expected_ : tuple of str
        What accuracy to expect on new songs, in sentences.

    Examples
    --------
    >>> from genrenet import GenreClassifier
    >>> from sklearn.model_selection import GroupKFold, cross_val_score

    ``groups`` of ``cross_val_score`` only make the folds; :meth:`fit` does not get them.

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
            The label of each: text or numbers; None and NaN are refused.
        groups : iterable, optional
            Artist or album of each, kept together in the folds in which probabilities are calibrated. If not given, the files' tags
            name them.

        Warns
        -----
        UserWarning
            For each file that can't be read or is not there, and for copies of one file with different labels, which are left out.

        Raises
        ------
        InputError
            Labels, groups or paths that can't be used; ``threads`` that can't be.
        """
        thread_count(self.threads)
        paths, labels = _paths(X), _labels(y)
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
        classes = _classes(labels)
        names = _names(classes)
        with tempfile.TemporaryDirectory() as folder:
            manifest = os.path.join(folder, "songs.csv")
            with open(manifest, "w", encoding="utf-8", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["path", "genre", "artist"])
                for path, label, artist in zip(paths, labels.tolist(), artists):
                    rows.writerow([_in_manifest(path), names[label], artist])
            result = train(manifest, os.path.join(folder, "run"), learner="head")
            self.model_ = Model._of_folder_contents(os.path.join(result.folder, "bundle"))
        for path, reason in result.left_out:
            warnings.warn(f"{path} is left out: {reason}", stacklevel=2)
        for note in result._of_data:  # such as copies with different labels
            if not any(path in note for path, _ in result.left_out):
                warnings.warn(note, stacklevel=2)
        self.classes_ = classes
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
        column = {name: i for i, name in enumerate(_names(self.classes_).values())}
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
        probabilities = self.predict_proba(X)
        best: np.ndarray = self.classes_[probabilities.argmax(axis=1)]
        return best


def _paths(X: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Paths of a list, an array or a column."""
    if isinstance(X, (str, bytes, os.PathLike)):
        return paths_of(X)
    return [path_of(path) for path in np.asarray(X, dtype=object).ravel().tolist()]


def _in_manifest(path: str) -> str:
    """A path as a manifest holds it: text without spaces around it."""
    path = os.path.abspath(path)
    try:
        path.encode()
    except UnicodeEncodeError:
        fault = "in UTF-8"
    else:
        if path == path.strip():
            return path
        fault = "without spaces at its end"
    raise InputError(
        f"{path!r}: expected a path {fault}, as training reads paths from a table; give it another name or a link",
        "input",
    )


def _labels(y: Iterable[Any]) -> np.ndarray:
    """Labels as an array; none may be missing."""
    given = y if hasattr(y, "__array__") else list(y)
    for at, label in enumerate(np.asarray(given, dtype=object).ravel().tolist()):
        # NaN and NaT differ from themselves, and pandas.NA is neither equal nor unequal.
        if label is None or not isinstance(label == label, (bool, np.bool_)) or label != label:
            raise InputError(
                f"expected a label for each path; found {label!r} at position {at}",
                "input",
            )
    return np.asarray(given)


def _classes(labels: np.ndarray) -> np.ndarray:
    try:
        classes = np.unique(labels)
    except TypeError as fault:
        raise InputError(
            f"expected labels of one kind, text or numbers; {fault}", "input"
        ) from fault
    if len(classes) < 2:
        raise InputError(f"expected two labels or more; found {len(classes)}", "input")
    return classes


def _names(classes: np.ndarray) -> dict[Any, str]:
    """The text of each label in the model, which holds no empty one and none with spaces around it."""
    names = {}
    for label in classes.tolist():
        text = str(label)
        plain = text.isprintable() and text == text.strip() and text != ""
        names[label] = text if plain else ascii(text)
    if len(set(names.values())) < len(names):
        alike = [label for label, name in names.items() if list(names.values()).count(name) > 1]
        raise InputError(
            f"expected labels that differ as text; found {alike!r}", "input"
        )
    return names
