"""Training on folders of songs or by recipes, and honest figures."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from . import _genrenet
from .arguments import one_of
from .model import Model, load

__all__ = ["Evaluation", "GenreScore", "TrainResult", "evaluate", "train"]


@dataclass(frozen=True)
class GenreScore:
    """Scores of one genre: shares of 0 to 1, and its number of rows."""

    genre: str
    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on the rows of a data set; shares are 0 to 1, intervals hold 95 %.

    Attributes
    ----------
    on : str
        Data set, subset and split.
    n : int
        Rows.
    top1, top1_interval : float, tuple of float
        Share of rows whose most probable genre is theirs (bootstrap by artist or album where they are known).
    top3, macro_f1, macro_f1_interval, ece, log_loss : float
        As ``genrenet evaluate`` prints them.
    coverage, precision_when_sure : float, float or None
        Share of sure answers, and share of right ones among them.
    genres, confusion : tuple
        A row for each true genre, a column for each predicted one.
    per_genre : tuple of GenreScore
    notes : tuple of str
        Rows that were left out, and why.
    """

    on: str
    n: int
    top1: float
    top1_interval: tuple[float, float]
    top3: float
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    ece: float
    log_loss: float
    coverage: float
    precision_when_sure: float | None
    genres: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    per_genre: tuple[GenreScore, ...]
    notes: tuple[str, ...]
    _json: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The object that ``genrenet evaluate --json`` writes."""
        return dict(self._json)

    @classmethod
    def _of_json(cls, values: dict[str, Any]) -> Evaluation:
        return cls(
            on=values["on"],
            n=values["n"],
            top1=values["top1"],
            top1_interval=tuple(values["top1_interval"]),
            top3=values["top3"],
            macro_f1=values["macro_f1"],
            macro_f1_interval=tuple(values["macro_f1_interval"]),
            ece=values["ece"],
            log_loss=values["log_loss"],
            coverage=values["coverage"],
            precision_when_sure=values["precision_when_sure"],
            genres=tuple(values["genres"]),
            confusion=tuple(tuple(row) for row in values["confusion"]),
            per_genre=tuple(GenreScore(**score) for score in values["per_genre"]),
            notes=tuple(values["notes"]),
            _json=values,
        )


@dataclass(frozen=True)
class TrainResult:
    """What a training gave.

    Attributes
    ----------
    folder : str
        The run folder.
    genres : tuple of str
    history : tuple of dict
        A report for each epoch: ``epoch``, ``loss``, ``accuracy``, ``validation_loss``, ``validation_accuracy``, …; empty for a head, which
        is solved.
    validation : Evaluation or None
        Figures on the validation rows, or out of fold where the head learned from all songs.
    expected : tuple of str
        What accuracy to expect on new songs, in sentences.
    notes : tuple of str
        What was left out, and why; how the data and the training were chosen.
    left_out : tuple of (path, reason)
        Files that could not be read, and those of a manifest that are not there.
    """

    folder: str
    genres: tuple[str, ...]
    history: tuple[dict[str, Any], ...]
    validation: Evaluation | None
    expected: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    _of_data: tuple[str, ...] = field(default=(), repr=False, compare=False)
    _json: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def model(self) -> Model:
        """The model that was trained."""
        return load(self.folder)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return dict(self._json)

    @classmethod
    def _of_json(
        cls, run: dict[str, Any], left_out: list[tuple[str, str]], of_data: list[str]
    ) -> TrainResult:
        figures = run["validation"]
        return cls(
            folder=run["folder"],
            genres=tuple(run["genres"]),
            history=tuple(run["history"]),
            validation=None if figures is None else Evaluation._of_json(figures),
            expected=tuple(run["expected"]),
            notes=(*of_data, *run["notes"]),
            left_out=tuple(left_out),
            _of_data=tuple(of_data),
            _json={
                **run,
                "notes": [*of_data, *run["notes"]],
                "left_out": left_out,
            },
        )


def train(
    what: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    data: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    learner: str | None = None,
    split_by: str | None = None,
    split: str | os.PathLike[str] | None = None,
    allow_leaks: bool = False,
    resume: bool = False,
    on_epoch: Callable[[dict[str, Any]], Any] | None = None,
) -> TrainResult:
    """Trains as ``genrenet train`` does: by a recipe, or on a folder with a sub-folder for each genre.

    Ctrl-C ends it after the current step with ``KeyboardInterrupt``; ``resume=True`` goes on, and gives the same bytes as an undisturbed run.

    Parameters
    ----------
    what : path
        A recipe (``.toml``), or a folder of genre folders, a manifest (CSV, JSON lines or Parquet with ``path`` and ``genre``), FMA's or GTZAN's
        folder.
    out : path
        The run folder, which must not be one yet.
    data : path, optional
        The data, in place of those that the recipe names.
    settings : mapping, optional
        Changes of the recipe's values: ``{"train.epochs": 3}``.
    learner : {"head", "network"}, optional
        For a folder: a head over built-in tags, or a network from scratch. If not given, the head, and from 100 songs of the median
        genre on whichever is better in two folds.
    split_by : {"artist", "album", "random"}, optional
        What stays in one subset.
    split : path, optional
        The subset of each row, as ``genrenet data audit --split-out`` writes it.
    allow_leaks : bool
        Train although the split leaks; the results say so.
    resume : bool
        Go on with the run in ``out``.
    on_epoch : callable, optional
        Called with a dict after each epoch. An exception in it ends the training and is raised.

    Raises
    ------
    DataError
        A recipe or data that can't be used.
    """
    one_of("learner", learner, ("head", "network"))
    one_of("split_by", split_by, ("artist", "album", "random"))
    text, left_out, of_data = _genrenet.train(
        {
            "what": os.fspath(what),
            "out": os.fspath(out),
            "data": data,
            "changes": [
                f"{key}={_toml(value)}" for key, value in (settings or {}).items()
            ],
            "learner": learner,
            "split_by": split_by,
            "split": split,
            "allow_leaks": allow_leaks,
            "resume": resume,
        },
        on_epoch,
    )
    return TrainResult._of_json(json.loads(text)[0], left_out, of_data)


def evaluate(
    model: str | os.PathLike[str] | Model,
    data: str | os.PathLike[str] | None = None,
    *,
    on: str | None = None,
    leave_out_learned: bool = False,
) -> Evaluation:
    """Measures a model on a data set, as ``genrenet evaluate`` does; rows that it learned are never measured as validation or test rows.

    Parameters
    ----------
    model : str, path or Model
        A built-in model, the folder of a bundle or of a run.
    data : path, optional
        A data set; a run's own, if not given.
    on : {"training", "validation", "test", "all"}, optional
        Which rows. If not given: the test rows (validation rows, where there are none) of a run's own data and of data with a split of
        their own; all rows of other data.
    leave_out_learned : bool
        Leaves out rows that the model learned, instead of refusing to measure.
    """
    one_of("on", on, ("training", "validation", "test", "all"))
    if not isinstance(model, Model):
        model = Model(model)
    text, left_out = _genrenet.evaluate(
        model._of_learned_genres()._native(),
        model._native(),
        model._folder(),
        data,
        on,
        leave_out_learned,
    )
    return Evaluation._of_json({**json.loads(text), "left_out": left_out})


def _toml(value: Any) -> str:
    """A value as TOML writes it; texts of ``--set`` need no quotes."""
    if isinstance(value, str):
        return value
    return json.dumps(value)
