"""Models: classify, embed, one sound or many."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any, BinaryIO, Iterable, Iterator, Tuple, Union

from . import _genrenet
from .results import Answer, Song
from .table import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sound = Union[
        str,
        "os.PathLike[str]",
        bytes,
        bytearray,
        memoryview,
        BinaryIO,
        Tuple[npt.ArrayLike, int],
    ]

__all__ = ["Model", "load", "models"]


def models() -> list[str]:
    """Names of the built-in models, the default one first.

    ``echonest12`` reads tables of values, not sound: it describes itself and can be evaluated, but :meth:`Model.classify` refuses it with
    ModelError.

    Examples
    --------
    >>> import genrenet
    >>> genrenet.models()[0]
    'wide'
    """
    return _genrenet.models()


def load(
    model: str | os.PathLike[str] = "wide",
    *,
    taxonomy: str | os.PathLike[str] | None = None,
) -> Model:
    """A model by name, or the bundle or run in a folder.

    Nothing is read until the model is first used; a name that is not known is refused at once.

    Parameters
    ----------
    model : str or path
        One of :func:`models`, or the folder of a bundle or of a run of :func:`train`.
    taxonomy : str or path, optional
        Own genres in place of the model's: ``"simple"``, ``"lastgenre"`` or a taxonomy file.

    Raises
    ------
    ModelError
        Where there is no such model.

    Examples
    --------
    >>> import genrenet
    >>> model = genrenet.load()
    >>> model.name, len(model.genres)
    ('wide', 19)
    >>> len(genrenet.load(taxonomy="simple").genres)
    10
    """
    loaded = Model(model, taxonomy=taxonomy)
    if loaded._where not in models() and not os.path.isdir(loaded._where):
        loaded._native()  # raises what is wrong with the name
    return loaded


class Model:
    """A model that names the genre of sounds.

    It can be pickled, is loaded when it is first used, and may be used from several threads and in forked processes.

    A *sound* is one of

    - a path (``str`` or ``os.PathLike``),
    - the bytes of an audio file (``bytes``, ``bytearray``, ``memoryview``),
    - a binary file object that can seek (its whole file is read, from the beginning),
    - ``(samples, rate)``: floating-point samples of full scale −1 to 1 (up to ±16 is taken, more is refused as unscaled PCM), shape
      ``[samples]`` or ``[channels, samples]``, as ``librosa.load(..., mono=False)`` gives them, and the rate in Hz, a whole number. Integer PCM
      is refused: divide it by its full scale.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = "wide",
        *,
        taxonomy: str | os.PathLike[str] | None = None,
    ):
        self._where = os.fspath(model)
        self._taxonomy = None if taxonomy is None else os.fspath(taxonomy)
        self._files: tuple[str, bytes, bytes] | None = None
        self._lock = threading.Lock()
        self._loaded: _genrenet.NativeModel | None = None
        self._about: dict[str, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {
            "model": self._where,
            "taxonomy": self._taxonomy,
            "files": self._files,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["model"], taxonomy=state["taxonomy"])  # type: ignore[misc]
        self._files = state["files"]

    @classmethod
    def _of_folder_contents(cls, folder: str) -> Model:
        """The bundle in a folder, kept in memory: the folder may go, and pickles hold it."""
        contents = []
        for name in ("model.toml", "weights.safetensors", "learned_rows.bin"):
            path = os.path.join(folder, name)
            if os.path.exists(path):
                with open(path, "rb") as file:
                    contents.append(file.read())
            else:
                contents.append(b"")
        model = cls(os.path.basename(folder))
        model._files = (contents[0].decode(), contents[1], contents[2])
        return model

    def _folder(self) -> str | None:
        """The folder of its bundle or run; None of a built-in model and of one in memory."""
        named = self._files is not None or self._where in models()
        return None if named else self._where

    def _of_learned_genres(self) -> Model:
        """The model without the taxonomy, by whose genres data sets are opened."""
        if self._taxonomy is None:
            return self
        learned = Model(self._where)
        learned._files = self._files
        return learned

    def __repr__(self) -> str:
        if self._files is not None:
            return f"<genrenet.Model in memory: {', '.join(self.genres)}>"
        own = "" if self._taxonomy is None else f", taxonomy={self._taxonomy!r}"
        return f"genrenet.load({self._where!r}{own})"

    def _native(self) -> _genrenet.NativeModel:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = (
                        _genrenet.NativeModel(self._where, self._taxonomy)
                        if self._files is None
                        else _genrenet.NativeModel.of_files(*self._files)
                    )
        return self._loaded

    def _described(self) -> dict[str, Any]:
        about = self._about
        if about is None:
            about = self._about = json.loads(self._native().about())
        return about

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self._described()["name"])

    @property
    def version(self) -> str:
        """The model's version."""
        return str(self._described()["version"])

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres."""
        return tuple(self._described()["genres"])

    @property
    def parents(self) -> dict[str, str]:
        """The broader genre of those genres that have one."""
        return dict(self._described()["parents"])

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes that are told beside the genre."""
        return tuple(self._described()["attributes"])

    @property
    def license(self) -> str:
        """The licence of the weights."""
        return str(self._described()["license"])

    def classify(self, sound: Sound) -> Song:
        """Names the genre of a sound.

        Raises
        ------
        SoundError
            A sound that can't be decoded, is silent or lasts under a second.
        InputError
            What is no sound.

        Examples
        --------
        >>> import genrenet, numpy
        >>> tone = numpy.sin(numpy.arange(110_250) * 0.06)
        >>> song = genrenet.load().classify((tone, 22_050))
        >>> song.seconds, song.unsure
        (5.0, True)
        """
        text = self._native().classify(sound)
        return Song._of_json(json.loads(text), _path(sound))

    def classify_many(
        self, sounds: Iterable[Sound], *, threads: int | None = None
    ) -> Iterator[Answer]:
        """Classifies many sounds on several threads; answers come in the order of the sounds.

        Sounds are taken from the iterable as they are needed, up to 16 per thread ahead of the answer that is asked for, so memory does not
        grow with their number. One that fails is an answer with an error; it does not stop the others. An exception of the iterable is
        raised after the answers of all sounds before it.

        Parameters
        ----------
        sounds : iterable
            Sounds, usually paths.
        threads : int, optional
            1 to 1024; all cores, if not given. No more are started than there are sounds.

        Examples
        --------
        >>> import genrenet
        >>> for answer in genrenet.load().classify_many(["missing.mp3"]):
        ...     print(answer.path, answer.error.kind)
        missing.mp3 io
        """
        answers = self._native().classify_many(sounds, threads)
        return (Answer._of_native(*answer) for answer in answers)

    def classify_batch(
        self,
        sounds: Iterable[Sound],
        *,
        threads: int | None = None,
        embedding: bool = False,
    ) -> Table:
        """Classifies many sounds into an Arrow table, a row for each.

        The columns are those of ``genrenet classify --manifest``: ``path``, ``seconds``, ``genre`` (the most probable one) and its
        ``probability``, ``unsure``, ``no_music``, ``model``, ``model_version``, ``error`` (null where there is none), then the
        probability of each genre and each attribute under its name. Bytes of a ``path`` that are not UTF-8 are shown as ``\\xE9``, as in the
        program's JSON: rows are in the order of the sounds, by which such a file is found again.

        Parameters
        ----------
        sounds : iterable
            Sounds, usually paths.
        threads : int, optional
            1 to 1024; all cores, if not given. 1 where an engine runs a process per core.
        embedding : bool
            Adds a column ``embedding``, a fixed-size list of float32; see :meth:`embed`.

        Examples
        --------
        >>> import genrenet
        >>> table = genrenet.load().classify_batch(["missing.mp3"])
        >>> len(table), table.column_names[:3]
        (1, ['path', 'seconds', 'genre'])
        """
        return Table(self._native().classify_batch(sounds, threads, embedding))

    def embed(self, sound: Sound) -> np.ndarray:
        """The embedding of a sound, float32: similar sounds have a large cosine.

        Its length is the same for every sound of a model. Raises what :meth:`classify` raises.

        Examples
        --------
        >>> import genrenet, numpy
        >>> tone = numpy.sin(numpy.arange(110_250) * 0.06)
        >>> genrenet.load().embed((tone, 22_050)).shape
        (50,)
        """
        return self._native().embed(sound)


def _path(sound: Any) -> str | None:
    """The path of a sound as text, bytes that are not UTF-8 as the native module shows them."""
    return os.fspath(sound) if isinstance(sound, (str, os.PathLike)) else None
