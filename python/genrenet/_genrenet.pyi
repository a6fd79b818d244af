from os import PathLike
from typing import Any, Callable, Iterable, Iterator

import numpy as np

from .errors import Error

__version__: str

class NativeModel:
    def __init__(self, name_or_folder: str, taxonomy: str | None = ...) -> None: ...
    @staticmethod
    def of_files(
        description: str, weights: bytes, learned_rows: bytes
    ) -> NativeModel: ...
    def about(self) -> str: ...
    def classify(self, sound: Any) -> str: ...
    def embed(self, sound: Any) -> np.ndarray: ...
    def classify_many(
        self, sounds: Iterable[Any], number: int | None
    ) -> Iterator[tuple[str | None, str | None, Error | None]]: ...
    def classify_batch(
        self, sounds: Iterable[Any], number: int | None, embedding: bool
    ) -> NativeTable: ...

class NativeTable:
    def __len__(self) -> int: ...
    def column_names(self) -> list[str]: ...
    def __arrow_c_stream__(self, requested_schema: Any = ...) -> Any: ...
    def __arrow_c_schema__(self) -> Any: ...

def models() -> list[str]: ...
def features(
    sound: Any, settings: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, int, float]: ...
def train(
    wish: dict[str, Any], on_epoch: Callable[[dict[str, Any]], Any] | None
) -> str: ...
def evaluate(
    model: str,
    own_genres: str | None,
    data: Any,
    on: str | None,
    leave_out_learned: bool,
) -> str: ...

_Failed = list[tuple[PathLike[str], Error]]

def plan(
    paths: list[str], model: str, own_genres: str | None, rules: dict[str, Any]
) -> tuple[str, _Failed]: ...
def apply_plan(
    lines: str, journal: Any
) -> tuple[
    PathLike[str] | None, list[PathLike[str]], list[PathLike[str]], _Failed
]: ...
def undo_journal(
    journal: Any,
) -> tuple[
    PathLike[str], list[PathLike[str]], list[PathLike[str]], _Failed
]: ...
