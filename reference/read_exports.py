"""Reads the golden exports of genrenet-data with NumPy and pyarrow and checks every value.

    GENRENET_REGENERATE=1 cargo test -p genrenet-data --test all export   # writes the golden files
    python reference/read_exports.py                                  # reads them

With the folder of the large files too, which are not kept in the repository:

    GENRENET_KEEP_EXPORTS=FOLDER cargo test -p genrenet-data --test all export
    python reference/read_exports.py FOLDER
"""

import pathlib
import sys

import numpy as np
import pyarrow.parquet as pq

golden = pathlib.Path(__file__).resolve().parent.parent / "crates/genrenet-data/tests/golden"


def ramp(rows, cols):
    return (np.arange(rows * cols, dtype=np.float32) * 0.5 - 8).reshape(rows, cols)


songs = [("music/été.mp3", 30.5, ramp(4, 5), ramp(3, 5)), ("b.ogg", 1.0, ramp(3, 5), None), ("c.wav", 2.25, None, None)]

z = np.load(golden / "songs.npz")
genres, artists = ["Rock", "Rock", ""], ["Björk", "", ""]
assert sorted(z.files) == ["artist", "genre", "log_mel_0", "log_mel_1", "mfcc_0", "path", "rate", "seconds", "split", "start"]
assert list(z["genre"]) == genres and list(z["artist"]) == artists and list(z["split"]) == ["training"] * 3
assert list(z["start"]) == [s[1] / 2 for s in songs]
assert list(z["path"]) == [s[0] for s in songs]
assert list(z["seconds"]) == [s[1] for s in songs]
assert list(z["rate"]) == [44100] * 3
for i, (_, _, log_mel, mfcc) in enumerate(songs):
    for name, want in (("log_mel", log_mel), ("mfcc", mfcc)):
        assert want is None or (z[f"{name}_{i}"].dtype == np.float32 and (z[f"{name}_{i}"] == want).all())

rows = pq.read_table(golden / "songs.parquet").to_pylist()
assert [row["genre"] for row in rows] == genres and [row["artist"] for row in rows] == artists
for row, (path, seconds, log_mel, mfcc) in zip(rows, songs, strict=True):
    assert (row["start"], row["split"]) == (seconds / 2, "training")
    assert (row["path"], row["seconds"], row["rate"]) == (path, seconds, 44100)
    for name, count, want in (("log_mel", "log_mel_bands", log_mel), ("mfcc", "mfcc_coefficients", mfcc)):
        if want is None:
            assert row[name] is None and row[count] == 0
        else:
            assert (np.array(row[name], np.float32).reshape(row[count], -1) == want).all()


def kinds(i):
    """Row i of a table with every kind of column."""
    text = "" if i % 5 == 0 else f"{i} Ünïcode 曲 🎵"
    values = (text, i / 4, -0.5 * i, i - 7, i % 7 < 3, [(i + j) * 0.5 for j in range(i % 4)])
    return tuple(None if i % every == 0 else value for every, value in zip(range(2, 8), values, strict=True))


def check_kinds(path, rows, groups):
    file = pq.ParquetFile(path)
    table = file.read()
    assert [str(field.type) for field in table.schema] == ["string", "double", "float", "int32", "bool", "list<element: float not null>"]
    assert table.column_names == ["título", "double", "float", "int", "bool", "floats"]
    assert (table.num_rows, file.num_row_groups) == (rows, groups)
    columns = (column.to_pylist() for column in table.columns)
    assert all(row == kinds(i) for i, row in enumerate(zip(*columns, strict=True)))


check_kinds(golden / "kinds.parquet", 40, 1)
check_kinds(golden / "no_rows.parquet", 0, 0)
for folder in map(pathlib.Path, sys.argv[1:]):
    check_kinds(folder / "many_rows.Parquet", 230_000, 3)
    table = pq.read_table(folder / "songs.parquet")
    assert table.num_rows == 10 and pq.ParquetFile(folder / "songs.parquet").num_row_groups > 1
    assert all(len(v) == 128 * 8000 and set(v.values.to_numpy()[:9]) == {-1.0} for v in table["log_mel"])
    file = pq.ParquetFile(folder / "resumed.parquet")
    rows = file.read().to_pylist()
    numbers = [number for number in range(3000) for _ in range(number % 4)]
    assert file.num_row_groups > 5 and [row["number"] for row in rows] == numbers
    assert all(row["list"] == [float(row["number"])] * (row["number"] % 5) for row in rows)
    assert all((row["name"] is None) == (row["number"] % 7 == 0) for row in rows)
    assert b"genrenet.part" in file.metadata.metadata
print("read with NumPy", np.__version__, "and pyarrow", pq.core.__dict__.get("pa", __import__("pyarrow")).__version__)
