"""Manifests as pyarrow, polars, duckdb and pandas write them, for crates/genrenet-data/tests/manifests.rs.

pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.1, pandas 3.1.1; other versions do, as the tests compare values and not bytes.

    python reference/manifests.py
"""

from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent.parent / "crates/genrenet-data/tests/golden/manifests"
ROWS = 100


def rows():
    """One hundred rows; every third has no genre, every fifth no artist."""
    for i in range(ROWS):
        yield {
            "path": f"audio/{i:03}.mp3",
            "genre": None if i % 3 == 0 else ("Rock" if i % 2 else "Música"),
            "artist": None if i % 5 == 0 else i // 4,
            "album": f"album {i // 2}",
            "split": ("training", "validation", "test")[i % 3],
            "seconds": i * 0.5,
        }


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(list(rows()))
    # Several row groups and pages; plain strings, large strings, dictionaries; every codec that is read.
    pq.write_table(table, FOLDER / "snappy.parquet", row_group_size=17)
    pq.write_table(table, FOLDER / "gzip.parquet", compression="gzip", use_dictionary=False)
    pq.write_table(table, FOLDER / "plain.parquet", compression="none", data_page_version="2.0", data_page_size=64)
    large = table.set_column(0, "path", table["path"].cast(pa.large_string()))
    large = large.set_column(1, "genre", large["genre"].dictionary_encode())
    large = large.set_column(2, "artist", large["artist"].cast(pa.uint32()))
    pq.write_table(large, FOLDER / "large.parquet", compression="zstd")
    pl.from_arrow(table).write_parquet(FOLDER / "polars.parquet")
    # pandas turns whole numbers with missing ones into floats.
    pd.DataFrame(list(rows())).to_parquet(FOLDER / "pandas.parquet")
    connection = duckdb.connect()
    connection.register("songs", table)
    connection.sql("select * from songs").write_parquet(str(FOLDER / "duckdb.parquet"))
    nested = pa.table({"path": ["a.mp3"], "genre": [["Rock", "Pop"]]})
    pq.write_table(nested, FOLDER / "nested.parquet")
    wrong = pa.table({"path": ["a.mp3", "b.mp3"], "artist": [1.0, 1.5]})
    pq.write_table(wrong, FOLDER / "fractions.parquet")
    pq.write_table(pa.table({"file_path": ["a.mp3"], "genre": ["Rock"]}), FOLDER / "no_path.parquet")


if __name__ == "__main__":
    main()
