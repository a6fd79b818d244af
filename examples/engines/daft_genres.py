"""Genres of the songs of a Parquet table (a column `path` of paths or URLs), with Daft.

    pip install genrenet -r requirements-daft.txt
    python daft_genres.py songs.parquet genres
"""

import argparse

import daft
import pyarrow as pa
from daft_file import open_file
from isolated import IsolatedModel, schema


def genres_of(model, seconds):
    """An instance of a class that classifies batches of `daft.File` with a model."""
    answer = daft.DataType.from_arrow_type(pa.struct(schema(model)))

    @daft.cls
    class Genres:
        def __init__(self):
            self.idle = []

        @daft.method.batch(return_dtype=answer, unnest=True, batch_size=64)
        def classify(self, files):
            # Daft calls one instance from as many threads as there are cores; each call needs a child process of its own.
            try:
                isolated = self.idle.pop()
            except IndexError:
                isolated = IsolatedModel(model, seconds, open_file)
            table = isolated.classify_batch([file.path for file in files.to_pylist()])
            self.idle.append(isolated)
            return table.to_struct_array().combine_chunks()

    return Genres()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("songs", help="Parquet file or folder with a column `path`")
    parser.add_argument("out", help="folder of the Parquet files that are written")
    parser.add_argument("--model", default="wide")
    parser.add_argument("--seconds", type=float, default=60, help="time limit of a file")
    arguments = parser.parse_args()

    songs = daft.read_parquet(arguments.songs)
    file = daft.functions.file(daft.col("path"))
    genres = songs.select(genres_of(arguments.model, arguments.seconds).classify(file))
    genres.write_parquet(arguments.out, write_mode="overwrite")


if __name__ == "__main__":
    main()
