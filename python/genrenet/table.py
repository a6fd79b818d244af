"""Tables that other libraries take without a copy."""

from __future__ import annotations

from typing import Any

from ._genrenet import NativeTable

__all__ = ["Table"]


class Table:
    """A table in memory, read by pyarrow, polars, pandas and DuckDB through Arrow's PyCapsule interface.

    ``pyarrow.table(table)``, ``polars.DataFrame(table)``, ``pandas.DataFrame.from_arrow(table)``
    """

    __slots__ = ("_native",)

    def __init__(self, native: NativeTable):
        self._native = native

    def __len__(self) -> int:
        return len(self._native)

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in their order."""
        return self._native.column_names()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Arrow's C stream interface."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> Any:
        """Arrow's C schema interface."""
        return self._native.__arrow_c_schema__()

    def __repr__(self) -> str:
        return f"<genrenet.Table: {len(self)} rows, {len(self.column_names)} columns>"
