"""What a model says of a sound."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .errors import Error

__all__ = ["Answer", "Attribute", "Genre", "Song"]


@dataclass(frozen=True)
class Genre:
    """A genre with its probability, and the broader genre that it belongs to, if there is one."""

    genre: str
    probability: float
    parent: str | None = None


@dataclass(frozen=True)
class Attribute:
    """What is said of a song beside its genre, such as "instrumental".

    ``holds`` is None where the model has no threshold for it; ``precision`` is the share of songs for which it was right when it held, where
    that was measured.
    """

    attribute: str
    probability: float
    holds: bool | None = None
    precision: float | None = None


@dataclass(frozen=True)
class Song:
    """A song that was classified.

    Attributes
    ----------
    genres : tuple of Genre
        All genres of the model, the most probable first.
    unsure : bool
        Whether the answer is not to be relied on: the top probability lies below the calibrated threshold, or the sound is too short or no
        music.
    no_music : bool or None
        Whether the sound is taken for speech, noise or a test tone; None from models that do not tell.
    attributes : tuple of Attribute
        Empty from models without attributes.
    seconds : float
        Length of the sound.
    path : str or None
        The file, where a path was given.
    model, model_version : str
        Which model said so.
    taxonomy : str or None
        The taxonomy whose genres these are.
    """

    genres: tuple[Genre, ...]
    unsure: bool
    no_music: bool | None
    attributes: tuple[Attribute, ...]
    seconds: float
    path: str | None
    model: str
    model_version: str
    taxonomy: str | None = None
    _json: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def genre(self) -> str:
        """The most probable genre."""
        return self.genres[0].genre

    @property
    def probability(self) -> float:
        """The probability of the most probable genre, 0 to 1."""
        return self.genres[0].probability

    def to_dict(self) -> dict[str, Any]:
        """The object that ``genrenet classify --json`` writes; its ``path`` is None where no path was given."""
        return dict(self._json)

    @classmethod
    def _of_json(cls, values: dict[str, Any], path: str | None) -> Song:
        values["path"] = path
        return cls(
            genres=tuple(Genre(**genre) for genre in values["genres"]),
            unsure=values["unsure"],
            no_music=values.get("no_music"),
            attributes=tuple(Attribute(**one) for one in values.get("attributes", ())),
            seconds=values.get("seconds", 0.0),
            path=path,
            model=values["model"],
            model_version=values["model_version"],
            taxonomy=values.get("taxonomy"),
            _json=values,
        )


@dataclass(frozen=True)
class Answer:
    """One of many sounds: the song, or why it could not be classified."""

    path: str | None
    song: Song | None = None
    error: Error | None = None
    _json: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The object that ``genrenet classify --json`` writes; its ``path`` is None where no path was given."""
        return dict(self._json)

    @classmethod
    def _of_native(
        cls, path: str | None, text: str | None, error: Error | None
    ) -> Answer:
        if text is None:  # no sound: no model was asked
            return cls(path, error=error, _json={"path": path, "error": str(error)})
        values = json.loads(text)
        if error is None:
            return cls(path, song=Song._of_json(values, path), _json=values)
        return cls(path, error=error, _json={**values, "path": path})
