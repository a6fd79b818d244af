"""The rows that an engine wrote beside those of the program."""

from collections import Counter

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

CARRIED = ["manifest_genre", "artist", "album", "split"]  # only the program's rows repeat what a manifest says


def of_program(part):
    return pq.read_table(part).drop_columns(CARRIED)


def of_engine(folder, schema):
    """All rows of a folder, with the text type of `schema`: some engines write 64-bit offsets."""
    return ds.dataset(folder, format="parquet", exclude_invalid_files=True).to_table().cast(schema)


def compare(table, expected, failing=()):
    """Faults of `table` as a list of sentences; `failing` are the paths whose row must have an error."""
    faults = []
    if table.column_names != expected.column_names:
        faults.append(f"columns: expected {expected.column_names}, found {table.column_names}")
    paths = Counter(table["path"].to_pylist())
    lost = set(expected["path"].to_pylist()) - set(paths)
    more = [path for path, count in paths.items() if count > 1]
    if lost or more:
        faults.append(f"{len(lost)} lost ({sorted(lost)[:3]}), {len(more)} more than once ({more[:3]})")
    wanted = {row["path"]: row for row in expected.to_pylist()}
    different = []
    for row in table.to_pylist():
        path = row["path"]
        if path in failing:
            same = row["error"] is not None and row["genre"] is None
        else:
            same = row == wanted.get(path)
        if not same:
            different.append(path)
    if different:
        path = different[0]
        found = next(row for row in table.to_pylist() if row["path"] == path)
        keys = {key: (value, (wanted.get(path) or {}).get(key)) for key, value in found.items()}
        keys = {key: pair for key, pair in keys.items() if pair[0] != pair[1]}
        faults.append(f"{len(different)} rows differ, first {path}: (found, expected) {keys}")
    return faults


def errors(table):
    """Pairs of the file's name and its error."""
    failed = table.filter(pa.compute.is_valid(table["error"]))
    return sorted((path.rsplit("/", 1)[1], error) for path, error in zip(failed["path"].to_pylist(), failed["error"].to_pylist()))
