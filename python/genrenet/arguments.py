"""Checks of arguments that several functions take."""

from __future__ import annotations

import operator
import os
from typing import Any, Iterable

from .errors import InputError

__all__ = ["one_of", "paths_of", "share", "whole"]


def one_of(name: str, value: str | None, known: tuple[str, ...]) -> None:
    """Refuses a word that is not known; None is always taken."""
    if value is not None and value not in known:
        raise refused(name, value, f"one of {', '.join(known)}")


def paths_of(paths: Iterable[Any]) -> list[str]:
    """Several paths as text; a single one is refused, as by ``classify_many``."""
    if isinstance(paths, (str, bytes, os.PathLike)):
        raise InputError(
            f"expected an iterable of paths, such as [{paths!r}]; found a single one",
            "input",
        )
    return [path_of(path) for path in paths]


def path_of(path: Any) -> str:
    """A path as text."""
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise InputError(
            f"expected a path (str or os.PathLike); found {path!r}", "input"
        )
    return text


def whole(name: str, value: Any, least: int, most: int) -> int:
    """A whole number within limits; True is none."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number <= most:
        raise refused(name, value, f"a whole number from {least} to {most}")
    return number


def share(name: str, value: Any) -> float:
    """A number from 0 to 1."""
    try:
        number = None if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError):
        number = None
    if number is None or not 0.0 <= number <= 1.0:
        raise refused(name, value, "a number from 0 to 1")
    return number


def refused(name: str, value: Any, expected: str) -> InputError:
    """The exception of an argument that can't be used."""
    return InputError(f"{name} = {value!r}: expected {expected}", "input")
