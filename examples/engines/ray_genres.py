"""Genres of the songs of a Parquet table (a column `path`), with Ray Data.

    pip install genrenet -r requirements-ray.txt
    python ray_genres.py songs.parquet genres
"""

import argparse
from pathlib import Path

import ray
from isolated import IsolatedModel


class Genres:
    """One actor: the model stays loaded from batch to batch."""

    def __init__(self, model, seconds):
        self.model = IsolatedModel(model, seconds)

    def __call__(self, songs):
        return self.model.classify_batch(songs["path"].to_pylist())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("songs", help="Parquet file or folder with a column `path`")
    parser.add_argument("out", help="folder of the Parquet files that are written")
    parser.add_argument("--model", default="wide")
    parser.add_argument("--seconds", type=float, default=60, help="time limit of a file")
    arguments = parser.parse_args()

    # The folder with `isolated` is sent to every machine.
    ray.init(runtime_env={"working_dir": str(Path(__file__).parent)}, include_dashboard=False)
    cores = int(ray.cluster_resources()["CPU"])
    songs = ray.data.read_parquet(arguments.songs).select_columns(["path"]).repartition(target_num_rows_per_block=256)
    genres = songs.map_batches(
        Genres,
        fn_constructor_args=(arguments.model, arguments.seconds),
        compute=ray.data.ActorPoolStrategy(size=cores),
        num_cpus=0.25,  # an actor uses a whole core, but the tasks that read and write the tables must find one to book
        batch_size=64,
        batch_format="pyarrow",
        udf_modifying_row_count=False,
    )
    genres.write_parquet(arguments.out, mode="overwrite")


if __name__ == "__main__":
    main()
