"""Genres into tags: a plan, applied with verification, undone.

>>> import genrenet, os, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     plan = genrenet.tags.plan([folder])
...     len(plan.entries), len(plan.failed)
(0, 0)
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Iterable
from urllib.parse import unquote_to_bytes

from . import _genrenet
from .arguments import one_of, paths_of, share, whole
from .errors import Error
from .model import Model

__all__ = ["Applied", "Entry", "Failed", "Plan", "Undone", "plan", "undo"]


@dataclass(frozen=True)
class Failed:
    """A file that could not be read or written."""

    path: str
    error: Error


@dataclass(frozen=True)
class Entry:
    """What a plan says of a file: ``new`` is written in place of ``old``; a file without ``new`` is left alone."""

    path: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Applied:
    """What became of a plan: ``journal`` takes it back, and is None where nothing was written."""

    journal: str | None
    written: tuple[str, ...]
    already: tuple[str, ...]
    failed: tuple[Failed, ...]


@dataclass(frozen=True)
class Undone:
    """What was taken back."""

    journal: str
    restored: tuple[str, ...]
    already: tuple[str, ...]
    failed: tuple[Failed, ...]


@dataclass(frozen=True)
class Plan:
    """A plan of tags; nothing is written before :meth:`apply`.

    Attributes
    ----------
    entries : tuple of Entry
        A line for each file.
    failed : tuple of Failed
        Files that could not be read.
    """

    entries: tuple[Entry, ...]
    failed: tuple[Failed, ...] = ()
    _lines: str = field(default="", repr=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the plan as JSON lines that can be edited; ``genrenet tag --apply`` takes it as well. The file must be new."""
        with open(path, "x", encoding="utf-8") as file:
            file.write(self._lines)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Plan:
        """A plan that was saved, with the changes that were made to it."""
        with open(path, encoding="utf-8") as file:
            return cls._of_lines(file.read(), ())

    def apply(self, journal: str | os.PathLike[str] | None = None) -> Applied:
        """Writes what the plan says; each file is verified on a copy before it is replaced.

        Parameters
        ----------
        journal : path, optional
            Where what :func:`undo` needs is kept: a new file. If not given, one in the system's folder for data.
        """
        made, written, already, failed = _genrenet.apply_plan(self._lines, journal)
        return Applied(
            journal=_text(made),
            written=_texts(written),
            already=_texts(already),
            failed=_failed(failed),
        )

    @classmethod
    def _of_lines(cls, lines: str, failed: tuple[Failed, ...]) -> Plan:
        # Names of files may hold what other ways of splitting lines take for the end of one.
        entries = (json.loads(line) for line in lines.split("\n")[1:] if line.strip())
        return cls(
            entries=tuple(
                Entry(
                    path=_path_of(entry),
                    old=tuple(entry["old"]),
                    new=tuple(entry.get("new", ())),
                    why=entry["why"],
                )
                for entry in entries
            ),
            failed=failed,
            _lines=lines,
        )


def plan(
    paths: Iterable[str | os.PathLike[str]],
    *,
    model: str | os.PathLike[str] | Model = "wide",
    mode: str = "only_empty",
    field: str = "genre",
    keep_old_in: str | None = None,
    most: int = 1,
    min_ratio: float = 0.5,
    parents: bool = False,
    separator: str = "; ",
    by_album: bool = False,
) -> Plan:
    """Plans genre tags for files and folders; only songs of which the model is sure get one.

    Parameters
    ----------
    paths : iterable of paths
        Files, and folders that are searched for songs; a single path is refused.
    model : str, path or Model
        Which model decides; a :class:`Model` with a taxonomy writes its genres.
    mode : {"only_empty", "add", "replace"}
        Only files without a genre; beside the genres that are there; in their place.
    field : str
        The field that is written.
    keep_old_in : str, optional
        The field that keeps what was there.
    most : int
        The most genres of a song, 1 to 255.
    min_ratio : float
        A second genre needs this share (0 to 1) of the top one's probability.
    parents : bool
        Also the broader genres.
    separator : str
        Between several genres in tags that hold one text.
    by_album : bool
        All songs of an album get one genre.
    """
    one_of("mode", mode, ("only_empty", "add", "replace"))
    if not isinstance(model, Model):
        model = Model(model)
    lines, failed = _genrenet.plan(
        paths_of(paths),
        model._native(),
        {
            "mode": mode,
            "field": field,
            "keep_old_in": keep_old_in,
            "most": whole("most", most, 1, 255),
            "min_ratio": share("min_ratio", min_ratio),
            "parents": parents,
            "separator": separator,
            "by_album": by_album,
        },
    )
    return Plan._of_lines(lines, _failed(failed))


def undo(journal: str | os.PathLike[str] | None = None) -> Undone:
    """Restores every file of a journal byte for byte; the newest journal that was not undone, if none is given."""
    made, restored, already, failed = _genrenet.undo_journal(journal)
    return Undone(
        journal=os.fspath(made),
        restored=_texts(restored),
        already=_texts(already),
        failed=_failed(failed),
    )


def _path_of(entry: dict[str, Any]) -> str:
    """The path of a line, also where JSON can't hold it."""
    if "path_bytes" in entry:
        return os.fsdecode(unquote_to_bytes(entry["path_bytes"]))
    return str(entry["path"])


def _text(path: os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def _texts(paths: list[os.PathLike[str]]) -> tuple[str, ...]:
    return tuple(os.fspath(path) for path in paths)


def _failed(files: list[tuple[os.PathLike[str], Error]]) -> tuple[Failed, ...]:
    return tuple(Failed(os.fspath(path), error) for path, error in files)
