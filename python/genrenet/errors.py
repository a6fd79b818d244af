"""Exceptions: one family, by what a caller can do about it."""

from __future__ import annotations

import re

__all__ = [
    "Error",
    "SoundError",
    "ModelError",
    "DataError",
    "TagError",
    "InputError",
]


class Error(Exception):
    """What every exception of genrenet is.

    Attributes
    ----------
    kind : str
        A word that stays the same: ``io``, ``format`` (not audio, or not supported), ``damaged``, ``silent``, ``short``, ``tags``,
        ``model``, ``data``, ``input``, ``fault`` (of genrenet itself), ``other``.
    reason : str
        What was expected and what was found.
    path : str or None
        The file that it is about, as it was given (bytes that are not UTF-8 as by ``os.fsdecode``); the text of the exception shows such
        bytes as ``\\xE9``.

    Examples
    --------
    >>> import genrenet
    >>> try:
    ...     genrenet.load().classify("missing.mp3")
    ... except genrenet.Error as error:
    ...     print(error.kind, error.path)
    io missing.mp3
    """

    def __init__(self, reason: str, kind: str = "other", path: str | None = None):
        super().__init__(reason, kind, path)
        self.reason = reason
        self.kind = kind
        self.path = path

    def __str__(self) -> str:
        return f"{_shown(self.path)}: {self.reason}" if self.path else self.reason


class SoundError(Error):
    """A sound can't be read or is too short; other files are not affected. ``__cause__`` is what a file object raised."""


class ModelError(Error):
    """A model can't be loaded, or can't read what it is given."""


class DataError(Error):
    """A data set, a recipe or a run can't be used."""


class TagError(Error):
    """Tags can't be read or written, or a plan can't be followed."""


class InputError(Error, ValueError):
    """An argument that can't be used."""


_CLASSES = {
    "io": SoundError,
    "format": SoundError,
    "damaged": SoundError,
    "silent": SoundError,
    "short": SoundError,
    "model": ModelError,
    "data": DataError,
    "tags": TagError,
    "input": InputError,
}


def of_kind(kind: str, reason: str, path: str | None, tags: bool) -> Error:
    """The exception of a kind, or of work on tags; called by the native module."""
    family = TagError if tags else _CLASSES.get(kind, Error)
    return family(reason, kind, path)


def _shown(path: str) -> str:
    """A path that can be printed: its bytes that are not UTF-8 as the program shows them."""
    return re.sub(
        "[\udc80-\udcff]", lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02X}", path
    )
